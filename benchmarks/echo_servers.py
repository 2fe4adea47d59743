"""The baselines, each a process of its own: `python benchmarks/echo_servers.py web|gateway|granter ...`.

web [BYTES]: twisted.web with a constant reply. gateway: our gateway, on the event loop of our servers,
with a caller that answers at once.
granter: session servers that register and grant every request at once.
"""

import sys

from verdigris.link.reactor import install


if sys.argv[1:2] == ["gateway"]:
    install()  # the event loop of our servers; the baselines run on Twisted's own

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Site

from verdigris.link import Dialer, Incoming, Link
from verdigris.values import Endpoint
from verdigris.wire import (
    Done,
    Heartbeat,
    Hello,
    Offer,
    Register,
    Registered,
    Reserve,
    Reserved,
    Response,
    Status,
    StatusIs,
)


REPLY = b"<ok/>" * (int(sys.argv[2]) // 5 if sys.argv[1:2] == ["web"] and sys.argv[2:] else 60)


class Constant(Resource):
    """Reads the body, answers the same bytes."""

    isLeaf = True

    def render_POST(self, request: object) -> bytes:
        request.content.read()  # type: ignore[attr-defined] # a Request
        return REPLY


def web() -> None:
    site = Site(Constant(), parsePOSTFormSubmission=False)
    site.noisy = False
    port = reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined] # the reactor is a module
    print(f"web listening on 127.0.0.1:{port.getHost().port}", flush=True)


class Granter:
    """A session server that grants everything and holds nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.granted = 0

    def hello(self, link: Link, peer: Hello) -> None:
        """Anybody will do."""

    async def handle(self, call: Incoming) -> Response:
        if isinstance(call.body, Reserve):
            self.granted += 1
            return Reserved(f"{self.name}~{self.granted:032x}", "c", 10.0)
        return StatusIs(Status("boot")) if type(call.body).__name__ == "GetStatus" else Done()

    def told(self, link: Link, notice: object) -> None:
        """Nothing is done with notices."""

    def closed(self, link: Link, reason: str) -> None:
        """The benchmark is over."""
        if reactor.running:  # type: ignore[attr-defined] # as above
            reactor.stop()  # type: ignore[attr-defined] # as above


def granter(management: str, installation: str, names: list[str]) -> None:
    async def register(name: str) -> None:
        hello = Hello("session server", name, installation, "boot")
        dialer = Dialer(reactor, hello, Granter(name))
        link = await dialer.to(Endpoint.parse(management))
        offers = (Offer("pool", "P", "M", "d"), Offer("model", "M", "M", "d"))
        body = Register(name, installation, "127.0.0.1:1", offers, Status("boot", maximum=1000))
        found = await link.call(body, request_id="bench", seconds=5)
        assert isinstance(found, Registered)

        def beat() -> None:
            link.tell(Heartbeat(Status("boot", maximum=1000)))
            reactor.callLater(found.heartbeat, beat)  # type: ignore[attr-defined] # as above

        beat()

    async def all_of_them() -> None:
        for name in names:
            await register(name)
        print("granter listening on 127.0.0.1:1", flush=True)

    Deferred.fromCoroutine(all_of_them()).addErrback(
        lambda why: (why.printTraceback(), reactor.stop())
    )  # type: ignore[attr-defined] # as above


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    if kind == "web":
        web()
    elif kind == "granter":
        granter(rest[0], rest[1], rest[2:])
    else:
        from echo_gateway import gateway  # spyne is imported for this one only

        gateway()
    reactor.run()  # type: ignore[attr-defined] # as above
