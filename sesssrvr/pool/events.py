"""What can happen to the sessions, and what is to be done about it.

An event says what happened and carries all chance (keys, claims, jitter) with it; an effect says
what the shell has to do. An answer to the caller is an effect too, at most one per event.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from sesssrvr.pool.values import PoolKey, PoolSettings


# ---- events ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deployed:
    """A pool or model was deployed, or deployed again."""

    settings: PoolSettings


@dataclass(frozen=True, slots=True)
class Undeployed:
    """A pool or model was taken away."""

    pool: PoolKey


@dataclass(frozen=True, slots=True)
class Overridden:
    """A pool has other settings now; its sessions go on, except idle ones for which there is no room."""

    settings: PoolSettings


@dataclass(frozen=True, slots=True)
class Started:
    """An administrator starts a pool."""

    pool: PoolKey


@dataclass(frozen=True, slots=True)
class Stopped:
    """An administrator stops a pool; by `force` used sessions end at once (product facts 11.3)."""

    pool: PoolKey
    force: bool = False


@dataclass(frozen=True, slots=True)
class AdminStateSet:
    """The administrative state set by the installation: "up", "drain" or "maintenance"."""

    state: str


@dataclass(frozen=True, slots=True)
class Stopping:
    """The process is about to end."""


@dataclass(frozen=True, slots=True, repr=False)
class ReservationRequested:
    """A management server asks for a reservation; answered by `Granted`, `Denied` or `AttemptCancelled`."""

    pool: PoolKey
    request: str
    attempt: int
    key: str
    claim: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class ReservationCancelled:
    """A management server forgets an attempt, whose ask may still be on its way."""

    request: str
    attempt: int


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A client comes for its reservation; answered by `Lent` or `NotFound`."""

    key: str
    claim: str
    user: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OpenRequested:
    """A client connects without a reservation; answered by `Lent` or `Denied`."""

    pool: PoolKey
    key: str
    user: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Resumed:
    """A client comes back to a suspended session; answered by `Lent`, `InUse` or `NotFound`."""

    key: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """The client detaches and wants the session kept for some minutes."""

    number: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Released:
    """The client is done with the session, or has disconnected."""

    number: int


@dataclass(frozen=True, slots=True)
class Connected:
    """The host session is connected and at its startup entity."""

    number: int


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """The host session could not be connected; `chance` in [0.5, 1.5] spreads the next tries.

    `wait`: seconds before which its account may not be tried again, because the host has refused
    the password; 0 for all other failures.
    """

    number: int
    reason: str
    chance: float = 1.0
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Returned:
    """The session is back at its startup entity."""

    number: int


@dataclass(frozen=True, slots=True)
class ReturnFailed:
    """The session could not be brought back to its startup entity."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class SessionUnusable:
    """A session that has just been lent is unusable: its client waits for another host session."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class HostLost:
    """The host session ended by itself."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class RowsGranted:
    """The rows of a group that this server may use now; sessions on others of the group end at once.

    None for keys: the group is shared with no other server.
    """

    group: str
    keys: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class RowsRecalled:
    """Other servers want some rows of a group: as many as are not in use are given up."""

    group: str
    count: int


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Time went by."""


Event: TypeAlias = (
    Deployed
    | Undeployed
    | Overridden
    | Started
    | Stopped
    | AdminStateSet
    | Stopping
    | ReservationRequested
    | ReservationCancelled
    | Claimed
    | OpenRequested
    | Resumed
    | Suspended
    | Released
    | Connected
    | ConnectFailed
    | Returned
    | ReturnFailed
    | SessionUnusable
    | HostLost
    | RowsGranted
    | RowsRecalled
    | TimePassed
)


# ---- effects ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a host session for this slot and bring it to its startup entity."""

    number: int
    pool: PoolKey
    generation: int
    row: int


@dataclass(frozen=True, slots=True)
class QueueConnect:
    """Hold a place for this slot's host session: its `Connect` comes when it is its turn."""

    number: int
    pool: PoolKey
    generation: int
    row: int


@dataclass(frozen=True, slots=True)
class ReturnToStartup:
    """Bring this session back to its startup entity; report `Returned`, `ReturnFailed` or `HostLost`."""

    number: int


@dataclass(frozen=True, slots=True)
class CloseSession:
    """End this host session; its slot is gone already, or waits for another host session."""

    number: int


@dataclass(frozen=True, slots=True)
class SlotIsFree:
    """Tell the management servers that a session is available again."""


class DenialReason(Enum):
    """Why there is no session."""

    NOT_OFFERED = "not offered"
    STOPPED = "stopped"
    DRAINING = "draining"
    SERVER = "server"
    POOL = "pool"
    PENDING = "pending"
    ROWS = "rows"
    HOST = "host"


@dataclass(frozen=True, slots=True, repr=False)
class Granted:
    """Reserved, for so many seconds."""

    key: str
    claim: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Denied:
    """No session; `maximum` is the value of the limit that is reached."""

    reason: DenialReason
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class AttemptCancelled:
    """The attempt was cancelled before it was asked."""


@dataclass(frozen=True, slots=True)
class Lent:
    """The slot is the client's."""

    number: int


@dataclass(frozen=True, slots=True)
class InUse:
    """Another client has the session at the moment."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The reservation or session does not exist or has ended, or the claim is wrong."""


Reply: TypeAlias = Granted | Denied | AttemptCancelled | Lent | InUse | NotFound
Effect: TypeAlias = Connect | QueueConnect | ReturnToStartup | CloseSession | SlotIsFree | Reply
