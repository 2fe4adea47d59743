"""Session calls over REST: a batch of them as JSON, and the screen as JSON or text.

They are performed in the session that the request names (rsResourceCreate makes one), or in one that is
taken for the request alone. Only services that `sessionCallsAllowed` names have them.
"""

from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec
from msgspec import Struct
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from gateway.call import Client, Invocation
from gateway.http import Request
from gateway.http.responses import UNCACHED, Reply
from gateway.http.target import path_of
from gateway.problems import Problems
from gateway.rest.negotiation import accepted, body_in
from gateway.rest.parameters import environment_headers
from gateway.rest.problem_details import problem_reply
from gateway.rest.reading import OperationReader
from gateway.security.authentication import Authentication
from gateway.services.service import Service
from verdigris.errors import BadRequest, InternalError, VerdigrisError
from verdigris.json_members import repeated_member
from verdigris.wire import session_calls as calls
from wsdl.names import PATH_SEGMENTS


log = Logger()

JSON: Final = "application/json"
TEXT: Final = "text/plain"
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_CALLS: Final = msgspec.json.Decoder(list[msgspec.Raw])


CALLS: Final = "sessionCalls"
SCREEN: Final = "sessionScreen"


def is_allowed(service: Service, client: Client, operation: str) -> bool:
    """Whether clients of a service have one of the two operations."""
    path = f"{PATH_SEGMENTS[service.kind]}/{service.contract.name}/{operation}"
    return any(fnmatchcase(path, one) for one in client.config.session_calls_allowed)


class SessionRequest(Struct, frozen=True):
    """A request that has been read.

    Attributes:
        service: that is called.
        invocation: environment and model variables.
        wanted: the calls.
        media: of the answer.
        screen: the answer is the screen alone.
        path: of the URL, for problem documents.
    """

    service: Service
    invocation: Invocation
    wanted: tuple[calls.AnyCall, ...]
    media: str
    screen: bool
    path: str


class SessionResource:
    """The session calls of all services.

    Args:
        keeper: identifies clients.
    """

    def __init__(self, keeper: Authentication) -> None:
        self._keeper = keeper

    def __repr__(self) -> str:
        return "<SessionResource>"

    def read_calls(
        self, request: Request, client: Client, service: Service, reader: OperationReader
    ) -> SessionRequest:
        """Read a batch of calls.

        Args:
            request: to be read.
            client: its sender.
            service: that it calls.
            reader: of an operation without values of its own: environment and variables.

        Raises:
            Problems, VerdigrisError: what is wrong with it.
        """
        kind, coding = request.joined("content-type"), request.joined("content-encoding")
        data = body_in(request.body, kind, coding, client.config.max_request_bytes)
        members = _members(data)
        listed = members.pop("calls", None)
        if listed is None:
            raise BadRequest(problem="the body has no member calls: a list of session calls")
        wanted = _listed(listed)
        rest = msgspec.json.encode(members)
        invocation = reader.body(rest, environment_headers(request))
        return SessionRequest(service, invocation, wanted, JSON, False, path_of(request))  # noqa: FBT003 - a member

    def read_screen(
        self, request: Request, service: Service, reader: OperationReader
    ) -> SessionRequest:
        """Read a request for the screen; its arguments and errors are those of `read_calls`."""
        media = accepted(request.joined("accept"), (JSON, TEXT))
        invocation = reader.body(b"", environment_headers(request))
        if not invocation.environment.session:
            raise BadRequest(problem=f"{SCREEN} needs the SessionID of a session, as a header")
        wanted = (calls.GetScreen(fields=media == JSON),)
        return SessionRequest(service, invocation, wanted, media, True, path_of(request))  # noqa: FBT003 - a member

    async def respond(self, wanted: SessionRequest, client: Client) -> Reply:
        """The reply.

        Raises:
            CancelledError: the client went away.
        """
        try:
            own = wanted.invocation.environment.credentials
            identity = await self._keeper.identify(client, own)
            found = await wanted.service.call_session(
                wanted.invocation, wanted.wanted, identity, client
            )
        except Problems as problems:
            return problem_reply(problems, client.request_id, wanted.path)
        except VerdigrisError as caught:
            error = self._keeper.explained(caught, client)
            return problem_reply(Problems.of(error), client.request_id, wanted.path)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - no client ever sees a traceback; the log has it
            log.failure("a request failed", request_id=client.request_id)
            error = InternalError(what="see the log").settle(writes=calls.acts(wanted.wanted))
            return problem_reply(Problems.of(error), client.request_id, wanted.path)
        body = _body(wanted, found.results)
        media = f"{TEXT}; charset=utf-8" if wanted.media == TEXT else wanted.media
        return Reply(200, media, body, headers=(*UNCACHED, ("vary", "accept")))


def _body(wanted: SessionRequest, results: list[Any]) -> bytes:
    if not wanted.screen:
        return msgspec.json.encode({"results": results})
    if wanted.media == JSON:
        return msgspec.json.encode(results[0])
    return "".join(f"{line.rstrip()}\n" for line in results[0].lines).encode()


def _members(data: bytes) -> dict[str, msgspec.Raw]:
    try:
        members = _MEMBERS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(problem="the body is not a JSON object") from None
    if (twice := repeated_member(data, msgspec.json.decode(data))) is not None:
        raise BadRequest(problem=f"the body has the member {twice!r:.80} twice")
    return members


def _listed(listed: msgspec.Raw) -> tuple[calls.AnyCall, ...]:
    try:
        several = _CALLS.decode(listed)
    except msgspec.DecodeError:
        raise BadRequest(problem="the member calls is not a list of session calls") from None
    return tuple(calls.read_call(one, number, "json") for number, one in enumerate(several, 1))
