"""`verdigris sessions`: what every session is doing, with its screen if wanted."""

from typing import Final

import click
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, server_names
from verdigris.cli.output import Shown, json_option, show, table, watch_options
from verdigris.errors import ServerUnreachable


COLUMNS: Final = (
    "server",
    "id#",
    "kind",
    "name",
    "model",
    "state",
    "for#",
    "user",
    "row",
    "entity",
    "request",
    "problem",
)


@click.command()
@click.argument("server", required=False, shell_complete=server_names)
@click.option(
    "--screens", is_flag=True, help="Show each session's screen, with hidden fields masked."
)
@click.option("--state", metavar="STATE", help="Only sessions in this state, such as quarantined.")
@api_option
@json_option
@watch_options
def sessions(
    *,
    server: str | None,
    screens: bool,
    state: str | None,
    api: Api,
    as_json: bool,
    watch: bool,
    every: float,
) -> None:
    """Show the sessions of all session servers that are online, or only of SERVER."""

    def look() -> Shown:
        found = [
            it
            for name in ([server] if server else _online(api))
            for it in _of(api, name, screens=screens, must=server is not None)
            if state is None or it["state"] == state
        ]
        pictures = [_picture(it) for it in found if it["screen"]] if screens else []
        return Shown(Group(_table(found), *pictures), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _online(api: Api) -> list[str]:
    return [it["name"] for it in api.get("servers") if it["state"] not in {"offline", "held"}]


def _of(api: Api, server: str, *, screens: bool, must: bool) -> list[Json]:
    """The sessions of a server; one that went away meanwhile has none, unless it was asked for."""
    query = {"screens": "true"} if screens else {}
    try:
        found = api.get("servers", server, "sessions", query=query)
    except ServerUnreachable:
        if must:
            raise
        return []
    return [{"server": server, **it} for it in found]


def _table(found: list[Json]) -> RenderableType:
    rows = [
        (
            it["server"],
            it["id"],
            it["kind"],
            it["name"],
            it["model"],
            it["state"],
            _span(it["since"]),
            " on behalf of ".join(filter(None, (it["user"], it.get("on_behalf_of")))),
            it["row"],
            it["entity"],
            it["request_id"],
            it["problem"],
        )
        for it in found
    ]
    return table(COLUMNS, rows, empty="There are no sessions.")


def _picture(it: Json) -> RenderableType:
    title = f"{it['server']} {it['id']}: {it['entity'] or 'unknown screen'}"
    return Panel(Text(it["screen"].rstrip("\n")), title=title, expand=False)


def _span(seconds: float) -> str:
    """A time span in a readable unit: 4.2 s, 3 min, 2 h."""
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - two hours in minutes
