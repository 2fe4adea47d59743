"""The pieces messages are built of: credentials, offers, status, trail.

Law: array-like MessagePack structs; fields are only ever added at the end, with defaults, so that
an older peer reads a newer one. Printing one shows its kind only: any field may hold a secret.
"""

from typing import Literal

import msgspec

from verdigris.metadata import Value


Kind = Literal["model", "pool"]
"""What a client asks a session of: a model (connects anew) or a session pool (product facts 4.1)."""


class Message(msgspec.Struct, frozen=True, array_like=True):
    """The base of everything on the wire."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Login(Message, frozen=True, array_like=True):
    """Credentials. An empty user and token mean that none were given.

    Attributes:
        token: of a login, of an OpenID Connect issuer, or in a `Claim` the one that `Allocated` gave.
        on_behalf_of: for whom the user of the credentials acts, by its own word: for logs, and so that a
            session is resumed for nobody else. It gives no rights.
    """

    user: str = ""
    password: str = ""
    token: str = ""
    on_behalf_of: str = ""


class TokenKey(Message, frozen=True, array_like=True):
    """A public key of tokens (RFC 8032), and until when it counts, in seconds since 1970.

    Its id is made of it (`verdigris.tokens.key_id`).
    """

    public: bytes
    until: int


class SessionSecurity(Message, frozen=True, array_like=True):
    """Session server security of one session server, as its management server says it is to be.

    Attributes:
        checks_users: whether the session server gives sessions and metadata only to users who may have them.
        token_keys: the keys that management servers sign rights to sessions with.
    """

    checks_users: bool
    token_keys: tuple[TokenKey, ...] = ()


class Offer(Message, frozen=True, array_like=True):
    """A model or a pool that a session server has.

    Attributes:
        digest: of the model's metadata; a changed digest is a changed contract.
        namespace: the service's own target namespace, "" for the model's.
        started: False for a pool that is deployed and not started: it is no candidate.
        problem: why no session can be had of it now, such as a host that cannot be reached; "" if
            one can, or if nothing is known.
        version: when it was deployed there (`Model.version`): a redeployment may change nothing else.
        maximum: sessions of it that there may be on one server.
        package: SHA-256 of the package that it came with; "" from earlier versions, and to clients.
        follows: whether the model follows the installation; one that is deployed by hand does not.
    """

    kind: Kind
    name: str
    model: str
    digest: str
    namespace: str = ""
    started: bool = True
    problem: str = ""
    version: str = ""
    maximum: int = 0
    package: str = ""
    follows: bool = False


class PoolValues(Message, frozen=True, array_like=True):
    """Settings of a pool by their numbers of sessions (product facts 4.2).

    Attributes:
        maximum: of all sessions together.
        initial: connected when it starts.
        minimum_idle: kept ready.
        maximum_idle: idle ones beyond are given up.
        maximum_pending: connects in progress at once.
    """

    maximum: int
    initial: int
    minimum_idle: int
    maximum_idle: int
    maximum_pending: int


class PoolOverride(Message, frozen=True, array_like=True):
    """Values of a pool in place of those of its package, as the installation says; None keeps one."""

    pool: str
    maximum: int | None = None
    initial: int | None = None
    minimum_idle: int | None = None
    maximum_idle: int | None = None
    maximum_pending: int | None = None


class PoolStatus(Message, frozen=True, array_like=True):
    """A pool's counts, by session state (product facts 4.3).

    Attributes:
        rows: rows of its variable lists that the server may use; None without a list.
        rows_used: of these, such as have a session.
        packaged: its settings as its package has them; None from earlier versions.
        in_force: its settings as they are.
    """

    name: str
    model: str
    started: bool
    idle: int = 0
    active: int = 0
    pending: int = 0
    suspended: int = 0
    quarantined: int = 0
    reserved: int = 0
    maximum: int = 0
    problem: str = ""
    rows: int | None = None
    rows_used: int = 0
    packaged: PoolValues | None = None
    in_force: PoolValues | None = None


class RowNeed(Message, frozen=True, array_like=True):
    """What a session server has and needs of the rows of one group of variable lists.

    Attributes:
        group: names the group: the model and its lists.
        keys: what each row is known by, in the order of the list; never a secret.
        held: the rows that it may use now.
        used: rows with sessions in use, which it cannot give back now.
        needed: these and those of clients who were refused.
        ready: these and those for idle sessions.
        maximum: of the pools' limits.
    """

    group: str
    keys: tuple[str, ...]
    held: tuple[str, ...] = ()
    used: int = 0
    needed: int = 0
    ready: int = 0
    maximum: int = 0


class RowShare(Message, frozen=True, array_like=True):
    """What a session server may use of the rows of one group.

    Attributes:
        keys: the rows; it stops using every other one before it does anything else.
        give_back: how many of them other servers lack; it gives back those that are not in use.
        wanted: whether others lack rows for clients: it asks again as soon as some come out of use.
    """

    group: str
    keys: tuple[str, ...]
    give_back: int = 0
    wanted: bool = False


class Status(Message, frozen=True, array_like=True):
    """The state of a session server, in each heartbeat.

    Attributes:
        boot: names this run of the process; a new one voids old reservations.
        active, idle, pending, suspended, quarantined, reserved: sessions, all pools and models.
        maximum: the server-wide limit.
        draining: takes no new sessions, by its own word (SIGTERM) or the administrator's.
    """

    boot: str
    active: int = 0
    idle: int = 0
    pending: int = 0
    suspended: int = 0
    quarantined: int = 0
    reserved: int = 0
    maximum: int = 0
    draining: bool = False
    pools: tuple[PoolStatus, ...] = ()


class SessionStatus(Message, frozen=True, array_like=True):
    """One session, for operators; without secrets and without the session's claim.

    Attributes:
        id: a number within the server's run.
        state: idle, active, pending, suspended, quarantined, reserved.
        since: seconds it has been in that state.
        row: what its row of the variable lists is known by, such as its user at the host.
        on_behalf_of: for whom the user acts, by its own word.
    """

    id: int
    kind: Kind
    name: str
    model: str
    state: str
    since: float = 0.0
    user: str = ""
    entity: str = ""
    request_id: str = ""
    problem: str = ""
    screen: str = ""
    row: str = ""
    on_behalf_of: str = ""


class TraceStatus(Message, frozen=True, array_like=True):
    """A stored trace, for operators.

    Attributes:
        name: of the trace; sorts by time.
        time: seconds since 1970.
        request_id: of the call that failed; "" for a pool's own work.
        error: the sentence of the error.
    """

    name: str
    time: float
    request_id: str = ""
    error: str = ""


class Try(Message, frozen=True, array_like=True):
    """One attempt of an allocation: the server asked and its answer, a line of the trail.

    Attributes:
        priority: the group.
        candidates: (server, weight) of those not yet asked, in configuration order.
        total: of their weights.
        draw: the number drawn, 1..total.
        server: whom the number chose.
        answer: granted, busy, offline, unknown, not offered or draining.
        reason: more about the answer, for people.
        milliseconds: until the answer.
    """

    priority: int
    candidates: tuple[tuple[str, int], ...]
    total: int
    draw: int
    server: str
    answer: str
    reason: str = ""
    milliseconds: float = 0.0


class Left(Message, frozen=True, array_like=True):
    """A member of the domain that was not asked, and why."""

    server: str
    priority: int
    weight: int
    reason: str


class Passed(Message, frozen=True, array_like=True):
    """One screen a procedure passed.

    Attributes:
        entity: what the model calls it, "" for none of its entities.
        milliseconds: from the procedure's beginning until the screen was there.
        screen: the picture, hidden fields blank; "" if only the times were asked for.
    """

    entity: str
    milliseconds: float
    screen: str = ""


ScreenWatch = Literal["", "times", "screens"]
"""What a procedure reports of the screens it passes."""

Values = dict[str, Value]
"""Column or variable names to values."""
