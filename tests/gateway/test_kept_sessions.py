"""The kept sessions of one client: no more than its share, whatever happens to them."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from gateway.call import Call
from gateway.kept_sessions import KeptSessions
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NoServerAvailable, SessionGone, TooManySessions


class World:
    """Kept sessions over a caller that makes what it is asked for."""

    def __init__(self, capacity=8, workers=1, **settings):
        self.clock = Clock()
        self.settings = SimpleNamespace(config=PluginConfig(**settings))
        self.capacity = capacity
        self.made = 0
        self.reply = None
        self.it = KeptSessions(
            self, self.settings, lambda kind, name: self.capacity, self.clock, workers
        )

    async def call(self, call):
        """The caller that is wrapped."""
        if self.reply is not None:
            reply = self.reply
            if isinstance(reply, Exception):
                raise reply
            return await reply
        if call.action == "create":
            self.made += 1
            return f"vs1~{self.made}"
        return None

    def start(self, action="create", session="", client="192.0.2.1", name="P"):
        call = Call(action, "pool", name, "r", session=session, location=client, minutes=1.0)
        return Deferred.fromCoroutine(self.it.call(call))

    def do(self, *args, **more):
        found = []
        self.start(*args, **more).addBoth(found.append)
        (one,) = found
        return one.value if isinstance(one, Failure) else one

    def fill(self, **more):
        """As many sessions as there may be."""
        made = []
        while isinstance(session := self.do(**more), str):
            made.append(session)
        assert isinstance(session, TooManySessions)
        return made


def test_a_client_has_three_quarters_and_others_have_theirs():
    it = World(capacity=8)
    assert len(it.fill()) == 6
    assert len(it.fill(client="192.0.2.2")) == 6
    assert len(it.fill(name="Q")) == 6
    said = it.do()
    assert str(said) == "Client 192.0.2.1 has reached its limit of 6 kept sessions of pool P."
    assert (said.http, said.retry) == (429, True)


@pytest.mark.parametrize(
    ("capacity", "limit", "workers", "share"),
    [(1, 0, 1, 1), (10, 0, 2, 4), (10, 3, 1, 3), (0, 3, 1, 3), (100, 20, 4, 5)],
)
def test_the_share_by_capacity_setting_and_workers(capacity, limit, workers, share):
    it = World(capacity, workers, max_client_sessions=limit)
    assert len(it.fill()) == share


def test_where_nobody_tells_the_capacity_there_is_no_limit():
    it = World(capacity=0)
    assert all(isinstance(it.do(), str) for _ in range(100))


@pytest.mark.parametrize("action", ["destroy", "perform"])
def test_a_session_that_has_ended_does_not_count(action):
    it = World(capacity=4)
    session = it.fill()[0]
    if action == "perform":
        it.reply = SessionGone(session="x", server="vs1")
        assert isinstance(it.do(action, session), SessionGone)
        it.reply = None
    else:
        it.do(action, session)
    assert isinstance(it.do(), str)
    assert isinstance(it.do(), TooManySessions)


def test_one_that_is_not_used_ends_by_itself_and_one_that_is_used_lives_on():
    it = World(capacity=4)
    used, *_ = it.fill()
    it.clock.advance(40)
    it.do("perform", used)
    it.clock.advance(40)
    assert len(it.fill()) == 2
    it.clock.advance(60)
    assert len(it.fill()) == 3


def test_one_that_waits_to_be_made_counts_until_it_is_refused_or_its_client_leaves():
    it = World(capacity=4)
    it.reply = Deferred()
    waiting = it.start()
    it.reply = Deferred()
    leaving = it.start()
    it.reply = None
    assert len(it.fill()) == 1
    leaving.addErrback(lambda _: None)
    leaving.cancel()
    assert len(it.fill()) == 1
    waiting.addErrback(lambda _: None)
    waiting.cancel()
    it.reply = NoServerAvailable(user="u", location="l", name="n", domain="d")
    assert isinstance(it.do(), NoServerAvailable)
    it.reply = None
    assert len(it.fill()) == 1


def test_nothing_stays_behind():
    it = World(capacity=4)
    for session in it.fill():
        it.do("destroy", session)
    assert repr(it.it) == "<KeptSessions 0 of 0 clients and pools>"
    assert not it.it._making


def test_all_of_an_ipv6_network_are_one_client():
    it = World(capacity=4)
    it.fill(client="2001:db8::1")
    assert isinstance(it.do(client="2001:db8::2"), TooManySessions)
    assert isinstance(it.do(client="2001:db8:0:1::1"), str)
