"""A whole gateway in memory: real HTTP bytes through the real site, calls into a list."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import zeep
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zeep.transports import Transport

from gateway.call import Call
from gateway.http import HttpServer
from gateway.security.authentication import Authentication
from gateway.server import build_with
from gateway.services.service_registry import Services
from gateway.settings import Settings
from gateway.web.resource import GatewayResource
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import VerdigrisError
from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from verdigris.wire import Offer, Offers


def column(name: str, kind: Any = "text", **more: Any) -> Column:
    return Column(name=name, type=kind, **more)


def takes(*names: str) -> tuple[Parameter, ...]:
    """Parameters by name; a trailing ! is required."""
    return tuple(Parameter(column=n.rstrip("!"), required=n.endswith("!")) for n in names)


BANK = Model(
    name="BankDemo",
    digest="1",
    description="A bank on 3270.",
    tables=(
        Table(
            name="Loans",
            columns=(
                column("UserId", max_length=8),
                column("Password", secret=True, max_length=8),
                column("AmtToBorrow", "decimal", minimum="0", fraction_digits=2, unit="EUR"),
                column("IntRate", "decimal"),
                column("NumOfMonths", "integer", minimum="1", maximum="360"),
                column("ResultMonthPmt", "decimal"),
            ),
            procedures=(
                Procedure(
                    name="CalcCostLoan",
                    kind="select",
                    filters=takes("UserId!", "Password!", "AmtToBorrow", "IntRate", "NumOfMonths"),
                    outputs=("ResultMonthPmt",),
                    read_only=True,
                ),
            ),
        ),
        Table(
            name="Everything",
            columns=(
                column("Text"),
                column("Number", "integer"),
                column("Amount", "decimal"),
                column("Day", "date"),
                column("Flag", "boolean"),
            ),
            procedures=(
                Procedure(
                    name="Show",
                    kind="select",
                    filters=takes("Text", "Number", "Amount", "Day", "Flag"),
                    outputs=("Text", "Number", "Amount", "Day", "Flag"),
                ),
                Procedure(
                    name="Change",
                    kind="update",
                    filters=takes("Number!"),
                    data=takes("Text", "Amount", "Day", "Flag"),
                ),
                Procedure(name="Ping", kind="select", outputs=("Text",)),
                Procedure(name="Drop it", kind="delete", filters=takes("Number!")),
            ),
        ),
    ),
    variables=(
        Variable(name="userID"),
        Variable(name="password", secret=True, readable=False),
        Variable(name="region", writable=False),
    ),
)


class Memory:
    """A caller that keeps calls and answers what the test says."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.reply: Any = None

    async def call(self, call: Call) -> Any:
        self.calls.append(call)
        reply = self.reply(call) if callable(self.reply) else self.reply
        if isinstance(reply, Deferred):
            reply = await reply
        if isinstance(reply, VerdigrisError):
            raise reply
        return reply

    @property
    def last(self) -> Call:
        return self.calls[-1]


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes
    closed: bool

    @property
    def text(self) -> str:
        return self.body.decode()


class Wire(StringTransport):
    """One client connection, as the server's transport sees it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__(peerAddress=SimpleNamespace(host=host, port=4711, type="TCP"))
        self.aborted = False

    def getHost(self) -> Any:  # noqa: N802 - Twisted's name
        return SimpleNamespace(host="127.0.0.1", port=9680, type="TCP")

    def abortConnection(self) -> None:  # noqa: N802 - as above
        self.aborted = True
        self.disconnecting = True


class Connection:
    """A keep-alive connection to the site."""

    def __init__(self, site: HttpServer, host: str = "127.0.0.1") -> None:
        self.wire = Wire(host)
        self.lost = False
        self.channel = site.buildProtocol(self.wire.getPeer())
        if self.channel is not None:
            self.channel.makeConnection(self.wire)

    def send(self, data: bytes) -> None:
        self.channel.dataReceived(data)

    def lose(self) -> None:
        if self.channel is not None and not self.lost:
            self.lost = True
            self.channel.connectionLost(Failure(ConnectionLost()))

    def response(self) -> Response | None:
        """The first response that is complete in what was written, if there is one."""
        data = self.wire.value()
        head, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            return None
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        self.wire.clear()
        return Response(int(lines[0].split()[1]), headers, rest, self.wire.disconnecting)


@dataclass
class Running:
    """A gateway in memory."""

    clock: Clock
    settings: Settings
    services: Services
    resource: GatewayResource
    site: HttpServer
    caller: Memory
    models: dict[tuple[str, str], Model] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    def deploy(self, *models: Model, pools: dict[str, str] | None = None) -> None:
        """Say what is deployed now: these models, and pools of them."""
        by_name = {model.name: model for model in models}
        self.models = {("model", name): model for name, model in by_name.items()}
        self.models |= {("pool", p): by_name[m] for p, m in (pools or {}).items()}
        offers = tuple(
            (
                Offer(kind, name, model.name, model.digest, version=model.version),
                ("10.0.0.1:9623",),
            )
            for (kind, name), model in self.models.items()
        )
        self.services.saw("test", Offers(str(len(offers)), offers), self.settings.config)

    def connect(self, host: str = "127.0.0.1") -> Connection:
        self.connections.append(Connection(self.site, host))
        return self.connections[-1]

    def http(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        host: str = "127.0.0.1",
        **headers: str,
    ) -> Response:
        """One request on a connection of its own, answered at once."""
        connection = self.connect(host)
        lines = [f"{method} {path} HTTP/1.1"]
        headers.setdefault("Host", "gateway.test:9680")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        connection.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        found = connection.response()
        assert found is not None, "no response yet"
        connection.lose()
        self.connections.remove(connection)
        return found

    def post(
        self, body: bytes | str, path: str = "/vhi-ws/model/BankDemo", **more: Any
    ) -> Response:
        data = body.encode() if isinstance(body, str) else body
        return self.http("POST", path, data, **more)

    def zeep(self, path: str = "/vhi-ws/model/BankDemo", port: str = "", **settings: Any) -> Any:
        """zeep's service proxy of a WSDL read from here, calls going back in here."""
        transport = InMemory(self)
        client = zeep.Client(
            f"http://gateway.test:9680{path}?wsdl",
            transport=transport,
            settings=zeep.Settings(**settings),
        )
        name = path.rpartition("/")[2]
        return client.bind(name, name + port) if port else client.service


