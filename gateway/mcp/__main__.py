"""The tools process: agents on one side, the gateway's REST on the other.

`python -m gateway.mcp` speaks MCP on standard input and output; with `--http 127.0.0.1:9690` it
prints one line, `mcp listening on HOST:PORT`, and serves streamable HTTP at `/mcp`. Credentials for
the gateway come from VERDIGRIS_USER and VERDIGRIS_PASSWORD, or from VERDIGRIS_TOKEN, the token agents
need over HTTP from VERDIGRIS_MCP_TOKEN: the environment, because command lines are seen by everybody.
"""

import logging
import os
import ssl
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

import click

from verdigris.config import ports
from verdigris.config.plugin_cfg import PluginConfig, load
from verdigris.errors import ConfigurationError
from verdigris.server_process import installed_version, refused
from verdigris.values import Endpoint


SILENT = ("mcp", "httpx2", "httpcore2", "uvicorn")
"""Loggers of libraries that could print a message's content."""

PATH: Final = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line.

    Attributes:
        gateway: URL of the gateway; None is that of `config`, or the default one of this machine.
        config: plugin-cfg.xml of a gateway on this machine.
        domain: load distribution domain instead of the gateway's.
        ca: PEM file with the gateway's certificate or its CA.
        http: HOST:PORT of streamable HTTP; None is standard input and output.
    """

    gateway: str | None = None
    config: Path | None = None
    domain: str | None = None
    ca: Path | None = None
    http: str | None = None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--gateway",
    metavar="URL",
    help=f"The gateway.  [default: http://127.0.0.1:{ports.GATEWAY_HTTP}]",
)
@click.option(
    "--config", type=PATH, metavar="FILE", help="plugin-cfg.xml of a gateway on this machine."
)
@click.option("--domain", help="Load distribution domain instead of the gateway's.")
@click.option(
    "--ca", type=PATH, metavar="FILE", help="PEM file with the gateway's certificate or its CA."
)
@click.option("--http", metavar="HOST:PORT", help="Serve streamable HTTP there instead of stdio.")
@click.version_option(installed_version(), prog_name="gateway.mcp")
def main(**given: Any) -> None:
    """Offer the procedures of a gateway as tools to agents (MCP)."""
    if given["gateway"] and given["config"]:
        raise click.UsageError("Use either --gateway or --config, not both.")
    sys.exit(serve_tools(Options(**given)))


def config_of(options: Options) -> PluginConfig:
    """The settings of the gateway, or the default ones: for its address, and bounds of requests.

    Raises:
        ConfigurationError: the named file cannot be used.
        OSError: it cannot be read.
    """
    if options.config is None:
        return PluginConfig()
    return load(options.config.read_bytes(), options.config.name)


def gateway_url(options: Options, config: PluginConfig) -> str:
    """Where the gateway is."""
    if options.gateway:
        return str(options.gateway).rstrip("/")
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not listened on
    host = here.get(config.http_interface, config.http_interface)
    return f"http://{Endpoint(host, config.http_port)}"


def serve_tools(options: Options) -> int:
    """Run the process; returns its exit status."""
    try:
        import anyio  # noqa: PLC0415 - the SDK is an extra
        import mcp  # noqa: F401, PLC0415 - as above
    except ImportError:
        missing = ImportError("the MCP SDK is not installed: pip install 'verdigris[mcp]'")
        return refused("gateway.mcp", missing)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    quieten()
    try:
        config = config_of(options)
        where = _wanted(options.http)
    except (ConfigurationError, OSError, ValueError) as problem:
        return refused("gateway.mcp", problem)
    try:
        anyio.run(run, config, options, where)
    except KeyboardInterrupt:
        return 0
    except OSError as problem:
        return refused("gateway.mcp", problem)
    return 0


def quieten() -> None:
    """Let libraries log nothing that could hold a message."""
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _wanted(text: str | None) -> tuple[str, int] | None:
    """The address to serve at; None is stdio.

    Raises:
        ValueError: it is none, or beyond this machine and without a token.
    """
    from gateway.mcp.http_transport import is_loopback  # noqa: PLC0415 - needs the extra

    if text is None:
        return None
    host, port = text, ports.TOOLS
    if not text.endswith(":0"):
        found = Endpoint.parse(text, ports.TOOLS)
        host, port = found.host, found.port
    else:
        host, port = text.removesuffix(":0").strip("[]"), 0
    if not is_loopback(host) and not os.environ.get("VERDIGRIS_MCP_TOKEN"):
        raise ValueError("beyond this machine a token is needed: set VERDIGRIS_MCP_TOKEN")
    return host, port


async def run(config: PluginConfig, options: Options, where: tuple[str, int] | None) -> None:
    """Serve until the other side or a signal ends the process."""
    import anyio  # noqa: PLC0415 - the SDK is an extra
    import httpx2  # noqa: PLC0415 - as above
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - as above

    from gateway.mcp.gateway_client import GatewayTools  # noqa: PLC0415 - as above
    from gateway.mcp.http_transport import bound, serve  # noqa: PLC0415 - as above
    from gateway.mcp.repeated_members import MarkedLines  # noqa: PLC0415 - as above
    from gateway.mcp.tool_server import server_of  # noqa: PLC0415 - as above

    user, token = os.environ.get("VERDIGRIS_USER", ""), os.environ.get("VERDIGRIS_TOKEN", "")
    auth = (user, os.environ.get("VERDIGRIS_PASSWORD", "")) if user else None
    headers = {"Authorization": f"Bearer {token}"} if token and not user else None
    verify = ssl.create_default_context(cafile=options.ca) if options.ca else True
    # A procedure ends by the gateway's own time limit, never by ours.
    timeout = httpx2.Timeout(None, connect=5.0)
    async with httpx2.AsyncClient(
        base_url=gateway_url(options, config),
        auth=auth,
        headers=headers,
        verify=verify,
        timeout=timeout,
        trust_env=False,
    ) as http:
        server = server_of(GatewayTools(http, time.monotonic, options.domain), version("verdigris"))
        if where is None:
            # As the SDK opens it, with its lines marked; bytes that are not UTF-8 it refuses itself.
            lines = TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
            marked: Any = MarkedLines(aiter(anyio.wrap_file(lines)))
            async with stdio_server(marked) as (incoming, outgoing):
                await server.run(incoming, outgoing, server.create_initialization_options())
            return
        listening = bound(*where)
        host, port = listening.getsockname()[:2]
        sys.stdout.write(f"mcp listening on {Endpoint(host, port)}\n")
        sys.stdout.flush()
        await serve(server, listening, os.environ.get("VERDIGRIS_MCP_TOKEN", ""), config)


if __name__ == "__main__":
    main(prog_name="gateway.mcp")
