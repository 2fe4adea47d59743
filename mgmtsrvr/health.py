"""The liveness of one session server as a state machine (docs/allocation.md, steps 1 and 6).

Law (tests/mgmtsrvr/test_health.py): the state changes only by an event; `step` performs nothing and
knows no clock. A server is asked for sessions only while it is online. Silence and broken
connections make it offline at once and for all requests; a request without an answer makes it
suspect until it is heard again. When it is heard again it is online, unless it fell too often: then
it is held out for a while, longer each time, so that a flapping server does not delay requests.

Time is in seconds of one monotonic clock. Figures: docs/decisions/0181-liveness.md. The
diagram in docs/allocation.md is drawn from `step` by health_diagram.py.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias


class State(StrEnum):
    """The liveness of a session server."""

    ONLINE = "online"
    SUSPECT = "suspect"  # left a request unanswered; not asked until it is heard again
    HELD = "held"  # alive but flapping: not asked for a while
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits that the monitor applies.

    Attributes:
        heartbeat: seconds between heartbeats.
        misses: missing heartbeats in a row after which the server is offline.
        flaps: times a server may fall from online within `window` seconds before it is held.
        window: see `flaps`.
        hold: seconds of the first hold; each further one is twice as long.
        longest_hold: seconds of the longest hold, at which the doubling ends.
    """

    heartbeat: float = 0.5
    misses: int = 3
    flaps: int = 3
    window: float = 60.0
    hold: float = 10.0
    longest_hold: float = 120.0

    @property
    def patience(self) -> float:
        """Seconds of silence after which a server is offline."""
        return self.heartbeat * self.misses


@dataclass(frozen=True, slots=True)
class Registered:
    """The server registered, on a new connection."""

    boot: str
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """The server sent a heartbeat or answered a check."""

    draining: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The server left a request or a check unanswered."""

    what: str = "an ask"


@dataclass(frozen=True, slots=True)
class Lost:
    """The server's connection ended, or its address refuses connections."""

    reason: str


@dataclass(frozen=True, slots=True)
class Drains:
    """The server refused a request as draining; its next heartbeat says whether it still is."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A server of this name belongs to another installation."""

    installation: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed.

    Attributes:
        overslept: seconds in which this process or its machine was stopped: no server could be
            heard then, so they do not count as silence.
    """

    overslept: float = 0.0


Event: TypeAlias = Registered | Heard | Unanswered | Lost | Drains | Foreign | Ticked


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one session server, as this management server sees it.

    Attributes:
        state: online, suspect, held or offline.
        reason: why it is not online, for people; "" while it is.
        since: when it came into its state.
        heard: when it was last heard.
        boot: the run of the process that registered; "" before the first registration.
        draining: whether it reports that it takes no new sessions.
        flaps: the times at which it fell from online, within the window.
        hold: seconds of the last hold; 0 is none recently.
        until: when the hold ends.
    """

    state: State = State.OFFLINE
    reason: str = "never registered"
    since: float = 0.0
    heard: float = 0.0
    boot: str = ""
    draining: bool = False
    flaps: tuple[float, ...] = ()
    hold: float = 0.0
    until: float = 0.0

    @property
    def online(self) -> bool:
        """Whether it may be asked, as far as liveness goes."""
        return self.state is State.ONLINE

    def __repr__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"<Health {self.state}{why}{' draining' if self.draining else ''}>"


UNKNOWN: Final = Health()
"""A server that never registered."""


def step(health: Health, event: Event, now: float, rules: Rules) -> Health:
    """The health after an event."""
    match event:
        case Registered(boot=boot, draining=draining):
            return _back(replace(health, boot=boot, draining=draining, heard=now), now, rules)
        case Heard(draining=draining):
            return _back(replace(health, draining=draining, heard=now), now, rules)
        case Unanswered(what=what):
            return _fallen(health, State.SUSPECT, f"left {what} unanswered", now, rules)
        case Lost(reason=reason):
            return _fallen(health, State.OFFLINE, reason, now, rules)
        case Drains():
            return replace(health, draining=True)
        case Foreign(installation=theirs):
            if health.state is not State.OFFLINE:
                return health  # a foreign server does not replace a living one
            return replace(health, reason=f"other installation: {theirs}")
        case Ticked(overslept=overslept):
            return _aged(replace(health, heard=health.heard + overslept), now, rules)


def due(health: Health, now: float, rules: Rules) -> bool:
    """Whether the mere passing of time may have changed something."""
    if health.state is State.HELD:
        return True
    return health.state is not State.OFFLINE and now - health.heard >= rules.patience


def _back(health: Health, now: float, rules: Rules) -> Health:
    """The health of a server that was heard: online, or held if it fell too often."""
    if health.state is State.ONLINE:
        return health
    if now < health.until:
        wait = f"flapping: held for {health.until - now:.0f} more seconds"
        return health if health.state is State.HELD else _into(health, State.HELD, wait, now)
    if health.state is State.HELD:
        return _released(health, now)
    flaps = _recent(health.flaps, now, rules)
    if len(flaps) < rules.flaps:
        return replace(_into(health, State.ONLINE, "", now), flaps=flaps)
    hold = min(health.hold * 2 or rules.hold, rules.longest_hold)
    why = f"flapping: fell {len(flaps)} times in {rules.window:g} seconds, held for {hold:g}"
    return replace(_into(health, State.HELD, why, now), flaps=flaps, hold=hold, until=now + hold)


def _released(health: Health, now: float) -> Health:
    """Online once the hold is over; the falls are forgotten, the length of the hold is not."""
    if now < health.until:
        return health
    return replace(_into(health, State.ONLINE, "", now), flaps=())


def _fallen(health: Health, state: State, reason: str, now: float, rules: Rules) -> Health:
    """Suspect or offline; falling from online counts as a flap."""
    if state is State.SUSPECT and not health.online:
        return health  # an offline or held server does not improve by not answering
    fallen = _into(health, state, reason, now)
    if not health.online:
        return fallen
    calm = now - health.until >= rules.window  # then the doubling of holds starts over
    flaps = (*_recent(health.flaps, now, rules), now)
    return replace(fallen, flaps=flaps, hold=0.0 if calm else health.hold)


def _into(health: Health, state: State, reason: str, now: float) -> Health:
    since = health.since if state is health.state else now
    return replace(health, state=state, reason=reason, since=since)


def _aged(health: Health, now: float, rules: Rules) -> Health:
    silence = now - health.heard
    if health.state is not State.OFFLINE and silence >= rules.patience:
        reason = f"no heartbeat for {silence:.1f} seconds"
        return _fallen(health, State.OFFLINE, reason, now, rules)
    return _released(health, now) if health.state is State.HELD else health


def _recent(flaps: tuple[float, ...], now: float, rules: Rules) -> tuple[float, ...]:
    return tuple(at for at in flaps if now - at < rules.window)
