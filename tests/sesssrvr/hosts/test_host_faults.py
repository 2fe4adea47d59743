"""Whatever clients and hosts do: limits hold at the host too, and after quiet nothing is left over."""

import gc
from random import Random

import pytest
from twisted.logger import globalLogPublisher

from sesssrvr.pool import AdminStateSet, PoolKey, PoolSettings
from verdigris.errors import VerdigrisError
from verdigris.wire import (
    CancelReservation,
    Claim,
    Login,
    Open,
    Perform,
    Release,
    Reserve,
    Reserved,
    Resume,
    Run,
    Suspend,
)


LIMIT = 8


@pytest.fixture(autouse=True)
def _nothing_fails_unseen():
    """No bug is swallowed: neither a logged traceback nor an error that nobody took."""
    seen = []
    globalLogPublisher.addObserver(seen.append)
    yield
    gc.collect()
    globalLogPublisher.removeObserver(seen.append)
    failures = [event for event in seen if "log_failure" in event]
    assert not failures, failures[0]["log_failure"].getTraceback()


def pool(name, **more):
    return PoolSettings(PoolKey("pool", name), "M", 5, initial=2, maximum_idle=4, **more)


class Chaos:
    """A seeded run of random deeds."""

    def __init__(self, front, seed):
        self.chance = Random(seed)  # noqa: S311 - repeatable
        self.front = front(
            pool("A"),
            pool("B", minimum_idle=1),
            maximum=LIMIT,
            maximum_pending=4,
            quarantine_keep=1,
        )
        self.clients = [self.front.client() for _ in range(4)]
        self.reserved = []
        self.sessions = []
        self.sent = []
        self.deeds = [
            self.reserve, self.claim, self.claim, self.open, self.run, self.run, self.run,
            self.use, self.release, self.suspend, self.resume, self.cancel, self.leave,
            self.host_drops, self.host_is_odd, self.host_is_well, self.host_is_silent,
            self.host_refuses, self.administer, self.wait,
        ]  # fmt: skip

    def go(self, deeds):
        for number in range(deeds):
            self.number = number
            self.chance.choice(self.deeds)()
            self.front.go(self.chance.choice([0.05, 0.05, 0.2]))
            for client in self.clients:
                client.pump()
            assert len(self.front.host.open_now()) <= LIMIT
            self.collect()

    def collect(self):
        for one in [one for one in self.sent if one.found]:
            self.sent.remove(one)
            answer = one.found[0]
            assert not isinstance(answer, Exception) or isinstance(answer, VerdigrisError), answer
            assert getattr(answer, "code", 0) != 9000, answer
            if isinstance(answer, Reserved):
                self.reserved.append(answer)
            if hasattr(answer, "session") and not isinstance(answer, Reserved):
                self.sessions.append((one.client, answer.session))

    def send(self, body, client=None, seconds=8.0):
        client = client or self.chance.choice(self.clients)
        self.sent.append(client.send(body, seconds, f"r{self.number}"))

    def what(self):
        kind, name = self.chance.choice([("pool", "A"), ("pool", "B"), ("model", "M")])
        return kind, name

    # ---- clients

    def reserve(self):
        self.send(Reserve(*self.what(), "ops", "here", "d"))

    def claim(self):
        if self.reserved:
            one = self.chance.choice(self.reserved)
            self.send(Claim(one.session, one.claim, Login(), {}))

    def cancel(self):
        self.send(CancelReservation(f"r{self.number - self.chance.randrange(5)}", 1))

    def open(self):
        self.send(Open(*self.what(), Login(), {}))

    def run(self):
        after = self.chance.choice(["release", "suspend"])
        opening = Open(*self.what(), Login(), {})
        self.send(Run(opening, Perform("", "T", "Search", {"name": "smith"}, {}), after, 1))

    def use(self):
        if self.sessions:
            client, session = self.chance.choice(self.sessions)
            self.send(Perform(session, "T", "Search", {"name": "jones"}, {}), client)

    def release(self):
        if self.sessions:
            client, session = self.chance.choice(self.sessions)
            self.send(Release(session), client)

    def suspend(self):
        if self.sessions:
            client, session = self.chance.choice(self.sessions)
            self.send(Suspend(session, 1), client)

    def resume(self):
        if self.sessions:
            _, session = self.chance.choice(self.sessions)
            self.send(Resume(session, Login(), {}))

    def leave(self):
        client = self.chance.choice(self.clients)
        client.leave()
        self.sent = [one for one in self.sent if one.client is not client]
        self.clients[self.clients.index(client)] = self.front.client()

    # ---- hosts and administrators

    def host_drops(self):
        if self.front.host.open_now():
            self.chance.choice(self.front.host.open_now()).drop()

    def host_is_odd(self):
        self.front.host.script[self.chance.choice(["Enter:ops", "Enter:smith", "PF3"])] = b"ODD"

    def host_is_silent(self):
        self.front.host.script["PF3"] = lambda call: None

    def host_is_well(self):
        self.front.host.script.clear()
        self.front.host.refuse = None
        self.front.host.auto = True

    def host_refuses(self):
        if self.chance.random() < 0.5:
            self.front.host.refuse = ConnectionRefusedError("no")
        else:
            self.front.host.auto = False

    def administer(self):
        state = self.chance.choice(["up", "up", "drain", "maintenance"])
        self.front.sessions.decide(AdminStateSet(state))

    def wait(self):
        self.front.go(self.chance.choice([1, 12, 40]))


@pytest.mark.parametrize("seed", range(8))
def test_after_any_trouble_and_some_quiet_everything_is_as_it_should_be(front, seed):
    it = Chaos(front, seed)
    it.go(250)
    it.host_is_well()
    it.front.sessions.decide(AdminStateSet("up"))
    for client in it.clients:
        client.leave()
    it.front.go(400)  # claims, suspensions, quarantines and retries are over
    state = it.front.sessions.state
    for name in "AB":
        counts = it.front.counts(name)
        assert set(counts) == {"idle"}, (name, counts)
        assert 1 <= counts["idle"] <= 4
    assert len(it.front.host.open_now()) == state.size
    assert not state.keys
    assert not state.attempts
    assert not state.expiries
    assert "[0 sessions, 0 clients]" in repr(it.front.clients)
    assert set(it.front.sessions._sessions) == set(state.pool_of)