class InMemory(Transport):
    """zeep's transport, without a network."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self.session.close()
        self.running = running

    def load(self, url: str) -> bytes:
        return self.running.http("GET", url.removeprefix("http://gateway.test:9680")).body

    def post(self, address: str, message: Any, headers: dict[str, str]) -> Any:
        path = address.removeprefix("http://gateway.test:9680")
        given = {k: v for k, v in headers.items() if k.lower() != "content-length"}
        found = self.running.http("POST", path, message, **given)
        return SimpleNamespace(
            status_code=found.status, content=found.body, headers=found.headers, encoding="utf-8"
        )


ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
"""SOAP's namespace of each version."""


def soap_message(body: str, header: str = "", version: str = "1.1") -> str:
    """A SOAP message with this inside of body and header."""
    head = f"<e:Header>{header}</e:Header>" if header else ""
    space = ENVELOPES[version]
    return f'<e:Envelope xmlns:e="{space}">{head}<e:Body>{body}</e:Body></e:Envelope>'


Describe = Callable[[str, str, str], Deferred[Model]]
"""Gives the model of a kind, a name and a server's address."""


def parts(
    caller: Any, settings: Settings, reactor: Any, describe: Describe, ask: Any = None
) -> tuple[Services, GatewayResource, HttpServer]:
    """A gateway's parts, as gateway.server puts them together, around a caller of the test's own."""
    services = Services(
        reactor,
        describe,
        build_with(caller, settings),
        lambda make: succeed(make()),
        lambda dropped: None,
    )
    resource = GatewayResource(services, settings, reactor, Authentication(reactor, ask=ask))
    return services, resource, HttpServer(resource, settings, reactor)


def in_memory(config: PluginConfig, ask: Any = None) -> Running:
    """A gateway on a clock of its own, without models: `deploy` offers some.

    Args:
        config: its settings.
        ask: answers who a caller is, in place of a management server; None: it has no identity.
    """
    clock = Clock()
    settings = Settings(None, clock)
    # The tests' clients use names of their own; a test of names sets this one itself.
    settings.config = config if config.allowed_hosts else replace(config, allowed_hosts=("*",))
    caller = Memory()
    running: Running

    def describe(kind: str, name: str, address: str) -> Deferred[Model]:
        return succeed(running.models[kind, name])

    services, resource, site = parts(caller, settings, clock, describe, ask)
    running = Running(clock, settings, services, resource, site, caller)
    return running


def serve(site: HttpServer, reactor: Any, **options: Any) -> None:
    """Listen on a free port of loopback, print a ready line and run until the process is ended."""
    port = reactor.listenTCP(0, site, interface="127.0.0.1", **options)
    sys.stdout.write(f"gateway listening on 127.0.0.1:{port.getHost().port}\n")
    sys.stdout.flush()
    reactor.run()


def httpx_transport(running: Running) -> Any:
    """httpx's way into a gateway in memory."""
    import httpx2  # noqa: PLC0415 - comes with the extra mcp, and only its tests need it

    class Bridge(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: Any) -> Any:
            body = await request.aread()
            left_out = {"host", "content-length", "connection", "accept-encoding"}
            headers = {k: v for k, v in request.headers.items() if k not in left_out}
            path = request.url.raw_path.decode()
            found = running.http(request.method, path, body, **headers)
            return httpx2.Response(found.status, headers=found.headers, content=found.body)

    return Bridge()
