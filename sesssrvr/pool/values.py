"""The state of all sessions at one moment: slots, pools, the server itself.

Everything here is frozen; only `sesssrvr.pool.step` makes a new state from an old one (many
times a second, which is why the states are msgspec's structs and not dataclasses). A slot
is a place for a session, and counts against the limits: it exists from the moment a session is
reserved until its host session is given up, whatever it is used for meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, NamedTuple

import msgspec
from msgspec import field

from verdigris.wire import Kind


class PoolKey(NamedTuple):
    """Names a pool, or a model that clients connect to directly."""

    kind: Kind
    name: str


class SlotUse(Enum):
    """What a slot is used for (product facts 4.3; returning and reserved are ours)."""

    IDLE = "idle"
    RESERVED = "reserved"
    ACTIVE = "active"
    RETURNING = "returning"
    SUSPENDED = "suspended"
    QUARANTINED = "quarantined"


class HostState(Enum):
    """Whether the slot has a host session.

    None yet, one that waits for its turn to be connected, one being connected, or one that is up.
    """

    NONE = "none"
    QUEUED = "queued"
    CONNECTING = "connecting"
    UP = "up"


_STATE_OF: Final = {use: "active" if use is SlotUse.RETURNING else use.value for use in SlotUse}

STATES: Final = ("idle", "active", "pending", "suspended", "quarantined", "reserved")
"""The states operators are shown."""


class PoolNumbers(NamedTuple):
    """The settings of a pool that the installation may override."""

    maximum: int
    initial: int
    minimum_idle: int
    maximum_idle: int
    maximum_pending: int


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """A pool's settings (product facts 4.2); for a model that is connected to directly, its limits.

    Attributes:
        key: its kind and name.
        model: whose sessions they are.
        maximum: "Max concurrent sessions": all slots of the pool, whatever their state.
        initial: sessions connected when the pool starts.
        minimum_idle: sessions kept ready at all times.
        maximum_idle: idle sessions beyond this are given up.
        maximum_pending: host connects of the pool in progress at once.
        rows: rows of the shortest variable list, one per session; None when there is no list.
        row_list: the name of that list.
        row_keys: what each row is known by, such as its user, in lists that the session servers of an
            installation share; "" for a row that is not used because an equal one is. Without any, a
            row is known by its number.
        row_group: names the rows that pools share; "" keeps them to this pool.
        start: whether the pool starts as soon as it is deployed.
        host: address of its host, "host:port"; "" if it is unknown.
        packaged: what its package says, where the installation overrides it; None without an override.
    """

    key: PoolKey
    model: str
    maximum: int
    initial: int = 0
    minimum_idle: int = 0
    maximum_idle: int = 0
    maximum_pending: int = 20
    rows: int | None = None
    row_list: str = ""
    start: bool = True
    host: str = ""
    row_keys: tuple[str, ...] = ()
    row_group: str = ""
    packaged: PoolNumbers | None = None

    @property
    def numbers(self) -> PoolNumbers:
        """What is in force of what may be overridden."""
        return PoolNumbers(
            self.maximum,
            self.initial,
            self.minimum_idle,
            self.maximum_idle,
            self.maximum_pending,
        )

    def overridden(self, values: Mapping[str, int]) -> "PoolSettings":
        """The settings of the package with these values in place of its own.

        What is left of the package's idle sessions is at most the maximum.
        """
        package = self.packaged or self.numbers
        if not values:
            return replace(self, **package._asdict(), packaged=None)
        found = package._replace(**values)
        fitted = {
            name: min(getattr(found, name), found.maximum)
            for name in ("initial", "minimum_idle", "maximum_idle")
        }
        return replace(
            self,
            **{**found._asdict(), **fitted},
            packaged=package,
        )

    @property
    def group(self) -> str:
        """The group of rows that it takes its own from; all rows of a group are used once."""
        return self.row_group or f"{self.key.kind} {self.key.name}"

    def row_key(self, row: int) -> str:
        """What a row is known by; "" for one that is not used."""
        if not 0 <= row < (self.rows or 0):
            return ""
        return self.row_keys[row] if self.row_keys else str(row + 1)

    def row_of(self, key: str) -> int:
        """The row that is known by this; -1 for none."""
        if not self.row_keys:
            row = int(key) - 1 if key.isdecimal() else -1
            return row if row < (self.rows or 0) else -1
        found = self.row_keys.index(key) if key in self.row_keys else -1
        return found if found < (self.rows or 0) else -1

    @property
    def keep(self) -> int:
        """How many idle sessions are kept: the ones asked for at the start are not trimmed away."""
        return min(self.maximum, max(self.initial, self.minimum_idle, self.maximum_idle))


@dataclass(frozen=True, slots=True)
class Limits:
    """The server's own settings.

    Attributes:
        maximum: sessions of all pools and models together, whatever their state.
        maximum_pending: host connects in progress at once.
        claim_seconds: how long a reservation waits for its client.
        tombstone_seconds: how long a cancelled attempt is remembered, should its ask still arrive.
        suspend_minutes: the longest a client may keep a suspended session.
        quarantine_seconds: how long a quarantined session is kept for people to look at.
        quarantine_keep: quarantined sessions kept per pool; the oldest gives way.
        backoff_first, backoff_last: seconds until a failed connect of the pool's own is tried
            again: doubling from the first to the last.
    """

    maximum: int = 1000
    maximum_pending: int = 100
    claim_seconds: float = 10.0
    tombstone_seconds: float = 30.0
    suspend_minutes: float = 60.0
    quarantine_seconds: float = 300.0
    quarantine_keep: int = 3
    backoff_first: float = 0.5
    backoff_last: float = 60.0

    @property
    def probe_every(self) -> float:
        """Seconds between tries at a host that fails, while clients ask for its sessions."""
        return self.backoff_first / 2


class Slot(msgspec.Struct, frozen=True, gc=False):
    """One place for a session.

    Attributes:
        number: within the server's run; what logs and operators call the session.
        generation: of the pool's deployment it belongs to.
        since: when it came into its present use.
        row: its row of the variable lists, as its deployment numbers them; -1 for none.
        row_key: what the row is known by (`PoolSettings.row_keys`), with the group it is of.
        key: the secret part of the session id while it is promised or lent; "" otherwise.
        claim: the secret that opens a reservation.
        attempt: request id and attempt that it was reserved for.
        user: who has it.
        until: when its reservation, suspension or quarantine ends.
        reason: why it is in quarantine.
        own: the pool made it for itself, not for a client who asked, or it replaces one the pool had.
        tries: failures of the pool when its connect began; -1 for a try because clients ask.
    """

    number: int
    use: SlotUse
    host: HostState
    generation: int
    since: float
    row: int = -1
    key: str = ""
    claim: str = ""
    attempt: tuple[str, int] | None = None
    user: str = ""
    until: float | None = None
    reason: str = ""
    own: bool = False
    tries: int = 0
    row_key: tuple[str, str] | None = None

    @property
    def state(self) -> str:
        """The state operators see: one of `STATES`."""
        if self.use is SlotUse.RESERVED:
            return "reserved"
        if self.host is not HostState.UP:
            return "pending"
        return _STATE_OF[self.use]

    @property
    def pending(self) -> bool:
        """Whether it counts against the pending limits: its host session is yet to come."""
        return self.host is not HostState.UP and self.host is not HostState.QUEUED

    def __repr__(self) -> str:
        return f"<Slot {self.number} {self.use.value}, host {self.host.value}>"


class Pool(msgspec.Struct, frozen=True):
    """A session pool, or all direct connects to one model.

    Attributes:
        generation: counts deployments; older slots finish and are not kept.
        started: takes requests and fills itself.
        removed: undeployed; gone with its last slot.
        slots: by number.
        idle: numbers ready to be lent, the one that has waited longest first.
        coming: numbers of idle sessions that are still connecting.
        queued: numbers of promised and lent sessions that connect when the pending limits let
            them, the one that has waited longest first.
        counts: slots by shown state.
        pending: slots that count against the pending limits.
        free_rows: of the variable lists, those this server may use and the pool does not, the one
            unused for longest first; another pool may use some of them.
        connects_due: beyond the minimum: the initial ones and replacements of lost sessions.
        failures, retry_at: rounds of connects that failed in a row (connects in parallel are one
            round), and when the pool tries again by itself.
        probe_at: when it may try again because clients ask.
        wanted_until: a client was refused because of the host a moment ago, and may ask again.
        rows_wanted_until: the same for want of a row.
        problem: the latest failure, for people; "" after a success.
    """

    settings: PoolSettings
    generation: int = 1
    started: bool = False
    removed: bool = False
    slots: Mapping[int, Slot] = field(default_factory=dict)
    idle: Mapping[int, None] = field(default_factory=dict)
    connecting: Mapping[int, None] = field(default_factory=dict)
    queued: Mapping[int, None] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    free_rows: tuple[int, ...] = ()
    connects_due: int = 0
    failures: int = 0
    retry_at: float = 0.0
    probe_at: float = 0.0
    wanted_until: float = 0.0
    rows_wanted_until: float = 0.0
    problem: str = ""

    def __repr__(self) -> str:
        state = " removed" if self.removed else "" if self.started else " stopped"
        said = ", ".join(f"{name} {n}" for name in STATES if (n := self.counts.get(name)))
        kind, name = self.settings.key
        return f"<Pool {kind} {name!r}{state} [{said or 'empty'} | max {self.settings.maximum}]>"


class BrokenReservation(msgspec.Struct, frozen=True):
    """A reservation that could not be kept: the host ended the session and refused another.

    Attributes:
        pool: of which session.
        claim: the secret that would have opened it.
        reason: the host's.
        until: when the promise would have ended.
    """

    pool: PoolKey
    claim: str
    reason: str
    until: float

    def __repr__(self) -> str:
        return f"<BrokenReservation of {self.pool.kind} {self.pool.name!r}: {self.reason}>"


class ServerState(msgspec.Struct, frozen=True):
    """Every session of the server: what one decision is made on.

    Attributes:
        pools: session pools, and one entry for each model that is connected to directly.
        where: the pool of each slot.
        keys: slots by the secret part of their session id.
        asked: reservations by request id and attempt, as long as they or their sessions exist.
        tombstones: cancelled attempts and until when they are remembered.
        timed: slots whose state ends by itself, and when.
        broken: promises that were broken, by the secret part of their session id.
        rows_used: the slot that uses each row, by group and row key.
        granted: the rows this server may use, by group; a group that is not in it is all its own.
        admin: "up", "drain" or "maintenance": the installation's word.
        stopping: the process is about to end.
        refused_until: a request was refused a moment ago, and its client may still wait: each slot
            that becomes free is announced.
        next_number: of the next slot.
        pending: slots that count against the pending limit.
        queued: slots that wait for their turn to be connected.
    """

    limits: Limits
    pools: Mapping[PoolKey, Pool] = field(default_factory=dict)
    pool_of: Mapping[int, PoolKey] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    attempts: Mapping[tuple[str, int], int] = field(default_factory=dict)
    tombstones: Mapping[tuple[str, int], float] = field(default_factory=dict)
    expiries: Mapping[int, float] = field(default_factory=dict)
    broken: Mapping[str, BrokenReservation] = field(default_factory=dict)
    rows_used: Mapping[tuple[str, str], int] = field(default_factory=dict)
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    admin: str = "up"
    stopping: bool = False
    refused_until: float = 0.0
    next_number: int = 1
    pending: int = 0
    queued: int = 0

    @property
    def size(self) -> int:
        """All slots: what the server's limit is about."""
        return len(self.pool_of)

    @property
    def draining(self) -> bool:
        """Takes nothing new."""
        return self.stopping or self.admin != "up"

    @property
    def keeps_idle(self) -> bool:
        """Whether idle sessions stay connected: in maintenance and at the end they do not."""
        return not self.stopping and self.admin != "maintenance"

    def slot(self, number: int) -> Slot | None:
        """The slot of this number, if it exists."""
        key = self.pool_of.get(number)
        return None if key is None else self.pools[key].slots[number]

    def __repr__(self) -> str:
        state = " draining" if self.draining else ""
        return f"<ServerState{state} [{self.size} of {self.limits.maximum} sessions, {self.pending} pending, {len(self.pools)} pools]>"
