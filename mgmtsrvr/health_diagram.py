"""The state diagram of a session server's health, drawn from `mgmtsrvr.health.step` itself.

`python -m mgmtsrvr.health_diagram` prints it as it is in docs/allocation.md; a test holds the page
and the code equal, and another one checks that no transition is missing
(tests/mgmtsrvr/test_health.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mgmtsrvr.health import (
    Event,
    Health,
    Heard,
    Lost,
    Registered,
    Rules,
    State,
    Ticked,
    Unanswered,
    step,
)


NOW: Final = 1_000.0
"""The time of every event that is tried, in seconds."""


@dataclass(frozen=True, slots=True)
class Situation:
    """An event in the circumstances that decide what it means.

    Attributes:
        label: the text at the arrow.
        event: the event.
        prepare: brings these circumstances about in a server's health.
    """

    label: str
    event: Event
    prepare: Callable[[Health, Rules], Health]


def _as_it_is(health: Health, rules: Rules) -> Health:
    del rules
    return health


def _after_too_many_falls(health: Health, rules: Rules) -> Health:
    return replace(health, flaps=(NOW,) * rules.flaps)


def _during_a_hold(health: Health, rules: Rules) -> Health:
    return replace(health, until=NOW + rules.hold)


def _after_the_hold(health: Health, rules: Rules) -> Health:
    del rules
    return replace(health, until=NOW)


def _after_silence(health: Health, rules: Rules) -> Health:
    return replace(health, heard=NOW - rules.patience)


SITUATIONS: Final = (
    Situation("registers", Registered("boot"), _as_it_is),
    Situation("is heard", Heard(), _as_it_is),
    Situation("is heard after too many falls", Heard(), _after_too_many_falls),
    Situation("is heard during a hold", Heard(), _during_a_hold),
    Situation("the hold is over", Ticked(), _after_the_hold),
    Situation("leaves a request unanswered", Unanswered(), _as_it_is),
    Situation("is silent for too long", Ticked(), _after_silence),
    Situation("its connection ends", Lost("the connection ended"), _as_it_is),
)


def transitions(rules: Rules) -> dict[tuple[State, State], list[str]]:
    """The labels of every arrow between two different states."""
    found: dict[tuple[State, State], list[str]] = {}
    for state in State:
        hold = NOW + rules.hold if state is State.HELD else 0.0
        health = Health(state, heard=NOW, until=hold)
        for situation in SITUATIONS:
            after = step(situation.prepare(health, rules), situation.event, NOW, rules).state
            if after is not state:
                found.setdefault((state, after), []).append(situation.label)
    return found


def diagram() -> str:
    """The diagram in the notation of Mermaid."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Health().state}"]
    lines += [
        f"    {before} --> {after}: {', '.join(labels)}"
        for (before, after), labels in transitions(Rules()).items()
    ]
    return "\n".join([*lines, "```", ""])


if __name__ == "__main__":
    print(diagram(), end="")  # noqa: T201 - what the command is for
