"""`verdigris hash-password`: a user's line for `usersFile`."""

import sys

import click

from gateway.security.users import line_of


@click.command(
    epilog="WS-Security's PasswordDigest can be checked only against a clear password: write that"
    " line by hand, NAME:clear:PASSWORD, into a file that only the gateway can read."
)
@click.argument("name")
def hash_password(name: str) -> None:
    """Ask for a password and print the line of user NAME for the gateway's usersFile.

    From a pipe, the password is the first line.
    """
    if ":" in name or not name.strip():
        raise click.UsageError("NAME must not be empty or contain a colon")
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise click.UsageError("no password was given: type it, or send it through a pipe")
    click.echo(line_of(name, password))
