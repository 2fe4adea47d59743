"""`verdigris init`: an installation, its authority and its first management server."""

import datetime as dt
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import click

from verdigris.config import mgmtsrvr, ports
from verdigris.config.atomic import write_file
from verdigris.config.installation_edit import InstallationDocument
from verdigris.config.users import NAMESPACE
from verdigris.identity import Part, Role, material
from verdigris.identity.authority import Authority
from verdigris.identity.certificates import pem
from verdigris.membership.first_contact import own_address
from verdigris.passwords import generated, hashed, problem_of
from verdigris.values import NAME, Endpoint
from verdigris_command.setup.part_process import hosts, machine_name, run, start_option
from verdigris_command.setup.passwords import said_password
from verdigris_command.setup.settings_files import (
    AUTHORITY,
    FILES,
    IDENTITY,
    Administration,
    management_server,
)


ELSEWHERE = Endpoint("192.0.2.1", 9)
"""An address of no machine (RFC 5737): the way there shows which address of this machine others see."""

ROLE = Role.MANAGEMENT_SERVER

DOMAIN = "default"
"""The domain of a new installation, so that the first session server can join one."""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--id", "home", metavar="NAME", help="Id of the installation; a new one by default.")
@click.option(
    "--name", metavar="NAME", help="Name of this management server; by default the machine's."
)
@click.option(
    "--address", metavar="HOST[:PORT]",
    help="Where the other parts reach it; by default the address of this machine.",
)  # fmt: skip
@click.option("--api", metavar="HOST:PORT", help="Where the administration API listens.")
@click.option("--health", metavar="HOST:PORT", help="Where health questions are answered.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the password of admin; otherwise VERDIGRIS_PASSWORD, or it is asked for.",
)  # fmt: skip
@click.option(
    "--etcd",
    multiple=True,
    metavar="URL",
    help="Keep the configuration in etcd, for several management servers: a member; may be repeated.",
)
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Also write the authority's certificate there, for `verdigris join --trust`.",
)  # fmt: skip
@click.option(
    "--authority-certificate",
    "certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificate of an authority you have for this installation, instead of a new one.",
)
@click.option(
    "--authority-key", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its key.",
)  # fmt: skip
@start_option
def init(
    *,
    folder: Path,
    home: str | None,
    name: str | None,
    address: str | None,
    api: str | None,
    health: str | None,
    password_file: Path | None,
    etcd: tuple[str, ...],
    export: Path | None,
    certificate: Path | None,
    key: Path | None,
    start: bool,
) -> None:
    """Set up an installation in FOLDER: authority, first management server, user admin.

    In a folder that holds one already, nothing is changed: its management server is started.
    """
    if (certificate is None) != (key is None):
        raise click.UsageError("Use --authority-certificate and --authority-key together.")
    settings = folder / FILES[ROLE]
    if not settings.exists():
        here = _address(address)
        home = home or f"v{secrets.token_hex(4)}"
        given = Authority.given(home, certificate, key) if certificate and key else None
        made = FirstServer(folder, home, name or machine_name(), here, given)
        made.write(_password(password_file), _people(api, health), etcd)
        if export is not None:
            made.export(export)
        made.tell()
    elif not start:
        raise click.UsageError(f"{settings} exists: nothing is changed.")
    if start:
        run(ROLE, settings)


class FirstServer:
    """The first management server of an installation.

    Args:
        folder: where everything of it is kept.
        home: the id of the installation.
        name: of the server.
        address: by which the other parts reach it.
        given: the authority; None makes one.
    """

    def __init__(
        self, folder: Path, home: str, name: str, address: Endpoint, given: Authority | None = None
    ) -> None:
        for text in (home, name):
            if not NAME.match(text):
                raise click.UsageError(f"{text!r} is not a name of letters, digits and - _ .")
        self._folder, self._home, self._name, self._address = folder, home, name, address
        self._now = dt.datetime.now(dt.UTC)
        self._authority = given or Authority.create(home, self._now)
        self._shown = ""
        self._api = mgmtsrvr.API

    def write(self, password: str, people: Administration, etcd: Sequence[str] = ()) -> None:
        """Write all files; the settings last, which make the folder a management server's.

        Args:
            password: of admin; "" generates one, which `tell` shows.
            people: where it listens for them.
            etcd: URLs of its members, to keep the configuration there; none keeps it in files.

        Raises:
            CannotWrite: a file could not be written.
        """
        folder = self._folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._shown = "" if password else generated()
        self._authority.write(folder / AUTHORITY)
        part = Part(self._home, ROLE, self._name)
        mine = self._authority.material(part, hosts(self._address.host), self._now)
        material.write(folder / IDENTITY, mine)
        write_file(folder / "users.xml", _users(password or self._shown))
        write_file(folder / "installation.xml", self._installation())
        self._api = people.api or self._api
        text = management_server(self._name, self._address, people, _store(etcd, self._home))
        write_file(folder / FILES[ROLE], text.encode())

    def export(self, file: Path) -> None:
        """Write the authority's certificate, whole and at once: others may wait for it."""
        write_file(file, pem([self._authority.certificate]), mode=0o644)

    def tell(self) -> None:
        """Show what has to be known, the generated password for the only time."""
        click.echo(f"Installation {self._home} is set up in {self._folder}.\n")
        click.echo(f"Authority, SHA-256:  {self._authority.fingerprint}")
        if self._shown:
            click.echo(f"User admin:          {self._shown}   (shown this once)")
        login = f"verdigris login --api https://{self._api} --trust {self._folder / IDENTITY / material.AUTHORITIES}"
        click.echo(f"\nWhen it runs, log in with:\n\n  {login}")
        click.echo(
            "\nOn each further machine, with --role session-server, gateway or management-server:\n\n"
            f"  verdigris join --management {self._address} --role session-server --domain {DOMAIN} --user admin\n"
        )

    def _installation(self) -> bytes:
        document = InstallationDocument(
            f'<installation xmlns="urn:verdigris:installation:1" id="{self._home}"/>'.encode()
        )
        document.set_authorities(pem([self._authority.certificate]).decode(), ())
        document.add(ROLE, self._name, str(self._address))
        document.add_domain(DOMAIN)
        return document.data


def _address(said: str | None) -> Endpoint:
    try:
        return Endpoint.parse(said or own_address(ELSEWHERE), ports.MANAGEMENT_SERVER)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _people(api: str | None, health: str | None) -> Administration:
    try:
        return Administration.parse(api, health)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _store(etcd: Sequence[str], home: str) -> str:
    """The element `<store>`; each installation has keys of its own. "" keeps everything in files."""
    urls = quoteattr(" ".join(etcd))
    return f'  <store kind="etcd" endpoints={urls} prefix="/verdigris/{home}"/>\n' if etcd else ""


def _password(file: Path | None) -> str:
    """The password of admin that was given; "" to generate one."""
    password = said_password(file)
    if password is None and sys.stdin.isatty():
        text = "Password of admin (empty: generate one)"
        password = click.prompt(text, hide_input=True, default="", show_default=False, err=True)
        if password and password != click.prompt("The same again", hide_input=True, err=True):
            raise click.UsageError("The two passwords differ.")
    if password and (problem := problem_of(password)):
        raise click.UsageError(problem)
    return password or ""


def _users(password: str) -> bytes:
    """users.xml with nobody but admin."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<users xmlns="{NAMESPACE}">\n'
        f'  <admin password="{hashed(password)}"/>\n</users>\n'
    ).encode()
