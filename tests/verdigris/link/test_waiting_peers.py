"""Who is told that a session has become free, and for how long."""

import pytest
from twisted.internet.task import Clock

from verdigris.link.waiting_peers import WAITS, WaitingPeers
from verdigris.wire import SlotFreed


class Peer:
    def __init__(self, name, said):
        self.name, self.said = name, said

    def tell(self, notice):
        assert notice == SlotFreed()
        self.said.append(self.name)


@pytest.fixture
def it():
    class World:
        clock, said = Clock(), []
        peers = WaitingPeers(clock)
        one, two = Peer("one", said), Peer("two", said)

    return World()


def test_nobody_is_told_who_was_not_refused(it):
    it.peers.freed()
    assert it.said == []


def test_the_one_refused_first_is_told_first_and_of_each_session(it):
    it.peers.refused(it.two)
    it.peers.refused(it.one)
    it.peers.freed()
    it.peers.freed()
    assert it.said == ["two", "one"] * 2


def test_who_does_not_ask_again_is_not_told_any_more(it):
    it.peers.refused(it.one)
    it.clock.advance(WAITS)
    it.peers.freed()
    it.clock.advance(0.1)
    it.peers.freed()
    assert it.said == ["one"]
    assert repr(it.peers) == "<WaitingPeers 0>"


def test_who_is_gone_is_forgotten(it):
    it.peers.refused(it.one)
    it.peers.gone(it.one)
    it.peers.gone(it.two)
    it.peers.freed()
    assert it.said == []
