"""The gateway process: SOAP clients on one side, management and session servers on the other.

`python -m gateway --config plugin-cfg.xml` prints one line, `gateway listening on HOST:PORT`, when
it is ready for connections, logs to standard error, and finishes running calls on SIGTERM.
`--workers N` does the same with N processes behind the one port.
"""

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from gateway.settings import Settings
from verdigris.errors import VerdigrisError
from verdigris.link.clock import steady
from verdigris.link.own_thread import OwnThread
from verdigris.link.reactor import install
from verdigris.link.sighup import outlive_hangups
from verdigris.logs import LEVELS, start_logging


MOST_WORKERS = 256
"""More than any machine has cores to give; a typing error starts no thousands of processes."""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="gateway", description="The SOAP gateway of Verdigris.")
    parser.add_argument(
        "--config", type=Path, help="plugin-cfg.xml (default: the one here, if any)"
    )
    parser.add_argument("--port", type=int, help="HTTP port instead of httpPort; 0 is any free one")
    parser.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that share the ports, about one per core (default: 1)",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info")
    parser.add_argument("--log-json", action="store_true", help="log lines as JSON objects")
    parser.add_argument("--sockets", help=argparse.SUPPRESS)  # a parent's, to its workers
    parser.add_argument("--patience", type=float, default=0.0, help=argparse.SUPPRESS)  # likewise
    parser.add_argument("--shared", type=Path, help=argparse.SUPPRESS)  # likewise
    parser.add_argument("--line", type=int, default=-1, help=argparse.SUPPRESS)  # likewise
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)  # likewise
    return parser.parse_args(given)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 to {MOST_WORKERS}")
    return int(text)


def config_file(given: Path | None) -> Path | None:
    """The file to use: the named one, else plugin-cfg.xml here if there is one."""
    here = Path("plugin-cfg.xml")
    return given or (here if here.exists() else None)


def say_ready(host: str, port: int) -> None:
    """The ready line."""
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"gateway listening on {shown}:{port}\n")
    sys.stdout.flush()


async def serve(reactor: Any, options: argparse.Namespace) -> None:
    """Start, say so, and stop when the process is told to."""
    from gateway.server import Gateway  # noqa: PLC0415 - as above
    from gateway.telemetry.tracing import start_exporting  # noqa: PLC0415 - as above
    from gateway.workers.lifeline import Leash  # noqa: PLC0415 - the parent of workers needs none of these
    from gateway.workers.shared_state import Shared  # noqa: PLC0415 - as above

    leash = Leash(reactor, reactor.stop) if options.worker else None
    if leash:
        leash.hold()
        reactor.addSystemEventTrigger("before", "shutdown", leash.release)
    shared = Shared(reactor, options.shared, options.line) if options.worker else None
    sockets = [int(fd) for fd in options.sockets.split(",")] if options.sockets else []
    settings = Settings(config_file(options.config), reactor, OwnThread(reactor))
    start_exporting()
    gateway = Gateway(
        reactor,
        settings,
        port=options.port,
        sockets=sockets,
        patience=options.patience,
        shared=shared,
    )
    ports = await gateway.start()
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(gateway.stop())
    )
    if leash:
        leash.ready()
    else:
        where: Any = ports[0].getHost()
        say_ready(where.host, where.port)


def run(
    reactor: Any, name: str, begin: Callable[[Any, argparse.Namespace], Awaitable[None]],
    options: argparse.Namespace,
) -> list[str]:  # fmt: skip
    """Run the event loop to its end; gives what kept it from starting."""
    start_logging(name, options.log_level, json=options.log_json)
    failed: list[str] = []

    def give_up(caught: Any) -> None:
        problem = caught.value
        known = isinstance(problem, VerdigrisError | CannotListenError)
        failed.append(str(problem) if known else caught.getTraceback())
        reactor.stop()

    def start() -> None:
        Deferred.fromCoroutine(begin(reactor, options)).addErrback(give_up)  # type: ignore[arg-type] # a coroutine function's result

    steady(reactor)
    outlive_hangups(reactor)
    reactor.callWhenRunning(start)
    reactor.run()
    return failed


def main() -> int:
    """Run the process."""
    options = arguments()
    install()
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses the event loop

    if options.workers > 1 and not options.worker:
        from gateway.workers.parent import Parent  # noqa: PLC0415 - only here

        parent = Parent(reactor, sys.argv[1:], say_ready)
        failed = run(reactor, "gateway", parent.serve, options) or parent.failed
    else:
        name = f"gateway worker {options.worker}" if options.worker else "gateway"
        failed = run(reactor, name, serve, options)
    for line in failed:
        sys.stderr.write(f"gateway: {line}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
