"""Guessing passwords costs more and more time, and only the guesser: counts of one process, and of workers."""

import pytest

from gateway.workers.counters import SharedCounters
from verdigris.credential_checks.guesses import (
    FORGOTTEN,
    FREE,
    FREE_OF_ADDRESS,
    FREE_OF_USER,
    LONGEST,
    LONGEST_NAME,
    Guesses,
)
from verdigris.credential_checks.tallies import KEPT, LocalTallies


HERE, THERE, NOW = "192.0.2.1", "192.0.2.2", 1000.0


@pytest.fixture
def workers(tmp_path):
    """What three workers of one gateway have in common."""
    SharedCounters.make(tmp_path / "counts")
    counters = [SharedCounters(tmp_path / "counts") for _ in range(3)]
    yield counters
    for it in counters:
        it.close()


@pytest.fixture(params=["one process", "workers"])
def make(request, workers):
    """Makes guesses that are counted by a process alone, and by a worker."""
    if request.param == "one process":
        return Guesses
    return lambda **numbers: Guesses(workers[0].wrong, workers[0].known, **numbers)


@pytest.fixture
def guesses(make):
    return make()


def test_each_wrong_password_beyond_the_free_ones_doubles_the_pause(guesses):
    now = NOW
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
        guesses.wrong("ann", HERE, NOW)
    assert guesses.pause("bob", HERE, NOW) == 0
    assert guesses.pause("ann", THERE, NOW) == 0


def test_an_address_that_guesses_at_many_users_waits_for_all(guesses):
    for number in range(FREE_OF_ADDRESS + 1):
        guesses.wrong(f"user{number}", HERE, NOW)
    assert guesses.pause("another", HERE, NOW) == 1


def test_guesses_at_one_user_from_ever_new_addresses_are_slowed_down_but_not_the_user(guesses):
    guesses.right("ann", THERE, NOW)
    for number in range(FREE_OF_USER + 1):
        assert guesses.pause("ann", f"a{number}", NOW) == 0
        guesses.wrong("ann", f"a{number}", NOW)
    assert guesses.pause("ann", HERE, NOW) == 1
    assert guesses.pause("ann", THERE, NOW) == 0
    assert guesses.pause("bob", HERE, NOW) == 0
    assert guesses.pause("ann", HERE, NOW + 1) == 0


def test_a_network_of_ipv6_is_one_address(guesses):
    for number in range(FREE + 1):
        guesses.wrong("ann", f"2001:db8::{number + 1}", NOW)
    assert guesses.pause("ann", "2001:db8::99", NOW) == 1
    assert guesses.pause("ann", "2001:db8:0:1::1", NOW) == 0


def test_a_name_is_one_name_however_it_is_typed(guesses):
    for typed in ("ann", "ANN", " Ann", "ann ", "\uff41nn", "Ann"):
        guesses.wrong(typed, HERE, NOW)
    assert guesses.pause("aNN", HERE, NOW) == 1
    long = "x" * LONGEST_NAME
    for number in range(FREE + 1):
        guesses.wrong(long + "y" * number, THERE, NOW)
    assert guesses.pause(long, THERE, NOW) == 1


def test_the_numbers_can_be_set(make):
    guesses = make(free=1, longest=2.0, forgotten=10.0)
    for _ in range(4):
        guesses.wrong("ann", HERE, NOW)
    assert guesses.pause("ann", HERE, NOW) == 2.0
    guesses.wrong("ann", HERE, NOW + 11)
    assert guesses.pause("ann", HERE, NOW + 11) == 0


def test_a_right_password_and_time_end_it(guesses):
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, NOW)
    guesses.right("ann", HERE, NOW)
    assert guesses.pause("ann", HERE, NOW) == 0
    for _ in range(FREE):
        guesses.wrong("ann", HERE, NOW)
    guesses.wrong("ann", HERE, NOW + FORGOTTEN + 1)
    assert guesses.pause("ann", HERE, NOW + FORGOTTEN + 1) == 0


def test_what_was_counted_before_it_was_checked_can_be_undone(guesses):
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, NOW)
    guesses.undo("ann", HERE)
    assert guesses.pause("ann", HERE, NOW) == 0
    guesses.wrong("ann", HERE, NOW)
    assert guesses.pause("ann", HERE, NOW) == 1
    for _ in range(FREE + 3):
        guesses.undo("ann", HERE)
    for _ in range(FREE):
        guesses.wrong("ann", HERE, NOW)
    assert guesses.pause("ann", HERE, NOW) == 0, "there is nothing below none"


def test_workers_count_together(workers):
    found = [Guesses(it.wrong, it.known) for it in workers]
    for number in range(FREE + 1):
        found[number % 3].wrong("ann", HERE, NOW)
    assert [it.pause("ann", HERE, NOW) for it in found] == [1, 1, 1]
    found[0].right("ann", HERE, NOW)
    assert [it.pause("ann", HERE, NOW) for it in found] == [0, 0, 0]
    for number in range(FREE_OF_USER + 1):
        found[1].wrong("ann", f"a{number}", NOW)
    assert [it.pause("ann", HERE, NOW) for it in found] == [0, 0, 0], "the address is known"
    assert found[2].pause("ann", THERE, NOW) > 0


def test_what_is_remembered_is_bounded():
    wrong = LocalTallies()
    guesses = Guesses(wrong)
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, NOW)
    for number in range(KEPT):
        guesses.wrong("x" * 1000, f"a{number}", NOW + 1)
    assert guesses.pause("ann", HERE, NOW) == 0, "what was guessed at longest ago gives way"
    assert repr(guesses) == f"<Guesses <LocalTallies [{KEPT}]>>"


def test_names_no_encoding_has_are_counted(guesses):
    for _ in range(FREE + 1):
        guesses.wrong("\ud800", HERE, NOW)
    assert guesses.pause("\ud800", HERE, NOW) == 1
