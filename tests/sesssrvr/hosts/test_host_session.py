"""A run is performed step by step on a terminal, and ends in one way, in bounded time."""

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from hostemul.testing import make_site
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import HostSettings
from sesssrvr.model.steps import Press, SetCursor, TimedOut, Type, Wait
from verdigris.errors import (
    HostConnectionLost,
    HostUnreachable,
    MethodTimedOut,
    OperatorError,
    UnknownScreen,
)


class Setup:
    def __init__(self, toys):
        host, self.terminal, _ = toys
        self.clock = Clock()
        self.host = host(self.clock)
        self.lost = []
        self.it = HostSession("toy:23", self.clock, lambda _, why: self.lost.append(why))

    def go(self, seconds=0.1):
        for _ in range(max(1, round(seconds / 0.05))):
            self.clock.advance(0.05)

    def start(self, job):
        found = []
        started = Deferred.fromCoroutine(job)
        started.addBoth(lambda it: found.append(it.value if isinstance(it, Failure) else it))
        return started, found

    def connect(self, seconds=5):
        _, found = self.start(self.it.connect(self.host, self.terminal, seconds))
        self.go(seconds + 0.1)
        return found[0]

    def run(self, begin, seconds=5, go=None):
        job, found = self.start(self.it.run(begin, seconds))
        self.go(seconds + 0.1 if go is None else go)
        return found[0] if found else job


class VTSetup(Setup):
    """A real VT terminal; the host says what it is told to say."""

    def __init__(self):
        self.clock, self.lost = Clock(), []
        self.it = HostSession("vt:23", self.clock, lambda _, why: self.lost.append(why))
        terminal, wire = make_vt(HostSettings(type="VT", model="VT220")), StringTransport()

        class Endpoint:
            def connect(self, factory):
                line = self.line = factory.buildProtocol(None)
                line.makeConnection(wire)
                line.dataReceived(b"\r")
                return succeed(line)

        self.host, self.terminal = Endpoint(), terminal
        assert self.connect() is None

    def says(self, text):
        self.host.line.dataReceived(text.encode())


@pytest.fixture
def setup(toys):
    it = Setup(toys)
    assert it.connect() is None
    return it


def showing(word):
    return lambda screen: screen.characters.startswith(word)


def test_steps_are_performed_and_answered_with_the_screen(setup):
    seen = []

    def run(screen):
        seen.append(str(screen).strip())
        yield SetCursor(1, 1)
        yield Type("op", 1, 1, erase=True)
        screen = yield Type("s")
        seen.append(str(screen).strip())
        yield Press("Enter")
        screen = yield Wait(showing("HOME"), 5, "home")
        seen.append(str(screen).strip())
        return "done"

    assert setup.run(run) == "done"
    assert seen == ["LOGON", "LOGON", "HOME"]
    assert setup.host.sent == ["Enter:ops"]


def test_a_wait_that_ends_without_its_condition_is_answered_so(setup):
    def run(_screen):
        answer = yield Wait(showing("X"), 2, "X")
        assert isinstance(answer, TimedOut)
        return round(answer.seconds, 1), str(answer.screen).strip()

    assert setup.run(run) == (2.0, "LOGON")


def test_a_quiet_wait_wants_the_screen_to_stand_still(setup):
    def run(_screen):
        yield Wait(showing("A"), 5, "A", quiet=1.0)
        return setup.clock.seconds()

    began = setup.clock.seconds()
    _job, found = setup.start(setup.it.run(run, 9))
    for text in (b"A1", b"B", b"A2", b"A3"):
        setup.host.open_now()[0].say(text)
        setup.go(0.5)
    assert found == []
    setup.go(1)
    assert found[0] - began == pytest.approx(2.5, abs=0.1)


def test_a_refused_keystroke_is_thrown_into_the_run(setup):
    setup.it._terminal.refuse = "the field is protected"

    def run(_screen):
        try:
            yield Type("x", 1, 1)
        except OperatorError as problem:
            yield Press("PF3")
            return str(problem)

    assert "the field is protected" in setup.run(run)
    assert setup.host.sent == ["PF3:"]


def test_a_lost_host_is_thrown_into_the_run_and_told(setup):
    def run(_screen):
        yield Wait(showing("X"), 50, "X")

    _job, found = setup.start(setup.it.run(run, 60))
    setup.host.open_now()[0].drop()
    assert isinstance(found[0], HostConnectionLost)
    assert len(setup.lost) == 1
    assert isinstance(setup.run(run), HostConnectionLost)


