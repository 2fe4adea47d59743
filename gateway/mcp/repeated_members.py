"""Messages of agents that state a JSON member twice, marked before the SDK decodes them.

The SDK keeps the last of two and says nothing; a transfer that names its account twice must not be
performed. A marked call is refused by `gateway.mcp.tool_server`, whichever way it came.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

from verdigris.json_members import repeated_member


MARK: Final = "verdigris/repeatedMember"
"""The key of `_meta` under which the name of a repeated member goes along with a call."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def marked(message: bytes) -> bytes:
    """A message as it came, or with a mark if an object in it states a member twice."""
    try:
        decoded = msgspec.json.decode(message)
        name = repeated_member(message, decoded)
    except (ValueError, RecursionError):
        return message  # the SDK says what is wrong
    if name is None or not isinstance(decoded, dict):
        return message
    parameters = decoded.get("params")
    if isinstance(parameters, dict):
        meta = parameters.get("_meta")
        parameters["_meta"] = (meta if isinstance(meta, dict) else {}) | {MARK: name}
    return msgspec.json.encode(decoded)


class MarkedLines:
    """The lines of standard input, marked.

    Args:
        lines: as they come.
    """

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    def __aiter__(self) -> "MarkedLines":
        return self

    async def __anext__(self) -> str:
        """The next line."""
        line = await anext(self._lines)
        return marked(line.encode()).decode()


class MarkedBodies:
    """An ASGI application before which the bodies of requests are marked.

    Args:
        inner: gets each body in one piece.
    """

    def __init__(self, inner: App) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"<MarkedBodies {self._inner!r}>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._inner(scope, receive, send)
            return
        body = b""
        message = await receive()
        while message["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                message = {"type": "http.request", "body": marked(body), "more_body": False}
                break
            message = await receive()
        waiting = [message]

        async def received() -> MutableMapping[str, Any]:
            return waiting.pop() if waiting else await receive()

        await self._inner(scope, received, send)
