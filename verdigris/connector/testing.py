"""Fakes of the connectors, for the tests of programs that use them.

Law: everything the real connectors have is here and behaves the same, because the fakes *are* the
real ones on a network in memory; only the servers are made up. No socket, no thread, no waiting.

    from verdigris.connector import Target
    from verdigris.connector.testing import FakeBlockingConnector

    connector = FakeBlockingConnector()
    connector.fake.program("BankDemo", "Customers", "SearchCustomers", [{"Name": "SMITH"}])

    rows = connector.call(Target.model("BankDemo", domain="retail"), "Customers", "SearchCustomers")

    assert rows[0]["Name"] == "SMITH"
    assert connector.fake.calls[0].domain == "retail"
"""

from itertools import count

from verdigris.connector import blocking
from verdigris.connector.connector import Connector
from verdigris.connector.fakes.fake_installation import (
    MANAGEMENT,
    SESSIONS,
    FakeCall,
    FakeInstallation,
)
from verdigris.connector.fakes.memory_network import FakeLink, FakeNetwork, InstantClock


__all__ = [
    "MANAGEMENT",
    "SESSIONS",
    "FakeBlockingConnector",
    "FakeCall",
    "FakeConnector",
    "FakeInstallation",
    "FakeLink",
    "FakeNetwork",
    "InstantClock",
]


class FakeConnector(Connector):
    """An asynchronous connector whose servers are in memory; its Deferreds have fired already.

    Attributes:
        fake: the servers: program their tables, look at the calls.
        network: the connections: take a peer away, or put your own function in its place.
    """

    def __init__(self, fake: FakeInstallation | None = None) -> None:
        self.fake = fake or FakeInstallation()
        self.network = FakeNetwork()
        self.network.peers[MANAGEMENT] = self.fake.management
        self.network.peers[SESSIONS] = self.fake.session_server
        self.clock = InstantClock()
        ids = count(1)
        super().__init__(
            self.clock,
            management_servers=[MANAGEMENT],
            name="fake",
            dialer=self.network,
            new_id=lambda: f"request-{next(ids)}",
        )
        self._dispatch.secured = True  # nobody listens in memory


class FakeBlockingConnector(blocking.Connector):
    """A blocking connector whose servers are in memory; it starts no thread.

    Attributes:
        fake: the servers: program their tables, look at the calls.
        network: the connections.
    """

    def __init__(self, fake: FakeInstallation | None = None) -> None:
        inner = FakeConnector(fake)
        self.fake = inner.fake
        self.network = inner.network
        self._adopt(inner, blocking.at_once)
