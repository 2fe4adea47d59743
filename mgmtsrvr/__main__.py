"""The management server's process: `python -m mgmtsrvr`.

It talks to session servers (which register), connectors and gateways (which ask for sessions) on
one port, and to people and tools over HTTP on another. On standard output it writes one line, when
it is ready; its log goes to standard error.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import Deferred

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.service import ManagementServer
from mgmtsrvr.store.opening import Stores
from verdigris.config import installation, mgmtsrvr, ports
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import VerdigrisError
from verdigris.gc_tuning import settle
from verdigris.link.own_thread import OwnThread
from verdigris.logs import start_logging
from verdigris.server_process import refused, run, server_options


PORT = click.IntRange(0, 65535)


@click.command(context_settings={"show_default": True})
@server_options(
    "mgmtsrvr",
    "Settings file (mgmtsrvr.xml).",
    {"config": mgmtsrvr.sample, "installation": installation.sample},
)
@click.option(
    "--installation", type=click.Path(path_type=Path), metavar="FILE", help="installation.xml."
)
@click.option(
    "--listen", metavar="HOST:PORT", help=f"Address for the other parts ({mgmtsrvr.LISTEN})."
)
@click.option("--port", type=PORT, metavar="N", help="Its port alone; 0 takes any free one.")
@click.option(
    "--api-port", type=PORT, metavar="N",
    help=f"Port of the administration API ({ports.ADMINISTRATION}); 0 takes any free one.",
)  # fmt: skip
@click.option("--name", help="Name of this management server in logs.")
@click.option(
    "--rng-seed", type=int, metavar="N", help="Draw the same random numbers again, for tests."
)
def main(*, rng_seed: int | None, **given: Any) -> None:
    """Register session servers, and allocate sessions of load distribution domains."""
    try:
        config = _settings(given)
        start_logging(f"mgmtsrvr {config.name}".strip(), config.log_level, json=config.log_json)
    except (VerdigrisError, ValueError) as problem:
        sys.exit(refused("mgmtsrvr", problem))
    sys.exit(run("mgmtsrvr", lambda reactor: _begin(reactor, config, rng_seed)))


async def _begin(reactor: Any, config: ManagementConfig, seed: int | None) -> str:
    configuration = Configuration(str(config.installation))
    stores = Stores(config.store, reactor, keep=config.keep_versions, elsewhere=OwnThread(reactor))
    await configuration.start(
        stores.document("installation", config.installation, configuration.check)
    )
    rows_file = config.installation.with_name(config.installation.name + ".rows")
    server = ManagementServer(
        config,
        configuration,
        reactor,
        seed,
        stores=stores,
        rows_file=rows_file,
        elsewhere=OwnThread(reactor),
        package_files=OwnThread(reactor),
    )
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: Deferred.fromCoroutine(server.stop())
    )
    await server.open_access(stores)
    links, api = await server.start()
    settle()
    return f"mgmtsrvr listening on {links}, api on {api}"


def _settings(given: dict[str, Any]) -> ManagementConfig:
    """The settings file, overridden by the command line.

    Raises:
        ConfigurationError: the file cannot be used.
        ValueError: an option cannot.
    """
    config = mgmtsrvr.read(given["config"]) if given["config"] else ManagementConfig()
    if given["listen"]:
        address = ports.listening(given["listen"], ports.MANAGEMENT_SERVER)
        config = replace(config, listen=address)
    if given["port"] is not None:
        config = replace(config, listen=replace(config.listen, port=given["port"]))
    if given["api_port"] is not None:
        config = replace(config, api=replace(config.api, port=given["api_port"]))
    names = ("installation", "name", "log_level", "log_json")
    return replace(config, **{name: given[name] for name in names if given[name] is not None})


if __name__ == "__main__":
    main(prog_name="mgmtsrvr")
