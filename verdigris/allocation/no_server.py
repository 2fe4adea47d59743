"""The error of a refusal: 2643, with the trail of the decision (product facts 2.3)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from verdigris.allocation.allocator import Outcome
from verdigris.errors import NoServerAvailable
from verdigris.values import ANONYMOUS
from verdigris.wire import Try


WIDEST: Final = 100
"""Candidates of one draw that are sent to the client; a domain of 10,000 servers would send 150 KB
with every session. The log of decisions keeps them all."""


def slim(trail: Iterable[Try]) -> tuple[Try, ...]:
    """A trail for the wire: of very large groups only the server that was drawn."""
    return tuple(
        tried if len(tried.candidates) <= WIDEST else msgspec.structs.replace(
            tried, candidates=tuple(one for one in tried.candidates if one[0] == tried.server)
        )
        for tried in trail
    )  # fmt: skip


def details(outcome: Outcome) -> dict[str, object]:
    """What a refusal tells beside its words."""
    reason = outcome.reason.value if outcome.reason else ""
    return {"trail": slim(outcome.trail), "left": outcome.left, "reason": reason}


def no_server(
    outcome: Outcome, *, user: str, location: str, name: str, domain: str
) -> NoServerAvailable:
    """The error for a refusal."""
    said = f" The last answer was: {outcome.trail[-1].reason}" if outcome.trail else ""
    return NoServerAvailable(
        details(outcome),
        advice=f"{NoServerAvailable.advice}{said}",
        user=user or ANONYMOUS,
        location=location,
        name=name,
        domain=domain,
    )
