"""The gateway process: SOAP clients on one side, management and session servers on the other.

`python -m gateway --config plugin-cfg.xml` prints one line, `gateway listening on HOST:PORT`, when
it is ready for connections, logs to standard error, and finishes running calls on SIGTERM.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from gateway.server import Gateway
from gateway.settings import Settings
from verdigris.errors import VerdigrisError
from verdigris.link.clock import steady
from verdigris.logs import LEVELS, start_logging


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="gateway", description="The SOAP gateway of Verdigris.")
    parser.add_argument(
        "--config", type=Path, help="plugin-cfg.xml (default: the one here, if any)"
    )
    parser.add_argument("--port", type=int, help="HTTP port instead of httpPort; 0 is any free one")
    parser.add_argument("--log-level", choices=LEVELS, default="info")
    parser.add_argument("--log-json", action="store_true", help="log lines as JSON objects")
    return parser.parse_args(given)


def config_file(given: Path | None) -> Path | None:
    """The file to use: the named one, else plugin-cfg.xml here if there is one."""
    here = Path("plugin-cfg.xml")
    return given or (here if here.exists() else None)


async def serve(reactor: Any, options: argparse.Namespace) -> None:
    """Start, say so, and stop when the process is told to."""
    gateway = Gateway(reactor, Settings(config_file(options.config), reactor), port=options.port)
    ports = await gateway.start()
    where: Any = ports[0].getHost()
    host = f"[{where.host}]" if ":" in where.host else where.host
    sys.stdout.write(f"gateway listening on {host}:{where.port}\n")
    sys.stdout.flush()
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(gateway.stop())
    )


def main() -> int:
    """Run the process."""
    options = arguments()
    start_logging("gateway", options.log_level, json=options.log_json)
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses the event loop

    failed: list[str] = []

    def give_up(caught: Any) -> None:
        problem = caught.value
        known = isinstance(problem, VerdigrisError | CannotListenError)
        failed.append(str(problem) if known else caught.getTraceback())
        reactor.stop()

    def start() -> None:
        Deferred.fromCoroutine(serve(reactor, options)).addErrback(give_up)

    steady(reactor)
    reactor.callWhenRunning(start)
    reactor.run()
    for line in failed:
        sys.stderr.write(f"gateway: {line}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
