"""What a session server's answer means to the allocator."""

import pytest

from verdigris.allocation.allocator import Verdict
from verdigris.allocation.verdicts import verdict_of, verdict_of_error
from verdigris.errors import (
    AtLimit,
    ConnectionLost,
    Draining,
    InternalError,
    MethodTimedOut,
    NotOffered,
    PoolStopped,
)
from verdigris.wire import Done, Refused


@pytest.mark.parametrize(
    ("response", "verdict", "reason"),
    [
        (Refused("busy", "pool", 5), Verdict.BUSY, "pool limit of 5"),
        (Refused("busy", text="in its own words"), Verdict.BUSY, "in its own words"),
        (Refused("not offered"), Verdict.NOT_OFFERED, ""),
        (Refused("draining"), Verdict.DRAINING, ""),
        (Done(), Verdict.UNKNOWN, "answered with Done"),
    ],
)
def test_responses(response, verdict, reason):
    assert verdict_of(response) == (verdict, reason)


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (AtLimit(server="A", limit="server", maximum=5, seconds=0), Verdict.BUSY),
        (NotOffered(kind="model", name="m", where="A"), Verdict.NOT_OFFERED),
        (PoolStopped(pool="p", server="A"), Verdict.NOT_OFFERED),
        (Draining(server="A"), Verdict.DRAINING),
        (ConnectionLost(peer="A", reason="EOF"), Verdict.OFFLINE),
        (MethodTimedOut(), Verdict.UNKNOWN),
        (InternalError(what="a defect"), Verdict.UNKNOWN),
    ],
)
def test_errors(problem, verdict):
    assert verdict_of_error(problem, 0.4)[0] is verdict


def test_silence_is_told_with_its_length():
    assert verdict_of_error(MethodTimedOut(), 0.41) == (
        Verdict.UNKNOWN,
        "no answer within 0.4 seconds",
    )
