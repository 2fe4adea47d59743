"""The gateway process: SOAP clients on one side, management and session servers on the other.

`python -m gateway --config plugin-cfg.xml` prints one line, `gateway listening on HOST:PORT`, when
it is ready for connections, logs to standard error, and finishes running calls on SIGTERM.
`--workers N` does the same with N processes that share the port.
"""

import sys
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import Deferred

from gateway.settings import Settings
from verdigris.config import plugin_cfg_files, ports
from verdigris.link.own_thread import OwnThread
from verdigris.logs import start_logging
from verdigris.server_process import run, server_options
from verdigris.values import Endpoint


MOST_WORKERS = 256
"""More than any machine has cores; so a slip of the finger does not start thousands of processes."""


@click.command()
@server_options(
    "gateway",
    "Settings file (plugin-cfg.xml); by default the one in this folder, if there is one.",
    {"config": plugin_cfg_files.sample},
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N",
    help=f"HTTP port instead of httpPort ({ports.GATEWAY_HTTP}); 0 takes any free one.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, MOST_WORKERS), default=1, metavar="N",
    help="Processes that share the ports, about one per core.", show_default=True,
)  # fmt: skip
@click.option("--sockets", hidden=True, default="")  # a parent's, to its workers
@click.option("--patience", hidden=True, type=float, default=0.0)  # likewise
@click.option("--shared", hidden=True, type=click.Path(path_type=Path))  # likewise
@click.option("--line", hidden=True, type=int, default=-1)  # likewise
@click.option("--worker", hidden=True, type=int, default=0)  # likewise
def main(
    *, config: Path | None, workers: int, log_level: str | None, log_json: bool | None, **given: Any
) -> None:
    """Run the SOAP gateway of Verdigris."""
    worker = given["worker"]
    name = f"gateway worker {worker}" if worker else "gateway"
    start_logging(name, log_level or "info", json=bool(log_json))
    file = config_file(config)
    if workers > 1 and not worker:
        sys.exit(_run_parent(file, workers, given["port"]))
    sys.exit(
        run(
            "gateway",
            lambda reactor: _begin(reactor, file, {**given, "workers": workers}),
            impatient=not worker,
        )
    )


def config_file(given: Path | None) -> Path | None:
    """The file to use: the named one, else plugin-cfg.xml in this folder if there is one."""
    here = Path("plugin-cfg.xml")
    return given or (here if here.exists() else None)


def ready_line(host: str, port: int) -> str:
    """What the process says when it is ready for connections."""
    return f"gateway listening on {Endpoint(host, port)}"


async def _begin(reactor: Any, file: Path | None, given: dict[str, Any]) -> str:
    """Start a gateway, or one of its workers, which tells its parent instead of printing a line."""
    # Imported here: the parent of workers needs none of these.
    from gateway.server import Gateway  # noqa: PLC0415 - as said
    from gateway.telemetry.tracing import start_exporting  # noqa: PLC0415 - as said
    from gateway.workers.key_store import store_of  # noqa: PLC0415 - as said
    from gateway.workers.lifeline import Lifeline  # noqa: PLC0415 - as said
    from gateway.workers.shared_state import LocalState, WorkerState  # noqa: PLC0415 - as said

    worker = given["worker"]
    lifeline = Lifeline(reactor, reactor.stop) if worker else None
    if lifeline:
        lifeline.hold()
        reactor.addSystemEventTrigger("before", "shutdown", lifeline.release)
    settings = Settings(file, reactor, OwnThread(reactor))
    start_exporting()
    shared: WorkerState | LocalState
    if worker:
        shared = WorkerState(reactor, given["shared"], given["line"])
    else:
        store = store_of(reactor, settings.config.data_folder, file)
        reactor.addSystemEventTrigger("after", "shutdown", store.end)
        shared = LocalState(reactor, store)
    gateway = Gateway(
        reactor,
        settings,
        port=given["port"],
        sockets=[int(fd) for fd in given["sockets"].split(",") if fd],
        patience=given["patience"],
        shared=shared,
        workers=given["workers"],
        first=worker <= 1,
    )
    opened = await gateway.start()
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(gateway.stop())
    )
    if lifeline:
        lifeline.ready()
        return ""
    where: Any = opened[0].getHost()
    return ready_line(where.host, where.port)


def _run_parent(file: Path | None, workers: int, port: int | None) -> int:
    from gateway.workers.parent import Parent  # noqa: PLC0415 - only here

    parent = Parent(sys.argv[1:], workers, ready_line)
    status = run("gateway", lambda reactor: parent.start(reactor, file, port))
    for line in parent.failed:
        click.echo(f"gateway: {line}", err=True)
    return status or parent.status


if __name__ == "__main__":
    main(prog_name="gateway")
