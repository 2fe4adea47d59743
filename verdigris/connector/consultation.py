"""Asking management servers: whom, how long, and whose word counts. Pure.

Law: any question may be asked of any of them, until one decides; one that does not is asked last for a
while. One management server's word that servers are offline is not believed until another one says so
too. Wrong names and rejected credentials are final at once, at the first that says so.
Source: decision 0200; product facts 2.5.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

from verdigris.connector.attempts import (
    Answered,
    Attempts,
    Lost,
    Outcome,
    Plan,
    Rejected,
    Unsent,
)
from verdigris.connector.management_servers import ManagementServers
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.errors import (
    DirectoryAway,
    InternalError,
    LoginsBusy,
    MethodTimedOut,
    NoManagementServer,
    NoServerAvailable,
    NoSigningKey,
    ProtocolError,
    ServerUnreachable,
    TooManyCalls,
    TrustError,
    VerdigrisError,
    Warming,
)
from verdigris.values import Endpoint
from verdigris.wire import Locate, Located, Request, Response


A = TypeVar("A")

ANSWER: Final = 1.0
"""Seconds a management server has to answer (decision 0200)."""

NEXT_SERVER: Final = (
    Warming,
    ProtocolError,
    TooManyCalls,
    InternalError,
    MethodTimedOut,
    DirectoryAway,
    LoginsBusy,
    NoSigningKey,
)
"""Answers that say nothing about the request: another management server is asked at once. That a password is
wrong or a permission missing is an answer: it is final, and no other server hears the password."""


def locate(
    attempts: Attempts,
    book: ManagementServers,
    server: str,
    own: OwnAllocation | None = None,
) -> Plan[Endpoint]:
    """The address of a session server by its name.

    Args:
        attempts: the patience of the call.
        book: the management servers.
        server: the name.
        own: knows addresses too, for as long as no management server answers.

    Raises:
        UnknownServer: there is none.
        ServerUnreachable: it has not told anybody its address.
        NoManagementServer: none answered.
    """
    while True:
        known = own.address(server) if own is not None and own.ready(attempts.now()) else None
        if known is not None and book.silent:
            return known
        patience = None if known is None else ANSWER
        body = yield from one_round(attempts, book, lambda: Locate(server), patience=patience)
        if isinstance(body, VerdigrisError):
            if known is not None:
                return known
            yield from attempts.again(body)
            continue
        address = expect(body, Located, "management server").address
        if address:
            return session_server_at(address)
        yield from attempts.again(
            ServerUnreachable(server=server, address="?", reason="it has never registered")
        )


def consult(
    attempts: Attempts, book: ManagementServers, ask: Callable[[], Request], seconds: float = ANSWER
) -> Plan[Response]:
    """Any question to any management server, asked until the connection timeout.

    Raises:
        VerdigrisError: what was answered, or NoManagementServer.
    """
    while True:
        answer = yield from one_round(attempts, book, ask, seconds)
        if not isinstance(answer, VerdigrisError):
            return answer
        yield from attempts.again(answer)


def one_round(
    attempts: Attempts,
    book: ManagementServers,
    ask: Callable[[], Request],
    seconds: float = ANSWER,
    patience: float | None = None,
) -> Plan[Response | VerdigrisError]:
    """One round over the management servers, until one decides.

    Args:
        attempts: the patience of the call.
        book: the management servers.
        ask: makes the question.
        seconds: for each answer.
        patience: seconds after which no further one is asked; None asks all.
    """
    began = attempts.now()
    if book.unresolved(attempts.now()):
        book.learn((yield from attempts.resolve(book.names)), attempts.now())
    opinion: NoServerAvailable | None = None
    told_by = ""
    nothing: VerdigrisError | None = None
    distrusted = True
    for address in book.order(attempts.now()):
        if attempts.left <= 0:
            return opinion or attempts.problem or nothing or nobody(attempts, book, seconds)
        if patience is not None and attempts.now() - began >= patience:
            distrusted = False  # perhaps one of those that were not asked can be trusted
            break
        attempts.attempt += 1
        answer = min(seconds, max(attempts.left, 0.05)) if seconds == ANSWER else seconds
        outcome = yield from attempts.ask(address, ask(), answer, role="management server")
        distrusted = distrusted and _is_distrust(outcome)
        match outcome:
            case Answered(body):
                book.worked(address)
                return body
            case Rejected(NoServerAvailable() as refusal, peer):
                attempts.renew()
                again = bool(peer) and peer == told_by  # one server at two addresses of a name
                if doubtful(refusal) and (opinion is None or again):
                    opinion, told_by = refusal, peer
                    continue
                book.worked(address)
                return refusal
            case Rejected(error) if not isinstance(error, NEXT_SERVER):
                raise error
            case Rejected(error) | Unsent(error) | Lost(error):
                book.failed(address, attempts.now())
                if isinstance(outcome, Rejected) or isinstance(error, TrustError):
                    nothing = error
                elif why := error.facts.get("reason") or error.facts.get("problem"):
                    attempts.unheard = f" ({address}: {why})"
    if distrusted and nothing is not None:  # time does not mend certificates
        raise nothing
    if attempts.left <= 0:  # the last ask had no whole second: what was answered before stands
        return opinion or attempts.problem or nothing or nobody(attempts, book, seconds)
    return opinion or nothing or nobody(attempts, book, seconds)


def _is_distrust(outcome: Outcome) -> bool:
    """Whether there was no connection because one side does not trust the other."""
    return isinstance(outcome, Unsent) and isinstance(outcome.error, TrustError)


def nobody(attempts: Attempts, book: ManagementServers, seconds: float) -> VerdigrisError:
    """The error when no management server answered."""
    return NoManagementServer(
        addresses=book, seconds=f"{attempts.timeout or seconds:g}", why=attempts.unheard
    )


def reason(refusal: NoServerAvailable) -> str:
    """Why a management server refused, in its own word; one that gives none may be cut off."""
    return refusal.facts.get("reason") or str(refusal.details.get("reason") or "offline")


def doubtful(refusal: NoServerAvailable) -> bool:
    """Whether a 2643 may come from a management server that is cut off from its servers."""
    return "offline" in reason(refusal)


def expect(body: Response, kind: type[A], peer: str) -> A:
    """The answer, if it is of the kind that fits the question; else ProtocolError."""
    if isinstance(body, kind):
        return body
    raise ProtocolError(peer=peer, problem=f"{body!r} where {kind.__name__} was expected")


@lru_cache(10_000)  # as many session servers as an installation may have
def session_server_at(text: str) -> Endpoint:
    """The address of a session server, as a management server gave it.

    Raises:
        ProtocolError: it is none.
    """
    try:
        return Endpoint.parse(text)
    except ValueError as problem:
        raise ProtocolError(peer="management server", problem=str(problem)) from None
