"""`verdigris shares`: how the sessions of a domain were given, beside what the weights say."""

from typing import Final
from urllib.parse import quote

import click
from rich.console import RenderableType

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table, watch_options


COLUMNS: Final = ("server", "drawn#", "share#", "gave#", "expected#", "share#", "judged")


@click.command()
@click.argument("domain")
@click.option(
    "--window",
    default=3600,
    show_default=True,
    help="Seconds before now.",
    type=click.IntRange(60, 86_400),
)
@api_option
@json_option
@watch_options
def shares(*, domain: str, window: int, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """Show how often each server of DOMAIN was drawn, and how often the weights of each draw say."""

    def look() -> Shown:
        found = api.get(f"domains/{quote(domain, safe='')}/shares?window={window}")
        return Shown(_table(found), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _table(found: Json) -> RenderableType:
    draws = sum(it["drawn"] for it in found)
    rows = [
        (
            it["server"],
            it["drawn"],
            f"{100 * it['drawn'] / draws:.1f} %" if draws else "",
            it["given"],
            f"{it['expected']:.1f}",
            f"{100 * it['expected'] / draws:.1f} %" if draws else "",
            "as expected" if it["as_expected"] else "not by chance",
        )
        for it in found
    ]
    return table(COLUMNS, rows, empty="No request has come for this domain in that time.")
