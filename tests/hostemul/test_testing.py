"""The fixtures this package ships, on the real reactor."""

import socket

import pytest

from hostemul.replay.player import Stage
from hostemul.replay.recording import parse
from hostemul.serving import address
from hostemul.testing import start_bank, start_replay


pytestmark = pytest.mark.sockets


def test_a_bank_listens_counts_and_stops(on_reactor, reactor):
    running = on_reactor(start_bank, reactor)
    assert repr(running.bank).startswith("<Bank seed 1")
    with socket.create_connection(running.address, 5) as client:
        assert client.recv(10) == b"\xff\xfd\x28"
        assert running.control.sessions == 1
        on_reactor(running.stop)
        client.settimeout(5)
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(running.address, 5)


def test_options_are_those_of_the_bank(on_reactor, reactor):
    def start():
        return start_bank(reactor, tn3270e=False, seed=5, codepage="cp1047")

    running = on_reactor(start)
    with socket.create_connection(running.address, 5) as client:
        assert client.recv(10) == b"\xff\xfd\x18"
    assert running.bank.seed == 5
    on_reactor(running.stop)


def test_a_recording_is_served(on_reactor, reactor):
    stage = Stage(parse("- !server {data: FFFD28}", "x"), reactor)
    port = on_reactor(start_replay, stage, reactor)
    with socket.create_connection(address(port), 5) as client:
        assert client.recv(10) == b"\xff\xfd\x28"
    on_reactor(port.stopListening)


@pytest.mark.parametrize("options", [{"codepage": "cp9999"}, {"functions": ["NONSENSE"]}])
def test_an_unknown_option_value_is_refused(reactor, options):
    with pytest.raises(LookupError):
        start_bank(reactor, **options)
