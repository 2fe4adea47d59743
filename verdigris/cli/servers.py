"""`verdigris servers`, `drain`, `resume`, `maintenance`: session servers and what they may take."""

import time
from typing import Final

import click
from rich.console import RenderableType

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, server_names
from verdigris.cli.output import (
    Shown,
    console,
    json_option,
    show,
    table,
    watch_options,
    with_complaints,
)


LOOK_EVERY: Final = 0.5
"""Seconds between looks while waiting for sessions to end: the heartbeat of session servers."""

COUNTS: Final = ("active", "idle", "pending", "suspended", "quarantined", "reserved")

COLUMNS: Final = (
    "server",
    "state",
    "active#",
    "idle#",
    "pending#",
    "suspended#",
    "quarantined#",
    "reserved#",
    "limit#",
    "address",
    "domains",
    "offers",
    "reason",
)


@click.command()
@click.argument("server", required=False, shell_complete=server_names)
@click.option("--management", is_flag=True, help="Show the management servers instead.")
@api_option
@json_option
@watch_options
def servers(
    *, server: str | None, management: bool, api: Api, as_json: bool, watch: bool, every: float
) -> None:
    """Show the session servers with their sessions by state, or only SERVER.

    A state that another management server sees differently is shown with its reason.
    """
    if server and management:
        raise click.UsageError("Use either the name of a session server or --management, not both.")

    def look() -> Shown:
        if management:
            listed = api.get("management-servers")
            return Shown(_management_servers(listed), listed)
        found = [api.get("servers", server)] if server else api.get("servers")
        if as_json:
            return Shown("", found)
        return Shown(with_complaints(_table(found), api.complaints()), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _table(found: Json) -> RenderableType:
    rows = [
        (
            it["name"],
            it["state"],
            # What an offline server had when it was last heard of says nothing about now.
            *("" if it["state"] == "offline" else it[name] for name in COUNTS),
            it["maximum"] or "",
            it["registered_address"] or it["configured_address"],
            ", ".join(it["domains"]),
            ", ".join(_offer(offer) for offer in it["offers"]),
            _reason(it),
        )
        for it in found
    ]
    return table(COLUMNS, rows, empty="There are no session servers.")


def _reason(it: Json) -> str:
    """Why it is in its state, and the states that other management servers see."""
    others = [
        f"{view['management_server']}: {view['state']}"
        for view in it.get("views", ())
        if view["state"] != it["state"]
    ]
    return "; ".join([*([it["reason"]] if it["reason"] else []), *others])


def _management_servers(found: Json) -> RenderableType:
    columns = ("management server", "state", "address", "version", "revision", "problem")
    rows = [
        (it["name"], it["state"], it["address"], it["version"], it["revision"][:12], it["problem"])
        for it in found
    ]
    return table(columns, rows)


def _offer(offer: Json) -> str:
    if offer["kind"] == "model":
        return str(offer["name"])
    return f"pool {offer['name']}" + ("" if offer["started"] else " (stopped)")


@click.command()
@click.argument("server", shell_complete=server_names)
@api_option
@json_option
@click.option("--wait", is_flag=True, help="Wait until the last session has ended.")
@click.option(
    "--within",
    type=click.FloatRange(0.1, 86400),
    default=3600.0,
    show_default=True,
    metavar="SECONDS",
    help="How long --wait waits.",
)
def drain(*, server: str, api: Api, as_json: bool, wait: bool, within: float) -> None:
    """Give SERVER no new sessions; running ones continue. Lasts until `resume`, also over restarts."""
    _command(api, server, "drain", f"{server} takes no new sessions.", as_json=as_json and not wait)
    if wait:
        left = _wait(api, server, within)
        if left:
            raise click.ClickException(
                f"{server} still has {left} sessions after {within:g} seconds."
            )
        _said(api.get("servers", server), f"{server} has no sessions left.", as_json=as_json)


@click.command()
@click.argument("server", shell_complete=server_names)
@api_option
@json_option
def resume(*, server: str, api: Api, as_json: bool) -> None:
    """Let SERVER take new sessions again."""
    _command(api, server, "resume", f"{server} takes new sessions.", as_json=as_json)


@click.command()
@click.argument("server", shell_complete=server_names)
@api_option
@json_option
def maintenance(*, server: str, api: Api, as_json: bool) -> None:
    """Give SERVER no new sessions and close its idle ones."""
    said = f"{server} takes no new sessions and closes its idle ones."
    _command(api, server, "maintenance", said, as_json=as_json)


def _command(api: Api, server: str, action: str, sentence: str, *, as_json: bool) -> None:
    _said(api.post("servers", server, action), sentence, as_json=as_json)


def _said(answer: Json, sentence: str, *, as_json: bool) -> None:
    show(lambda: Shown(sentence, answer), as_json=as_json)


def _wait(api: Api, server: str, within: float) -> int:
    """Wait for the last session to end; returns how many are left."""
    until = time.monotonic() + within
    with console(stderr=True).status("") as status:
        while True:
            it = api.get("servers", server)
            left = int(it["active"] + it["suspended"] + it["reserved"])
            if not left or time.monotonic() >= until:
                return left
            status.update(f"{server}: {left} sessions left ...")
            time.sleep(min(LOOK_EVERY, max(0.0, until - time.monotonic())))
