"""Guessing passwords costs more and more time, and only the guesser."""

import pytest
from twisted.internet.task import Clock

from gateway.security.guesses import FORGOTTEN, FREE, FREE_OF_ADDRESS, LONGEST, Guesses
from gateway.workers.counters import SharedCounters
from gateway.workers.shared_state import MAX_TALLIES, LocalState


HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(params=["one process", "workers"])
def guesses(request, tmp_path):
    """Of a gateway of one process, and of a worker."""
    if request.param == "one process":
        yield Guesses(LocalState(Clock()))
        return
    SharedCounters.make(tmp_path / "counts")
    counters = SharedCounters(tmp_path / "counts")
    yield Guesses(counters)
    counters.close()


def test_each_wrong_password_beyond_the_free_ones_doubles_the_pause(guesses):
    now = 100.0
    for _ in range(FREE):
        guesses.wrong("ann", HERE, now)
        assert guesses.pause("ann", HERE, now) == 0
    pauses = []
    for _ in range(9):
        guesses.wrong("ann", HERE, now)
        pauses.append(guesses.pause("ann", HERE, now))
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST, LONGEST]
    assert guesses.pause("ann", HERE, now + LONGEST) == 0


def test_others_do_not_wait_and_a_user_cannot_be_locked_out_from_elsewhere(guesses):
    for _ in range(FREE + 3):
        guesses.wrong("ann", HERE, 0.0)
    assert guesses.pause("bob", HERE, 0.0) == 0
    assert guesses.pause("ann", THERE, 0.0) == 0


def test_an_address_that_guesses_at_many_users_waits_for_all(guesses):
    for number in range(FREE_OF_ADDRESS + 1):
        guesses.wrong(f"user{number}", HERE, 0.0)
    assert guesses.pause("another", HERE, 0.0) == 1


def test_a_right_password_and_time_end_it(guesses):
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, 0.0)
    guesses.right("ann", HERE)
    assert guesses.pause("ann", HERE, 0.0) == 0
    for _ in range(FREE):
        guesses.wrong("ann", HERE, 0.0)
    guesses.wrong("ann", HERE, FORGOTTEN + 1)
    assert guesses.pause("ann", HERE, FORGOTTEN + 1) == 0


def test_workers_count_together(tmp_path):
    SharedCounters.make(tmp_path / "counts")
    workers = [SharedCounters(tmp_path / "counts") for _ in range(3)]
    for number in range(FREE + 1):
        Guesses(workers[number % 3]).wrong("ann", HERE, 5.0)
    assert [Guesses(it).pause("ann", HERE, 5.0) for it in workers] == [1, 1, 1]
    Guesses(workers[0]).right("ann", HERE)
    assert [Guesses(it).pause("ann", HERE, 5.0) for it in workers] == [0, 0, 0]
    for it in workers:
        it.close()


def test_what_is_remembered_is_bounded():
    state = LocalState(Clock())
    guesses = Guesses(state)
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, 0.0)
    for number in range(MAX_TALLIES // 2 - 2):
        guesses.wrong("x" * 1000, f"a{number}", 1.0)
    assert guesses.pause("ann", HERE, 0.0) == 1
    guesses.wrong("bob", THERE, 2.0)  # what was guessed at longest ago gives way
    guesses.wrong("bob", "192.0.2.3", 2.0)
    assert guesses.pause("ann", HERE, 0.0) == 0


def test_names_no_encoding_has_are_counted(guesses):
    for _ in range(FREE + 1):
        guesses.wrong("\ud800", HERE, 0.0)
    assert guesses.pause("\ud800", HERE, 0.0) == 1
