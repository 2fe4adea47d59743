"""`verdigris pools`: session pools, started, stopped and given other settings."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from rich.console import RenderableType

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, chosen, one_or_all, pool_names
from verdigris.cli.output import Shown, json_option, show, table, watch_options
from verdigris.config.deployment import SETTINGS


F = TypeVar("F", bound=Callable[..., Any])

PACKAGE: Final = "package"
"""Stands for the package's own value."""

COLUMNS: Final = (
    "pool",
    "server",
    "model",
    "started",
    "idle#",
    "active#",
    "pending#",
    "suspended#",
    "quarantined#",
    "reserved#",
    "maximum#",
    "rows#",
    "problem",
)


@click.group(invoke_without_command=True)
@api_option
@json_option
@watch_options
@click.pass_context
def pools(ctx: click.Context, *, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """Show the session pools of all servers, or `start`, `stop` or `set` one."""
    if ctx.invoked_subcommand is not None:
        return

    def look() -> Shown:
        found = api.get("pools")
        return Shown(_table(found), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _table(found: Json) -> RenderableType:
    rows = [
        (
            it["name"],
            it["server"],
            it["model"],
            "yes" if it["started"] else "no",
            it["idle"],
            it["active"],
            it["pending"],
            it["suspended"],
            it["quarantined"],
            it["reserved"],
            it["maximum"],
            "" if it["rows"] is None else f"{it['rows_used']}/{it['rows']}",
            it["problem"],
        )
        for it in sorted(found, key=lambda it: (it["name"], it["server"]))
    ]
    return table(COLUMNS, rows, empty="No session pool is deployed on a server that is online.")


@pools.command()
@click.argument("pool", shell_complete=pool_names)
@one_or_all
@api_option
@json_option
def start(
    *, pool: str, servers: tuple[str, ...], everywhere: bool, api: Api, as_json: bool
) -> None:
    """Start POOL on a server (--server) or on all that have it (--all)."""
    having = _having(api, pool, servers, everywhere=everywhere)
    _command(api, pool, "start", having, {}, as_json=as_json)


@pools.command()
@click.argument("pool", shell_complete=pool_names)
@one_or_all
@click.option("--force", is_flag=True, help="End sessions in use too; otherwise they finish first.")
@api_option
@json_option
def stop(
    *, pool: str, servers: tuple[str, ...], everywhere: bool, force: bool, api: Api, as_json: bool
) -> None:
    """Stop POOL on a server (--server) or on all that have it (--all)."""
    having = _having(api, pool, servers, everywhere=everywhere)
    query = {"force": "true"} if force else {}
    _command(api, pool, "stop", having, query, as_json=as_json)


class _Number(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5 only
    """A number of sessions, or `package` for that of the package."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """A number, or the word."""
        text = str(value)
        if text == PACKAGE:
            return text
        if not text.isascii() or not text.isdecimal():
            self.fail(f"{text!r} is neither a number nor `{PACKAGE}`.", param, ctx)
        return int(text)


def _values(function: F) -> F:
    for name in reversed(tuple(SETTINGS.values())):
        option = click.option(f"--{name}", type=_Number(), metavar=f"N|{PACKAGE}")
        function = option(function)
    return function


@pools.command("set")
@click.argument("pool", shell_complete=pool_names)
@_values
@api_option
@json_option
def set_pool(*, pool: str, api: Api, as_json: bool, **given: int | str | None) -> None:
    """Override settings of POOL on all session servers; `package` is the package's value again.

    A deployment does not change them. Without options they are shown: what the package says, the
    override, and what is in force.
    """
    names = {name.replace("-", "_"): name for name in SETTINGS.values()}
    values = {
        names[name]: None if value == PACKAGE else value
        for name, value in given.items()
        if value is not None
    }
    if values:
        body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json"}
        found = api.put("pools", pool, "settings", body=body, query={}, headers=headers)
    else:
        found = api.get("pools", pool, "settings")
    show(lambda: Shown(_settings(found), found), as_json=as_json)


def _settings(found: Json) -> RenderableType:
    rows = [
        (
            it["name"],
            _among_servers(it["package"]),
            "" if it["override"] is None else str(it["override"]),
            _among_servers(it["in_force"]),
        )
        for it in found["values"]
    ]
    return table(("setting", "package#", "override#", "in force#"), rows)


def _among_servers(values: dict[str, int]) -> str:
    """One number if all session servers agree, else that of each."""
    if len({*values.values()}) == 1:
        return str(next(iter(values.values())))
    return ", ".join(f"{server} {value}" for server, value in values.items())


def _having(api: Api, pool: str, servers: tuple[str, ...], *, everywhere: bool) -> list[str]:
    """The chosen servers; of all of them those that have the pool."""
    found = chosen(api, servers, everywhere=everywhere)
    if not everywhere:
        return found
    having = {it["server"] for it in api.get("pools") if it["name"].lower() == pool.lower()}
    if not having:
        raise click.UsageError(f"No online session server has a pool {pool}.")
    return [server for server in found if server in having]


def _command(
    api: Api, pool: str, action: str, servers: list[str], query: dict[str, str], *, as_json: bool
) -> None:
    done = [api.post("servers", server, "pools", pool, action, query=query) for server in servers]
    said = "\n".join(f"{it['server']}: {it['done']}" for it in done)
    show(lambda: Shown(said, done), as_json=as_json)
