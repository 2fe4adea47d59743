"""MCP over streamable HTTP: the SDK's application behind a bearer token, on a port of its own.

Beyond this machine nothing is served without a token; the token is compared in constant time and
never logged.
"""

import hmac
import socket
from ipaddress import ip_address
from typing import Any

import uvicorn
from mcp.server import Server
from mcp.server.transport_security import TransportSecuritySettings

from gateway.mcp.repeated_members import App, MarkedBodies, Receive, Scope, Send


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


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    return made


async def serve(server: Server[Any], listening: socket.socket, token: str) -> None:
    """Serve until the process is ended."""
    host = listening.getsockname()[0]
    # With a token a page of another site gets nowhere; without one only local names are taken.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False) if token else None
    app = server.streamable_http_app(
        stateless_http=True, json_response=True, host=host, transport_security=security
    )
    config = uvicorn.Config(
        Guarded(MarkedBodies(app), token),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    await uvicorn.Server(config).serve(sockets=[listening])
