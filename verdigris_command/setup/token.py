"""`verdigris token`: tokens with which parts join, instead of the password of a user."""

import datetime as dt
from pathlib import Path

import click
from cryptography.x509 import load_pem_x509_certificate

from verdigris.config import mgmtsrvr
from verdigris.identity import Role, join_token
from verdigris.identity.authority import Authority
from verdigris.identity.certificates import fingerprint
from verdigris_command.setup.in_force import security_of
from verdigris_command.setup.settings_files import ROLES


@click.group()
def token() -> None:
    """Make tokens with which parts join."""


@token.command()
@click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="Of the part that may join.",
)
@click.option("--name", default="", metavar="NAME", help="Of the part; by default any.")
@click.option(
    "--hours",
    type=click.FloatRange(min=0, max=720, min_open=True),
    default=24.0,
    show_default=True,
    help="How long it can be used.",
)
@click.option(
    "--config",
    "settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path("mgmtsrvr.xml"),
    show_default=True,
    help="Settings file of a management server on this machine.",
)
def create(*, role: str, name: str, hours: float, settings: Path) -> None:  # fmt: skip
    """Print a token that lets one part join, once.

    It is made with the authority's key, which only management servers have: run this on the machine
    of one. The token also tells the newcomer the authority's fingerprint.
    """
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    click.echo(join_token.make(authority_of(settings), Role(role), name, until))
    click.echo(f"It can be used once, until {until:%Y-%m-%d %H:%M:%S} UTC.", err=True)


def authority_of(settings: Path) -> Authority:
    """The authority that signs for the installation of a management server on this machine.

    Raises:
        ConfigurationError: its files cannot be used, or it speaks plain text.
    """
    config = mgmtsrvr.read(settings)
    found, security = security_of(config)
    signer = security.signer
    wanted = fingerprint(load_pem_x509_certificate(signer.encode())) if signer else ""
    return Authority.find(config.authority, found.id, config.certificate_days, wanted)
