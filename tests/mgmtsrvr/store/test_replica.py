"""A document on two machines: pulled, promoted by hand, and what happens when both return."""

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from mgmtsrvr.store import FileStore, revision_of
from mgmtsrvr.store.replica import ReplicaStore
from tests.support.stores import Seen, check, run
from verdigris.errors import Conflict, NotPrimary, PrimaryAnswers, ServerUnreachable


ONE, TWO = revision_of(b"<one/>"), revision_of(b"<two/>")


class Pair:
    """Machines a (the primary at first) and b; `cut` separates them."""

    def __init__(self, folder):
        self.folder = folder
        self.clock = Clock()
        self.cut = False
        self.stores = {}
        for name in "ab":
            (folder / name).mkdir()
            (folder / name / "x.xml").write_bytes(b"<one/>")
            self.start(name)
        self.wait(0.5)

    def start(self, name):
        path = self.folder / name / "x.xml"
        local = FileStore(path, check, self.clock)
        run(local.load())
        other = "b" if name == "a" else "a"
        store = ReplicaStore(local, path, "x", other, self.clock, primary=name == "a")
        self.stores[name] = store
        store.connect(lambda question, seconds: self.ask(other, question, seconds))
        return store

    def ask(self, name, question, seconds):
        away = ServerUnreachable(server=name, address=name, reason="cut")
        if self.cut or name not in self.stores:
            return fail(away)
        answer = Deferred.fromCoroutine(self.stores[name].answer(question, seconds))
        answer.addCallback(lambda it: fail(away) if self.cut else it)
        return answer.addTimeout(seconds, self.clock)

    def lose(self, name):
        self.stores.pop(name).stop()

    def wait(self, seconds):
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def data(self, name):
        return run(self.stores[name].load()).data

    def conflicts(self, name):
        return [it.read_bytes() for it in sorted((self.folder / name).glob("conflict-*.xml"))]

    def close(self):
        for name in list(self.stores):
            self.lose(name)


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path)
    yield made
    made.close()


def test_a_change_at_the_primary_is_pulled_at_once_and_watched(pair):
    seen = Seen()
    pair.stores["b"].watch(seen)
    run(pair.stores["a"].publish(b"<two/>", ONE))
    pair.wait(0.1)
    assert (pair.data("b"), seen.changes) == (b"<two/>", [b"<two/>"])


def test_a_change_at_the_replica_is_refused_and_names_the_primary(pair):
    with pytest.raises(NotPrimary, match="changes go to a"):
        run(pair.stores["b"].publish(b"<two/>", ONE))
    with pytest.raises(NotPrimary):
        run(pair.stores["b"].lease("job", 2.0))
    assert pair.data("a") == pair.data("b") == b"<one/>"


def test_the_primary_compares_as_ever(pair):
    run(pair.stores["a"].publish(b"<two/>", ONE))
    with pytest.raises(Conflict):
        run(pair.stores["a"].publish(b"<three/>", ONE))


def test_a_replica_without_its_primary_serves_and_says_so(pair):
    pair.cut = True
    pair.lose("a")
    pair.wait(35)
    assert pair.data("b") == b"<one/>"
    assert "does not answer" in str(pair.stores["b"].problem)


def test_a_replica_that_comes_back_pulls_what_it_missed(pair):
    pair.lose("b")
    run(pair.stores["a"].publish(b"<two/>", ONE))
    pair.start("b")
    pair.wait(0.2)
    assert pair.data("b") == b"<two/>"
    assert pair.conflicts("b") == []


def test_an_edit_of_the_replicas_file_is_kept_aside_and_undone(pair):
    (pair.folder / "b" / "x.xml").write_bytes(b"<edited/>")
    pair.wait(32)  # as long as a question stays open
    assert pair.data("b") == b"<one/>"
    assert pair.conflicts("b") == [b"<edited/>"]


def test_nothing_is_promoted_while_the_primary_answers_unless_forced(pair):
    with pytest.raises(PrimaryAnswers):
        run(pair.stores["b"].promote(force=False))
    run(pair.stores["b"].promote(force=True))
    pair.wait(3)
    assert [pair.stores[it].standing.primary for it in "ab"] == [False, True]


def test_the_old_primary_returns_as_a_replica_and_keeps_what_only_it_had(pair):
    pair.wait(3)
    pair.cut = True
    run(pair.stores["a"].publish(b"<lost/>", ONE))
    pair.wait(35)
    run(pair.stores["b"].promote(force=False))
    run(pair.stores["b"].publish(b"<two/>", ONE))
    pair.cut = False
    pair.wait(5)
    assert pair.data("a") == pair.data("b") == b"<two/>"
    assert pair.conflicts("a") == [b"<lost/>"]
    with pytest.raises(NotPrimary):
        run(pair.stores["a"].publish(b"<three/>", TWO))


def test_an_old_primary_without_newer_changes_keeps_nothing_aside(pair):
    run(pair.stores["a"].publish(b"<two/>", ONE))
    pair.wait(3)
    pair.lose("a")
    pair.wait(35)
    run(pair.stores["b"].promote(force=False))
    run(pair.stores["b"].publish(b"<three/>", TWO))
    pair.start("a")
    pair.wait(5)
    assert pair.data("a") == b"<three/>"
    assert pair.conflicts("a") == []


def test_a_promotion_outlives_restarts(pair):
    run(pair.stores["b"].promote(force=True))
    pair.wait(3)
    for name in "ab":
        pair.lose(name)
        pair.start(name)
    pair.wait(1)
    assert [pair.stores[it].standing.primary for it in "ab"] == [False, True]
    assert pair.stores["a"].standing.epoch == pair.stores["b"].standing.epoch == 2


def test_two_primaries_of_one_epoch_are_told_apart_by_nobody_and_reported(pair):
    pair.lose("b")
    (pair.folder / "b" / "x.xml.standing").write_text('{"epoch": 1, "primary": true, "shared": ""}')
    (pair.folder / "b" / "x.xml").write_bytes(b"<other/>")
    pair.start("b")
    pair.wait(5)
    assert "both management servers" in str(pair.stores["a"].problem)
    assert (pair.data("a"), pair.data("b")) == (b"<one/>", b"<other/>")
