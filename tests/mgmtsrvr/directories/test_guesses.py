"""Guessing passwords costs more and more time, and only the guesser."""

from mgmtsrvr.directories.guesses import (
    FORGOTTEN,
    FREE,
    FREE_OF_ADDRESS,
    FREE_OF_USER,
    KEPT,
    LONGEST,
    Guesses,
)


HERE, THERE = "192.0.2.1", "192.0.2.2"


def test_each_wrong_password_beyond_the_free_ones_doubles_the_pause():
    guesses, now = Guesses(), 100.0
    for _ in range(FREE):
        guesses.wrong("ann", HERE, now)
        assert guesses.pause("ann", HERE, now) == 0
    pauses = []
    for _ in range(9):
        guesses.wrong("ann", HERE, now)
        pauses.append(guesses.pause("ann", HERE, now))
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST, LONGEST]
    assert guesses.pause("ann", HERE, now + LONGEST) == 0


def test_others_do_not_wait_and_a_user_cannot_be_locked_out_from_elsewhere():
    guesses = Guesses()
    for _ in range(FREE + 3):
        guesses.wrong("ann", HERE, 0.0)
    assert guesses.pause("bob", HERE, 0.0) == 0
    assert guesses.pause("ann", THERE, 0.0) == 0


def test_an_address_that_guesses_at_many_users_waits_for_all():
    guesses = Guesses()
    for number in range(FREE_OF_ADDRESS + 1):
        guesses.wrong(f"user{number}", HERE, 0.0)
    assert guesses.pause("another", HERE, 0.0) == 1


def test_guesses_at_one_user_from_ever_new_addresses_are_slowed_down_but_not_the_user():
    guesses = Guesses()
    guesses.right("ann", THERE)
    for number in range(FREE_OF_USER + 1):
        assert guesses.pause("ann", f"a{number}", 0.0) == 0
        guesses.wrong("ann", f"a{number}", 0.0)
    assert guesses.pause("ann", HERE, 0.0) == 1
    assert guesses.pause("ann", THERE, 0.0) == 0
    assert guesses.pause("bob", HERE, 0.0) == 0
    assert guesses.pause("ann", HERE, 1.0) == 0


def test_the_numbers_can_be_set():
    guesses = Guesses(free=1, longest=2.0, forgotten=10.0)
    for _ in range(4):
        guesses.wrong("ann", HERE, 0.0)
    assert guesses.pause("ann", HERE, 0.0) == 2.0
    guesses.wrong("ann", HERE, 11.0)
    assert guesses.pause("ann", HERE, 11.0) == 0


def test_a_right_password_and_time_end_it():
    guesses = Guesses()
    for _ in range(FREE + 1):
        guesses.wrong("ann", HERE, 0.0)
    guesses.right("ann", HERE)
    assert guesses.pause("ann", HERE, 0.0) == 0
    for _ in range(FREE):
        guesses.wrong("ann", HERE, 0.0)
    guesses.wrong("ann", HERE, FORGOTTEN + 1)
    assert guesses.pause("ann", HERE, FORGOTTEN + 1) == 0


def test_what_is_remembered_is_bounded():
    guesses = Guesses()
    for number in range(KEPT):
        guesses.wrong("ann", f"a{number}", 0.0)
    assert repr(guesses) == f"<Guesses [{KEPT}]>"
