"""Checks of passwords: counted before they are made, once for all who ask the same, remembered if right."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from verdigris.credential_checks import CountedChecks, Guesses
from verdigris.credential_checks.guesses import FREE, FREE_OF_ADDRESS
from verdigris.credential_checks.recent import KEPT_SECONDS
from verdigris.errors import CredentialsWrong, DirectoryAway, TooManyGuesses


HERE, THERE = "192.0.2.1", "192.0.2.2"


class World:
    """Checks whose answers the test gives when it likes."""

    def __init__(self):
        self.clock = Clock()
        self.checks = CountedChecks(Guesses(), self.clock)
        self.asked = []

    def ask(self, password="right", address=HERE, user="ann"):
        """A list that gets the outcome."""
        outcome = []

        async def directory():
            answer = Deferred()
            self.asked.append((password, answer))
            return await answer

        asked = self.checks.check(user, password, address, directory)
        Deferred.fromCoroutine(asked).addBoth(lambda it: outcome.append(getattr(it, "value", it)))
        return outcome

    def answer(self, number=0):
        password, answer = self.asked.pop(number)
        if password == "right":
            answer.callback("ann herself")
        elif password == "away":
            answer.errback(DirectoryAway(directory="corp", reason="x"))
        else:
            answer.errback(CredentialsWrong(why=""))


@pytest.fixture
def world():
    return World()


def test_the_same_at_the_same_time_is_checked_once_and_is_no_guessing(world):
    outcomes = [world.ask() for _ in range(50)]
    assert len(world.asked) == 1
    world.answer()
    assert [it for found in outcomes for it in found] == ["ann herself"] * 50


def test_many_guesses_at_once_are_not_free(world):
    outcomes = [world.ask(f"guess {n}") for n in range(40)]
    assert len(world.asked) == FREE + 1
    assert sum(isinstance(it, TooManyGuesses) for found in outcomes for it in found) == 34


def test_a_guess_counts_though_its_client_leaves(world):
    for number in range(FREE + 1):

        async def directory():
            raise CredentialsWrong(why="")

        waiting = Deferred.fromCoroutine(
            world.checks.check("ann", f"guess {number}", HERE, directory)
        )
        waiting.addErrback(lambda _: None)
        waiting.cancel()
    assert isinstance(world.ask()[0], TooManyGuesses)


def test_what_was_not_found_wrong_is_no_guess(world):
    for number in range(FREE_OF_ADDRESS + 5):
        world.ask("away", user=f"u{number}")
        world.answer()
    outcome = world.ask()
    world.answer()
    assert outcome == ["ann herself"]


def test_what_was_right_is_known_for_a_while_and_nothing_else_is(world):
    world.ask()
    assert world.checks.known("ann", "right") is None
    world.answer()
    assert world.checks.known("ann", "right") == "ann herself"
    assert world.checks.known("ann", "wrong") is None
    assert world.checks.known("annr", "ight") is None
    world.clock.advance(KEPT_SECONDS)
    assert world.checks.known("ann", "right") is None


def test_a_check_begun_before_everything_is_forgotten_is_not_remembered(world):
    outcome = world.ask()
    world.checks.forget()
    world.answer()
    assert outcome == ["ann herself"]
    assert world.checks.known("ann", "right") is None


def test_the_pause_is_told_in_whole_seconds_and_ends(world):
    for number in range(FREE + 1):
        world.ask(f"guess {number}")
        world.answer()
    world.clock.advance(0.5)
    refused = world.ask()[0]
    assert isinstance(refused, TooManyGuesses)
    assert refused.details["retry after"] == 1
    world.clock.advance(0.5)
    outcome = world.ask()
    world.answer()
    assert outcome == ["ann herself"]
    assert "right" not in repr(vars(world.checks))


def test_what_does_not_hold_any_more_is_asked_again(world):
    world.ask()
    world.answer()
    world.checks.drop("ann", "wrong")
    assert world.checks.known("ann", "right") == "ann herself"
    world.checks.drop("ann", "right")
    assert world.checks.known("ann", "right") is None
