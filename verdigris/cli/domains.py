"""`verdigris domains`: load distribution domains, their members, shares and states."""

import click
from rich.console import RenderableType

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, domain_names
from verdigris.cli.output import Shown, json_option, show, table, watch_options, with_complaints


@click.command()
@click.argument("domain", required=False, shell_complete=domain_names)
@api_option
@json_option
@watch_options
def domains(*, domain: str | None, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """Show the load distribution domains, or one DOMAIN.

    The weight is a member's share of the requests of its priority group; the lowest priority number
    is used first. A member with weight 0 gets no new sessions.
    """

    def look() -> Shown:
        found = [api.get("domains", domain)] if domain else api.get("domains")
        if as_json:
            return Shown("", found)
        return Shown(with_complaints(_table(found), api.complaints()), found)

    show(look, as_json=as_json, watch=watch, every=every)


def _table(found: Json) -> RenderableType:
    rows = [
        (
            it["name"],
            member["priority"],
            member["server"],
            member["weight"],
            f"{member['percent']:g} %",
            member["state"],
            "-" if member["state"] == "offline" else f"{member['active']}/{member['maximum']}",
            member["reason"],
        )
        for it in found
        for member in sorted(it["members"], key=lambda member: member["priority"])
    ]
    columns = ("domain", "priority#", "server", "weight#", "share#", "state", "active#", "reason")
    return table(
        columns, rows, empty="The installation has no domains. Add one in installation.xml."
    )
