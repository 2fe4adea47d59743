"""Keys among workers: the parent's book, and its lines to workers in memory."""

import os
from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from gateway.call import Client
from gateway.http.responses import Reply
from gateway.problems import Problems
from gateway.rest.idempotency import MAX_ANSWER, Replays
from gateway.workers.idempotency_book import KeyBook
from gateway.workers.idempotency_messages import Claim, Kept, Settle
from gateway.workers.key_file import KeyFile
from gateway.workers.key_store import PlainStore
from gateway.workers.shared_state import ParentState, WorkerState
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import (
    HostConnectionLost,
    KeyReused,
    KeyStoreUnavailable,
    NoServerAvailable,
    OutcomeUnknown,
    TooManyKeys,
)


ANSWER = Kept(200, "application/json", b"{}", (("cache-control", "no-store"),))


CLIENT = Client("r-1", "10.0.0.9", secure=False, local=True, config=PluginConfig(idempotency_minutes=1, idempotency_keys=9, idempotency_keys_per_client=9))  # fmt: skip


# ---- the book --------------------------------------------------------------------------------


class Book:
    """A book, and what each claim was told."""

    def __init__(self):
        self.told, self.now = [], 0.0
        self.book = KeyBook(PlainStore(KeyFile(None, lambda: self.now)))

    def claim(self, owner, key=b"k", fingerprint=b"f", limit=10, **more):
        place = len(self.told)
        self.told.append(None)

        def tell(*what):
            assert self.told[place] is None, "told twice"
            self.told[place] = what[:2]

        asked = Claim(place, key, fingerprint, 60.0, limit, **more)
        self.book.claim(owner, asked, tell)
        return lambda: self.told[place]

    def settle(self, owner, reply=ANSWER, *, free=False, key=b"k"):
        done = []
        self.book.settle(owner, Settle(0, key, reply, free), lambda: done.append(True))
        assert done == [True]


@pytest.fixture
def book():
    return Book()


def test_one_worker_performs_and_all_others_get_its_answer(book):
    first, second = book.claim("w1"), book.claim("w2")
    assert (first(), second()) == (("yours", None), None)
    book.settle("w1")
    assert second() == book.claim("w1")() == book.claim("w3")() == ("kept", ANSWER)
    assert repr(book.book) == "<KeyBook [0 keys under way]>"


def test_an_answer_is_kept_for_its_time_and_not_longer(book):
    book.claim("w1")
    book.now = 1_000.0
    book.settle("w1")
    book.now = 1_059.0
    assert book.claim("w2")() == ("kept", ANSWER)
    book.now = 1_061.0
    assert book.claim("w2")() == ("yours", None)


def test_a_key_stands_for_one_request(book):
    book.claim("w1")
    assert book.claim("w2", fingerprint=b"another")() == ("another", None)


def test_a_full_book_refuses_new_keys_and_forgets_none(book):
    book.claim("w1", b"1", limit=2)
    book.claim("w1", b"2", limit=2)
    book.settle("w1", key=b"1")
    assert book.claim("w2", b"3", limit=2)() == ("full", None)
    assert book.claim("w2", b"1", limit=2)() == ("kept", ANSWER)
    book.now = 61.0
    assert book.claim("w2", b"3", limit=2)() == ("yours", None)


def test_when_nothing_was_done_who_waits_is_told_and_the_key_is_free(book):
    book.claim("w1")
    waits = book.claim("w2")
    book.settle("w1", free=True)
    assert waits() == ("kept", ANSWER)
    assert book.claim("w2")() == ("yours", None)


def test_what_a_worker_performed_when_it_ended_is_not_performed_again(book):
    book.claim("w1")
    waits, gone = book.claim("w2"), book.claim("w1")
    book.book.lost("w1")
    assert waits() == book.claim("w3")() == ("lost", None)
    assert gone() is None, "nobody is there to be told"
    book.settle("w1")
    assert book.claim("w3")() == ("lost", None), "the dead say nothing more"


def test_only_who_performs_can_settle(book):
    book.claim("w1")
    book.settle("w2")
    assert book.claim("w3")() is None


# ---- parent and workers ----------------------------------------------------------------------


