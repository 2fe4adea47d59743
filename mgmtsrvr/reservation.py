"""Reservations: asking a session server for a session, and cancelling unused reservations.

Law (tests/mgmtsrvr/test_broker.py): every request for a session ends in an `Answer` within the ask
timeout. Silence is `UNKNOWN`: the server is suspect for all requests and is sent a cancel that
names the attempt, so that a reservation already made, or made when the request arrives late, does
not keep a slot. A broken connection is `OFFLINE`. The registry is updated before the answer is
given.
"""

from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr import health
from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.allocation.allocator import Answer, Verdict
from verdigris.allocation.verdicts import verdict_of, verdict_of_error
from verdigris.errors import VerdigrisError
from verdigris.link import Link
from verdigris.wire import (
    CancelReservation,
    Offers,
    Reserve,
    Reserved,
    WatchOffers,
)


log = Logger()

CANCEL_WITHIN = 5.0
"""Seconds a cancel may take: no client waits for it, and the reservation expires by itself later."""


@dataclass(frozen=True, slots=True)
class ReservationClient:
    """The client that asks session servers, over the connections they registered with.

    Attributes:
        registry: the session servers; learns from their answers.
        clock: the time.
        timeout: seconds a server may take to answer.
    """

    registry: Registry
    clock: IReactorTime
    timeout: float

    async def reserve(
        self, server: Server, wanted: Reserve, request_id: str, seconds: float
    ) -> Answer:
        """The answer of one server.

        Args:
            server: the server to ask.
            wanted: the message that asks.
            request_id: of the client's call.
            seconds: the time that the client still waits.
        """
        started = self.clock.seconds()
        link = server.link
        if link is None:
            return Answer(Verdict.OFFLINE, server.health.reason)
        try:
            response = await link.call(
                wanted, request_id=request_id, seconds=min(self.timeout, seconds)
            )
        except VerdigrisError as problem:
            verdict, reason = verdict_of_error(problem, self.clock.seconds() - started)
        except CancelledError:  # the client went away; so must its reservation
            cancel(link, request_id, wanted.attempt)
            raise
        else:
            if isinstance(response, Reserved):
                took = (self.clock.seconds() - started) * 1000
                return Answer(Verdict.GRANTED, "", took, response.session, response.claim)
            verdict, reason = verdict_of(response)
        took = (self.clock.seconds() - started) * 1000
        if verdict is Verdict.UNKNOWN:
            cancel(link, request_id, wanted.attempt)
        self._learn(server, link, verdict, reason)
        return Answer(verdict, reason, took)

    def _learn(self, server: Server, link: Link, verdict: Verdict, reason: str) -> None:
        """Apply what the answer says about the server to the registry."""
        if server.link is not link:
            return  # it has registered again on a new connection
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
        """Read a server's models and pools again: our list is out of date."""
        try:
            response = await link.call(WatchOffers(), request_id="offers", seconds=CANCEL_WITHIN)
        except VerdigrisError as problem:
            log.warn("the models and pools of {server} cannot be read: {problem}",
                     server=server.name, problem=str(problem))  # fmt: skip
            return
        if isinstance(response, Offers):
            self.registry.heard(link, None, tuple(offer for offer, _ in response.offers))


def cancel(link: Link, request_id: str, attempt: int) -> None:
    """Cancel one attempt; the answer is not awaited."""
    done = link.call(
        CancelReservation(request_id, attempt), request_id=request_id, seconds=CANCEL_WITHIN
    )
    done.addErrback(lambda caught: caught.trap(VerdigrisError) and None)
