"""calcurse over sshd stops or is killed; over SOAP, real processes only. Others: test_faults.py."""

import os
import signal
import threading
import time
from contextlib import contextmanager, suppress

import pytest


pytestmark = pytest.mark.processes

DAY = {"Day": "2026-11-23"}
"""What the session server logs when it gives a session to a caller."""
ASKED = 5
"""Seconds every operation of this town's model waits for its destination: more than it takes to see on a
busy machine that a call is under way. A host without a sign of life is given up earlier."""


@pytest.fixture(scope="module")
def host(ssh_host):
    with ssh_host("calendar", "calcurse") as host:
        yield host


@pytest.fixture(scope="module")
def town(quick_calendar, host):
    alive = '<option name="ssh-keepalive" value="1"/></host>'
    return quick_calendar(
        ASKED, ("</host>", alive), ports={"host": host.port}, host_attributes=host.attributes
    )


@pytest.fixture(autouse=True)
def _well_again(town, host):
    yield
    town.until(lambda: town.pools()["vs1"]["idle"] == 1, "a session is idle again")
    town.until(lambda: not town.pools()["vs1"]["quarantined"], "quarantine ends")
    town.quiet()
    town.until(lambda: len(host.programs("calcurse")) == 1, "no program is left over")
    town.until(lambda: len(host.sessions()) <= 2, "nor is a connection")
    assert listed(town) == ["Board meeting", "Interview"]


def listed(town):
    answer = town.call("listAppointments", DAY)
    assert answer.ok, answer.text
    return answer.all("Subject")


def only(town, host):
    """The program of the pool's only session, which is back from the call before."""
    town.until(lambda: len(host.programs("calcurse")) == 1, "there is one session")
    town.idle()
    (one,) = host.programs("calcurse")
    return one


@contextmanager
def stopped(town, host):
    """The host's side of the only session stands still."""
    only(town, host)
    found = host.sessions()
    for one in found:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in found:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)


def test_a_stopped_host_ends_the_call_in_its_time_and_its_session_is_given_up(town, host):
    before = only(town, host)
    with stopped(town, host):
        answer = town.call("listAppointments", DAY)
        assert answer.code in {9401, 9302}, answer.text  # 9302: no sign of life
        assert answer.seconds < ASKED + 6
        assert listed(town) == ["Board meeting", "Interview"]
    town.until(lambda: before not in host.programs("calcurse"), "the old session is given up")


def test_a_silent_idle_session_is_replaced_before_anybody_gets_it(town, host):
    before = only(town, host)
    with stopped(town, host):
        town.until(lambda: set(host.programs("calcurse")) - {before}, "there is a new one")
        assert listed(town) == ["Board meeting", "Interview"]
    assert "no sign of life" in town.log("vs1")


@pytest.mark.parametrize("killed", ["calcurse", "sshd"])
def test_what_is_killed_in_a_call_ends_it_at_once(killed, town, host):
    answers = []
    begun = town.calls_begun()
    with stopped(town, host):
        calling = threading.Thread(
            target=lambda: answers.append(town.call("listAppointments", DAY))
        )
        calling.start()
        town.until(lambda: town.calls_begun() > begun, "it is under way")
        for one in host.programs("calcurse") if killed == "calcurse" else host.sessions():
            with suppress(ProcessLookupError):  # a busy machine: it was given up as silent before
                os.kill(one, signal.SIGKILL)
        killed_at = time.monotonic()
    calling.join(30)
    assert answers[0].code in {9302, 9301}, answers[0].text
    assert answers[0].at - killed_at < ASKED


@pytest.mark.parametrize("killed", ["calcurse", "sshd"])
def test_a_session_killed_while_idle_is_replaced_before_anybody_gets_it(killed, town, host):
    before = only(town, host)
    for one in [before] if killed == "calcurse" else host.sessions():
        os.kill(one, signal.SIGKILL)
    town.until(lambda: set(host.programs("calcurse")) - {before}, "a new one")
    town.until(lambda: town.pools()["vs1"]["idle"] == 1, "it is idle")
    assert listed(town) == ["Board meeting", "Interview"]
