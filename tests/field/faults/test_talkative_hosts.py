"""Hosts that send at full speed, and hosts that ask for answers they do not read."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sesssrvr.hosts.connection import HostConnection, TerminalFactory
from sesssrvr.hosts.intake import LEAST, LOOKS, MOST, ROW, SHARE, TALK
from sesssrvr.hosts.turns import HostTurns
from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn3270.orders import BYTES_PER_CELL, MANY, SPARE_BYTES, read_orders


CELLS = 24 * 80


class Terminal:
    """Keeps what it is fed; each byte takes so many seconds, and is answered by so many bytes."""

    ready = True
    tls_missing = tls_wanted = False
    last_refusal = ""

    def __init__(self, clock, write):
        self.clock, self.write = clock, write
        self.seconds = 0.0
        self.answer = 0
        self.fed = bytearray()

    def feed(self, data):
        self.clock.rightNow += self.seconds * len(data)
        self.fed += data
        if self.answer:
            self.write(b"x" * self.answer)
        return True

    def mask_sent(self, data):
        return data


class Bench:
    """One host connection, and what its listener hears."""

    def __init__(self, turns=None):
        self.clock = turns._clock if turns else Clock()
        self.changes = 0
        self.line = StringTransport()
        made = []
        factory = TerminalFactory(
            lambda write: made.append(Terminal(self.clock, write)) or made[0], turns=turns
        )
        self.it = HostConnection(factory, self, self.clock)
        self.it.makeConnection(self.line)
        (self.terminal,) = made

    def changed(self):
        self.changes += 1

    def ended(self, reason):
        self.reason = reason


@pytest.fixture
def bench():
    return Bench()


FLOOD = bytes(range(256)) * 256


def run(call):
    """Make a delayed call now."""
    func, args = call.func, call.args
    call.cancel()
    func(*args)


def test_what_a_host_sends_is_fed_in_turns_and_in_order(bench):
    """64 KB of VT's REP held a session server for 3.8 seconds, a 3270 record of RA for 3.6."""
    bench.terminal.seconds = SHARE / LEAST
    bench.it.dataReceived(FLOOD)
    assert len(bench.terminal.fed) <= MOST
    assert bench.line.producerState == "paused"
    bench.it.dataReceived(b"end")  # such as from TLS, whose bytes have been read already

    worst = turns = 0
    while bench.line.producerState == "paused":
        call = min(bench.clock.getDelayedCalls(), key=lambda one: one.getTime())
        before = bench.clock.seconds()
        run(call)
        worst, turns = max(worst, bench.clock.seconds() - before), turns + 1

    assert bytes(bench.terminal.fed) == FLOOD + b"end"
    assert worst <= SHARE * 2.1
    assert turns > ROW
    # To look at a screen costs milliseconds; of six such hosts nobody else had a turn.
    assert ROW < bench.changes <= ROW + 2 + bench.clock.seconds() / LOOKS
    bench.clock.advance(LOOKS)
    last = bench.changes
    bench.clock.advance(10)
    assert bench.changes == last  # and the last of it has been looked at


def test_all_hosts_that_talk_all_the_time_share_one_turn():
    """Six of them held each turn of the event loop for 6 ms: another client's calls took 12 times as long."""
    clock = Clock()
    benches = [Bench(HostTurns(clock))]
    benches += [Bench(benches[0].it._factory.turns) for _ in range(5)]
    for bench in benches:
        bench.terminal.seconds = TALK / LEAST / 4
    turns = []
    for _ in range(2000):
        began = clock.seconds()
        for one in [it for it in clock.getDelayedCalls() if it.getTime() <= began]:
            run(one)
        for bench in benches:  # each has more to send whenever it is read
            if bench.line.producerState == "producing":
                bench.it.dataReceived(FLOOD)
        turns.append(clock.seconds() - began)
    late = turns[len(benches) * (ROW + 1) :]
    assert max(late) <= TALK * 1.6
    fed = [len(bench.terminal.fed) for bench in benches]
    assert min(fed) > max(fed) * 0.9, "in rotation"


def test_a_host_that_was_quiet_for_a_while_is_looked_at_at_once(bench):
    bench.terminal.seconds = SHARE / LEAST
    bench.it.dataReceived(FLOOD)
    while bench.clock.getDelayedCalls():
        bench.clock.advance(0.001)
    bench.clock.advance(1)
    before = bench.changes
    bench.it.dataReceived(b"prompt")
    assert bench.changes == before + 1


def test_a_read_in_time_is_one_change(bench):
    bench.it.dataReceived(FLOOD)

    assert bytes(bench.terminal.fed) == FLOOD
    assert (bench.changes, bench.line.producerState) == (1, "producing")


def test_nothing_is_taken_from_a_host_that_does_not_read(bench):
    """READ BUFFER and reports, asked for by a host that reads nothing, grew by 100 MB a second."""
    bench.terminal.answer = 1
    write = bench.line.write

    def full(data):
        write(data)
        bench.line.producer.pauseProducing()

    bench.line.write = full
    bench.it.dataReceived(FLOOD)
    bench.it.dataReceived(FLOOD)
    assert (len(bench.line.value()), bench.line.producerState) == (1, "paused")

    bench.line.write = write
    bench.line.producer.resumeProducing()

    assert bytes(bench.terminal.fed) == FLOOD * 2
    assert bench.line.producerState == "producing"


def test_a_connection_that_ends_in_the_middle_feeds_no_more(bench):
    bench.terminal.seconds = SHARE / LEAST
    bench.it.dataReceived(FLOOD)
    fed = len(bench.terminal.fed)
    bench.it.connectionLost()
    bench.clock.advance(1)

    assert len(bench.terminal.fed) == fed
    assert bench.reason
    assert bench.clock.getDelayedCalls() == []


def test_a_session_that_leaves_in_the_middle_closes_its_connection(bench):
    bench.terminal.seconds = SHARE / LEAST
    bench.it.dataReceived(FLOOD)
    bench.it.leave()
    bench.clock.advance(1)

    assert bench.line.disconnecting
    assert bench.line.producer is None


@pytest.mark.parametrize(
    "orders",
    [
        b"\x3c\x00\x00\x40" * (MANY + 1),
        b"\x12\x40\x40" * (MANY + 1),
        b"\x05" * (MANY + 1),
        b"\x13" * (CELLS * 4 + MANY + 1),
        b"\x28\x41\xf1" * ((CELLS * BYTES_PER_CELL + SPARE_BYTES) // 3 + 1),
    ],
    ids=["RA", "EUA", "PT", "IC", "longer than any screen"],
)
def test_a_3270_record_of_more_orders_than_a_screen_needs_is_refused(orders):
    """GA23-0059, 4.3: RA and EUA may each reach over the whole screen; a record has no length there."""
    with pytest.raises(DataStreamError, match="than a screen can need"):
        read_orders(orders, 0, CELLS)


def test_a_3270_screen_with_every_attribute_in_every_place_is_obeyed():
    each = b"\x28\x41\xf1\x28\x42\xf1\x28\x43\xf1\xc1"

    assert len(read_orders(each * CELLS, 0, CELLS)) == CELLS * 4
