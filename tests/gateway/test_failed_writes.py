"""What clients are told of calls that failed, at each point of a call, for every error.

A real session server and a real connector in memory, over a real link; the host is a toy. The error
is raised in the procedure before, while or after its first key is sent.
"""

import re
from pathlib import Path

import msgspec
import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from gateway.mcp.gateway_client import error_text
from gateway.problems import Problems
from gateway.rest.problem_details import problem_reply
from gateway.soap.faults import fault
from sesssrvr.pool import PoolKey, PoolSettings
from tests.support.session_server import Client, Front
from tests.support.toy_host import ToyProgram
from verdigris.cli.failures import Told
from verdigris.connector import Connector, Target
from verdigris.errors import CODES, ConnectionLost, InternalError, ServerUnreachable
from verdigris.errors.chart import LOOK, POINTS, REPEAT, chart, told
from verdigris.problem import ProblemDocument
from verdigris.values import Endpoint
from verdigris.wire import Perform
from wsdl import SOAP11


PAGE = Path(__file__).parents[2] / "docs" / "behaviour" / "failed-writes.md"


class Trouble(ToyProgram):
    """A model whose procedure fails where it is told to."""

    def __init__(self, error, point, host, *, writes=True):
        self.error, self.point, self.host_, self.changes = error, point, host, writes

    def writes(self, call):
        return self.changes

    def perform(self, screen, call, values):
        def fail(*_):
            raise self.error

        run = super().perform(screen, call, values)
        yield next(run)
        if self.point == "before":
            fail()
        if self.point == "during":
            self.host_.script["Enter:x"] = fail
        yield next(run)
        fail()


class Net:
    """Dials the session server, unless it is told to fail."""

    def __init__(self, front, problem=None):
        self.client = Client(front)
        self.problem = problem

    def to(self, address, *, seconds=1.0):
        if self.problem is not None:
            failed = Deferred()
            failed.errback(self.problem)
            return failed
        return succeed(self.client.here)

    def close(self):
        pass


def failed(error, point, *, writes, cut=None, repeatable=None, dial=None):
    """The error that a connector's caller gets."""
    key = PoolKey("pool", "P")
    front = Front(PoolSettings(key, "P", 2, initial=1))
    pool = front.sessions.deployed[key]
    pool.program.__class__ = Trouble
    pool.program.__init__(error, point, front.host, writes=writes)
    net = Net(front, dial)
    connector = Connector(front.clock, dialer=net, connection_timeout=0, new_id=lambda: "r-1")
    found = []
    call = connector.call_raw(
        Target("pool", "P", server=Endpoint("10.0.0.1", 9623)),
        Perform("", "", "Search", {}, {}),
        repeatable=not writes if repeatable is None else repeatable,
    )
    call.addBoth(lambda it: found.append(it.value if isinstance(it, Failure) else it))
    for turn in range(100):
        if cut is not None and turn == cut:
            net.client.leave()
        if found:
            return found[0]
        net.client.pump()
        front.go(0.01)
    raise AssertionError("no outcome")


def outlets(error):
    """What REST, SOAP, tools and the command line make of an error."""
    reply = problem_reply(Problems.of(error), "r-1", "/x")
    document = msgspec.json.decode(reply.body, type=ProblemDocument)
    waits = "retry-after" in dict(reply.headers)
    soap = fault(Problems.of(error), SOAP11, "r-1").decode()
    return document, waits, soap, error_text(reply.body, reply.status), Told(error).error.next_step


@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
@pytest.mark.parametrize("point", POINTS)
def test_each_error_at_each_point_is_told_as_the_chart_says(point, writes):
    for code, kind in CODES.items():
        error = failed(kind(), point, writes=writes)
        expected = told(kind, writes=writes, point=point)
        document, waits, soap, tool, line = outlets(error)
        assert error.code == document.code == code
        assert error.retry == document.retry == waits == (expected == REPEAT), code
        assert ("same call may succeed" in tool) == (expected == REPEAT), code
        for said in (document.advice, soap, tool, line):
            assert ("Check on the host before you repeat it" in said) == (expected == LOOK), code
            assert expected != LOOK or "under request id r-1" in said
        assert document.effect == ("unknown" if expected == LOOK else "none"), code


def test_the_page_has_the_chart():
    assert chart() in PAGE.read_text(encoding="utf-8"), "write the table of verdigris.errors.chart"


def test_a_bug_in_the_middle_of_a_write_is_an_unknown_outcome():
    found = failed(ZeroDivisionError(), "after", writes=True)
    assert isinstance(found, InternalError)
    assert (found.effect, found.retry) == ("unknown", False)


@pytest.mark.parametrize(
    ("writes", "effect", "retry"), [(True, "unknown", False), (False, "none", True)]
)
def test_a_call_that_left_and_was_not_answered_may_have_been_performed(writes, effect, retry):
    found = failed(ConnectionLost(peer="p", reason="r"), "never", writes=writes, cut=1)
    assert isinstance(found, ConnectionLost)
    assert (found.effect, found.retry) == (effect, retry)


def test_a_call_that_never_left_has_done_nothing():
    gone = ConnectionLost(peer="p", reason="no route")
    found = failed(gone, "never", writes=True, dial=gone)
    assert (found.effect, found.retry) == ("none", True)
    away = ServerUnreachable(server="s", address="a", reason="r")
    assert failed(away, "never", writes=True, dial=away).retry


def test_only_a_look_at_the_host_is_advised_where_the_advice_would_be_to_call_again():
    error = CODES[9216]()
    error.effect, error.request_id = "unknown", "r-7"
    assert re.fullmatch(r"The procedure may .* before you repeat it; .* request id r-7\.", error.next_step)  # fmt: skip
    error.effect = "none"
    assert "retries automatically" in error.next_step


def test_an_internal_error_outside_of_calls_speaks_of_no_procedure():
    assert "Check on the host" not in InternalError(what="x").next_step
    assert "Check on the host" in InternalError(what="x").settle(writes=True).next_step
