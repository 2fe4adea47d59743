"""A newcomer's requests to a management server: to join, to be told whom to trust, to leave."""

from typing import Final, TypeVar

from twisted.internet.defer import Deferred

from verdigris.connector._thread import in_thread
from verdigris.errors import IdentityRefused, ProtocolError
from verdigris.identity import Part, Role, Security
from verdigris.link import Dialer, Link
from verdigris.values import Endpoint
from verdigris.wire import Hello, Request, Response


CONNECT: Final = 5.0
ANSWER: Final = 30.0
"""Seconds: a management server checks a password and writes the installation."""

R = TypeVar("R", bound=Response)


def ask(address: Endpoint, security: Security, request: Request, kind: type[R]) -> R:
    """The answer of a management server, for a program without a reactor.

    Args:
        address: of the management server.
        security: whom to trust, and who this is.
        request: what is asked.
        kind: of its answer.

    Raises:
        VerdigrisError: it cannot be reached, is not a management server, or what it answered.
    """
    thread = in_thread()

    async def job() -> Response:
        dialer = Dialer(thread.reactor, hello_of(security.part), security=security)
        try:
            link: Link = await dialer.to(address, seconds=CONNECT)
            require_management_server(link)
            return await link.call(request, request_id="membership", seconds=ANSWER)
        finally:
            dialer.close()

    answer = thread.wait(lambda: Deferred.fromCoroutine(job()))
    if not isinstance(answer, kind):
        raise ProtocolError(peer=f"the server at {address}", problem=f"{answer!r} as answer")
    return answer


def hello_of(part: Part | None) -> Hello:
    """What a part says of itself; a newcomer is a tool yet."""
    if part is None:
        return Hello(Role.TOOL.words, "verdigris join")
    return Hello(part.role.words, part.name, part.installation)


def require_management_server(link: Link) -> None:
    """Refuse to send passwords, tokens and requests to any other part.

    Raises:
        IdentityRefused: the peer is not a management server.
    """
    if link.part is None or link.part.role is not Role.MANAGEMENT_SERVER:
        peer = str(link.part or "the peer")
        raise IdentityRefused(peer=peer, reason="it is not a management server")
