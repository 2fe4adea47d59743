"""Messages of agents that state a JSON member twice, marked before the SDK decodes them.

The SDK keeps the last of two and says nothing; a transfer that names its account twice must not be
performed. A marked call is refused by `gateway.mcp.tool_server`, whichever way it came.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final

import anyio
import msgspec

from verdigris.errors import TooLarge
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
    """An ASGI application before which the bodies of requests are read, within bounds, and marked.

    Args:
        inner: gets each body in one piece.
        seconds: which a body may take to come.
        limit: bytes of a body at most.
    """

    def __init__(self, inner: App, seconds: float, limit: int) -> None:
        self._inner = inner
        self._seconds = seconds
        self._limit = limit

    def __repr__(self) -> str:
        return f"<MarkedBodies {self._inner!r}>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._inner(scope, receive, send)
            return
        try:
            with anyio.fail_after(self._seconds):
                message = await self._read(receive)
        except TimeoutError:
            words = f"The request was not complete within {self._seconds:g} seconds.\n"
            await _refuse(send, 408, words)
            return
        except TooLarge as problem:
            await _refuse(send, 413, f"{problem}\n")
            return
        waiting = [message]

        async def received() -> MutableMapping[str, Any]:
            return waiting.pop() if waiting else await receive()

        await self._inner(scope, received, send)

    async def _read(self, receive: Receive) -> MutableMapping[str, Any]:
        """The body in one message, or that the client went away."""
        body = bytearray()
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > self._limit:
                raise TooLarge(limit=self._limit, unit="bytes")
            if not message.get("more_body", False):
                return {"type": "http.request", "body": marked(bytes(body)), "more_body": False}
        return message


async def _refuse(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
