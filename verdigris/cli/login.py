"""`verdigris login` and `verdigris logout`: a token in a file of the user's own."""

import json
from pathlib import Path

import click

from verdigris.cli.api import Api
from verdigris.cli.arguments import password_of
from verdigris.cli.files import read_file
from verdigris.cli.options import api_option
from verdigris.cli.saved_logins import (
    SavedLogin,
    read_logins,
    with_login,
    without_login,
    write_logins,
)
from verdigris.errors import VerdigrisError


@click.command()
@click.option("--user", default="admin", show_default=True, metavar="NAME", help="The user.")
@click.option(
    "--trust", "trusted", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="VERDIGRIS_TRUST", show_envvar=True, metavar="FILE",
    help="Authorities of the installation (authorities.pem). They are kept with the login.",
)  # fmt: skip
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the password; otherwise VERDIGRIS_PASSWORD, or it is asked for.",
)  # fmt: skip
@api_option
def login(*, user: str, trusted: Path | None, password_file: Path | None, api: Api) -> None:
    """Log in to an administration API. Later commands use the login, and its API.

    The token is kept in a file that only you can read, until it expires or you log out.
    """
    authorities = read_file(trusted).decode("utf-8", "replace") if trusted else api.authorities
    there = Api(api.url, authorities=authorities, token="")
    body = json.dumps({"user": user, "password": password_of(user, password_file)}).encode()
    found = there.post("login", body=body, headers={"Content-Type": "application/json"})
    saved = SavedLogin(str(found["user"]), str(found["token"]), str(found["expires"]), authorities)
    write_logins(with_login(read_logins(), there.url, saved))
    click.echo(f"{saved.user} is logged in at {there.url} until {saved.expires}")


@click.command()
@api_option
def logout(*, api: Api) -> None:
    """End the login at an administration API, and forget its token."""
    known = read_logins()
    if api.url not in known.logins:
        click.echo(f"there is no login at {api.url}")
        return
    try:
        api.post("logout")
    except VerdigrisError as problem:
        click.echo(f"the server could not be told: {problem}", err=True)
    write_logins(without_login(known, api.url))
    click.echo(f"logged out at {api.url}")
