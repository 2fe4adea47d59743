"""One client takes the calls of all others, and waits as long as it likes."""

import pytest
from twisted.internet.defer import Deferred

from tests.support.gateway import BANK, in_memory
from verdigris.config.plugin_cfg import PluginConfig


PATH = "/vhi-rs/model/BankDemo/Ping"


@pytest.fixture
def gateway():
    running = in_memory(PluginConfig(max_calls=8))
    running.deploy(BANK)
    waiting = []
    running.caller.reply = lambda call: waiting.append(Deferred()) or waiting[-1]
    yield running
    for connection in running.connections:
        connection.lose()
    running.services.stop()
    assert repr(running.resource.calls) == "<RunningCalls [0]>"
    assert not running.resource.calls._of_client


def call(running, host):
    connection = running.connect(host)
    connection.send(f"GET {PATH} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    found = connection.response()
    return None if found is None else found.status


def test_calls_of_one_address_leave_a_quarter_for_others(gateway):
    assert [call(gateway, "192.0.2.1") for _ in range(8)] == [None] * 6 + [503] * 2
    assert [call(gateway, "192.0.2.2") for _ in range(3)] == [None, None, 503]


def test_the_calls_of_an_address_are_given_back(gateway):
    for _ in range(3):
        for _ in range(6):
            assert call(gateway, "192.0.2.1") is None
        while gateway.connections:
            gateway.connections.pop().lose()


@pytest.mark.parametrize(("asked", "kept"), [("86400", 300), ("20", 20)])
def test_no_request_waits_longer_than_the_maximum(gateway, asked, kept):
    connection = gateway.connect()
    connection.send(
        f"GET {PATH} HTTP/1.1\r\nHost: h\r\nX-Verdigris-ConnectionTimeout: {asked}\r\n\r\n".encode()
    )

    assert gateway.caller.last.connection_timeout == kept
