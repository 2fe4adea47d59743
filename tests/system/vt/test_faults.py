"""calcurse over telnetd stops, is killed, or prints something else; over SOAP, real processes only.

Always: the call ends in bounded time with a coded error that says what was awaited and what was
shown, the session is not used again, the pool heals, and nothing is left behind.
"""

import os
import re
import shutil
import signal
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


pytestmark = pytest.mark.processes

DAY = {"Day": "2026-11-23"}
ASKED = 3
"""Seconds every operation of this town's model waits for its destination: more than it takes to see on a
busy machine that a call is under way."""


class Door:
    """What the telnet host runs for new sessions: the calendar, or a line of shell."""

    def __init__(self, folder, examples):
        self.path = folder / "calendar"
        shutil.copy(examples / "hosts" / "calendar.apts", folder)
        self.calendar = (examples / "hosts" / "calendar").read_text()
        self.opens()

    def opens(self):
        self._write(self.calendar)

    def says(self, line):
        self._write(f"#!/bin/sh\n{line}\n")

    def _write(self, text):
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.chmod(0o755)
        new.replace(self.path)


@pytest.fixture(scope="module")
def door(tmp_path_factory, examples):
    return Door(tmp_path_factory.mktemp("door"), examples)


@pytest.fixture(scope="module")
def host(telnet_host, door):
    with telnet_host(door.path, "calcurse") as host:
        yield host


@pytest.fixture(scope="module")
def town(quick_calendar, host):
    return quick_calendar(
        ASKED, ('connect-timeout="30"', 'connect-timeout="4"'), ports={"host": int(host)}
    )


@pytest.fixture(autouse=True)
def _well_again(town, host):
    yield
    town.until(lambda: town.pools()["vs1"]["idle"] == 1, "a session is idle again")
    town.until(lambda: not town.pools()["vs1"]["quarantined"], "quarantine ends")
    town.quiet()
    town.until(lambda: len(host.programs("calcurse")) == 1, "no program is left over")
    assert listed(town) == ["Board meeting", "Interview"]


def listed(town, **more):
    answer = town.call("listAppointments", DAY, **more)
    assert answer.ok, answer.text
    return answer.all("Subject")


def program(town, host):
    """The program of the pool's only session, which is back from the call before."""
    town.until(lambda: len(host.programs("calcurse")) == 1, "there is one session")
    town.idle()
    (one,) = host.programs("calcurse")
    return one


@contextmanager
def under_way(town, **how):
    """A call in another thread, which has been given a session; the list holds its answer at the end."""
    answers, before = [], town.calls_begun()
    calling = threading.Thread(
        target=lambda: answers.append(town.call("listAppointments", DAY, **how))
    )
    calling.start()
    town.until(lambda: town.calls_begun() > before, "it is under way")
    yield answers
    calling.join(30)
    assert not calling.is_alive()


@contextmanager
def stopped(town, host):
    """The host's side of the only session stands still: its telnetd, which talks to the program.

    A telnetd whose program is stopped hangs up at once; see the test of that.
    """
    program(town, host)
    found = host.programs("telnetd")
    for one in found:
        os.kill(one, signal.SIGSTOP)

    def go_on():
        for one in found:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)

    try:
        yield go_on
    finally:
        go_on()


def test_a_stopped_host_ends_the_call_in_its_time_and_says_what_was_awaited(town, host):
    with stopped(town, host):
        check_that_it_says_so(town)


def check_that_it_says_so(town):
    answer = town.call("listAppointments", DAY)
    assert answer.code == 9401, answer.text
    assert ASKED <= answer.seconds < ASKED + 6
    assert re.search(
        r"Entity GoToDay was not reached within 3 seconds in operation GoTo", answer.text
    )
    assert "nearest to Month" in answer.text
    (screen,) = answer.all("screen")
    assert "Appointments" in screen


def test_a_host_that_goes_on_too_late_is_not_used_again(town, host):
    before = program(town, host)
    with stopped(town, host):
        assert town.call("listAppointments", DAY).code == 9401
    assert listed(town) == ["Board meeting", "Interview"]  # the question is not answered now
    town.until(lambda: before not in host.programs("calcurse"), "the old session is given up")


def test_a_stopped_program_is_a_lost_line(town, host):
    os.kill(program(town, host), signal.SIGSTOP)
    answer = town.call("listAppointments", DAY)
    assert answer.ok or answer.code in {9301, 9302}, answer.text  # ok: the pool has seen it first


def test_a_method_timeout_is_kept_while_the_host_is_stopped(town, host):
    with stopped(town, host):
        answer = town.call("listAppointments", DAY, environment={"MethodTimeout": 500})
    assert answer.code == 2820, answer.text
    assert answer.seconds < 2
    assert "Appointments" in answer.all("screen")[0]


