"""Character hosts that are silent before a key, or before a request of ours.

Sources: mkozjak/node-telnet-client#49 (console servers print nothing before Enter); binaricat/Netcatty#963 (hosts
that wait until the client has asked for an option, as PuTTY does by its active negotiation).
"""

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings, load_model, start


NS = 'xmlns="urn:verdigris:model:1"'
MODEL = {
    "model.xml": f'<model {NS} name="M" home="Login"><host type="VT" model="VT220"/></model>'.encode(),
    "entities/Silent.xml": f"""<entity {NS} name="Silent" quiet="0.3">
        <signature><text row="1" column="1" not="true">login:</text></signature>
        <operation name="Wake" destination="Login" default="true">
            <TransmitTerminalKey key="Enter"/></operation></entity>""".encode(),
    "entities/Login.xml": f"""<entity {NS} name="Login">
        <signature><text row="1" column="1">login:</text></signature></entity>""".encode(),
}


class SilentHost:
    """An endpoint whose host says something only when `wakes` has come."""

    def __init__(self, clock, wakes, first=b""):
        self.clock, self.wakes, self.first = clock, wakes, first
        self.said = b""
        self.line = None

    def connect(self, factory):
        outer = self

        class Wire(StringTransport):
            def write(self, data):
                super().write(data)
                outer.said += data
                if outer.wakes in outer.said:
                    outer.wakes = b"never again"
                    outer.clock.callLater(0.1, outer.line.dataReceived, b"\rlogin: ")

        self.line = factory.buildProtocol(None)
        self.line.makeConnection(Wire())
        if self.first:
            self.line.dataReceived(self.first)
        return succeed(self.line)


def arrives(wakes, first=b"", **options):
    """Whether a session comes to Login at such a host."""
    clock = Clock()
    host = SilentHost(clock, wakes, first)
    found = tuple((name.replace("_", "-"), value) for name, value in options.items())
    settings = HostSettings(type="VT", model="VT220", options=found)
    model = load_model(MODEL).model
    session = HostSession("h", clock, lambda *_: None)

    async def visit():
        await session.connect(host, RealHosts(clock).terminal(settings), 10)
        await session.run(lambda screen: start(model, screen, model.resolve({})), 20)
        return str(session.screen()).strip()

    results = []
    Deferred.fromCoroutine(visit()).addBoth(results.append)
    for _ in range(500):
        clock.advance(0.05)
    return results[0] == "login:" if results else False


@pytest.mark.parametrize(
    "first", [b"", b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f"], ids=["nothing", "negotiation"]
)
def test_a_host_that_is_silent_before_enter_is_arrived_at(first):
    assert arrives(b"\r", first)


def test_a_host_that_waits_for_a_request_gets_one_where_the_settings_say_so():
    assert arrives(b"\xff\xfb\x1f", telnet_negotiation="active")  # IAC WILL NAWS


def test_options_are_not_asked_for_otherwise():
    assert not arrives(b"\xff\xfb\x1f")
