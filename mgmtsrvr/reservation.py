"""Asking a session server for a session, and taking back what nobody will use.

Law: every ask ends in an `Answer`, within the ask timeout. Silence is `UNKNOWN`: the server is
suspect for everybody and is sent a cancel that names the attempt, so that a reservation that was
made, or is still to be made when the ask arrives late, does not keep a slot. A broken connection
is `OFFLINE`. What was learned is in the registry before the answer is given.
"""

from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr import health
from mgmtsrvr.allocator import Answer, Verdict
from mgmtsrvr.registry import Registry, Server
from verdigris.errors import (
    AtLimit,
    ConnectionLost,
    Draining,
    MethodTimedOut,
    NotOffered,
    PoolStopped,
    VariableListExhausted,
    VerdigrisError,
)
from verdigris.link import Link
from verdigris.wire import (
    CancelReservation,
    Offers,
    Refused,
    Reserve,
    Reserved,
    Response,
    WatchOffers,
)


log = Logger()

CANCEL_WITHIN = 5.0
"""Seconds a cancel may take: nobody waits for it, and the reservation expires by itself later."""

REFUSALS: dict[str, Verdict] = {
    "busy": Verdict.BUSY,
    "not offered": Verdict.NOT_OFFERED,
    "draining": Verdict.DRAINING,
}
ERRORS: dict[type[VerdigrisError], Verdict] = {
    AtLimit: Verdict.BUSY,
    VariableListExhausted: Verdict.BUSY,
    NotOffered: Verdict.NOT_OFFERED,
    PoolStopped: Verdict.NOT_OFFERED,
    Draining: Verdict.DRAINING,
    ConnectionLost: Verdict.OFFLINE,
    MethodTimedOut: Verdict.UNKNOWN,
}
"""What a server's error means to the allocator. Any other is UNKNOWN: it did not say no clearly."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks session servers over the connections they registered with.

    Attributes:
        ask: seconds a server may take.
    """

    registry: Registry
    clock: IReactorTime
    ask: float

    async def __call__(
        self, server: Server, wanted: Reserve, request_id: str, seconds: float
    ) -> Answer:
        """Ask one server.

        Args:
            server: whom.
            wanted: what for.
            request_id: of the client's call.
            seconds: that the client still waits.
        """
        started = self.clock.seconds()
        link = server.link
        if link is None:
            return Answer(Verdict.OFFLINE, server.health.reason)
        try:
            said = await link.call(wanted, request_id=request_id, seconds=min(self.ask, seconds))
        except VerdigrisError as problem:
            verdict, reason = ERRORS.get(type(problem), Verdict.UNKNOWN), str(problem)
        except CancelledError:  # the client went away; so must its reservation
            cancel(link, request_id, wanted.attempt)
            raise
        else:
            if isinstance(said, Reserved):
                took = (self.clock.seconds() - started) * 1000
                return Answer(Verdict.GRANTED, "", took, said.session, said.claim)
            verdict, reason = _verdict(said)
        took = (self.clock.seconds() - started) * 1000
        if verdict is Verdict.UNKNOWN:
            cancel(link, request_id, wanted.attempt)
            reason = f"no answer within {took / 1000:.1f} seconds" if _silent(reason) else reason
        self._learn(server, link, verdict, reason)
        return Answer(verdict, reason, took)

    def _learn(self, server: Server, link: Link, verdict: Verdict, reason: str) -> None:
        """Let the registry know what the answer says about the server."""
        if server.link is not link:
            return  # it came back on a new connection meanwhile
        match verdict:
            case Verdict.UNKNOWN:
                self.registry.apply(server, health.Unanswered("an ask"))
            case Verdict.OFFLINE:
                self.registry.apply(server, health.Lost(reason))
            case Verdict.DRAINING:
                self.registry.apply(server, health.Drains())
            case Verdict.NOT_OFFERED:
                Deferred.fromCoroutine(self.refresh(server, link))

    async def refresh(self, server: Server, link: Link) -> None:
        """Ask a server for its models and pools anew: our list is out of date."""
        try:
            said = await link.call(WatchOffers(), request_id="offers", seconds=CANCEL_WITHIN)
        except VerdigrisError as problem:
            log.warn("the offers of {server} cannot be read: {problem}",
                     server=server.name, problem=str(problem))  # fmt: skip
            return
        if isinstance(said, Offers):
            self.registry.heard(link, None, tuple(offer for offer, _ in said.offers))


def cancel(link: Link, request_id: str, attempt: int) -> None:
    """Take one attempt back; nobody waits for the answer."""
    done = link.call(
        CancelReservation(request_id, attempt), request_id=request_id, seconds=CANCEL_WITHIN
    )
    done.addErrback(lambda caught: caught.trap(VerdigrisError) and None)


def _verdict(said: Response) -> tuple[Verdict, str]:
    """What an answer that grants nothing means."""
    match said:
        case Refused(reason=reason, limit=limit, maximum=maximum, text=text):
            bound = f"{limit} limit of {maximum}" if limit else ""
            return REFUSALS[reason], text or bound
        case _:
            return Verdict.UNKNOWN, f"answered with {type(said).__name__}"


def _silent(reason: str) -> bool:
    return reason == str(MethodTimedOut())