@pytest.mark.parametrize("killed", ["calcurse", "telnetd"])
def test_a_program_killed_in_a_call_ends_it_at_once(killed, town, host):
    with stopped(town, host) as go_on, under_way(town) as answers:  # in the middle of the call
        for one in host.programs(killed):
            os.kill(one, signal.SIGKILL)
        go_on()  # telnetd sees now that its program is gone
    assert answers[0].code in {9302, 9301}, answers[0].text
    assert answers[0].seconds < ASKED  # else it is 9401


@pytest.mark.parametrize("killed", ["calcurse", "telnetd"])
def test_a_session_killed_while_idle_is_replaced_before_anybody_gets_it(killed, town, host):
    before = program(town, host)
    for one in host.programs(killed):
        os.kill(one, signal.SIGKILL)
    town.until(
        lambda: host.programs("calcurse") and host.programs("calcurse") != [before], "a new one"
    )
    town.until(lambda: town.pools()["vs1"]["idle"] == 1, "it is idle")
    assert listed(town) == ["Board meeting", "Interview"]


def terminal(one):
    """The terminal a program is on."""
    path = Path(f"/proc/{one}/fd/0").readlink()
    assert stat.S_ISCHR(path.stat().st_mode)
    return path


def test_a_message_over_the_screen_is_told_and_its_session_given_up(town, host):
    one = program(town, host)
    said = "\r\nBroadcast message from root: the system goes down in 5 minutes!\r\n\r\n"
    with terminal(one).open("w") as screen:
        screen.write(said)  # as wall does: everything moves up
    answer = town.call("listAppointments", DAY)
    if not answer.ok:
        assert answer.code in {9406, 9401}, answer.text
        assert "nearest" in answer.text
        assert "the system goes down in 5 minutes!" in answer.all("screen")[0]
    else:  # the pool has seen it before us
        assert one not in host.programs("calcurse")
    assert one not in host.programs("calcurse") or town.until(
        lambda: one not in host.programs("calcurse"), "it is given up"
    )


def test_a_message_beside_what_is_looked_at_harms_nobody(town, host):
    with terminal(program(town, host)).open("w") as screen:
        screen.write("\x1b7\x1b[30;50HYou have new mail\x1b8")
    assert listed(town) == ["Board meeting", "Interview"]


@contextmanager
def flood(where):
    """Somebody pours text onto a terminal without an end."""
    over = threading.Event()

    def pour():
        with suppress(OSError), where.open("w") as screen:
            while not over.is_set():
                screen.write("All work and no play makes Jack a dull boy\r\n" * 50)

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        yield
    finally:
        over.set()
        pouring.join(10)
        assert not pouring.is_alive()


def test_an_endless_flood_ends_the_call_in_its_time_and_hurts_nobody_else(town, host):
    one = program(town, host)
    with stopped(town, host) as go_on, under_way(town) as answers, flood(terminal(one)):
        go_on()
        assert town.get("/vhi-ws/session/CalendarPool?wsdl")[0] == 200
        town.until(lambda: answers, "it ends")
        town.until(lambda: one not in host.programs("calcurse"), "it is given up")
    assert answers[0].code in {9401, 9402, 9406}, answers[0].text
    assert "All work and no play" in answers[0].all("screen")[0]


def test_a_pool_whose_idle_session_is_flooded_gives_another_one(town, host):
    one = program(town, host)
    with flood(terminal(one)):
        assert listed(town) == ["Board meeting", "Interview"]
        town.until(lambda: one not in host.programs("calcurse"), "it is given up")


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("echo; echo SYSTEM DOWN FOR MAINTENANCE; exec sleep 60", {9406}),
        ("exec yes SYSTEM DOWN FOR MAINTENANCE", {9406}),
        ("echo SYSTEM DOWN FOR MAINTENANCE; exit 1", {9301, 9302}),
    ],
)
def test_a_host_that_begins_with_something_else_is_told(said, codes, town, door):
    door.says(said)
    answer = town.call("listAppointments", DAY, kind="model")
    door.opens()
    assert answer.code in codes, answer.text
    assert answer.seconds < 8
    if answer.code == 9406:
        assert "SYSTEM DOWN FOR MAINTENANCE" in answer.all("screen")[0]
        assert "nearest is" in answer.text


@pytest.mark.parametrize("name", ["calendar", "addressbook"])
def test_no_program_outlives_its_host_whatever_state_it_is_in(name, telnet_host, desk, begun):
    """calcurse and abook without a terminal never end, and take a processor each."""
    example = {"calendar": "Calendar", "addressbook": "AddressBook"}[name]
    run = {"calendar": "calcurse", "addressbook": "abook"}[name]
    with telnet_host(name, run) as host:
        desks = [desk(example, host) for _ in range(3)]
        programs = host.programs(run)
        assert len(programs) == 3
        os.kill(programs[0], signal.SIGSTOP)
        os.kill(host.programs("telnetd")[-1], signal.SIGSTOP)
    for one in desks:
        one.close()
    assert not [one for one in programs if Path(f"/proc/{one}").exists()]
