"""Edits of a file are taken once they have settled, and nothing of a file can stop the watching."""

import os

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import formatEvent, globalLogPublisher

from verdigris.config.watch import (
    POLL,
    SETTLED,
    UNANSWERED,
    Settling,
    WatchedFile,
    read_file,
    signature_of,
)
from verdigris.errors import ConfigurationError, Problem


A, B = (1, 1, 1), (2, 2, 2)


# ---- when a change has settled -------------------------------------------------------------------


def test_a_change_is_due_once_after_it_has_stayed_the_same():
    settling = Settling(A, 0.2)

    looks = [settling.due(A, 0.0), *(settling.due(B, now) for now in (0.1, 0.2, 0.29, 0.31, 0.5))]
    assert looks == [False, False, False, False, True, False]


def test_each_further_change_begins_the_time_anew():
    settling = Settling(A, 0.2)

    assert not any(settling.due((2, size, 2), size / 10) for size in range(20))
    assert settling.due((2, 19, 2), 2.2)


def test_a_change_taken_back_in_time_is_none():
    settling = Settling(A, 0.2)

    assert not any(settling.due(at, now) for at, now in ((None, 0.0), (A, 0.1), (A, 0.5)))


# ---- a watched file ------------------------------------------------------------------------------


class Watched:
    """A watched file and what came of its edits."""

    def __init__(self, path, **options):
        self.path, self.clock = path, Clock()
        self.taken, self.broken = [], []
        path.write_bytes(b"one")
        self.file = WatchedFile(
            path, self.parse, self.taken.append, self.clock, broken=self.broken.append, **options
        )
        self.first = self.file.read()
        self.file.start()

    def parse(self, data):
        if data.startswith(b"broken"):
            raise ConfigurationError.of("x", [Problem("x", 1, data.decode())])
        return data.decode()

    def wait(self, seconds=0.5):
        for _ in range(round(seconds / POLL)):
            self.clock.advance(POLL)


@pytest.fixture
def logged():
    lines = []

    def observe(event):
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lambda: lines
    globalLogPublisher.removeObserver(observe)


@pytest.fixture
def watched(tmp_path):
    made = Watched(tmp_path / "x.xml")
    yield made
    made.file.stop()
    assert made.clock.getDelayedCalls() == []


def test_an_edit_is_taken_once_and_within_its_time(watched):
    watched.path.write_bytes(b"second")
    watched.wait(POLL + SETTLED + POLL)
    assert (watched.first, watched.taken) == ("one", ["second"])
    watched.wait()
    assert watched.taken == ["second"]


def test_a_broken_edit_is_reported_once_and_the_next_good_one_ends_the_problem(watched, logged):
    for data in (b"broken", b"broken"):
        watched.path.write_bytes(data)
        watched.wait()
    assert watched.taken == []
    assert "broken" in str(watched.file.problem)
    assert len([line for line in logged() if "the last good version stays in use" in line]) == 1
    watched.path.write_bytes(b"good")
    watched.wait()
    assert (watched.taken, watched.file.problem) == (["good"], None)


def test_a_file_that_is_gone_is_a_problem_until_it_is_back(watched):
    watched.path.unlink()
    watched.wait()
    assert "No such file" in str(watched.file.problem)
    watched.path.write_bytes(b"one")
    watched.wait()
    assert (watched.taken, watched.file.problem) == (["one"], None)


def test_what_the_process_wrote_itself_is_not_an_edit(watched):
    watched.path.write_bytes(b"own")
    watched.file.seen(signature_of(watched.path))
    watched.wait()
    assert watched.taken == []


def test_a_fifo_is_refused_and_stops_nothing(watched):
    watched.path.unlink()
    os.mkfifo(watched.path)
    watched.wait()
    assert "it is not a regular file" in str(watched.file.problem)


def test_an_error_of_the_one_who_takes_it_does_not_end_the_watching(watched, logged):
    def fail(_):
        raise ZeroDivisionError

    watched.file._taken = fail
    watched.path.write_bytes(b"second")
    watched.wait()
    watched.file._taken = watched.taken.append
    watched.path.write_bytes(b"third!!")
    watched.wait()
    assert watched.taken == ["third!!"]
    assert any("watching" in line and "failed" in line for line in logged())


# ---- a file system that does not answer ----------------------------------------------------------


@pytest.fixture
def slow(tmp_path):
    """A watched file whose file system answers when the test says so."""
    asked = []

    def elsewhere(call):
        answer = Deferred()
        asked.append((call, answer))
        return answer

    made = Watched(tmp_path / "x.xml", elsewhere=elsewhere)
    made.asked = asked
    yield made
    made.file.stop()


def answer(watched):
    call, deferred = watched.asked.pop()
    deferred.callback(call())


def test_a_hanging_file_system_is_asked_once_and_reported_once(slow, logged):
    slow.wait(UNANSWERED + 1)
    assert len(slow.asked) == 1
    assert "has not answered for 5 s" in str(slow.file.problem)
    assert len([line for line in logged() if "has not answered" in line]) == 1


def test_when_it_answers_again_the_file_is_read_and_the_problem_over(slow):
    slow.wait(UNANSWERED + 1)
    for _ in range(10):
        while slow.asked:
            answer(slow)
        slow.wait(POLL)
    assert (slow.taken, slow.file.problem) == (["one"], None)


def test_an_old_content_read_while_the_process_wrote_is_not_taken(slow):
    slow.path.write_bytes(b"edited")
    for _ in range(10):
        slow.wait(POLL)
        answer(slow)
        if slow.asked:
            break  # the signature was answered, and the content is asked for
    call, deferred = slow.asked.pop()
    old = call()
    slow.path.write_bytes(b"written")
    slow.file.seen(signature_of(slow.file.path))
    deferred.callback(old)
    assert slow.taken == []


# ---- reading -------------------------------------------------------------------------------------


def test_a_file_over_its_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(2**40)  # a sparse file: reading it would take a terabyte
    with pytest.raises(ConfigurationError, match="larger than 10 bytes"):
        read_file(path, 10)
    path.write_bytes(b"0123456789")
    assert read_file(path, 10) == b"0123456789"


@pytest.mark.parametrize("path", ["/dev/zero", "/dev", "/proc/self/nothing"])
def test_only_regular_files_are_read(path):
    with pytest.raises(ConfigurationError, match="it cannot be read"):
        read_file(path)
