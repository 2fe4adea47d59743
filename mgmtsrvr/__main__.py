"""The management server's process: `python -m mgmtsrvr`.

It talks to session servers (who register), connectors and gateways (who want sessions) on one
port, and to people and tools over HTTP on another. On standard output it writes one line, once it
is ready; its log goes to standard error.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.python.failure import Failure

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.service import ManagementServer
from mgmtsrvr.store import FileStore
from verdigris.config import installation, mgmtsrvr, ports
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import VerdigrisError
from verdigris.gc_tuning import settle
from verdigris.link.clock import steady
from verdigris.link.own_thread import OwnThread
from verdigris.link.reactor import install
from verdigris.link.sighup import outlive_hangups
from verdigris.logs import start_logging


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.sample:
        print({"config": mgmtsrvr, "installation": installation}[options.sample].sample(), end="")  # noqa: T201 - asked for
        return 0
    try:
        config = _config(options)
    except (VerdigrisError, ValueError) as problem:
        return _refused(problem)
    start_logging(f"mgmtsrvr {config.name}".strip(), config.log_level, json=config.log_json)
    return _run(config, options.rng_seed)


def _run(config: ManagementConfig, seed: int | None) -> int:
    install()
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses the event loop

    steady(reactor)
    outlive_hangups(reactor)
    clock: IReactorTime = cast("IReactorTime", reactor)
    core: IReactorCore = cast("IReactorCore", reactor)
    status: list[int] = []

    async def serve() -> None:
        configuration = Configuration(str(config.installation))
        store = FileStore(
            config.installation,
            configuration.check,
            clock,
            keep=config.keep_versions,
            elsewhere=OwnThread(reactor),
        )
        await configuration.start(store)
        server = ManagementServer(config, configuration, clock, seed)
        core.addSystemEventTrigger(
            "before", "shutdown", lambda: Deferred.fromCoroutine(server.stop())
        )
        links, api = await server.start()
        settle()
        print(f"mgmtsrvr listening on {links}, api on {api}", flush=True)  # noqa: T201 - the ready line

    def failed(caught: Failure) -> None:
        status.append(_refused(caught.value))
        core.stop()

    def begin() -> None:
        Deferred.fromCoroutine(serve()).addErrback(failed)

    core.callWhenRunning(begin)
    core.run()
    return status[0] if status else 0


def _config(options: argparse.Namespace) -> ManagementConfig:
    """The settings file, then what the options say over it.

    Raises:
        ConfigurationError: the file cannot be used.
        ValueError: an option cannot.
    """
    config = mgmtsrvr.read(options.config) if options.config else ManagementConfig()
    if options.installation:
        config = replace(config, installation=options.installation)
    if options.listen:
        config = replace(config, listen=mgmtsrvr.listening(options.listen, ports.MANAGEMENT_SERVER))
    if options.port is not None:
        config = replace(config, listen=replace(config.listen, port=options.port))
    if options.api_port is not None:
        config = replace(config, api=replace(config.api, port=options.api_port))
    if options.name:
        config = replace(config, name=options.name)
    if options.log_level:
        config = replace(config, log_level=options.log_level)
    return config


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mgmtsrvr",
        description="Registers session servers, and allocates sessions of load distribution domains.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (mgmtsrvr.xml)")
    parser.add_argument("--installation", type=Path, metavar="FILE", help="installation.xml")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="for the other parts (127.0.0.1:9641)"
    )
    parser.add_argument(
        "--port", type=_port, metavar="N", help="the same, the port alone; 0 is any"
    )
    parser.add_argument("--api-port", type=_port, metavar="N", help="administration API (8095)")
    parser.add_argument("--name", help="of this management server, in logs")
    parser.add_argument("--log-level", choices=("debug", "info", "warn", "error"))
    parser.add_argument(
        "--rng-seed", type=int, metavar="N", help="draw the same numbers again (tests)"
    )
    parser.add_argument(
        "--sample", choices=("config", "installation"), help="print a commented file and end"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:  # noqa: PLR2004 - the range of TCP ports
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return port


def _refused(problem: BaseException | None) -> int:
    """Say why there will be no service; 78 is EX_CONFIG of sysexits.h."""
    print(f"mgmtsrvr: {problem}", file=sys.stderr)  # noqa: T201 - for whoever started it
    return 78 if isinstance(problem, (VerdigrisError, ValueError)) else 1


if __name__ == "__main__":
    sys.exit(main())
