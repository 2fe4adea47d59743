"""The `hostemul` command: `python -m hostemul bank`, `orders`, `replay`, `visit`, `record` or `screens`."""

import sys
from codecs import lookup
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
from twisted.internet import reactor as installed
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IOpenSSLServerConnectionCreator,
    IReactorCore,
    IReactorTCP,
    IReactorTime,
)
from twisted.internet.protocol import Factory
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted.python.failure import Failure

from hostemul.bank import guide as bank_guide
from hostemul.certificate import server_tls
from hostemul.options import (
    SECONDS,
    SHARE,
    disturbing,
    failing,
    faults_of,
    listening,
    tls_from_the_first_byte,
)
from hostemul.order_entry import guide as order_guide
from hostemul.order_entry.testing import OrderOptions, make_orders, serve_orders
from hostemul.replay.player import Stage
from hostemul.replay.recording import Recording, RecordingError, load
from hostemul.replay.visit import Visitor
from hostemul.serving import address
from hostemul.tap.tap import Tap
from hostemul.testing import BankOptions, make_site, serve, start_replay


TCP = cast("IReactorTCP", installed)
CLOCK = cast("IReactorTime", installed)
FUNCTIONS = ("BIND-IMAGE", "RESPONSES", "SYSREQ")


@click.group(context_settings={"max_content_width": 120, "show_default": True})
def main() -> None:
    """Hosts for testing terminals: a 3270 bank, a 5250 order-entry host, and replayed recordings."""


@main.command()
@listening
@click.option("--seed", type=int, default=1, help="The same seed produces the same bank.")
@click.option("--codepage", default="cp037", help="EBCDIC code page, such as cp037 or cp1047.")
@click.option(
    "--motd-rate",
    type=SHARE,
    default=0.25,
    help="Share of sign-ons that show a message of the day.",
)
@click.option("--tellers", type=click.IntRange(1, 9999), default=200, help="Number of users.")
@click.option("--tn3270e/--no-tn3270e", default=True, help="Offer TN3270E before classic TN3270.")
@click.option(
    "--function", "functions", multiple=True, default=FUNCTIONS, type=click.Choice(FUNCTIONS),
    help="TN3270E function to grant; may be repeated.",
)  # fmt: skip
@click.option(
    "--responses", type=click.Choice(["none", "error", "always"]), default="error",
    help="Records that request a TN3270E response.",
)  # fmt: skip
@click.option(
    "--reject-lu", "reject_lus", multiple=True, help="LU name to refuse; may be repeated."
)
@click.option(
    "--reject-type", "reject_types", multiple=True, help="Device type to refuse; may be repeated."
)
@tls_from_the_first_byte
@click.option(
    "--start-tls", type=click.Choice(["offer", "require"]), default=None,
    help="Start TLS within the session (START_TLS) instead of with the connection.",
)  # fmt: skip
@failing
def bank(port: int, interface: str, **options: Any) -> None:
    """Serve the demo bank (docs/demo-bank.md)."""
    _log_to_stderr()
    options["faults"] = faults_of(options)
    options["tls"] = _tls(options.pop("tls"), options.pop("tls_clients"))
    options["start_tls"] = options["start_tls"] or ""
    if options["start_tls"] and options["tls"] is None:
        raise click.UsageError("--start-tls requires --tls CERTIFICATE KEY.")
    try:
        site = make_site(CLOCK, **cast("BankOptions", options))
    except LookupError as problem:
        raise click.ClickException(str(problem)) from None
    _run("bank", port, lambda: serve(site, TCP, port, interface).address)


@main.command()
@listening
@click.option("--seed", type=int, default=1, help="The same seed produces the same orders.")
@click.option("--codepage", default="cp037", help="EBCDIC code page, such as cp037 or cp273.")
@click.option(
    "--reject-device",
    "reject_devices",
    multiple=True,
    help="Device name to refuse; may be repeated.",
)
@tls_from_the_first_byte
@failing
def orders(port: int, interface: str, **options: Any) -> None:
    """Serve the 5250 order-entry host (docs/order-host.md)."""
    _log_to_stderr()
    options["faults"] = faults_of(options)
    options["tls"] = _tls(options.pop("tls"), options.pop("tls_clients"))
    try:
        site = make_orders(CLOCK, **cast("OrderOptions", options))
    except LookupError as problem:
        raise click.ClickException(str(problem)) from None
    _run("orders", port, lambda: serve_orders(site, TCP, port, interface).address)


