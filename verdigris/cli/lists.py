"""`verdigris lists`: variable lists that session servers share, and who has which rows."""

from typing import Final

import click
from rich.console import RenderableType

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table, watch_options


COLUMNS: Final = ("list", "rows#", "free#", "server", "has#", "in use#", "state", "which")
SHOWN: Final = 4
"""Rows that are named in the table; the JSON names all."""


@click.command()
@click.option("--rows", "every_row", is_flag=True, help="Name every row, not only the first few.")
@api_option
@json_option
@watch_options
def lists(*, every_row: bool, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """Show the variable lists that session servers share, and which server has which rows.

    A row is shown by its user or its other values that are not secret.
    """

    def look() -> Shown:
        found = api.get("lists")
        return Shown(_table(found, every_row=every_row), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _table(found: Json, *, every_row: bool) -> RenderableType:
    rows = [
        (
            it["name"],
            it["rows"],
            it["free"],
            one["server"],
            len(one["rows"]),
            one["used"],
            "connected" if one["connected"] else f"away, for {one['lease']:.0f} s more",
            _named(one["rows"], every_row=every_row),
        )
        for it in found
        for one in it["servers"]
    ]
    return table(COLUMNS, rows, empty="No session server shares a variable list.")


def _named(rows: list[str], *, every_row: bool) -> str:
    shown = rows if every_row or len(rows) <= SHOWN else rows[: SHOWN - 1]
    more = len(rows) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
