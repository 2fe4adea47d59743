"""`verdigris parts` and `remove`: what belongs to the installation, and what does no longer."""

import click

from verdigris.cli.api import Api
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table


@click.command()
@api_option
@json_option
def parts(*, api: Api, as_json: bool) -> None:
    """List the management servers, session servers and gateways of the installation."""

    def look() -> Shown:
        found = api.get("parts")
        rows = [(it["role"], it["name"], it["address"], it.get("state", "")) for it in found]
        return Shown(table(("role", "name", "address", "state"), rows), found)

    show(look, as_json=as_json)


@click.command()
@click.argument("role", type=click.Choice(["gateway", "management-server", "session-server"]))
@click.argument("name")
@api_option
@json_option
def remove(*, role: str, name: str, api: Api, as_json: bool) -> None:
    """Take the part NAME out of the installation: its certificate is refused from now on.

    Its connections to management and session servers end at once. Drain a session server first.
    """
    done = api.delete("parts", role, name)
    show(lambda: Shown(f"{name}: {done['done']}", done), as_json=as_json)
