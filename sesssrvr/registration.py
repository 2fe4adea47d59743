"""A standing connection to one management server: register, heartbeat, tell what changes.

There is always a connection or a next try; serving clients never waits for it. Both sides send
heartbeats, and the side that receives none for too long ends the connection, since a frozen peer or
a cut cable is not noticed otherwise (decision 0181). Only time in which this process ran itself
counts as silence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sesssrvr.rows.keeper import RowKeeper
from verdigris.errors import (
    BadRequest,
    ConnectionLost,
    ForeignServer,
    IdentityRefused,
    NameTaken,
    ServerUnreachable,
    TlsFailed,
    VerdigrisError,
)
from verdigris.identity import Security
from verdigris.link import Dialer, Handler, Incoming, Link, was_refused
from verdigris.values import Endpoint
from verdigris.wire import (
    Authenticate,
    Heartbeat,
    Hello,
    Notice,
    Offer,
    PoolOverride,
    Register,
    Registered,
    Response,
    RevokedPart,
    RowsChanged,
    SessionSecurity,
    SlotFreed,
    Status,
)


log = Logger()

FIRST_BACKOFF: Final = 0.05
LAST_BACKOFF: Final = 2.0
"""Seconds between tries, doubling, with full jitter: a management server that comes back has its
session servers again within two seconds, and they do not come all at once (decision 0181)."""

REFUSED_BACKOFF: Final = 10.0
"""Seconds after a refusal that only an administrator can end: another installation, a taken name, a
certificate that is not good."""

MISSES: Final = 4
"""Heartbeats of the management server that may be missing. One more than it allows us: a false
alarm here costs a registration, a late one costs nothing, since clients are served meanwhile."""

PUSH_EVERY: Final = 0.05
"""Seconds between pushed status changes, so that a busy server does not talk of itself all day."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a registration needs to know of its server, asked when it is needed."""

    name: str
    installation: str
    address: Callable[[], str]
    offers: Callable[[], tuple[Offer, ...]]
    status: Callable[[], Status]
    admin: Callable[[str], None]
    revoke: Callable[[tuple[RevokedPart, ...]], None] = lambda _: None
    secure: Callable[[Link, SessionSecurity | None], None] = lambda *_: None
    override: Callable[[tuple[PoolOverride, ...]], None] = lambda _: None


