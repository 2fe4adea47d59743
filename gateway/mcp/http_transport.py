"""MCP over streamable HTTP: the SDK's application behind a bearer token, on a port of its own.

Beyond this machine nothing is served without a token; the token is compared in constant time and
never logged.
"""

import hmac
import socket
from ipaddress import ip_address
from typing import Any, Final

import uvicorn
from mcp.server import Server
from mcp.server.transport_security import TransportSecuritySettings
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.mcp.repeated_members import App, MarkedBodies, Receive, Scope, Send
from verdigris.config.plugin_cfg import PluginConfig


BACKLOG: Final = 128
"""Connections that may wait to be accepted."""

MAX_CONNECTIONS: Final = 200
"""Open connections; further ones are closed at once."""

IDLE: Final = 15.0
"""Seconds a connection may be open without a complete head of a request."""

LOOK: Final = 1.0
"""Seconds between looks at an idle connection."""


class Guarded:
    """An ASGI application that answers only who has the token.

    Args:
        inner: what is guarded.
        token: "" lets everybody in.
    """

    def __init__(self, inner: App, token: str) -> None:
        self._inner = inner
        self._wanted = f"Bearer {token}".encode() if token else b""

    def __repr__(self) -> str:
        return f"<Guarded [{'token' if self._wanted else 'open'}]>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "http" and self._wanted:
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._wanted):
                await _refused(send)
                return
        await self._inner(scope, receive, send)


async def _refused(send: Send) -> None:
    headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"A bearer token is needed.\n"})


class BoundedConnection(H11Protocol):
    """A connection of uvicorn's within bounds: how many there are, and how long one may be idle.

    uvicorn itself waits for ever for the first request, and for the rest of a request's head.
    """

    def connection_made(self, transport: Any) -> None:
        """Close it at once if there are too many; else begin to look after it."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._since = self.loop.time()
        self._looking = self.loop.call_later(LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no longer."""
        if (looking := getattr(self, "_looking", None)) is not None:
            looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        now = self.loop.time()
        if self.cycle is not None and not self.cycle.response_complete:
            self._since = now
        elif now - self._since >= IDLE:
            self.transport.abort()
            return
        self._looking = self.loop.call_later(LOOK, self._look)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there already; port 0 is any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made


async def serve(
    server: Server[Any], listening: socket.socket, token: str, config: PluginConfig
) -> None:
    """Serve until the process is ended."""
    host = listening.getsockname()[0]
    # With a token a page of another site gets nowhere; without one only local names are taken.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False) if token else None
    app = server.streamable_http_app(
        stateless_http=True, json_response=True, host=host, transport_security=security
    )
    served = uvicorn.Config(
        Guarded(MarkedBodies(app, config.request_timeout, config.max_request_bytes), token),
        http=BoundedConnection,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    await uvicorn.Server(served).serve(sockets=[listening])
