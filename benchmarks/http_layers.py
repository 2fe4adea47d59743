"""CPU per request of HTTP layers that answer the same bytes: what a gateway could stand on.

    python benchmarks/http_layers.py [result.json]

A POST of a SOAP request, read whole, and a constant reply, without SOAP; one core, 16 keep-alive
connections from the other core. uvloop is measured if it is installed; the product does not need it.
"""

import asyncio
import importlib.util
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from httptools import HttpRequestParser


HERE = Path(__file__).parent
LAYERS = {
    "twisted.web": "twisted.web, epoll reactor",
    "twisted": "llhttp in a Twisted protocol, transport.write",
    "direct": "llhttp in a Twisted protocol, written to the socket at once",
    "ours": "gateway.http, which is that with limits, order and requests",
    "asyncio": "llhttp in an asyncio protocol",
    "asyncio, twisted": "the same, in Twisted's asyncio reactor",
    "uvloop": "llhttp in an asyncio protocol on uvloop",
}


class Bare:
    """The least a server can do: reads the headers and the body, answers."""

    def __init__(self, body: bytes, send: object = None) -> None:
        self.send = send
        self.reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        self.parser = HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.body: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, data: bytes) -> None:
        self.body.append(data)

    def on_message_complete(self) -> None:
        assert len(b"".join(self.body)) == int(self.headers[b"content-length"])
        self.send(self.reply)  # type: ignore[operator] # set when connected


def ready(port: int) -> None:
    print(f"listening on 127.0.0.1:{port}", flush=True)


def on_asyncio(kind: str, body: bytes) -> None:
    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.bare = Bare(body, transport.write)  # type: ignore[attr-defined] # a socket's

        def data_received(self, data: bytes) -> None:
            self.bare.parser.feed_data(data)

    if kind == "uvloop":
        import uvloop

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(loop.create_server(Server, "127.0.0.1", 0))
    ready(server.sockets[0].getsockname()[1])
    if kind == "asyncio, twisted":
        from twisted.internet import asyncioreactor

        asyncioreactor.install(loop)
        from twisted.internet import reactor

        reactor.run()  # type: ignore[attr-defined] # the reactor is a module
    else:
        loop.run_forever()


def on_twisted(kind: str, body: bytes) -> None:
    from twisted.internet import reactor
    from twisted.internet.protocol import Factory, Protocol

    class Server(Protocol):
        def connectionMade(self) -> None:
            self.transport.setTcpNoDelay(True)  # type: ignore[union-attr] # a socket's
            at_once = self.transport.writeSomeData  # type: ignore[union-attr] # as above
            self.bare = Bare(body, at_once if kind == "direct" else self.transport.write)  # type: ignore[union-attr] # as above

        def dataReceived(self, data: bytes) -> None:
            self.bare.parser.feed_data(data)

    if kind == "ours":
        from gateway.http import HttpServer
        from gateway.settings import Settings

        resource = SimpleNamespace(render=lambda request: request.answer(body))
        factory: Factory = HttpServer(resource, Settings(None, reactor), reactor)  # type: ignore[arg-type] # a reactor is a clock
    else:
        factory = Factory.forProtocol(Server)
    ready(reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)  # type: ignore[attr-defined] # as above
    reactor.run()  # type: ignore[attr-defined] # as above


def serve(kind: str, size: int) -> None:
    body = b"<ok/>" * (size // 5)
    if kind in ("twisted", "direct", "ours"):
        on_twisted(kind, body)
    else:
        on_asyncio(kind, body)


def command(kind: str, size: str) -> list[str]:
    """How to start a layer that answers so many bytes."""
    if kind == "twisted.web":
        return [sys.executable, str(HERE / "echo_servers.py"), "web", size]
    return [sys.executable, str(HERE / "http_layers.py"), "serve", kind, size]


def main() -> None:
    from gateway_cpu import measured
    from measure import report

    from verdigris.values import Endpoint
    from verdigris_command.demo.soap_caller import SoapCaller

    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "request.xml"
        body.write_bytes(SoapCaller(Endpoint("127.0.0.1", 1), "BankDemo", "BankPool").envelope())
        found: dict[str, object] = {}
        for kind, name in LAYERS.items():
            if kind == "uvloop" and importlib.util.find_spec("uvloop") is None:
                found[name] = "not installed here"
            else:
                found[name] = measured(command(kind, "600"), body)
    report("http_layers", found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main()
