"""The reason of a refusal: one for the whole domain, from the causes found at its members.

Law: every member counts, those that were asked and those that were not eligible; the same causes
give the same reason (tests/verdigris/allocation/test_allocator.py, "reasons").
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """Why one member could not serve the request."""

    BUSY = "busy"
    AWAY = "away"  # offline, suspect, or it left a request unanswered
    OUT_OF_SERVICE = "out of service"  # draining or in maintenance
    WARMING = "warming"
    NOT_OFFERED = "not offered"
    WEIGHT_ZERO = "weight 0"


class Reason(StrEnum):
    """Why a request is refused."""

    WARMING = "warming"  # this management server has just started and cannot judge yet
    BUSY_OR_OFFLINE = "busy or offline"
    BUSY = "busy"
    OFFLINE = "offline"
    NOT_OFFERED = "not offered"
    NO_SERVERS = "no servers configured"


def reason_of(causes: Collection[Cause]) -> Reason:
    """The reason for these causes."""
    found = set(causes)
    return next((reason for reason, needed in REASONS if needed <= found), Reason.NO_SERVERS)


REASONS: Final[tuple[tuple[Reason, frozenset[Cause]], ...]] = (
    (Reason.WARMING, frozenset({Cause.WARMING})),
    (Reason.BUSY_OR_OFFLINE, frozenset({Cause.BUSY, Cause.AWAY})),
    (Reason.BUSY, frozenset({Cause.BUSY})),
    (Reason.OFFLINE, frozenset({Cause.AWAY})),
    # A server out of service by its administrator can help as little as one that is off.
    (Reason.OFFLINE, frozenset({Cause.OUT_OF_SERVICE})),
    (Reason.NOT_OFFERED, frozenset({Cause.NOT_OFFERED})),
)
"""A reason holds if each of its causes was found at some member; the first one that holds is given."""
