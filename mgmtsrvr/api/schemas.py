"""The JSON objects of the administration API, as types; the OpenAPI document is made from them.

No type has a field for a secret.
"""

from datetime import UTC, datetime

import msgspec

from mgmtsrvr.row_shares.book import Holding
from mgmtsrvr.session_server import Server
from verdigris.config.change import Change
from verdigris.config.comparison import ShareChange
from verdigris.wire import Kind, Offer, PoolStatus, SessionStatus, Status, TraceStatus


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all replies."""


class HealthAnswer(View, frozen=True, kw_only=True):
    """The answer of a health probe: "yes", or "no" and why."""

    status: str
    reason: str = ""
    problems: list[str] = []


class Version(View, frozen=True, kw_only=True):
    """The management server that answers.

    Attributes:
        revision: of the installation in force.
        problem: what is wrong with the stored installation, if an older one is in force.
        warnings: about its settings, such as plain text that other machines reach.
        allocations: their number since the start, by outcome.
    """

    product: str
    version: str
    name: str
    installation: str
    revision: str
    boot: str
    problem: str = ""
    warming: bool = False
    warnings: list[str] = []
    allocations: dict[str, int] = {}


class MemberView(View, frozen=True, kw_only=True):
    """A session server in a domain. `percent` is its share of its priority group."""

    server: str
    weight: int
    priority: int
    percent: float
    state: str
    reason: str = ""
    active: int = 0
    reserved: int = 0
    maximum: int = 0


class DomainView(View, frozen=True, kw_only=True):
    """A load distribution domain."""

    name: str
    spill_on_busy: bool
    members: list[MemberView]


class OfferView(View, frozen=True, kw_only=True):
    """A model or pool."""

    kind: Kind
    name: str
    model: str
    digest: str
    started: bool

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        """The view of an offer."""
        return cls(
            kind=offer.kind,
            name=offer.name,
            model=offer.model,
            digest=offer.digest,
            started=offer.started,
        )


class PoolView(View, frozen=True, kw_only=True):
    """A session pool on one server, with its sessions by state.

    Attributes:
        rows: rows of its variable lists that the server may use; null without a list.
        rows_used: of these, such as have a session.
    """

    server: str
    name: str
    model: str
    started: bool
    idle: int
    active: int
    pending: int
    suspended: int
    quarantined: int
    reserved: int
    maximum: int
    problem: str = ""
    rows: int | None = None
    rows_used: int = 0

    @classmethod
    def of(cls, server: str, pool: PoolStatus) -> "PoolView":
        """The view of a pool's status."""
        return cls(
            server=server,
            name=pool.name,
            model=pool.model,
            started=pool.started,
            idle=pool.idle,
            active=pool.active,
            pending=pool.pending,
            suspended=pool.suspended,
            quarantined=pool.quarantined,
            reserved=pool.reserved,
            maximum=pool.maximum,
            problem=pool.problem,
            rows=pool.rows,
            rows_used=pool.rows_used,
        )


class ViewOfServer(View, frozen=True, kw_only=True):
    """The state of a session server as another management server sees it."""

    management_server: str
    state: str
    reason: str


class ManagementServerView(View, frozen=True, kw_only=True):
    """A management server.

    Attributes:
        address: by which the other parts reach it, from the installation.
        state: online, warming, or offline if it did not answer.
        problem: of its configuration, or why it did not answer.
        revision: of the configuration in force there.
        allocations: decisions since its start, by outcome.
    """

    name: str
    address: str
    state: str
    problem: str = ""
    version: str = ""
    revision: str = ""
    boot: str = ""
    allocations: dict[str, int] = {}


class RowsView(View, frozen=True, kw_only=True):
    """The rows of a variable list that one session server has.

    Attributes:
        rows: what each is known by, such as its user; never a secret.
        used: how many have sessions in use, as the server last said.
        connected: whether the server is connected.
        lease: seconds after which others get the rows if it is not heard of.
    """

    server: str
    rows: list[str]
    used: int
    connected: bool
    lease: float

    @classmethod
    def of(cls, holding: Holding) -> "RowsView":
        """The view of a holding."""
        return cls(
            server=holding.owner.server,
            rows=holding.keys,
            used=holding.used,
            connected=holding.connected,
            lease=round(max(0.0, holding.seconds), 1),
        )


