"""What every error says of a call that failed: the table of docs/behaviour/failed-writes.md.

Held by tests/gateway/test_failed_writes.py, which raises each error at each point of a call and
compares what clients are told.
"""

from collections.abc import Iterator
from typing import Final, Literal

from verdigris.errors._registry import CODES, Effect, VerdigrisError


Point = Literal["before", "during", "after"]
"""Where a procedure fails, seen from the first key that it sends to the host."""

POINTS: Final[tuple[Point, ...]] = ("before", "during", "after")

REPEAT: Final = "repeat"
"""The cause may pass, and nothing was changed: the call may be sent again."""

ADVICE: Final = "advice"
"""The advice of the error; repeating the unchanged call does not help."""

LOOK: Final = "look at the host"
"""The procedure may have been performed: the host has to be asked, with the request id."""


def effect_of(*, writes: bool, point: Point) -> Effect:
    """What a call that failed at a point may have done."""
    return "unknown" if writes and point != "before" else "none"


def told(error: type[VerdigrisError], *, writes: bool, point: Point) -> str:
    """What clients are told of a call that an error ended: `REPEAT`, `ADVICE` or `LOOK`."""
    if effect_of(writes=writes, point=point) == "unknown":
        return LOOK
    return REPEAT if error.transient else ADVICE


def chart() -> str:
    """The table, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| error | read | write, before | write, during | write, after |"
    yield "| --- | --- | --- | --- | --- |"
    for code, error in sorted(CODES.items()):
        read = {told(error, writes=False, point=point) for point in POINTS}
        write = (told(error, writes=True, point=point) for point in POINTS)
        yield f"| {code} {error.__name__} | {' '.join(read)} | {' | '.join(write)} |"
