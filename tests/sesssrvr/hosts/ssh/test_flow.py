"""A host that does not read pauses who fills its line; one that is not read is paused."""

import pytest

from sesssrvr.hosts.ssh.flow import LineFlow


class Producer:
    def __init__(self):
        self.did = []

    def pauseProducing(self):
        self.did.append("pause")

    def resumeProducing(self):
        self.did.append("go")


@pytest.fixture
def flow():
    made = LineFlow()
    made.producer = Producer()
    return made


def test_it_is_paused_while_either_is_full(flow):
    flow.pauseProducing()
    flow.filled("window")
    flow.resumeProducing()
    assert flow.producer.did == ["pause"]
    flow.emptied("window")
    assert flow.producer.did == ["pause", "go"]


def test_what_was_not_full_resumes_nothing(flow):
    flow.emptied("window")
    flow.resumeProducing()
    assert flow.producer.did == []
    assert repr(flow) == "<LineFlow nothing full>"


@pytest.fixture
def line(visit, host):
    """(the visit, its SSH line, what the TCP connection was told)"""
    it = visit()
    it.connect()
    told = []
    it.wire.client_io.pauseProducing = lambda: told.append("pause")
    it.wire.client_io.resumeProducing = lambda: told.append("go")
    return it, it.wire.client_io.protocol._owner, told


def test_a_line_whose_bytes_wait_for_their_turn_is_not_read(line, host):
    it, _, told = line
    moments = iter(range(1_000_000))
    still = it.clock.seconds
    it.clock.seconds = lambda: (
        still() + next(moments) * 0.001
    )  # each look at the clock is a millisecond
    host.shell.say(b"x\r\n" * 10_000)
    it.wire.flush()
    assert told[0] == "pause"
    it.go(5)
    assert told[-1] == "go"


def test_a_program_that_does_not_read_is_sent_no_more_and_its_host_is_not_read(line, host):
    it, ssh, told = line
    channel = ssh._connection.channel
    channel.remoteWindowLeft = 4
    ssh.write(b"more than that")
    assert told == ["pause"]
    channel.addWindowBytes(1000)
    assert told == ["pause", "go"]
    it.go()
    assert host.shell.typed == b"more than that"


def test_a_line_that_is_gone_is_not_asked(line):
    _it, ssh, _ = line
    ssh.lost("gone")
    for what in (ssh.pauseProducing, ssh.resumeProducing, ssh.unregisterProducer):
        what()
    ssh.registerProducer(Producer(), streaming=True)
