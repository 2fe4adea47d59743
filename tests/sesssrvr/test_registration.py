"""A session server is registered whenever its management server is there, and says how it is."""

import pytest
from twisted.internet.defer import fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from sesssrvr.registration import REFUSED_BACKOFF, Registration, ServerInfo
from verdigris.errors import ForeignServer, ServerUnreachable
from verdigris.link import Link
from verdigris.values import Endpoint
from verdigris.wire import (
    Done,
    GetStatus,
    Heartbeat,
    Hello,
    Offer,
    Register,
    Registered,
    SlotFreed,
    Status,
    StatusIs,
)


class Management:
    """The other end: accepts registrations, keeps what it is told."""

    def __init__(self, clock):
        self.clock = clock
        self.me = Hello("management server", "m1")
        self.up = True
        self.refusal = None
        self.registered = []
        self.notices = []
        self.links = []
        self.admin = "up"

    # the dialer's part

    def to(self, address, *, seconds):
        if not self.up:
            return fail(ServerUnreachable(server="m", address=address, reason="down"))
        here = Link(Hello("session server", "vs1"), self.client, self.clock, ping_every=0)
        there = Link(self.me, self, self.clock, ping_every=0)
        wires = StringTransport(), StringTransport()
        here.makeConnection(wires[0])
        there.makeConnection(wires[1])
        self.links.append((here, there, wires))
        self.pump()
        return succeed(here)

    def close(self):
        pass

    # the handler's part

    def hello(self, link, peer):
        pass

    async def handle(self, call):
        assert isinstance(call.body, Register)
        if self.refusal:
            raise self.refusal
        self.registered.append(call.body)
        return Registered("inst", 0.5, self.admin)

    def told(self, link, notice):
        self.notices.append(notice)

    def closed(self, link, reason):
        pass

    def pump(self):
        moved = True
        while moved:
            moved = False
            for here, there, wires in self.links:
                for wire, link in ((wires[0], there), (wires[1], here)):
                    data = wire.value()
                    wire.clear()
                    if data:
                        link.dataReceived(data)
                        moved = True

    def drop(self):
        here, there, _ = self.links.pop()
        for link in (there, here):
            link.connectionLost(Failure(ConnectionDone()))

    @property
    def link(self):
        return self.links[-1][1]


class Serving:
    """What the session server answers on the standing connection."""

    def __init__(self):
        self.ended = 0

    def hello(self, link, peer):
        pass

    async def handle(self, call):
        return StatusIs(Status("boot1"))

    def told(self, link, notice):
        pass

    def closed(self, link, reason):
        self.ended += 1


class Setup:
    def __init__(self):
        self.clock = Clock()
        self.management = Management(self.clock)
        self.serving = Serving()
        self.offers = (Offer("model", "M", "M", "d1"),)
        self.states = []
        about = ServerInfo(
            "vs1",
            "inst",
            lambda: "127.0.0.1:9623",
            lambda: self.offers,
            lambda: Status("boot1"),
            self.states.append,
        )

        def dialer(_me, handler):
            self.management.client = handler
            return self.management

        self.it = Registration(
            Endpoint("127.0.0.1", 9641),
            about,
            Hello("session server", "vs1", "inst", "boot1"),
            self.serving,
            self.clock,
            lambda: 0.5,
            dialer=dialer,
        )

    def go(self, seconds, *, alive=True):
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)
            self.management.pump()
            if alive and self.management.links:
                self.management.link.tell(Heartbeat())
                self.management.pump()


@pytest.fixture
def setup():
    it = Setup()
    it.it.start()
    it.go(0.1)
    return it


def test_it_registers_with_everything_it_has_and_takes_the_administrative_state():
    it = Setup()
    it.management.admin = "drain"
    it.it.start()
    it.go(0.1)
    assert it.management.registered == [
        Register(
            "vs1",
            "inst",
            "127.0.0.1:9623",
            it.offers,
            Status("boot1"),
            asks_for_rows=False,
            can_check_users=True,
            follows=True,
        )
    ]
    assert it.states == ["drain"]
    assert it.it.registered


