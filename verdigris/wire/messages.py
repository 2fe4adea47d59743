"""Every message between the parts; those about a client's session are in `lent`. See docs/reference/protocol.md.

Law: a request names its answer; what is not an answer is a `Failure` with a code of the registry.
Tags are small integers that never change meaning.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from verdigris.metadata import Model
from verdigris.wire.allocation_table import AllocationTable
from verdigris.wire.login_messages import (
    Authenticate,
    CallerIs,
    IdentifyCaller,
    LogIn,
    LoginToken,
    SetSecurity,
    UserIs,
)
from verdigris.wire.membership_messages import (
    Join,
    Joined,
    Leave,
    Renew,
    Renewed,
    Revoke,
    RevokedPart,
    SetAuthorities,
)
from verdigris.wire.message_parts import (
    Kind,
    Login,
    Message,
    Offer,
    PoolOverride,
    RowNeed,
    RowShare,
    SessionSecurity,
    SessionStatus,
    Status,
    TraceStatus,
    Try,
)
from verdigris.wire.peer_messages import (
    AskPeer,
    DocumentIs,
    FetchPackage,
    KeepPackage,
    PackageIs,
    PeerAnswer,
    WatchDocument,
)
from verdigris.wire.session_messages import (
    CallSession,
    Claim,
    GetVariables,
    Open,
    Opened,
    Perform,
    Ran,
    Release,
    Resume,
    Rows,
    Run,
    SessionCalled,
    SetVariables,
    Suspend,
    Variables,
)


VERSION: Final = 1
"""Protocol version in the hello; peers of different versions refuse each other in words."""

MAX_FRAME: Final = 64 * 1024 * 1024
"""Bytes in one frame: 100,000 rows of 20 columns of 25 characters are 52 MB. More is refused
before it is read, so that a peer cannot make us hold what it likes."""


# ---- any part to any part --------------------------------------------------------------------


class Done(Message, frozen=True, array_like=True, tag=1):
    """Confirmation without data."""


class GetStatus(Message, frozen=True, array_like=True, tag=2):
    """Request for a session server's status, the management server's active check. Answer: `StatusIs`."""


class StatusIs(Message, frozen=True, array_like=True, tag=3):
    """A session server's status."""

    status: Status


class WatchOffers(Message, frozen=True, array_like=True, tag=4):
    """Request for the deployed models and pools. Answer: `Offers`, once the revision differs from `known`.

    A session server answers with its own, a management server with those of all its registered
    servers. Repeated with the revision of each answer, it is a watch: shortly before the deadline of
    the call, unchanged offers are answered again. `known` "" is answered at once.

    Attributes:
        table: the revision of the allocation table that a gateway has, "" for none: a management server
            answers with the table as well, and at once when it is another one. None wants no table.
        login: of the client: where users are checked, the answer has what they may know of.
    """

    known: str = ""
    table: str | None = None
    login: Login = msgspec.field(default_factory=Login)


class Offers(Message, frozen=True, array_like=True, tag=5):
    """Models and pools with the addresses of session servers that have them (where to describe).

    Attributes:
        complete: False while a session server of the installation has not reported what it has: a
            name that is not in the list may exist.
        table: for a gateway that wants it; None from session servers and from earlier versions.
    """

    revision: str
    offers: tuple[tuple[Offer, tuple[str, ...]], ...]
    complete: bool = True
    table: AllocationTable | None = None


class Describe(Message, frozen=True, array_like=True, tag=6):
    """Request to a session server for the metadata of a model or pool. Answer: `Described`.

    Attributes:
        login: of the client.
        session: one that the caller has now: its model or pool is described, whatever the name.
    """

    kind: Kind
    name: str
    login: Login = msgspec.field(default_factory=Login)
    session: str = ""


class Described(Message, frozen=True, array_like=True, tag=7):
    """A model's metadata, under the namespace of the pool if that was asked for."""

    model: Model


# ---- client to management server -------------------------------------------------------------


class Allocate(Message, frozen=True, array_like=True, tag=20):
    """Request a session of a domain (docs/allocation.md, step 3). Answer: `Allocated`, or failure 2643.

    Attributes:
        location: where the client is, for message 2643.
        attempt: counts the tries with one request id, from 1.
        login: who wants it, checked where session server security is on.
    """

    domain: str
    kind: Kind
    name: str
    user: str
    location: str
    attempt: int = 1
    login: Login = msgspec.field(default_factory=Login)


class Allocated(Message, frozen=True, array_like=True, tag=21):
    """The address of the session (docs/allocation.md, step 9); `claim` is the secret that opens it.

    Attributes:
        token: says who may claim it, signed; goes into the login of the `Claim`. "" where users are not checked.
    """

    server: str
    address: str
    session: str
    claim: str
    trail: tuple[Try, ...] = ()
    token: str = ""


