"""A password that a host has refused is not tried again soon, and an unknown one by one session at a time."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from sesssrvr.deployment.program import Account
from sesssrvr.model import SignOnRefused
from sesssrvr.sessions.sign_on_guard import AccountRefused, SignOnGuard, is_refusal
from sesssrvr.terminal.tn5250.record import RESPONSES
from tests.support.records_5250 import Line, start_up
from verdigris.errors import HostPasswordRefused, HostUnreachable, UnknownScreen


OPS = Account("ops", b"proof")


class Guarded:
    """A guard, and the sign-ons that wait for it: `begun` has those that may sign on."""

    def __init__(self):
        self.clock = Clock()
        self.guard = SignOnGuard(self.clock, 60.0)
        self.begun, self.refused = [], []

    def begin(self, name, account=OPS, seconds=30.0):
        Deferred.fromCoroutine(self.guard.begin("h:23", account, seconds)).addCallbacks(
            lambda _: self.begun.append(name), lambda why: self.refused.append((name, why.value))
        )


@pytest.fixture
def it():
    return Guarded()


@pytest.mark.parametrize("code", [code for code in RESPONSES if code[0] != "I"])
def test_a_5250_host_refuses_a_password_with_8936_and_8937(code):
    line = Line()
    line.terminal.feed(start_up(code))
    problem = HostUnreachable(host="h:23", reason=line.terminal.refusal)
    assert is_refusal(problem) == (code in {"8936", "8937"})


def test_ssh_and_screens_refuse_passwords_too_and_other_errors_do_not():
    assert is_refusal(HostPasswordRefused(host="h", user="ops", reason=""))
    assert is_refusal(SignOnRefused(text="NO"))
    assert not is_refusal(HostUnreachable(host="h", reason="connection refused"))
    assert not is_refusal(UnknownScreen(nearest="none", difference=""))


def test_of_an_account_that_is_not_known_to_be_good_one_signs_on_at_a_time(it):
    for name in "abc":
        it.begin(name)
    assert it.begun == ["a"]
    it.guard.ended("h:23", OPS, None)
    assert it.begun == ["a", "b"]
    it.guard.succeeded("h:23", OPS)
    it.begin("d")
    assert it.begun == ["a", "b", "c", "d"]


def test_those_who_wait_hear_of_a_refusal(it):
    for name in "ab":
        it.begin(name)
    it.guard.ended("h:23", OPS, HostPasswordRefused(host="h", user="ops", reason=""))
    assert it.begun == ["a"]
    ((name, why),) = it.refused
    assert (name, type(why), why.tried) == ("b", AccountRefused, False)


def test_nobody_waits_longer_for_another_sign_on_than_it_said(it):
    it.begin("a")
    it.begin("b", seconds=5)
    it.clock.advance(5.1)
    ((name, why),) = it.refused
    assert name == "b"
    assert "another session's sign-on as user ops has not ended yet" in str(why)
    assert it.clock.getDelayedCalls() == []


def test_another_account_of_the_host_does_not_wait(it):
    it.begin("a")
    it.begin("b", Account("dev", b"proof"))
    assert it.begun == ["a", "b"]
