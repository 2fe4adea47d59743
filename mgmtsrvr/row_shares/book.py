"""The keeper of the ledger of rows: answers session servers, and finds out which of them are dead.

It is the only place that holds the ledger; what is decided is in `ledger.py`. What is granted is on
the disk before the answer leaves.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.health import State
from mgmtsrvr.registry import Registry
from mgmtsrvr.row_shares import ledger_file
from mgmtsrvr.row_shares.ledger import (
    SLACK,
    Claim,
    Ledger,
    Owner,
    aged,
    alive,
    granted,
    reported,
    to_call,
    without,
)
from mgmtsrvr.session_server import Server
from verdigris.config.atomic import write_file
from verdigris.config.watch import Elsewhere, at_once, read_file
from verdigris.errors import BadRequest, CannotRead, CannotWrite, ProtocolError, VerdigrisError
from verdigris.link import Dialer, Link, was_refused
from verdigris.link.periodic import steadily
from verdigris.values import Endpoint
from verdigris.wire import RenewRows, RowsChanged, RowsGranted, RowShare


log = Logger()

EVERY: Final = 0.25
"""Seconds between looks at leases."""
PROBE_EVERY: Final = 1.0
"""Seconds between calls at a server that is away and has rows."""
DEAD_AFTER: Final = 5.0
"""Seconds in which the machine of a server says that nobody listens there, until the server is taken
as dead: longer than the end of a process takes that has stopped listening."""


class Holding(NamedTuple):
    """The rows of a group that one owner has.

    Attributes:
        keys: what they are known by.
        used: how many have sessions in use, as the owner last said.
        seconds: until the lease is over.
        connected: whether the owner is there.
    """

    owner: Owner
    keys: list[str]
    used: int
    seconds: float
    connected: bool


class RowBook:
    """The keeper of the ledger.

    Args:
        registry: the session servers.
        dialer: opens connections to session servers that are away.
        clock: for delays.
        seconds: the time, of a steady clock.
        lease: seconds for which rows are granted.
        path: the file; None keeps nothing.
        elsewhere: runs what writes the file.

    Attributes:
        ledger: as it is.
        port: at which this management server listens.
    """

    def __init__(
        self,
        registry: Registry,
        dialer: Dialer,
        clock: IReactorTime,
        seconds: Callable[[], float],
        lease: float,
        path: Path | None = None,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self.ledger = Ledger()
        self.port = 0
        self._registry = registry
        self._dialer = dialer
        self._seconds = seconds
        self._lease = lease
        self._path = path
        self._elsewhere = elsewhere
        self._turn = DeferredLock()
        self._kept = b""
        self._is_new = True
        self._grants_from = 0.0
        self._called: set[Owner] = set()
        self._seen: object = None
        self._refused: dict[Owner, float] = {}
        self._next_probe = 0.0
        self._loop = steadily(self.tick, "watching the leases of rows", clock)

    def __repr__(self) -> str:
        return f"<RowBook {self.ledger!r}>"

    # ---- life --------------------------------------------------------------------------------

    def start(self) -> None:
        """Read what was kept, and watch the leases."""
        if self._path is not None and self._path.exists():
            self._load(self._path)
        self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """Watch no more."""
        if self._loop.running:
            self._loop.stop()

    def _load(self, path: Path) -> None:
        until = self._seconds() + self._lease * SLACK
        self._is_new = False
        try:
            self._kept = read_file(path)
            self.ledger = ledger_file.ledger_of(self._kept, until)
        except (CannotRead, ValueError) as problem:
            # Whoever has rows says so in the time of a lease, or has stopped using them.
            self._grants_from = until
            log.error(  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                "{path} cannot be used ({problem}): rows of variable lists that no session server "
                "reports are granted again in {seconds:.0f} s",
                path=str(path),
                problem=str(problem),
                seconds=self._lease * SLACK,
            )

    # ---- session servers ---------------------------------------------------------------------

    async def renew(self, link: Link, request: RenewRows) -> RowsGranted:
        """The share of a session server.

        Raises:
            ProtocolError: it has not registered on this connection, or has since on another one.
            BadRequest: session servers disagree on which management server is asked.
        """
        await self._turn.acquire()
        try:
            shares = await self._granted(self._asking(link), request)
        finally:
            self._turn.release()
        self._call()
        return RowsGranted(self._lease, self.ledger.number, self.port, shares)

    def _asking(self, link: Link) -> Server:
        server = self._registry.registered(link)
        if server is None:
            raise ProtocolError(peer="the caller", problem="only registered servers ask for rows")
        for other in self._registry.servers.values():
            if other.link is not None and not other.asks_for_rows:
                raise BadRequest(
                    problem=f"session server {other.name} asks another management server for rows of "
                    "variable lists: list the same management servers in every sesssrvr.xml"
                )
        return server

    async def _granted(self, server: Server, request: RenewRows) -> tuple[RowShare, ...]:
        now, owner = self._seconds(), Owner(server.name, request.boot)
        earlier = [
            other
            for other, claim in self.ledger.claims.items()
            if other.server == owner.server and other != owner and claim.address == server.address
        ]  # two processes cannot listen at one address
        needs = {need.group: need for need in request.needs}
        claim = Claim(now + self._lease * SLACK, server.address, request.at_home, needs)
        before = reported(without(aged(self.ledger, now), earlier, now), owner, claim, request, now)
        live = self._live() | {owner}
        self._called.discard(owner)
        after, shares = granted(before, owner, live, more=self._may_grant(now))
        if not await self._keep(after):
            after, shares = granted(before, owner, live, more=False)
        self.ledger = after
        return shares

    async def _keep(self, ledger: Ledger) -> bool:
        """Write what has changed; whether it is on the disk."""
        path, data = self._path, ledger_file.document(ledger)
        if path is None or data == self._kept:
            return True
        try:
            await self._elsewhere(lambda: write_file(path, data))
        except CannotWrite as problem:
            log.error("no rows of variable lists are granted: {problem}", problem=str(problem))  # noqa: TRY400 - as above
            return False
        self._kept = data
        return True

    def _may_grant(self, now: float) -> bool:
        """Whether what nobody is known to have is free: not before servers could report after a start."""
        return now >= self._grants_from and not (self._is_new and self._registry.warming)

    def holdings(self, group: str) -> list[Holding]:
        """Who has which rows of a group."""
        now, live = self._seconds(), self._live()
        found = []
        for owner, claim in sorted(self.ledger.claims.items(), key=lambda it: it[0]):
            need, keys = claim.needs.get(group), self.ledger.held(group, owner)
            if keys or need is not None:
                used = 0 if need is None else need.used
                found.append(Holding(owner, keys, used, claim.until - now, owner in live))
        return found

    def _live(self) -> set[Owner]:
        """The owners that are connected."""
        return {
            Owner(server.name, server.health.boot)
            for server in self._registry.servers.values()
            if server.link is not None and server.health.state is not State.OFFLINE
        }

    def _call(self) -> None:
        """Have the servers ask whose shares have changed; each once, until it has asked."""
        now = self._seconds()
        for owner in to_call(self.ledger, self._live()) if self._may_grant(now) else ():
            link = self._registry.servers[owner.server].link
            if link is not None and owner not in self._called:
                self._called.add(owner)
                link.tell(RowsChanged())

    # ---- time --------------------------------------------------------------------------------

    def tick(self) -> None:
        """End the leases that are over, and look for servers that are dead."""
        if self._turn.locked:
            return  # a server is being answered; a quarter of a second later is soon enough
        now = self._seconds()
        self.ledger = aged(self.ledger, now)
        live = self._live()
        self._called &= live
        seen = (self.ledger, live, self._may_grant(now))
        if seen != self._seen:
            self._seen = seen
            self._call()
        if now >= self._next_probe:
            self._next_probe = now + PROBE_EVERY
            away = self.ledger.claims.keys() - live
            self._refused = {it: at for it, at in self._refused.items() if it in away}
            for owner, claim in self.ledger.claims.items():
                if owner not in live:
                    probing = Deferred.fromCoroutine(self._probe(owner, claim))
                    probing.addErrback(lambda why: log.failure("a server was not met", why))

    async def _probe(self, owner: Owner, claim: Claim) -> None:
        """Find out whether an owner that is away is dead."""
        began = self._seconds()
        try:
            link = await self._dialer.to(Endpoint.parse(claim.address), seconds=PROBE_EVERY)
        except ValueError:
            return
        except VerdigrisError as problem:
            if not (was_refused(problem) and claim.at_home):
                self._refused.pop(owner, None)
            elif began - self._refused.setdefault(owner, began) >= DEAD_AFTER:
                await self._change(
                    lambda it: without(it, [owner], began), f"{owner.server} is dead"
                )
            return
        self._refused.pop(owner, None)
        boot = "" if link.peer is None else link.peer.boot
        link.close()
        if boot == owner.boot:
            until = began + self._lease * SLACK
            await self._change(lambda it: alive(it, owner, until))
        elif claim.at_home:
            await self._change(lambda it: without(it, [owner], began), f"{owner.server} has ended")

    def _change(self, change: Callable[[Ledger], Ledger], why: str = "") -> Awaitable[None]:
        """Apply what was found out, unless the owner has come back meanwhile."""

        def apply() -> None:
            live, after = self._live(), change(self.ledger)
            gone = self.ledger.claims.keys() - after.claims.keys()
            if gone & live:
                return
            if gone:
                log.info("its rows of variable lists are free: {why}", why=why)
            self.ledger = after

        ran: Deferred[None] = self._turn.run(apply)
        return ran
