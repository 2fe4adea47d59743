"""The TCP ports the applications listen on unless their settings say otherwise, and addresses to listen on."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from verdigris.errors import Problem
from verdigris.values import Endpoint


SESSION_SERVER: Final = 9623
"""Session servers, for connectors, gateways and management servers."""

MANAGEMENT_SERVER: Final = 9641
"""Management servers, for connectors, gateways and session servers."""

ADMINISTRATION: Final = 8095
"""Management servers, for people and tools over HTTP."""

HEALTH: Final = 8096
"""Management servers, for health questions and metrics alone, where an address of their own is configured."""

GATEWAY_HTTP: Final = 9680
"""The gateway, for SOAP and REST clients over plain HTTP."""

GATEWAY_HTTPS: Final = 9681
"""The gateway, for the same over HTTPS."""

TOOLS: Final = 9690
"""The gateway's tools for agents (MCP) over HTTP."""


def listening(text: str, default_port: int) -> Endpoint:
    """An address to listen on; unlike one to connect to it may have port 0, any free one.

    Args:
        text: HOST:PORT, or HOST.
        default_port: for a text without one.

    Raises:
        ValueError: it is not an address.
    """
    host, colon, port = text.strip().rpartition(":")
    if colon and port == "0":
        return Endpoint(Endpoint.parse(host, 1).host, 0)
    return Endpoint.parse(text, default_port)


def plain_text(listen: Endpoint, identity: Path | None, file: str) -> tuple[Problem, ...]:
    """The warning of a part that other machines reach in plain text; none on loopback or with TLS.

    Args:
        listen: where it listens for the other parts.
        identity: its identity folder; None is plain text.
        file: its settings file, for the warning.
    """
    try:
        near = ip_address(listen.host).is_loopback
    except ValueError:
        near = listen.host == "localhost"
    if near or identity is not None:
        return ()
    said = (
        f"the other parts reach {listen} in plain text, and anybody there can pass for one of them: "
        "set an identity (`verdigris init`, `verdigris join`), or let only trusted networks reach it"
    )
    return (Problem(file, 0, said, "warning"),)
