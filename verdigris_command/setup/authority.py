"""`verdigris authority`: who signs for the installation, and how another takes its place.

Law: at every step each part trusts whoever signed the certificate of each other part, if the steps are
some minutes apart: parts ask every minute whom to trust.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from cryptography import x509

from verdigris.config import mgmtsrvr
from verdigris.config.atomic import write_file
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import read_file
from verdigris.identity import Security
from verdigris.identity.authority import CERTIFICATE, KEY, NEXT, Authority, request_for_authority
from verdigris.identity.certificates import fingerprint, key_pem, new_key, pem
from verdigris.membership.newcomer import ask
from verdigris.wire import Done, SetAuthorities
from verdigris_command.setup.in_force import in_force, security_of
from verdigris_command.setup.settings_files import reachable


F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def authority() -> None:
    """Show the authority of the installation, and put another one in its place."""


def config_option(function: F) -> F:
    """Add `--config FILE`."""
    return click.option(
        "--config", "settings", type=FILE, default=Path("mgmtsrvr.xml"), show_default=True,
        help="Settings file of the management server on this machine.",
    )(function)  # fmt: skip


@authority.command()
@config_option
def show(*, settings: Path) -> None:
    """Show who signs for the installation, and who is trusted besides."""
    config = mgmtsrvr.read(settings)
    found = in_force(config).security
    listed = [("signs", found.signer), *(("trusted", it) for it in found.trusted)] if found else []
    for use, text in listed:
        one = x509.load_pem_x509_certificate(text.encode())
        click.echo(f"{use:8} {fingerprint(one)}  until {one.not_valid_after_utc:%Y-%m-%d}")
    if not listed:
        click.echo("Security is off: the parts speak plain text.")


@authority.command()
@config_option
@click.option(
    "--certificate", type=FILE, help="Certificate of an authority you have, instead of a new one."
)
@click.option("--key", type=FILE, help="Its key. Not needed for an answer to --request.")
@click.option(
    "--request",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Only write a signing request, for your own authority to sign.",
)
@click.option("--sign", "step", flag_value="sign", help="Second step: the new authority signs.")
@click.option(
    "--finish", "step", flag_value="finish", help="Third step: the old one is not trusted any more."
)
def replace(*, settings: Path, certificate: Path | None, key: Path | None, request: Path | None, step: str | None) -> None:  # fmt: skip
    """Put another authority in the place of the present one, in three steps.

    Without an option, a new authority is made, and all parts trust it besides the old one. Then, with
    --sign, it signs, and the parts renew their certificates. Then --finish ends the trust in the old
    one. Wait ten minutes between the steps: parts ask every minute.
    """
    work = Replacement(mgmtsrvr.read(settings))
    if request is not None:
        work.request(request)
    elif step == "sign":
        work.sign()
    elif step == "finish":
        work.finish()
    else:
        work.begin(certificate, key)


class Replacement:
    """A change of the authority; it needs no key of the one before.

    Args:
        config: of the management server on this machine.

    Raises:
        ConfigurationError: security is off.
    """

    def __init__(self, config: ManagementConfig) -> None:
        found, security = security_of(config)
        self._config, self._home = config, found.id
        signer = security.signer or read_file(config.authority / CERTIFICATE).decode("ascii")
        self._listed = [_certificate(it) for it in (signer, *security.trusted)]
        self._folder = config.authority
        self._next = config.authority / NEXT

    def request(self, file: Path) -> None:
        """Write a signing request; the key of it stays here."""
        self._refuse_begun()
        pending = self._next / KEY
        if pending.exists():
            raise click.UsageError(
                f"An earlier signing request waits for its answer (--certificate FILE), and {pending} is its key. "
                "Remove that file to make another request; an answer to the earlier one is of no use then."
            )
        key = new_key()
        self._next.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(self._next / KEY, key_pem(key))
        write_file(file, request_for_authority(self._home, key), mode=0o644)
        click.echo(
            f"{file} is for your authority to sign, as one that may sign certificates (CA:TRUE, path length 0). "
            "Then: verdigris authority replace --certificate FILE"
        )

    def begin(self, certificate: Path | None, key: Path | None) -> None:
        """Make the next authority, or take the one that is given; trust it besides the present one."""
        self._refuse_begun()
        if certificate is None:
            made = Authority.create(self._home, dt.datetime.now(dt.UTC))
        else:
            made = Authority.given(self._home, certificate, key or self._next / KEY)
        made.write(self._next)
        self._set(self._listed[0], made.certificate)
        click.echo(
            f"All parts will trust {made.fingerprint} as well within a minute or two.\n"
            "Next, after ten minutes: verdigris authority replace --sign"
        )

    def sign(self) -> None:
        """Let the next authority sign; the parts renew their certificates."""
        made = self._read_next()
        self._set(made.certificate, *(it for it in self._listed if it != made.certificate))
        click.echo(
            f"{made.fingerprint} signs. The parts renew their certificates within a minute or two.\n"
            "Next, after ten minutes, with all parts running: verdigris authority replace --finish"
        )

    def finish(self) -> None:
        """Trust the new authority alone, and put its files in the place of the old one's."""
        made = self._read_next()
        if made.certificate != self._listed[0]:
            raise click.UsageError("The new authority does not sign yet: --sign comes first.")
        self._set(made.certificate)
        made.write(self._folder)
        for name in (KEY, CERTIFICATE):
            (self._next / name).unlink(missing_ok=True)  # the server may have done the same
        click.echo(f"{made.fingerprint} is the authority of the installation.")

    def _read_next(self) -> Authority:
        if not (self._next / CERTIFICATE).exists():
            raise click.UsageError("No replacement has begun: verdigris authority replace")
        return Authority.read(self._next, self._home)

    def _refuse_begun(self) -> None:
        if (self._next / CERTIFICATE).exists():
            raise click.UsageError("A replacement has begun: --sign and --finish come next.")

    def _set(self, signer: x509.Certificate, *trusted: x509.Certificate) -> None:
        """Change the installation, by way of the management server on this machine."""
        assert self._config.identity is not None  # noqa: S101 - required at the beginning
        texts = [pem([one]).decode() for one in (signer, *trusted)]
        security = Security.of_folder(self._config.identity)
        ask(
            reachable(self._config.listen),
            security,
            SetAuthorities(texts[0], tuple(texts[1:])),
            Done,
        )


def _certificate(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text.encode())
