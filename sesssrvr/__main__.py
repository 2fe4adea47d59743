"""The session server's process: `python -m sesssrvr` runs models against hosts.

It talks to hosts, to connectors and gateways, and to the management servers of its installation.
The work begins in `sesssrvr.service`. SIGTERM drains: no new sessions, sessions in use finish; a
second one ends the process at once.
"""

import secrets
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import click
from twisted.internet.defer import Deferred

from sesssrvr.service import RandomSource, SessionServer
from verdigris.config import ports
from verdigris.config import sesssrvr as configuration
from verdigris.config.sesssrvr import SessionServerConfig
from verdigris.errors import VerdigrisError
from verdigris.gc_tuning import settle
from verdigris.logs import start_logging
from verdigris.server_process import refused, run, server_options
from verdigris.values import Endpoint


@click.command()
@server_options("sesssrvr", "Settings file (sesssrvr.xml).", {"config": configuration.sample})
@click.option("--name", help="Name of this session server in the installation.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N",
    help=f"Port for the other parts ({ports.SESSION_SERVER}); 0 takes any free one.",
)  # fmt: skip
@click.option(
    "--management", multiple=True, metavar="HOST:PORT", help="A management server; repeatable."
)
@click.option("--data", type=click.Path(path_type=Path), help="Folder of deployed packages.")
@click.option("--deploy", type=click.Path(path_type=Path), help="Watched folder of packages.")
@click.option(
    "--host", "hosts", multiple=True, metavar="MODEL=HOST:PORT",
    help="Host to use instead of the one a model names; repeatable.",
)  # fmt: skip
def main(config: Path | None, **given: Any) -> None:
    """Run a session server."""
    if config is None and not given["name"]:
        raise click.UsageError("give --config, or at least --name")
    try:
        settings = _settings(config, given)
        start_logging(f"sesssrvr {settings.name}", settings.log_level, json=settings.log_json)
    except (VerdigrisError, ValueError) as problem:
        sys.exit(refused("sesssrvr", problem))
    sys.exit(run("sesssrvr", lambda reactor: _begin(reactor, settings)))


async def _begin(reactor: Any, settings: SessionServerConfig) -> str:
    chance = RandomSource(lambda: secrets.token_hex(16), Random())  # noqa: S311 - spreads retries
    server = SessionServer(settings, reactor, chance)

    async def end() -> None:
        await server.drain()
        await server.stop()

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(end()))
    bound = await server.start()
    settle()
    return f"sesssrvr {settings.name} listening on {bound}"


def _settings(path: Path | None, given: dict[str, Any]) -> SessionServerConfig:
    """The settings file, overridden by the command line.

    Raises:
        ConfigurationError: the file cannot be used.
        ValueError: an option cannot.
    """
    settings = SessionServerConfig(given["name"]) if path is None else configuration.read(path)
    changes: dict[str, Any] = {
        name: given[name]
        for name in ("name", "data", "deploy", "log_level", "log_json")
        if given[name] is not None
    }
    if given["port"] is not None:
        changes["listen"] = Endpoint(settings.listen.host, given["port"])
    if given["management"]:
        port = ports.MANAGEMENT_SERVER
        changes["management"] = tuple(Endpoint.parse(one, port) for one in given["management"])
    hosts = dict(settings.hosts)
    for one in given["hosts"]:
        model, _, address = one.partition("=")
        hosts[model] = configuration.host_address(address)
    settings = replace(settings, hosts=hosts, **changes)
    configuration.check_advertised(settings)
    return settings


if __name__ == "__main__":
    main(prog_name="sesssrvr")