@main.command()
@listening
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--pace", type=SECONDS, default=1.0, help="Factor for recorded delays; 0 disables them."
)
@click.option(
    "--patience", type=SECONDS, default=2.0, help="Seconds to wait for answers to negotiation."
)
@click.option(
    "--once",
    is_flag=True,
    help="Serve one connection; exit with status 1 if it differs from the recording.",
)
@click.option("--seed", type=int, default=1, help="Seed of the random faults.")
@disturbing
def replay(
    file: Path,
    port: int,
    interface: str,
    pace: float,
    patience: float,
    once: bool,  # noqa: FBT001  click passes by name
    **options: Any,
) -> None:
    """Act as the host of a recording: an x3270 trace, a YAML flow or JSON lines.

    Where the terminal differs from the recording, the difference is reported on standard error.
    """
    _log_to_stderr()
    told = _Told()
    ended = _stop if once else (lambda: None)
    stage = Stage(_load(file), CLOCK, pace, patience, told, faults_of(options), ended)
    _run("replay", port, lambda: address(start_replay(stage, TCP, port, interface)))
    sys.exit(1 if once and told.count else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--host", required=True, metavar="HOST:PORT", help="The host to connect to.")
@click.option(
    "--pace", type=SECONDS, default=0.0, help="Factor for recorded delays; 0 disables them."
)
@click.option(
    "--patience", type=SECONDS, default=10.0, help="Seconds to wait for an answer of the host."
)
@click.option(
    "--secret", "secrets", multiple=True, help="A value that the recording masks; may be repeated."
)
@click.option("--codepage", default="cp037", help="The host's code page, for --secret.")
def visit(
    file: Path, host: str, pace: float, patience: float, secrets: tuple[str, ...], codepage: str
) -> None:
    """Act as the terminal of a recording: repeat its input at a host and compare the answers.

    Where the host differs from the recording, the difference is reported on standard error, and the
    exit status is 1.
    """
    _log_to_stderr()
    told = _Told()
    endpoint = HostnameEndpoint(installed, *_host(host))
    stage = Stage(_load(file), CLOCK, pace, patience, told, ended=_stop)
    try:
        terminal = Visitor(stage, secrets, codepage)
    except (RecordingError, LookupError) as problem:
        raise click.ClickException(str(problem)) from None

    def refused(reason: Failure) -> None:
        told(f"the host cannot be reached: {reason.getErrorMessage()}")
        _stop()

    connectProtocol(endpoint, terminal).addErrback(refused)
    cast("IReactorCore", installed).run()
    click.echo(f"hostemul visit: {told.count} difference{'' if told.count == 1 else 's'}")
    sys.exit(1 if told.count else 0)


@main.command()
@click.option(
    "--listen",
    "port",
    type=click.IntRange(0, 65535),
    required=True,
    help="Port to listen on; 0 selects a free one.",
)
@click.option("--interface", default="127.0.0.1", help="Address to listen on.")
@click.option("--host", required=True, metavar="HOST:PORT", help="The host to connect to.")
@click.option(
    "--mask", "secrets", multiple=True, help="Text to mask, such as a password; may be repeated."
)
@click.option("--codepage", default="cp037", help="The host's code page, for --mask.")
@click.option("--seed", type=int, default=1, help="Seed of the random faults.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@disturbing
def record(
    port: int,
    interface: str,
    host: str,
    secrets: tuple[str, ...],
    codepage: str,
    file: Path,
    **options: Any,
) -> None:
    """Record the traffic between a terminal and its host.

    FILE is a trace for `replay`. Without --mask, it contains everything, including passwords. A
    second connection is written to a file of its own, with -2 appended to the name.
    """
    _log_to_stderr()
    place = _host(host)
    if not file.parent.is_dir():
        raise click.ClickException(f"cannot write {file.name}: folder {file.parent} does not exist")
    try:
        lookup(codepage)
    except LookupError as problem:
        raise click.ClickException(str(problem)) from None
    endpoint = HostnameEndpoint(installed, *place)
    tap = Tap(endpoint, file, CLOCK, secrets, codepage, faults_of(options))
    factory = cast("Any", tap.factory())  # as in `testing`: no factory can name Twisted's type
    _run("record", port, lambda: address(TCP.listenTCP(port, factory, interface=interface)))


@main.command()
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Document to update instead of printing.",
)
@click.option(
    "--host",
    type=click.Choice(["bank", "orders"]),
    default="bank",
    help="The host whose screens to draw.",
)
def screens(into: Path | None, host: str) -> None:
    """Draw every screen of a host with the positions of its fields, as Markdown."""
    page = order_guide.PAGE if host == "orders" else bank_guide.PAGE
    if into is None:
        click.echo(page.text())
    else:
        into.write_text(page.renewed(into.read_text(encoding="utf-8")), encoding="utf-8")


class _Told:
    """Reports differences on standard error, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, line: str) -> None:
        self.count += 1
        click.echo(line, err=True)


def _load(file: Path) -> Recording:
    try:
        return load(file)
    except RecordingError as problem:
        raise click.ClickException(str(problem)) from None


def _host(told: str) -> tuple[str, int]:
    """Name and port of HOST:PORT."""
    name, colon, number = told.rpartition(":")
    if not colon or not number.isdecimal():
        raise click.UsageError(f"--host {told} is not HOST:PORT.")
    return name.strip("[]"), int(number)


def _stop() -> None:
    reactor = cast("IReactorCore", installed)
    if reactor.running:
        CLOCK.callLater(0, reactor.stop)


def _run(what: str, port: int, listen: Callable[[], tuple[str, int]]) -> None:
    try:
        host, number = listen()
    except CannotListenError as problem:
        raise click.ClickException(f"port {port}: {problem.socketError}") from None
    click.echo(f"hostemul {what} listening on {host}:{number}")  # scripts wait for this line
    cast("IReactorCore", installed).run()


def _tls(
    files: tuple[Path, Path] | None, clients: Path | None
) -> IOpenSSLServerConnectionCreator | None:
    if not files:
        return None
    try:
        return server_tls(*files, clients)
    except (OSError, ValueError) as problem:
        raise click.ClickException(str(problem)) from None


def _log_to_stderr() -> None:
    Factory.noisy = False  # what starts and stops is for the ready line to tell
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)


if __name__ == "__main__":
    main(prog_name="hostemul")
