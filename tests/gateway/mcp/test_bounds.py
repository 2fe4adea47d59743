"""Connections of the tools over HTTP are bounded in number and in idle time."""

import asyncio

import pytest


uvicorn = pytest.importorskip("uvicorn")
pytest.importorskip("mcp")

from gateway.mcp import http_transport  # noqa: E402 - after the extra is known to be there
from gateway.mcp.repeated_members import MarkedBodies  # noqa: E402 - as above


pytestmark = pytest.mark.sockets


async def app(scope, receive, send):
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"yes"})


async def served(scenario, app=app):
    """Run a scenario with the address of a server in this loop."""
    listening = http_transport.bound("127.0.0.1", 0)
    opened = await asyncio.open_connection(*listening.getsockname())  # listens before it serves
    config = uvicorn.Config(
        app, http=http_transport.BoundedConnection, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        return await asyncio.wait_for(scenario(listening.getsockname(), opened), 10)
    finally:
        server.should_exit = True
        await running


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_connection_without_a_whole_request_is_ended(monkeypatch, sent):
    monkeypatch.setattr(http_transport, "IDLE", 0.1)
    monkeypatch.setattr(http_transport, "LOOK", 0.02)

    async def scenario(_, opened):
        reader, writer = opened
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    assert asyncio.run(served(scenario)) == b""


def test_further_connections_are_closed(monkeypatch):
    monkeypatch.setattr(http_transport, "MAX_CONNECTIONS", 1)

    async def scenario(address, opened):
        reader, writer = opened
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        first = await reader.readuntil(b"yes")
        second, other = await asyncio.open_connection(*address)
        try:
            refused = await second.read()
        except ConnectionError:
            refused = b""
        other.close()
        writer.close()
        return first[:15], refused

    assert asyncio.run(served(scenario)) == (b"HTTP/1.1 200 OK", b"")


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: 40\r\n\r\n", [b"{"], b"408"),
        (b"Transfer-Encoding: chunked\r\n\r\n", [b"1\r\n{\r\n"] * 40, b"408"),
        (b"Content-Length: 40\r\n\r\n", [b"x" * 21], b"413"),
        (b"Content-Length: 2\r\n\r\n", [b"{", b"}"], b"200"),
    ],
)
def test_a_body_has_a_time_and_a_size(head, body, status):
    """Also one of which a little comes all the time."""

    async def scenario(_, opened):
        reader, writer = opened
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\n" + head)
        answering = asyncio.create_task(reader.readline())
        for piece in body:
            writer.write(piece)
            await asyncio.wait([answering], timeout=0.05)
        try:
            return (await answering).split()[1]
        finally:
            writer.close()

    bounded = MarkedBodies(app, 0.3 if status == b"408" else 9, 20)
    assert asyncio.run(served(scenario, bounded)) == status