class Reactor(Clock):
    """Adopts descriptors as in-memory connections, in pairs, and carries bytes when told."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def adoptStreamConnection(self, descriptor, family, factory):  # noqa: N802 - Twisted's
        line = factory.buildProtocol(None)
        line.makeConnection(StringTransport())
        self.lines.append(line)

    def carry(self):
        """Everything that was written, until nothing is."""
        moved = True
        while moved:
            moved = False
            for place, line in enumerate(self.lines):
                data = line.transport.value()
                line.transport.clear()
                if data:
                    moved = True
                    self.lines[place ^ 1].dataReceived(data)


@pytest.fixture
def town(tmp_path):
    """A parent and two workers: `town.workers`, `town.carry()`."""
    reactor = Reactor()
    sharing = ParentState(reactor, tmp_path)
    workers = []
    for _ in range(2):
        shared = WorkerState(reactor, tmp_path, os.dup(sharing.line()))
        reactor.advance(0)
        workers.append(Replays(shared))
    return SimpleNamespace(workers=workers, carry=reactor.carry, reactor=reactor, sharing=sharing)


def ask(town, worker, key=b"k", fingerprint=b"f", perform=None):
    """The outcome of an answer, as a list that is filled when there is one."""
    found = []
    job = Deferred.fromCoroutine(
        town.workers[worker].answer(
            key, fingerprint, perform or (lambda: pytest.fail("performed")), client=CLIENT
        )
    )
    job.addBoth(found.append)
    town.carry()
    return found


def performing():
    """(`perform`, the Deferred its answer comes by)."""
    coming = Deferred()

    async def perform():
        return await coming

    return perform, coming


def test_a_repetition_at_another_worker_waits_and_gets_the_same_answer(town):
    perform, coming = performing()
    first = ask(town, 0, perform=perform)
    second, third = ask(town, 1), ask(town, 0)
    assert (first, second, third) == ([], [], [])
    reply = Reply(200, "application/json", b"{}", headers=(("a", "b"),))
    coming.callback(reply)
    town.carry()
    assert (first, second, third) == ([reply], [reply], [reply])
    assert ask(town, 1) == ask(town, 0) == [reply]
    assert repr(town.workers[0]) == "<Replays [0 keys]>"
    assert repr(town.sharing) == "<ParentState <KeyBook [0 keys under way]>>"


def test_a_client_has_its_share_of_the_keys_and_leaves_the_rest_to_others(book):
    for number in range(3):
        book.claim("w1", b"%d" % number, client=b"a", share=3)
    assert book.claim("w1", b"3", client=b"a", share=3)() == ("share", None)
    assert book.claim("w1", b"3", client=b"b", share=3)() == ("yours", None)
    book.settle("w1", key=b"1", free=True)
    assert book.claim("w1", b"4", client=b"a", share=3)() == ("yours", None)


@pytest.mark.parametrize(
    ("error", "again"),
    [(HostConnectionLost(host="h", reason="r"), False), (NoServerAvailable(), True)],
)
def test_a_key_is_free_again_only_where_nothing_was_done(town, error, again):
    perform, coming = performing()
    ask(town, 0, perform=perform)
    coming.callback(Reply(503, "application/problem+json", b"p", Problems.of(error)))
    town.carry()
    performed = []

    async def second():
        performed.append(True)
        return Reply(200, "application/json", b"{}")

    assert ask(town, 1, perform=second)[0].status == (200 if again else 503)
    assert bool(performed) == again


def test_a_large_answer_is_given_once(town):
    perform, coming = performing()
    first, second = ask(town, 0, perform=perform), ask(town, 1)
    coming.callback(Reply(200, "application/json", b"x" * (MAX_ANSWER + 1)))
    town.carry()
    assert len(first[0].body) == MAX_ANSWER + 1
    assert second[0].check(KeyReused)
    assert "too large" in str(ask(town, 0)[0].value)


def test_errors_of_the_book_are_those_of_one_process(town):
    perform, _ = performing()
    ask(town, 0, perform=perform)
    assert "for another request" in str(ask(town, 1, fingerprint=b"g")[0].value)
    for n in range(8):
        ask(town, 0, b"%d" % n, perform=perform)
    assert ask(town, 1, b"one more")[0].check(TooManyKeys)


def test_a_worker_that_ends_while_it_performs_is_told_of(town):
    perform, _ = performing()
    ask(town, 0, perform=perform)
    waits = ask(town, 1)
    town.reactor.lines[0].connectionLost()
    town.carry()
    assert waits[0].check(OutcomeUnknown)
    assert "request id r-1" in str(waits[0].value)


def test_a_worker_without_a_parent_performs_nothing_more(town):
    perform, _ = performing()
    ask(town, 0, perform=perform)
    waits = ask(town, 1)
    town.reactor.lines[3].connectionLost()
    assert waits[0].check(OutcomeUnknown)
    assert ask(town, 1, b"new")[0].check(KeyStoreUnavailable)


def test_a_line_that_talks_nonsense_is_ended(town, logged):
    town.reactor.lines[1].transport.clear()
    town.reactor.lines[0].dataReceived(b"\0\0\0\3abc")
    assert town.reactor.lines[0].transport.disconnecting
    assert any("cannot be read" in line for line in logged())