def test_the_time_of_a_run_ends_its_wait_and_its_error_is_kept_as_details(setup):
    def run(screen):
        answer = yield Wait(showing("X"), 50, "entity X")
        assert isinstance(answer, TimedOut)
        raise UnknownScreen({"screen": "LOGON"}, nearest="Logon", difference="row 1")

    error = setup.run(run, 3)
    assert isinstance(error, MethodTimedOut)
    assert error.details["awaited"] == "entity X"
    assert error.details["nearest"] == "Logon"
    assert "none of the model's entities" in error.details["cause"]


def test_a_run_whose_own_error_says_more_than_the_time_ends_and_is_kept_with_it(setup):
    kept = []
    setup.it = HostSession(
        "toy:23", setup.clock, lambda *_: None, lambda _, problem: kept.append(problem) or "name"
    )
    assert setup.connect() is None

    def run(screen):
        yield Wait(showing("X"), 50, "entity X")
        raise UnknownScreen(nearest="Logon", difference="row 1")

    _, found = setup.start(setup.it.run(run, 3, own_error=True))
    setup.go(3.1)
    assert found == kept
    assert isinstance(found[0], UnknownScreen)
    assert found[0].details["trace"] == "name"


def test_a_run_that_goes_on_after_its_time_is_closed(setup):
    closed = []

    def run(screen):
        try:
            while True:
                yield Wait(showing("X"), 1, "entity X")
        finally:
            closed.append(setup.clock.seconds())

    began = setup.clock.seconds()
    error = setup.run(run, 3)
    assert isinstance(error, MethodTimedOut)
    assert error.details["screen"].strip() == "LOGON"
    assert closed[0] - began == pytest.approx(3, abs=0.11)


def test_a_character_host_that_owes_an_answer_is_not_where_it_seems_to_be():
    """It locks no keyboard: a stopped host's screen looks as if nothing were under way."""
    at = VTSetup()

    def asks(screen):
        yield Type("g")
        answer = yield Wait(showing("DAY?"), 1.0, "the question")
        if isinstance(answer, TimedOut):
            raise UnknownScreen(nearest="Menu", difference="it is still shown")

    def looks(_):
        yield Wait(showing("MENU"), 1.0, "the menu")

    at.says("MENU")
    assert at.it.stands(showing("MENU"))
    assert isinstance(at.run(asks), UnknownScreen)
    assert not at.it.stands(showing("MENU"))
    assert at.run(looks) is None  # a way of no steps proves nothing
    with pytest.raises(UnknownScreen, match="has not answered the last key"):
        at.it.check()
    at.says("\rDAY?")  # too late, but now it is seen where it is
    assert at.it.stands(showing("DAY?"))
    at.it.check()


def test_a_key_that_changes_nothing_is_no_debt_once_the_run_was_content():
    at = VTSetup()

    def pages(_):
        yield Press("Next")
        yield Wait(lambda _: False, 0.5, "another page")

    at.says("MENU")
    assert at.run(pages) is None
    assert at.it.stands(showing("MENU"))


def test_a_cancelled_run_is_closed_and_leaves_no_timer(setup):
    closed = []

    def run(screen):
        try:
            yield Wait(showing("X"), 50, "X", quiet=1)
        finally:
            closed.append(True)

    job, found = setup.start(setup.it.run(run, 60))
    job.cancel()
    assert isinstance(found[0], CancelledError)
    assert closed == [True]
    assert setup.clock.getDelayedCalls() == []


def test_a_condition_that_fails_ends_the_run_with_its_failure(setup):
    def run(screen):
        yield Wait(lambda _: 1 / 0, 5, "a bug")

    assert isinstance(setup.run(run), ZeroDivisionError)
    assert setup.clock.getDelayedCalls() == []


def test_closing_ends_a_run_and_tells_nobody(setup):
    def run(screen):
        yield Wait(showing("X"), 50, "X")

    _, found = setup.start(setup.it.run(run, 60))
    setup.it.close()
    setup.go()
    assert isinstance(found[0], HostConnectionLost)
    assert setup.lost == []
    assert setup.host.open_now() == []


def test_a_host_that_never_answers_the_dial_is_unreachable(toys):
    it = Setup(toys)
    it.host.connect = lambda factory: Deferred()
    error = it.connect(2)
    assert str(error) == "Host toy:23 cannot be reached: no connection within 2 seconds."


def test_a_host_name_that_does_not_answer_is_no_riddle(toys):
    it = Setup(toys)

    def refuse(dialling):  # as Twisted's endpoints do
        dialling.errback(ConnectingCancelledError("HostnameAddress(...)"))

    it.host.connect = lambda factory: Deferred(refuse)
    assert "no connection within 2 seconds" in str(it.connect(2))
    job, found = it.start(it.it.connect(it.host, it.terminal, 5))
    job.cancel()
    assert isinstance(found[0], CancelledError)


