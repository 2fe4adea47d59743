"""The meaning of a session server's answer to the allocator.

Law (tests/verdigris/allocation/test_verdicts.py): a session server's clear refusal is its own verdict;
what is neither that nor a lost connection is `UNKNOWN`, after which a reservation may exist.
"""

from collections.abc import Mapping
from typing import Final

from verdigris.allocation.allocator import Verdict
from verdigris.errors import (
    AtLimit,
    ConnectionLost,
    Draining,
    MethodTimedOut,
    NotOffered,
    PoolStopped,
    VariableListExhausted,
    VerdigrisError,
)
from verdigris.wire import Refused, Response


REFUSALS: Final[Mapping[str, Verdict]] = {
    "busy": Verdict.BUSY,
    "not offered": Verdict.NOT_OFFERED,
    "draining": Verdict.DRAINING,
}
ERRORS: Final[Mapping[type[VerdigrisError], Verdict]] = {
    AtLimit: Verdict.BUSY,
    VariableListExhausted: Verdict.BUSY,
    NotOffered: Verdict.NOT_OFFERED,
    PoolStopped: Verdict.NOT_OFFERED,
    Draining: Verdict.DRAINING,
    ConnectionLost: Verdict.OFFLINE,
    MethodTimedOut: Verdict.UNKNOWN,
}
"""The meaning of a server's error to the allocator; any other is UNKNOWN: not a clear refusal."""


def verdict_of(response: Response) -> tuple[Verdict, str]:
    """The verdict and reason of a response that grants no session."""
    match response:
        case Refused(reason=reason, limit=limit, maximum=maximum, text=text):
            bound = f"{limit} limit of {maximum}" if limit else ""
            return REFUSALS[reason], text or bound
        case _:
            return Verdict.UNKNOWN, f"answered with {type(response).__name__}"


def verdict_of_error(problem: VerdigrisError, seconds: float) -> tuple[Verdict, str]:
    """The verdict and reason of an error that came instead of a response.

    Args:
        problem: the error.
        seconds: how long the server was waited for.
    """
    verdict = ERRORS.get(type(problem), Verdict.UNKNOWN)
    if str(problem) == str(MethodTimedOut()):  # 2820 speaks of procedures
        return verdict, f"no answer within {seconds:.1f} seconds"
    return verdict, str(problem)
