"""`verdigris join`: a part of an installation on this machine, with one command."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from cryptography import x509

from verdigris.config import ports
from verdigris.config.atomic import write_file
from verdigris.errors import AuthorityDiffers, IdentityRefused
from verdigris.identity import Role, Security, join_token, material
from verdigris.identity.certificates import fingerprint, new_key, request
from verdigris.identity.material import Material, read_authorities
from verdigris.membership.first_contact import own_address, shown_authority
from verdigris.membership.newcomer import ask
from verdigris.values import Endpoint
from verdigris.wire import Join, Joined
from verdigris_command.setup import settings_files
from verdigris_command.setup.part_process import (
    command,
    hosts,
    machine_name,
    run,
    start_option,
)
from verdigris_command.setup.passwords import said_password
from verdigris_command.setup.settings_files import FILES, IDENTITY, ROLES


STORE: Final = "store.xml"
"""Among the files a management server gets: the element `<store>` of its settings."""

PORTS: Final = {
    Role.MANAGEMENT_SERVER: ports.MANAGEMENT_SERVER,
    Role.SESSION_SERVER: ports.SESSION_SERVER,
    Role.GATEWAY: ports.GATEWAY_HTTP,
}


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--management",
    required=True,
    metavar="HOST[:PORT]",
    help="A management server of the installation.",
)
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it becomes.")
@click.option("--name", metavar="NAME", help="Its name; by default the machine's.")
@click.option("--user", metavar="NAME", help="User who may let parts join, such as admin.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the user's password; otherwise VERDIGRIS_PASSWORD, or it is asked for.",
)  # fmt: skip
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="VERDIGRIS_JOIN_TOKEN",
    help="Of `verdigris token create`, instead of a user.",
)
@click.option(
    "--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The authority's certificate (init --export), instead of comparing it by eye.",
)  # fmt: skip
@click.option(
    "--fingerprint",
    "known",
    metavar="SHA-256",
    help="Of the authority, instead of comparing it by eye.",
)
@click.option(
    "--address",
    metavar="HOST[:PORT]",
    help="Where others reach it; by default this machine's address.",
)
@click.option(
    "--https-port",
    type=click.IntRange(1, 65535),
    default=ports.GATEWAY_HTTPS,
    show_default=True,
    help="Gateways: the port for HTTPS.",
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="NAME",
    help="Session servers: become a member; gateways: for requests that name none.",
)
@click.option(
    "--weight",
    type=click.IntRange(0, 1_000_000),
    default=100,
    show_default=True,
    help="In these domains.",
)
@click.option(
    "--host", "hosts", multiple=True, metavar="MODEL=HOST:PORT",
    help="Session servers: the host of a model, instead of the one that it names.",
)  # fmt: skip
@click.option(
    "--api", metavar="HOST:PORT", help="Management servers: where the administration API listens."
)
@click.option(
    "--health", metavar="HOST:PORT", help="Management servers: where health questions are answered."
)
@start_option
def join(*, folder: Path | None, role: str, start: bool, **said: object) -> None:  # fmt: skip
    """Become a part of an installation: its certificate, settings and registration; then run it.

    FOLDER keeps everything of the part (by default a folder called as the role). In a folder that
    was set up already, nothing is changed: the part is started.
    """
    home = folder or Path(role)
    found = settings_files.settings_of(home)
    if found is None:
        settings = Newcomer(home, Role(role), JoinOptions(**said)).join()  # type: ignore[arg-type] # click's options
        click.echo(f"It has joined. To start it: {command(Role(role), settings)}", err=True)
        found = Role(role), settings
    elif found[0] != role:
        raise click.UsageError(f"{home} belongs to a {found[0].words}.")
    if start:
        run(*found)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JoinOptions:
    """The command line; the options of `verdigris join` by their names."""

    management: str
    name: str | None
    user: str | None
    password_file: Path | None
    token: str | None
    trust: Path | None
    known: str | None
    address: str | None
    https_port: int
    domains: tuple[str, ...]
    weight: int
    hosts: tuple[str, ...]
    api: str | None
    health: str | None


class Newcomer:
    """A part that joins.

    Args:
        folder: where everything of it is kept.
        role: what it becomes.
        said: the command line.
    """

    def __init__(self, folder: Path, role: Role, said: JoinOptions) -> None:
        self._folder, self._role, self._said = folder, role, said
        try:
            self._management = Endpoint.parse(said.management, ports.MANAGEMENT_SERVER)
            given = said.address or own_address(self._management)
            self._address = Endpoint.parse(given, PORTS[role])
            self._people = settings_files.Administration.parse(said.api, said.health)
            self._token = join_token.read(said.token) if said.token else None
        except ValueError as problem:
            raise click.UsageError(str(problem)) from None
        if bool(said.user) == bool(said.token):
            raise click.UsageError("Use either --user or --token.")

    def join(self) -> Path:
        """Join; returns the settings file.

        Raises:
            VerdigrisError: why it cannot be done; nothing was written.
        """
        authority = shown_authority(self._management)
        self._compare(authority)
        key, name = new_key(), self._name()
        wanted = Join(
            self._role.value,
            name,
            request(key, hosts(self._address.host)),
            "" if self._role is Role.GATEWAY else str(self._address),
            self._said.user or "",
            "" if self._token else self._password(),
            self._said.token or "",
            self._said.domains if self._role is Role.SESSION_SERVER else (),
            self._said.weight,
        )
        answer = ask(self._management, Security(Material((authority,))), wanted, Joined)
        mine = Material(
            tuple(x509.load_pem_x509_certificates(answer.authorities)),
            tuple(x509.load_pem_x509_certificates(answer.certificate)),
            key,
        )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, data in answer.files.items():
            if path != STORE:
                _keep(self._folder, path, data)
        material.write(self._folder / IDENTITY, mine)
        settings = self._folder / FILES[self._role]
        write_file(settings, self._settings(name, answer).encode())
        return settings

    def _settings(self, name: str, answer: Joined) -> str:
        management = answer.management_servers or (str(self._management),)
        if self._role is Role.MANAGEMENT_SERVER:
            store = answer.files.get(STORE, b"").decode()
            return settings_files.management_server(name, self._address, self._people, store)
        if self._role is Role.SESSION_SERVER:
            return settings_files.session_server(
                name, answer.installation, self._address, management, self._hosts()
            )
        domain = self._said.domains[0] if self._said.domains else ""
        return settings_files.gateway(self._address, self._said.https_port, management, domain)

    def _name(self) -> str:
        return self._said.name or (self._token.name if self._token else "") or machine_name()

    def _hosts(self) -> dict[str, str]:
        """Addresses of hosts by model.

        Raises:
            click.UsageError: one is not MODEL=HOST:PORT.
        """
        found = dict(text.partition("=")[::2] for text in self._said.hosts)
        for model, address in found.items():
            try:
                Endpoint.parse(address, 1)
            except ValueError as problem:
                raise click.UsageError(f"--host {model}: {problem}") from None
        return found

    def _password(self) -> str:
        password = said_password(self._said.password_file)
        if password is None:
            password = click.prompt(f"Password of {self._said.user}", hide_input=True, err=True)
        return password

    def _compare(self, authority: x509.Certificate) -> None:
        """Make sure that this is the authority of the installation.

        Raises:
            AuthorityDiffers: it is not.
        """
        shown = fingerprint(authority)
        known = self._said.known or (self._token.authority if self._token else "")
        if self._said.trust is not None:
            (one, *_) = read_authorities(self._said.trust).authorities
            known = fingerprint(one)
        if known:
            if known.replace(":", "").lower() != shown.replace(":", "").lower():
                peer = f"The server at {self._management}"
                raise AuthorityDiffers(peer=peer, shown=shown, expected=known)
            return
        click.echo(f"Authority of the installation, SHA-256:\n  {shown}", err=True)
        if not sys.stdin.isatty():
            raise click.UsageError("Compare it, and repeat the command with --fingerprint.")
        click.confirm("Is it the one that `verdigris init` has shown?", abort=True, err=True)


def _keep(folder: Path, path: str, data: bytes) -> None:
    """Write a file that the management server has sent, inside the folder and nowhere else."""
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise IdentityRefused(
            peer="the management server", reason=f"it has sent a file {path!r:.80}"
        )
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_file(target, data)