class Locate(Message, frozen=True, array_like=True, tag=22):
    """Request for the address of a session server, by name. Answer: `Located`."""

    server: str


class Located(Message, frozen=True, array_like=True, tag=23):
    """A session server's address for clients."""

    server: str
    address: str


# ---- session server to management server -----------------------------------------------------


class Register(Message, frozen=True, array_like=True, tag=40):
    """Registration of a session server (product facts 1.2, step 1). Answer: `Registered`, or failure 9208 or 9213.

    Attributes:
        address: `host:port` for connectors.
        offers: everything deployed, pools that are not started included.
        asks_for_rows: whether it asks this management server for rows of variable lists, not another.
        can_check_users: whether it knows session server security; earlier versions do not.
        follows: whether its models may follow the installation; earlier versions cannot.
    """

    name: str
    installation: str
    address: str
    offers: tuple[Offer, ...]
    status: Status
    asks_for_rows: bool = True
    can_check_users: bool = False
    follows: bool = False


class Registered(Message, frozen=True, array_like=True, tag=41):
    """Confirmation of a registration.

    Attributes:
        installation: of this management server.
        heartbeat: seconds between the heartbeats it wants.
        admin_state: "up", "drain" or "maintenance": the administrative state in the installation.
        revoked: parts that were removed.
        gives_rows: whether it shares out the rows of variable lists; earlier versions do not.
        security: session server security; None if this management server does not know of it.
        pools: the pool overrides of the installation; None from earlier versions.
    """

    installation: str
    heartbeat: float
    admin_state: str = "up"
    revoked: tuple[RevokedPart, ...] = ()
    gives_rows: bool = False
    security: SessionSecurity | None = None
    pools: tuple[PoolOverride, ...] | None = None


class Heartbeat(Message, frozen=True, array_like=True, tag=42):
    """Notice, in both directions, of being alive. A session server's carries its status and changed offers."""

    status: Status | None = None
    offers: tuple[Offer, ...] | None = None


class SlotFreed(Message, frozen=True, array_like=True, tag=43):
    """Notice that a session may have become free: to the peers whose requests were refused a moment ago.

    A session server's goes to its management servers and to clients that connect directly, a
    management server's to the connectors that asked it.
    """


class RenewRows(Message, frozen=True, array_like=True, tag=44):
    """Request of a session server for its share of the rows of variable lists. Answer: `RowsGranted`.

    It says all that the server holds: a row that was granted and is not in `held` is given back.

    Attributes:
        boot: names the run of the process.
        number: of the latest grant it has seen (decision 0169).
        at_home: whether the address in its registration is its own, and no proxy's.
        needs: every group of rows of which it holds or needs some.
    """

    boot: str
    number: int
    at_home: bool
    needs: tuple[RowNeed, ...]


class RowsGranted(Message, frozen=True, array_like=True, tag=45):
    """Rows that a session server may use for `lease` seconds from its request.

    Attributes:
        lease: seconds.
        number: of this grant; one with a lower number is out of date.
        port: at which the management server listens: a connection to another one goes through a proxy.
        shares: of each group.
    """

    lease: float
    number: int
    port: int
    shares: tuple[RowShare, ...]


# ---- management server to session server -----------------------------------------------------


class Reserve(Message, frozen=True, array_like=True, tag=60):
    """Reserve a session for a request (docs/allocation.md, step 5). Answer: `Reserved` or `Refused`.

    A repeated request id and attempt is answered with the same session.
    """

    kind: Kind
    name: str
    user: str
    location: str
    domain: str
    attempt: int = 1


class Reserved(Message, frozen=True, array_like=True, tag=61):
    """Confirmation that a session is reserved for `seconds`; the secret `claim` opens it."""

    session: str
    claim: str
    seconds: float


class Refused(Message, frozen=True, array_like=True, tag=62):
    """Refusal of a session, the session server's own decision, final for this request.

    Attributes:
        reason: "busy", "not offered" or "draining".
        limit: which limit, "server", "pool" or "pending"; "" if none.
        maximum: its value.
    """

    reason: Literal["busy", "not offered", "draining"]
    limit: str = ""
    maximum: int = 0
    text: str = ""


class CancelReservation(Message, frozen=True, array_like=True, tag=63):
    """Cancellation of an attempt, even one that has yet to arrive. Answer: `Done`.

    With `session` and `claim` it is a client's: it gives back a grant that it will not use.
    """

    request: str
    attempt: int
    session: str = ""
    claim: str = ""


