"""The session server process: runs models against hosts.

It talks to hosts, to connectors and gateways, and to the management servers of its installation.
The work begins in `sesssrvr.service`. SIGTERM drains: nothing new, sessions in use finish; a
second one ends the process at once.
"""

import secrets
import signal
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import click
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from sesssrvr.service import RandomSource, SessionServer
from verdigris.config import ports
from verdigris.config import sesssrvr as configuration
from verdigris.config.sesssrvr import SessionServerConfig
from verdigris.errors import VerdigrisError
from verdigris.gc_tuning import settle
from verdigris.link.clock import steady
from verdigris.link.reactor import install
from verdigris.link.sighup import outlive_hangups
from verdigris.logs import LEVELS, start_logging
from verdigris.values import Endpoint


log = Logger()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Settings: sesssrvr.xml.")
@click.option("--name", help="Its name in the installation.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen here; 0 is any free port.")
@click.option("--management", multiple=True, metavar="HOST:PORT", help="A management server.")
@click.option("--data", type=click.Path(path_type=Path), help="Where deployed packages are kept.")
@click.option("--deploy", type=click.Path(path_type=Path), help="A watched folder of packages.")
@click.option("--host", "hosts", multiple=True, metavar="MODEL=HOST:PORT", help="A model's host.")
@click.option("--log-level", type=click.Choice(LEVELS))
@click.option("--log-json/--log-text", default=None)
@click.option("--sample", is_flag=True, help="Print a commented settings file and leave.")
def main(config: Path | None, *, sample: bool, **given: Any) -> None:
    """Run a session server."""
    if sample:
        click.echo(configuration.sample(), nl=False)
        return
    try:
        settings = _settings(config, given)
        start_logging(f"sesssrvr {settings.name}", settings.log_level, json=settings.log_json)
        _run(settings)
    except (VerdigrisError, ValueError, CannotListenError) as problem:
        click.echo(f"sesssrvr: {problem}", err=True)
        sys.exit(2)


def _settings(path: Path | None, given: dict[str, Any]) -> SessionServerConfig:
    """The file's settings with those of the command line above them."""
    if path is None and not given["name"]:
        raise ValueError("give --config, or at least --name")
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
    return replace(settings, hosts=hosts, **changes)


def _run(settings: SessionServerConfig) -> None:
    install()
    from twisted.internet import reactor  # noqa: PLC0415 - importing it chooses the event loop

    loop: Any = reactor
    steady(loop)
    outlive_hangups(loop)
    server = SessionServer(settings, loop, RandomSource(lambda: secrets.token_hex(16), Random()))  # noqa: S311 - spreads retries
    ended: list[BaseException] = []

    def failed(why: Any) -> None:
        ended.append(why.value)
        loop.stop()

    async def begin() -> None:
        bound = await server.start()
        settle()
        sys.stdout.write(f"sesssrvr {settings.name} listening on {bound}\n")
        sys.stdout.flush()

    async def end() -> None:
        await server.drain()
        await server.stop()
        loop.stop()

    signals: list[int] = []

    def on_signal(number: int, _frame: object) -> None:
        signals.append(number)
        if len(signals) > 1:
            loop.callFromThread(loop.crash)
        else:
            loop.callFromThread(lambda: Deferred.fromCoroutine(end()).addErrback(failed))

    def started() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)
        Deferred.fromCoroutine(begin()).addErrback(failed)

    loop.callWhenRunning(started)
    loop.run()
    if ended:
        raise ended[0]


if __name__ == "__main__":
    main()