def test_heartbeats_come_as_often_as_they_are_wanted(setup):
    setup.management.notices.clear()
    setup.go(10)
    assert 18 <= len(setup.management.notices) <= 22
    assert set(setup.management.notices) == {Heartbeat(Status("boot1"))}


def test_a_change_is_told_at_once_and_once(setup):
    setup.management.notices.clear()
    setup.offers = (*setup.offers, Offer("pool", "P", "M", "d1"))
    for _ in range(100):
        setup.it.changed()
    setup.go(0.1)
    assert setup.management.notices == [Heartbeat(Status("boot1"), setup.offers)]
    setup.go(0.5)
    assert setup.management.notices[1] == Heartbeat(Status("boot1"))


def test_changed_offers_are_told_before_whoever_ordered_that_is_answered(setup):
    setup.management.notices.clear()
    setup.it.changed()  # the status may wait a little
    setup.offers = (*setup.offers, Offer("pool", "P", "M", "d1"))
    setup.it.offers_changed()
    setup.management.pump()
    assert setup.management.notices == [Heartbeat(Status("boot1"), setup.offers)]
    setup.go(0.3)
    assert len(setup.management.notices) == 1


def test_a_freed_slot_is_told_at_once(setup):
    setup.it.slot_freed()
    setup.management.pump()
    assert setup.management.notices[-1] == SlotFreed()


def test_calls_of_the_management_server_are_answered_on_the_standing_connection(setup):
    found = []
    setup.management.link.call(GetStatus(), request_id="c", seconds=1).addBoth(found.append)
    setup.management.pump()
    assert found == [StatusIs(Status("boot1"))]


def test_a_lost_management_server_is_found_again(setup):
    setup.management.up = False
    setup.management.drop()
    assert setup.serving.ended == 1
    assert not setup.it.registered
    setup.go(20)
    setup.management.up = True
    setup.go(2)
    assert setup.it.registered
    assert len(setup.management.registered) == 2


def test_a_silent_management_server_is_left(setup):
    setup.go(2.5, alive=False)
    here, _there, wires = setup.management.links[0]
    assert wires[0].disconnected or wires[0].disconnecting
    here.connectionLost(Failure(ConnectionDone()))
    setup.go(2)
    assert len(setup.management.registered) == 2


def test_time_in_which_this_process_was_stopped_is_no_silence(setup):
    setup.clock.advance(30)
    _here, _there, wires = setup.management.links[0]
    assert not wires[0].disconnecting
    setup.go(1)
    assert len(setup.management.registered) == 1


def test_a_refusal_is_tried_again_slowly():
    it = Setup()
    it.management.refusal = ForeignServer(server="vs1", theirs="inst", ours="other")
    it.it.start()
    it.go(1)
    assert "belongs to installation inst" in repr(it.it)
    it.management.refusal = None
    it.go(REFUSED_BACKOFF - 2)
    assert not it.it.registered
    it.go(2)
    assert it.it.registered


def test_another_part_at_the_management_servers_address_is_not_asked():
    it = Setup()
    it.management.me = Hello("session server", "vs2")
    it.it.start()
    it.go(5)
    assert not it.it.registered
    assert it.management.registered == []
    it.management.me = Hello("management server", "m1")
    it.go(2)
    assert it.it.registered


def test_a_wake_up_call_is_answered_by_a_registration_at_once():
    it = Setup()
    it.management.up = False
    it.it.start()
    it.go(30)
    it.management.up = True
    it.it.wake_up()
    it.management.pump()
    it.go(0.05)
    assert it.it.registered


def test_a_stopped_registration_stays_away(setup):
    setup.it.stop()
    setup.management.drop()
    setup.go(10)
    assert len(setup.management.registered) == 1


def test_a_registration_that_waits_for_its_next_try_can_be_stopped():
    it = Setup()
    it.management.up = False
    it.it.start()
    it.go(3)
    it.it.stop()
    it.management.up = True
    it.go(10)
    assert it.management.registered == []


def test_an_answer_that_is_no_registration_is_no_registration():
    it = Setup()

    async def strange(call):
        return Done()

    it.management.handle = strange
    it.it.start()
    it.go(1)
    assert not it.it.registered