class SetAdminState(Message, frozen=True, array_like=True, tag=64):
    """Administrative state from the installation: "up", "drain", "maintenance". Answer: `Done`."""

    state: str


class ListSessions(Message, frozen=True, array_like=True, tag=65):
    """Request for a list of all sessions, for operators. Answer: `Sessions`."""

    screens: bool = False


class Sessions(Message, frozen=True, array_like=True, tag=66):
    """The sessions of one server."""

    sessions: tuple[SessionStatus, ...]


class Deploy(Message, frozen=True, array_like=True, tag=67):
    """Deployment of a package; it replaces an earlier version of its model. Answer: `Deployed`.

    Attributes:
        model: whose package it has to be; "" takes that of any.
        digest: its SHA-256, for a model that follows the installation; "" deploys by hand, which is
            refused (9260) for a model that follows it.
        check: only read it and say what is wrong; nothing is deployed.
    """

    package: bytes
    model: str = ""
    digest: str = ""
    check: bool = False


class Deployed(Message, frozen=True, array_like=True, tag=68):
    """Confirmation of a deployment, with warnings for the person who deployed the model."""

    model: str
    version: str
    warnings: tuple[str, ...] = ()


class Undeploy(Message, frozen=True, array_like=True, tag=69):
    """Removal of a model and its pools; running sessions finish first. Answer: `Done`.

    Attributes:
        follows: the installation does not name it any more; without, it is a person's order, which is
            refused (9260) for a model that follows the installation.
    """

    model: str
    follows: bool = False


class SetPool(Message, frozen=True, array_like=True, tag=70):
    """Start or stop of a pool; `force` ends sessions in use too (product facts 11.3). Answer: `Done`.

    Attributes:
        lease: the fencing number of the sender's lease, for jobs that one management server does for
            all; a session server refuses a smaller one than it has seen (9253). 0 is a person.
    """

    pool: str
    started: bool
    force: bool = False
    lease: int = 0


class SetPools(Message, frozen=True, array_like=True, tag=79):
    """The pool overrides of the installation, all of them. Answer: `Done`."""

    pools: tuple[PoolOverride, ...]


class WakeUp(Message, frozen=True, array_like=True, tag=71):
    """A management server that holds this server offline asks it to register now. Answer: `Done`."""

    management: str


class RowsChanged(Message, frozen=True, array_like=True, tag=76):
    """Notice of a management server that a server's share of rows changes: it is to send `RenewRows` now."""


class ListTraces(Message, frozen=True, array_like=True, tag=72):
    """Request for a list of the traces kept of failed host sessions. Answer: `Traces`."""


class Traces(Message, frozen=True, array_like=True, tag=73):
    """The traces that are kept, latest first."""

    traces: tuple[TraceStatus, ...]


class ReadTrace(Message, frozen=True, array_like=True, tag=74):
    """Request for a trace by request id or name, or for the traffic of a live session so far, masked.

    Answer: `TraceIs`, or failure 9123.
    """

    trace: str = ""
    session: int = 0


class TraceIs(Message, frozen=True, array_like=True, tag=75):
    """A trace in x3270's format, without secrets."""

    name: str
    text: str


Request: TypeAlias = (
    GetStatus
    | WatchOffers
    | Describe
    | Allocate
    | Locate
    | Register
    | RenewRows
    | Reserve
    | CancelReservation
    | SetAdminState
    | ListSessions
    | Deploy
    | Undeploy
    | SetPool
    | SetPools
    | WakeUp
    | ListTraces
    | ReadTrace
    | Open
    | Claim
    | Resume
    | Perform
    | Run
    | GetVariables
    | SetVariables
    | CallSession
    | Suspend
    | Release
    | Join
    | Renew
    | Leave
    | Revoke
    | AskPeer
    | FetchPackage
    | KeepPackage
    | WatchDocument
    | SetAuthorities
    | LogIn
    | IdentifyCaller
    | Authenticate
    | SetSecurity
)
"""What can be called."""

Response: TypeAlias = (
    Done
    | StatusIs
    | Offers
    | Described
    | Allocated
    | Located
    | Registered
    | RowsGranted
    | Reserved
    | Refused
    | Sessions
    | Traces
    | TraceIs
    | Deployed
    | Opened
    | Rows
    | Ran
    | Variables
    | SessionCalled
    | Joined
    | Renewed
    | PeerAnswer
    | PackageIs
    | DocumentIs
    | LoginToken
    | CallerIs
    | UserIs
)
"""What can be answered."""

Notice: TypeAlias = Heartbeat | SlotFreed | RowsChanged
"""What is told without an answer."""