def test_an_address_is_not_looked_up():
    hosts = RealHosts(Clock())
    found = {
        host: type(hosts.endpoint(HostSettings(host=host), 5, tls=False)).__name__
        for host in ("10.0.0.1", "::1")
    }
    assert found == {"10.0.0.1": "TCP4ClientEndpoint", "::1": "TCP6ClientEndpoint"}


def test_a_host_that_hangs_up_during_negotiation_is_unreachable(toys):
    it = Setup(toys)
    it.host.auto = False
    _, found = it.start(it.it.connect(it.host, it.terminal, 5))
    it.go()
    it.host.open_now()[0].drop("reset")
    assert isinstance(found[0], HostUnreachable)
    assert "reset" in str(found[0])


def test_a_session_keeps_as_much_traffic_as_it_is_told(toys):
    it = Setup(toys)
    it.it._kept = 500
    it.connect(5)
    connection = it.it._connection
    for _ in range(50):
        connection.traffic.received(b"x" * 100)
    assert len(it.it.trace()) < 500 * 2 + 1500


def test_what_was_said_before_a_session_came_of_it_is_kept(toys):
    it, kept = Setup(toys), []

    def keep(text, problem):
        kept.append((text, problem))
        return "1-1"

    it.it = HostSession("toy:23", it.clock, lambda *_: None, keep)
    it.host.auto = False
    _, found = it.start(it.it.connect(it.host, it.terminal, 5))
    it.go()
    it.host.open_now()[0].drop("reset")
    assert found[0].details["trace"] == "1-1"
    assert [problem for _, problem in kept] == [found[0]]


def test_a_model_for_a_terminal_we_do_not_have_is_refused_in_words():
    for settings in (HostSettings("VT", "VT9000"), HostSettings("3270", "IBM-3278-9")):
        with pytest.raises(HostUnreachable, match="this version has no terminal of type"):
            RealHosts(Clock()).terminal(settings)


# ---- the demo bank on a real terminal, joined in memory ----------------------------------------


class Wire:
    """A connection to the bank without a network."""

    def __init__(self, clock):
        self.clock = clock
        self.site = make_site(clock, motd_rate=0)

    def connect(self, factory):
        from twisted.internet.testing import StringTransport  # noqa: PLC0415 - only here

        self.ends = self.site.terminal(), factory.buildProtocol(None)
        self.wires = StringTransport(), StringTransport()
        for end, wire in zip(self.ends, self.wires, strict=True):
            end.makeConnection(wire)
        done = Deferred()
        done.callback(self.ends[1])
        return done

    def pump(self):
        for here, there in ((0, 1), (1, 0)):
            data = self.wires[here].value()
            self.wires[here].clear()
            if data:
                self.ends[there].dataReceived(data)


def test_a_real_terminal_signs_on_at_the_bank():
    clock = Clock()
    wire = Wire(clock)
    it = HostSession("bank", clock, lambda *_: None)
    make = RealHosts(clock).terminal(HostSettings(codepage="cp037"))
    found = []

    def run(_screen):
        screen = yield Wait(lambda one: not one.locked and "User" in str(one), 5, "sign-on")
        user, password = screen.input_fields()[:2]
        yield Type("BANK01", *screen.place(user.start))
        screen = yield Type("SECRET1", *screen.place(password.start), secret=True)
        assert "SECRET1" not in str(screen)
        yield Press("Enter")
        answer = yield Wait(lambda one: not one.locked and one.version > screen.version, 5, "next")
        return str(answer)

    async def all_of_it():
        await it.connect(wire, make, 5)
        return await it.run(run, 10)

    Deferred.fromCoroutine(all_of_it()).addBoth(found.append)
    for _ in range(40):
        wire.pump()
        clock.advance(0.05)
    assert isinstance(found[0], str), found
    assert "SECRET1" not in found[0]


def test_the_screen_of_a_time_out_is_the_masked_picture(setup):
    setup.it = HostSession("toy:23", setup.clock, lambda *_: None, picture=lambda _: "masked")
    assert setup.connect() is None

    def run(_screen):
        yield Wait(showing("X"), 60, "X")
        raise OperatorError(problem="no")

    problem = setup.run(run)
    assert isinstance(problem, MethodTimedOut)
    assert problem.details["screen"] == "masked"


def test_a_trace_masks_what_the_secret_areas_of_the_current_screen_show(setup):
    setup.it = HostSession("toy:23", setup.clock, lambda *_: None, secret_texts=lambda _: {"PIN42"})
    assert setup.connect() is None
    setup.host.calls[-1].say(b"PIN42 of Smith")
    assert b"PIN42".hex() not in setup.it.trace()
    assert b" of Smith".hex() in setup.it.trace()
