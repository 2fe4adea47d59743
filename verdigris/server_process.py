"""A server process from its command line to its exit status; the same for every application.

Law: a process writes its ready line once, when it serves; it ends by SIGTERM or SIGINT with status
0 and without a traceback, also when they come twice (tests/verdigris/test_server_process.py).
"""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import click
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ReactorNotRunning
from twisted.python.failure import Failure

from verdigris.errors import VerdigrisError
from verdigris.link.clock import steady
from verdigris.link.reactor import install
from verdigris.link.service_manager import ServiceManager
from verdigris.link.sighup import outlive_hangups
from verdigris.logs import LEVELS


FAILED: Final = 1
"""Exit status of a process that could not start, such as when its port is in use."""

UNUSABLE_CONFIGURATION: Final = 78
"""Exit status of a process whose files or settings cannot be used: EX_CONFIG of sysexits.h."""

_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGBREAK")


def installed_version() -> str:
    """The installed version; "0" in a checkout that is not installed."""
    try:
        return version("verdigris")
    except PackageNotFoundError:
        return "0"


def server_options(
    name: str, config: str, samples: Mapping[str, Callable[[], str]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that every server takes; gives the command `config`, `log_level` and `log_json`.

    Args:
        name: of the program.
        config: help text for `--config`.
        samples: makers of commented sample files by name; the first is the default.
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def combined(*, log_format: str | None, log_json: bool | None, **given: Any) -> Any:
            chosen = log_json if log_format is None else log_format == "json"
            return command(log_json=chosen, **given)

        made: Callable[..., Any] = combined
        for option in reversed(_options(name, config, samples)):
            made = option(made)
        return made

    return decorated


def _options(
    name: str, config: str, samples: Mapping[str, Callable[[], str]]
) -> list[Callable[[Callable[..., Any]], Callable[..., Any]]]:
    def show(ctx: click.Context, _: click.Parameter, chosen: str | None) -> None:
        if chosen and not ctx.resilient_parsing:
            click.echo(samples[chosen](), nl=False)
            ctx.exit()

    return [
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help=config),
        click.option("--log-level", type=click.Choice(LEVELS), help="Least level to log."),
        click.option("--log-format", type=click.Choice(["text", "json"]), help="Form of log lines."),
        click.option("--log-json/--log-text", default=None, hidden=True),
        click.option(
            "--sample", type=click.Choice(list(samples)), is_flag=False,
            flag_value=next(iter(samples)), expose_value=False, is_eager=True, callback=show,
            help="Print a commented sample file and exit.",
        ),
        click.version_option(installed_version(), prog_name=name),
        click.help_option("-h", "--help"),
    ]  # fmt: skip


def run(name: str, begin: Callable[[Any], Awaitable[str]], *, impatient: bool = True) -> int:
    """Run a server until a signal ends it.

    Args:
        name: of the program, for error messages.
        begin: starts the server, given the reactor; what ends it in good order is a trigger
            "before" the reactor's "shutdown". Returns the ready line; "" writes none.
        impatient: whether a second signal ends the process at once. A worker's parent and its
            terminal may both send one.

    Returns:
        The exit status.
    """
    install()
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it chooses the event loop

    reactor: Any = installed
    status: list[int] = []

    def end() -> None:
        try:
            reactor.stop()
        except ReactorNotRunning:  # it is ending already
            if impatient:
                reactor.crash()

    def failed(caught: Failure) -> None:
        status.append(refused(name, caught.value, caught.getTraceback()))
        end()

    manager = ServiceManager.of(os.environ)

    async def start() -> None:
        if line := await begin(reactor):
            click.echo(line)
            manager.ready(line, reactor)

    def started() -> None:
        # after the reactor has installed its own handlers, whose second call is an error
        for one in _SIGNALS:
            if hasattr(signal, one):
                signal.signal(getattr(signal, one), lambda *_: reactor.callFromThread(end))
        Deferred.fromCoroutine(start()).addErrback(failed)

    steady(reactor)
    outlive_hangups(reactor)
    reactor.callWhenRunning(started)
    reactor.addSystemEventTrigger("before", "shutdown", manager.stopping)
    reactor.run()
    return status[0] if status else 0


def refused(name: str, problem: BaseException | None, traceback: str = "") -> int:
    """Say on standard error why a process does not start; returns its exit status.

    Args:
        name: of the program.
        problem: why.
        traceback: shown for a problem that is a defect of the program.
    """
    known = isinstance(problem, VerdigrisError | ValueError | CannotListenError | OSError)
    click.echo(f"{name}: {str(problem) if known or not traceback else traceback}", err=True)
    unusable = isinstance(problem, VerdigrisError | ValueError)
    return UNUSABLE_CONFIGURATION if unusable else FAILED