class ListView(View, frozen=True, kw_only=True):
    """A variable list, or lists that pools use together, shared out between session servers.

    Attributes:
        name: the model, and the lists.
        rows: how many there are.
        free: how many no server has.
    """

    name: str
    rows: int
    free: int
    servers: list[RowsView]


class ServerView(View, frozen=True, kw_only=True):
    """A session server.

    Attributes:
        state: online, suspect, held, offline, draining or maintenance.
        reason: why it is not online.
        admin_state: its state in the installation: up, drain or maintenance.
        configured: whether the installation contains it.
        registered_address: the address that clients get.
        configured_address: the address that wake-up calls go to while it is offline.
        last_seen: seconds since it was last heard; -1 is never.
        since: seconds it has been in its state.
        domains: the domains it is a member of.
        views: its state at the other management servers.
    """

    name: str
    state: str
    reason: str
    admin_state: str
    configured: bool
    registered_address: str
    configured_address: str
    last_seen: float
    since: float
    boot: str
    active: int
    idle: int
    pending: int
    suspended: int
    quarantined: int
    reserved: int
    maximum: int
    domains: list[str]
    offers: list[OfferView]
    pools: list[PoolView]
    views: list[ViewOfServer] = []


class SessionView(View, frozen=True, kw_only=True):
    """A session; `screen` is empty unless requested, and masked.

    Attributes:
        row: what its row of the variable lists is known by, such as its user at the host.
        on_behalf_of: for whom the user acts, by its own word.
    """

    id: int
    kind: str
    name: str
    model: str
    state: str
    since: float
    user: str
    entity: str
    request_id: str
    problem: str
    screen: str
    row: str = ""
    on_behalf_of: str = ""

    @classmethod
    def of(cls, session: SessionStatus) -> "SessionView":
        """The view of a session's status."""
        return cls(
            id=session.id,
            kind=session.kind,
            name=session.name,
            model=session.model,
            state=session.state,
            since=session.since,
            user=session.user,
            entity=session.entity,
            request_id=session.request_id,
            problem=session.problem,
            screen=session.screen,
            row=session.row,
            on_behalf_of=session.on_behalf_of,
        )


class TraceView(View, frozen=True, kw_only=True):
    """A kept trace of a host session that failed.

    Attributes:
        time: when it was written, ISO 8601 in UTC.
        request_id: the request id of the call that failed; "" for the pool's own work.
        error: the error.
    """

    server: str
    name: str
    time: str
    request_id: str
    error: str

    @classmethod
    def of(cls, server: str, trace: TraceStatus) -> "TraceView":
        """The view of a trace's status."""
        time = datetime.fromtimestamp(trace.time, UTC).isoformat(timespec="milliseconds")
        return cls(
            server=server,
            name=trace.name,
            time=time,
            request_id=trace.request_id,
            error=trace.error,
        )


class DeployedView(View, frozen=True, kw_only=True):
    """A deployed model."""

    server: str
    model: str
    version: str
    warnings: list[str]


class Named(View, frozen=True, kw_only=True):
    """A package that the installation names now; it is being rolled out.

    Attributes:
        package: its SHA-256.
        revision: of the installation.
        warnings: of the session server that has checked it.
    """

    model: str
    package: str
    revision: str
    warnings: list[str] = []


class ServerPackageView(View, frozen=True, kw_only=True):
    """What a session server has of a model.

    Attributes:
        package: SHA-256 of its package; "" without one.
        state: in force, under way, waiting, failed, offline, or unable (an earlier version).
        problem: why it failed, if this management server has tried.
    """

    server: str
    package: str
    state: str
    problem: str = ""


class DeploymentView(View, frozen=True, kw_only=True):
    """A package that the installation names.

    Attributes:
        package: its SHA-256; `previous` is that of the package before.
        to: domain:NAME or server:NAME.
        rollout: going, stopped or over.
        problem: why it has stopped.
    """

    model: str
    package: str
    previous: str
    to: list[str]
    at_a_time: int
    stop_on_error: bool
    rollout: str
    problem: str
    servers: list[ServerPackageView]


class PoolValueView(View, frozen=True, kw_only=True):
    """A setting of a pool.

    Attributes:
        name: as in deploy_desc.xml.
        override: in the installation; null without one.
        package: the package's value on each session server that has the pool.
        in_force: what is in force there.
    """

    name: str
    override: int | None
    package: dict[str, int]
    in_force: dict[str, int]


