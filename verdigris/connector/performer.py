"""Carries out the steps of a plan: looks names up, calls peers, waits.

Law: a plan meets only outcomes, never exceptions of the network; every error handed on is this
call's own copy, because one lost connection ends many calls at once.
"""

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from typing import Any, Final, Protocol, TypeVar, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.interfaces import IAddress, IHostResolution, IReactorTime, IResolutionReceiver
from twisted.internet.task import deferLater
from zope.interface import implementer

from verdigris.connector import give_back
from verdigris.connector.attempts import (
    Addresses,
    Answered,
    Ask,
    Lost,
    Outcome,
    Pause,
    Plan,
    Rejected,
    Reply,
    Resolve,
    Send,
    Step,
    Unsent,
    Wait,
)
from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import (
    ConnectionLost,
    MethodTimedOut,
    ServerUnreachable,
    VerdigrisError,
    revive,
)
from verdigris.link import Link, Silent
from verdigris.values import Endpoint
from verdigris.wire import Login, Notice, Request, Response, SlotFreed


R = TypeVar("R")

LOOKUP = 2.0
"""Seconds for looking a host name up; twice the time for a connection."""


class Caller(Protocol):
    """An open connection, as the connector needs it; `verdigris.link.Link` is one."""

    open: bool

    def call(
        self, body: Request, *, request_id: str, seconds: float, grace: float = 0.0
    ) -> Deferred[Response]:
        """Ask the peer."""


class Dials(Protocol):
    """Gives connections; `verdigris.link.Dialer` is one."""

    def to(self, address: Endpoint, *, seconds: float = 1.0) -> Deferred[Any]:
        """A `Caller` at this address."""

    def close(self) -> None:
        """Close every connection."""


Lookup = Callable[[Endpoint], Deferred[list[Endpoint]]]
"""What a host name stands for."""


class Listener(Silent):
    """The handler of a connector's links: hears that a session has become free.

    Args:
        lines: whose first then asks.
    """

    def __init__(self, lines: WaitingLines) -> None:
        self._lines = lines

    def told(self, link: Link, notice: Notice) -> None:
        """Let the first of each line ask."""
        del link
        if isinstance(notice, SlotFreed):
            self._lines.notice()


MAX_GIVEN_UP: Final = 1_000
"""Calls that were given up and whose callers are remembered: an answer that still comes is given back."""


class Network:
    """Carries out steps.

    Args:
        reactor: for time, and to look names up.
        dialer: gives connections.
        lookup: instead of the reactor's resolver.
    """

    def __init__(self, reactor: object, dialer: Dials, lookup: Lookup | None = None) -> None:
        self.clock = cast(IReactorTime, reactor)
        self.dialer = dialer
        self._lookup = lookup or self._resolver
        self._given_up: dict[int, Login] = {}

    async def carry_out(self, plan: Plan[R]) -> R:
        """Run a plan to its end.

        Raises:
            VerdigrisError: whatever the plan ends with.
        """
        reply: Reply = None
        try:
            while True:
                try:
                    step = plan.send(reply)
                except StopIteration as done:
                    return cast(R, done.value)
                reply = await self._perform(step)
        finally:
            plan.close()

    async def _perform(self, step: Step) -> Reply:
        match step:
            case Send(message):
                self._give_back(message)
                return None
            case Pause(seconds):
                await deferLater(self.clock, seconds)
                return None
            case Wait(waiter, seconds):
                await self._wait(waiter, seconds)
                return None
            case Resolve(names):
                return Addresses(tuple([at for name in names for at in await self._found(name)]))
            case Ask():
                return await self._ask(step)

    async def _wait(self, waiter: Waiter, seconds: float) -> None:
        woken: Deferred[None] = Deferred()
        waiter.wake = lambda: None if woken.called else woken.callback(None)
        pause = self.clock.callLater(seconds, waiter.pause_is_over)
        try:
            await woken
        finally:
            if pause.active():
                pause.cancel()

    async def _ask(self, step: Ask) -> Outcome:
        try:
            link: Caller = await self.dialer.to(step.address, seconds=step.connect)
        except VerdigrisError as problem:
            return Unsent(own(problem))
        except CancelledError:  # the grant that was to be claimed is not: others wait for the slot
            self._give_back(give_back.unsent(step))
            raise
        if isinstance(link, Link):
            if not link.peer_is(step.role):
                return Unsent(_another_part(step, link))
            link.call_late(partial(self._late, step.address))
        if not link.open:
            return Unsent(ConnectionLost(peer=str(step.address), reason="the connection is closed"))
        try:
            body = await link.call(
                step.body, request_id=step.request_id, seconds=step.answer, grace=step.grace
            )
        except CancelledError:
            self._remember(step)
            raise
        except (ConnectionLost, MethodTimedOut) as problem:
            self._remember(step)
            lost = own(problem)
            return Unsent(lost) if lost.effect == "none" and not link.open else Lost(lost)
        except VerdigrisError as problem:
            boot = link.peer.boot if isinstance(link, Link) and link.peer else ""
            return Rejected(own(problem), boot)
        return Answered(body)

    def _remember(self, step: Ask) -> None:
        """Remember whose call it was: its answer may still come, with a session that nobody wants."""
        if step.login is not None:
            self._given_up[id(step.body)] = step.login  # the link keeps the body while it waits
            if len(self._given_up) > MAX_GIVEN_UP:
                del self._given_up[next(iter(self._given_up))]

    def _late(self, address: Endpoint, asked: Request, answer: Response) -> None:
        """An answer crossed the cancellation of its call."""
        login = self._given_up.pop(id(asked), None)
        self._give_back(give_back.late(address, asked, answer, login))

    def _give_back(self, message: Ask | None) -> None:
        """Send what gives a grant or a session back; nobody waits for it."""
        if message is not None:
            Deferred.fromCoroutine(self._ask(message)).addErrback(lambda _: None)

    async def _found(self, name: Endpoint) -> list[Endpoint]:
        try:
            ip_address(name.host.partition("%")[0])
        except ValueError:
            pass
        else:
            return [name]
        found = self._lookup(name)
        found.addTimeout(LOOKUP, self.clock)
        try:
            return await found
        except DeferredTimeout:
            return []

    def _resolver(self, name: Endpoint) -> Deferred[list[Endpoint]]:
        receiver = _Receiver(name.port)
        resolver: Any = cast(Any, self.clock).nameResolver
        resolver.resolveHostName(receiver, name.host, name.port)
        return receiver.done


def _another_part(step: Ask, link: Link) -> ServerUnreachable:
    """The error of a call to an address where another part listens."""
    reason = f"it is {link.peer_name}, not a {step.role}"
    return ServerUnreachable(server=step.address.host, address=step.address, reason=reason)


@implementer(IResolutionReceiver)
class _Receiver:
    """Collects the addresses of a name."""

    def __init__(self, port: int) -> None:
        self.done: Deferred[list[Endpoint]] = Deferred()
        self._port = port
        self._found: list[Endpoint] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803 - Twisted's names
        """Nothing to do yet."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - Twisted's name
        """One more address."""
        if isinstance(address, IPv4Address | IPv6Address):
            self._found.append(Endpoint(address.host, self._port))

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        """All found."""
        if not self.done.called:
            self.done.callback(list(dict.fromkeys(self._found)))


def own(error: VerdigrisError) -> VerdigrisError:
    """A copy of an error that several calls may have been ended with."""
    copy = revive(error.code, error.facts, error.details)
    copy.request_id, copy.effect = error.request_id, error.effect
    return copy
