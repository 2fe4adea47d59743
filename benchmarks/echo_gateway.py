"""Our gateway over HTTP with a caller that answers at once: no session server behind it.

python benchmarks/echo_servers.py gateway [compiled|spyne] [ROWS]
"""

import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import succeed

from gateway.call import Call, Result
from gateway.http import HttpServer
from gateway.server import build_with
from gateway.services.service_registry import Services
from gateway.settings import Settings
from gateway.soap.codec import spyne_life
from gateway.web.resource import GatewayResource
from sesssrvr.cli.model_files import built
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.logs import start_logging
from verdigris.metadata import Model, Value
from verdigris.wire import Offer, Offers, Rows


EXAMPLE = Path(__file__).parents[1] / "examples" / "BankDemo"
COLUMNS = (
    ("Number", "integer"),
    ("LastName", "text"),
    ("FirstName", "text"),
    ("City", "text"),
    ("Accounts", "integer"),
)


class AtOnce:
    """Answers every call with the row that the demo bank gives for ABERNATHY, so many times."""

    def __init__(self, rows: int) -> None:
        self.rows: list[list[Value]] = [[101_001, "ABERNATHY", "ALICE", "KENDAL", 2]] * rows

    async def call(self, call: Call) -> Result:
        return Rows(COLUMNS, self.rows, server="echo")  # type: ignore[arg-type] # literals


def gateway() -> None:
    start_logging("gateway")  # as the gateway does: without it every debug line is made
    settings = Settings(None, reactor)  # type: ignore[arg-type] # a reactor is a clock
    settings.config = PluginConfig(request_path=sys.argv[2] if len(sys.argv) > 2 else "compiled")  # type: ignore[arg-type] # a literal
    model: Model = built(EXAMPLE)[1].model.metadata()
    services = Services(
        reactor,  # type: ignore[arg-type] # as above
        lambda kind, name, address: succeed(model),
        build_with(AtOnce(int(sys.argv[3]) if len(sys.argv) > 3 else 1), settings),
        lambda make: succeed(make()),
        lambda dropped: spyne_life.settle(dropped=dropped),
    )
    offers = ((Offer("pool", "BankPool", model.name, model.digest), ("127.0.0.1:9623",)),)
    services.saw("echo", Offers("1", offers), settings.config)
    resource = GatewayResource(services, settings, reactor)  # type: ignore[arg-type] # as above
    port = reactor.listenTCP(0, HttpServer(resource, settings, reactor), interface="127.0.0.1")  # type: ignore[attr-defined, arg-type] # as above
    print(f"gateway listening on 127.0.0.1:{port.getHost().port}", flush=True)