class PoolSettingsView(View, frozen=True, kw_only=True):
    """The settings of a pool that may be overridden."""

    name: str
    values: list[PoolValueView]


class Revision(View, frozen=True, kw_only=True):
    """The installation's revision after a change."""

    revision: str


class ChangeView(View, frozen=True, kw_only=True):
    """One difference between two versions of the installation.

    Attributes:
        kind: session server, domain or member.
        change: added, removed or changed.
        text: what it means.
    """

    kind: str
    name: str
    change: str
    text: str

    @classmethod
    def of(cls, change: Change) -> "ChangeView":
        """The view of a change."""
        return cls(kind=change.kind, name=change.name, change=change.change, text=change.text)


class ShareView(View, frozen=True, kw_only=True):
    """A server's share of its priority group, percent while all are online; null if it has none."""

    domain: str
    priority: int
    server: str
    before: float | None
    after: float | None

    @classmethod
    def of(cls, share: ShareChange) -> "ShareView":
        """The view of a changed share."""
        return cls(
            domain=share.domain,
            priority=share.priority,
            server=share.server,
            before=share.before,
            after=share.after,
        )


class Plan(View, frozen=True, kw_only=True):
    """What one version of the installation changes compared with another.

    Attributes:
        changes: in meaning.
        shares: those that change.
        warnings: of the newer version.
        text: the difference of the texts, as `diff -u` prints it.
    """

    from_revision: str
    to_revision: str
    changes: list[ChangeView]
    shares: list[ShareView]
    warnings: list[str]
    text: str


class VersionView(View, frozen=True, kw_only=True):
    """A version of the installation that is kept.

    Attributes:
        time: when it was published or noticed, ISO 8601 in UTC; "" if that is not known.
        author: "" if nobody is known, as for an edit of the file.
        in_force: whether it is the one in force.
    """

    revision: str
    time: str
    author: str
    comment: str
    in_force: bool


class PartView(View, frozen=True, kw_only=True):
    """A part of the installation. Gateways have no address here: nobody connects to them but clients.

    Attributes:
        state: of management servers and session servers; "" for gateways, which nobody watches.
    """

    role: str
    name: str
    address: str = ""
    state: str = ""


class LoginView(View, frozen=True, kw_only=True, omit_defaults=True):
    """A login.

    Attributes:
        user: the user's name, with the directory unless it is native.
        permissions: that the user has for something, if not for everything.
        expires: when it ends, ISO 8601 in UTC; "" for a token of another issuer.
        token: to send as `Authorization: Bearer`; "" if a cookie has it.
        csrf_token: to send as `X-CSRF-Token` with changes, beside the cookie.
    """

    user: str
    permissions: list[str]
    expires: str = ""
    token: str = ""
    csrf_token: str = ""


class LoggedOut(View, frozen=True, kw_only=True):
    """The result of logging out."""

    done: str


class Changed(View, frozen=True, kw_only=True):
    """The result of an action."""

    server: str
    done: str
    revision: str = ""


def state_of(server: Server) -> tuple[str, str]:
    """The state in one word, and the reason."""
    health = server.health
    if not health.online:
        return health.state.value, health.reason
    if server.admin_state != "up":
        word = {"drain": "draining", "maintenance": "maintenance"}[server.admin_state]
        return word, "by the administrator"
    return ("draining", "reported by the server") if health.draining else ("online", "")


def server_view(server: Server, domains: list[str], now: float) -> ServerView:
    """The view of a server."""
    state, reason = state_of(server)
    status = server.status or Status(boot="")
    configured = server.configured.address if server.configured else None
    return ServerView(
        name=server.name,
        state=state,
        reason=reason,
        admin_state=server.admin_state,
        configured=server.configured is not None,
        registered_address=server.address,
        configured_address=str(configured or ""),
        last_seen=round(now - server.health.heard, 3) if server.health.boot else -1.0,
        since=round(now - server.health.since, 3),
        boot=server.health.boot,
        active=status.active,
        idle=status.idle,
        pending=status.pending,
        suspended=status.suspended,
        quarantined=status.quarantined,
        reserved=status.reserved,
        maximum=status.maximum,
        domains=domains,
        offers=[OfferView.of(offer) for offer in server.offers or ()],
        pools=[PoolView.of(server.name, pool) for pool in status.pools],
    )