class Registration:
    """The standing connection to one management server.

    Args:
        target: its address.
        server: the session server.
        me: the hello.
        handler: answers what the management server asks on this connection.
        reactor: for connections and time.
        chance: a number in [0, 1).
        security: TLS of this server; None speaks plain text.
        dialer: makes the dialer instead.
        rows: asks this management server for rows; None if another one is asked.
    """

    def __init__(
        self,
        target: Endpoint,
        server: ServerInfo,
        me: Hello,
        handler: Handler,
        reactor: IReactorTime,
        chance: Callable[[], float],
        security: Security | None = None,
        dialer: Callable[[Hello, Handler], Dialer] | None = None,
        *,
        rows: RowKeeper | None = None,
    ) -> None:
        self.target = target
        self._server = server
        self._handler = handler
        self._clock = reactor
        self._chance = chance
        self._rows = rows
        usual = partial(Dialer, reactor, security=security)
        self._dialer: Dialer = (dialer or usual)(me, self)
        self._link: Link | None = None
        self._every = 0.5
        self._heard = self._due = 0.0
        self._told: tuple[Offer, ...] | None = None
        self._failures = 0
        self._refusal = ""
        self._timer: IDelayedCall | None = None
        self._push: IDelayedCall | None = None
        self._trying: Deferred[None] | None = None
        self._stopped = True
        self._secures = False

    def __repr__(self) -> str:
        state = "registered" if self.registered else self._refusal or "away"
        return f"<Registration at {self.target} {state}>"

    @property
    def registered(self) -> bool:
        """Whether the management server knows this server now."""
        return self._link is not None

    @property
    def management(self) -> str:
        """The name of the management server; "" while it is not connected."""
        return self._link.peer.name if self._link is not None and self._link.peer else ""

    @property
    def can_be_asked(self) -> bool:
        """Whether the management server is connected, and knows of session server security."""
        return self._link is not None and self._secures

    async def ask(self, body: Authenticate, request_id: str, seconds: float) -> Response:
        """Ask about a user.

        Raises:
            VerdigrisError: its refusal, or there is no connection.
        """
        link = self._link
        if link is None:
            raise ConnectionLost(peer=str(self.target), reason="not registered")
        return await link.call(body, request_id=request_id, seconds=seconds)

    # ---- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect, and stay connected."""
        self._stopped = False
        self._try()

    def stop(self) -> None:
        """Leave, for good."""
        self._stopped = True
        self._drop_timers()
        if self._trying is not None:
            self._trying.cancel()
        self._dialer.close()

    def wake_up(self) -> None:
        """Connect to the management server now: it has sent a wake-up call."""
        if not self._stopped and self._link is None and self._trying is None:
            self._failures = 0
            self._drop_timers()
            self._try()

    def changed(self) -> None:
        """Status or offers have changed: tell it soon."""
        if self._link is not None and self._push is None:
            self._push = self._clock.callLater(PUSH_EVERY, self._tell)

    def offers_changed(self) -> None:
        """Models or pools come, go, start or stop: tell it now.

        The order is answered after it, so that its sender can rely on the management server then.
        """
        if self._link is not None:
            self._tell()

    def slot_freed(self) -> None:
        """A refused request may be tried again."""
        if self._link is not None:
            self._link.tell(SlotFreed())

    # ---- the handler's side: what the management server does on this connection ----------------

    def hello(self, link: Link, peer: Hello) -> None:
        """Judged as any peer."""
        self._handler.hello(link, peer)

    async def handle(self, call: Incoming) -> Response:
        """Answer as on any link."""
        self._heard = self._clock.seconds()
        return await self._handler.handle(call)

    def told(self, link: Link, notice: Notice) -> None:
        """A heartbeat, or other servers lack rows."""
        self._heard = self._clock.seconds()
        if isinstance(notice, RowsChanged) and self._rows is not None:
            self._rows.renew()
        self._handler.told(link, notice)

    def closed(self, link: Link, reason: str) -> None:
        """Go on serving, and try again."""
        self._handler.closed(link, reason)
        if self._rows is not None:
            self._rows.lost(link)
        if self._link is link:
            self._link = None
            self._drop_timers()
            if self._stopped:
                return
            log.warn("lost management server {at}: {reason}", at=str(self.target), reason=reason)
            self._again()

    # ---- registering -------------------------------------------------------------------------

    def _try(self) -> None:
        self._timer = None
        trying = Deferred.fromCoroutine(self._register())
        trying.addErrback(lambda why: log.failure("registration failed", why))
        self._trying = None if trying.called else trying

    def _again(self, seconds: float | None = None) -> None:
        if self._stopped:
            return
        bound = min(LAST_BACKOFF, FIRST_BACKOFF * 2 ** min(self._failures, 10))
        wait = bound * self._chance() if seconds is None else seconds
        self._failures += 1
        self._timer = self._clock.callLater(wait, self._try)

    async def _register(self) -> None:
        began = 0.0 if self._rows is None else self._rows.seconds()
        try:
            link = await self._dialer.to(self.target, seconds=2.0)
            if not link.peer_is("management server"):
                link.close()
                reason = f"it is {link.peer_name}, not a management server"
                at = self.target
                raise ServerUnreachable(server=at.host, address=at, reason=reason)
            answer = await self._asked(link)
        except CancelledError:
            return
        except (ForeignServer, NameTaken, IdentityRefused, TlsFailed) as problem:
            self._refused(problem)
        except VerdigrisError as problem:
            say = log.debug if self._failures else log.warn
            say("no registration at {at}: {problem}", at=str(self.target), problem=_words(problem))
            if self._rows is not None and was_refused(problem):
                self._rows.absent(began)
            self._trying = None
            self._again()
        else:
            self._trying = None
            self._accepted(link, answer)

    async def _asked(self, link: Link) -> Registered:
        server = self._server
        self._told = server.offers()
        body = Register(
            server.name,
            server.installation,
            server.address(),
            self._told,
            server.status(),
            self._rows is not None,
            can_check_users=True,
            follows=True,
        )
        try:
            answer = await link.call(body, request_id=f"register-{server.name}", seconds=5.0)
        except BaseException:
            link.close()
            raise
        if not isinstance(answer, Registered):
            link.close()
            raise BadRequest(problem=f"{type(answer).__name__} in answer to a registration")
        return answer

    def _accepted(self, link: Link, answer: Registered) -> None:
        if self._stopped or not link.open:
            self._again()
            return
        self._link, self._every = link, max(0.05, answer.heartbeat)
        self._failures, self._refusal = 0, ""
        self._heard = self._due = self._clock.seconds()
        log.info("registered at management server {at}", at=str(self.target))
        self._server.admin(answer.admin_state)
        self._server.revoke(answer.revoked)
        self._secures = answer.security is not None
        self._server.secure(link, answer.security)
        if answer.pools is not None:
            self._server.override(answer.pools)
        self._tell()
        if self._rows is not None:
            self._rows.registered(link, gives_rows=answer.gives_rows)

    def _refused(self, problem: VerdigrisError) -> None:
        self._trying = None
        if str(problem) != self._refusal:
            log.error(
                "management server {at} refuses this server: {problem} Tried again every {every} s.",
                at=str(self.target),
                problem=str(problem),
                every=REFUSED_BACKOFF,
            )
        self._refusal = str(problem)
        self._again(REFUSED_BACKOFF)

    # ---- heartbeats --------------------------------------------------------------------------

    def _tell(self) -> None:
        """Heartbeat and push are one: the status, and the offers if they are others than told."""
        self._drop_timers()
        link = self._link
        if link is None:
            return
        now = self._clock.seconds()
        if now - self._due > self._every:  # we were stopped: what was said meanwhile is unread
            self._heard = now
        silent = now - self._heard
        if silent > self._every * MISSES:
            log.warn("no heartbeat of management server {at} for {silent:.1f} s", at=str(self.target), silent=silent)  # fmt: skip
            link.abort()
            return
        offers = self._server.offers()
        changed = None if offers == self._told else offers
        self._told = offers
        link.tell(Heartbeat(self._server.status(), changed))
        wait = self._every * (0.9 + 0.2 * self._chance())
        self._due = now + wait
        self._timer = self._clock.callLater(wait, self._tell)

    def _drop_timers(self) -> None:
        for timer in (self._timer, self._push):
            if timer is not None and timer.active():
                timer.cancel()
        self._timer = self._push = None


def _words(problem: VerdigrisError) -> str:
    """The reason alone where the sentence would call the management server a session server."""
    if isinstance(problem, ServerUnreachable):
        return f"the management server cannot be reached: {problem.facts['reason']}"
    return str(problem)
