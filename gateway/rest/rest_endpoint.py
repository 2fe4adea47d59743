"""REST endpoint: the way of a call by REST, from its request to its reply.

It differs from SOAP's (`gateway.soap.endpoint`) in reading and writing only: the call is identified
and carried out by the same `identify` and `call`.
"""

from collections.abc import Iterator

from msgspec import Struct
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from gateway.call import Client, Invocation
from gateway.http import Request
from gateway.http.responses import UNCACHED, Reply
from gateway.http.target import path_of
from gateway.problems import AsInternalError, Problems
from gateway.rest.idempotency import Replays
from gateway.rest.negotiation import body_in, form_of
from gateway.rest.parameters import environment_headers, key_of, pairs
from gateway.rest.problem_details import problem_reply
from gateway.rest.reading import OperationReader
from gateway.rest.writing import MEDIA, Form, pieces_of
from gateway.security.authentication import Authentication
from gateway.services.service import Service
from verdigris.errors import InternalError, VerdigrisError


log = Logger()


class RestCall(Struct, frozen=True):
    """A call that has been read.

    Attributes:
        service: that is called.
        reader: of the operation.
        invocation: the operation and its values.
        form: of the reply.
        path: of the URL, for problem documents.
        key: its Idempotency-Key; "" if it has none.
        authorization: its Authorization header, and the user of its client certificate: a key belongs to
            one user.
    """

    service: Service
    reader: OperationReader
    invocation: Invocation
    form: Form
    path: str
    key: str
    authorization: str


class RestEndpoint:
    """Endpoint of all services.

    Args:
        keeper: identifies clients.
        replays: the replies of idempotency keys.
    """

    def __init__(self, keeper: Authentication, replays: Replays) -> None:
        self.keeper = keeper
        self._replays = replays

    def __repr__(self) -> str:
        return f"<RestEndpoint {self._replays!r}>"

    def read(
        self, request: Request, client: Client, service: Service, reader: OperationReader
    ) -> RestCall:
        """Read a call.

        Args:
            request: to be read.
            client: its sender.
            service: that it calls.
            reader: of the operation that it calls.

        Raises:
            Problems, VerdigrisError: what is wrong with it.
        """
        form = form_of(request.joined("accept"), rows=reader.returns_rows)
        settings = environment_headers(request)
        key = ""
        if request.method == b"POST":
            data = request.body
            if data:
                kind, coding = request.joined("content-type"), request.joined("content-encoding")
                data = body_in(data, kind, coding, client.config.max_request_bytes)
            invocation = reader.body(data, settings)
            if reader.writes:
                key = key_of(request)
        else:
            invocation = reader.query(pairs(request), settings)
        authorization = request.joined("authorization")
        if client.certificate_user:
            authorization = f"{authorization}\0{client.certificate_user}"
        return RestCall(service, reader, invocation, form, path_of(request), key, authorization)

    async def respond(self, call: RestCall, client: Client) -> Reply:
        """The reply to a call; a call with an Idempotency-Key is carried out once.

        Raises:
            CancelledError: the client went away.
        """
        if not call.key:
            return await self._answer(call, client)
        place = (call.service.kind, call.service.contract.name, call.invocation.operation)
        try:
            return await self._replays.answer(
                await self._replays.scope(call.key, place, call.authorization, call.invocation),
                self._replays.fingerprint(call.invocation, call.form),
                lambda: self._keepable(call, client),
                client=client,
            )
        except VerdigrisError as error:
            return problem_reply(Problems.of(error), client.request_id, call.path)

    async def _answer(self, call: RestCall, client: Client) -> Reply:
        """Identify, call, write; whatever goes wrong is the reply."""
        try:
            own = call.invocation.environment.credentials
            identity = await self.keeper.identify(client, own)
            result = await call.service.call(call.invocation, identity, client)
            with AsInternalError("the result does not fit the contract"):
                reader = call.reader
                pieces = pieces_of(reader.operation, reader.name, call.form, result)
                return _reply(call.form, pieces)
        except Problems as problems:
            return problem_reply(problems, client.request_id, call.path)
        except VerdigrisError as caught:
            writes, error = call.reader.writes, self.keeper.explained(caught, client)
            if isinstance(error, InternalError) or not writes:
                error.settle(writes=writes)  # a result that does not fit: it was performed
            return problem_reply(Problems.of(error), client.request_id, call.path)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - no client ever sees a traceback; the log has it
            return _failed(call, client)

    async def _keepable(self, call: RestCall, client: Client) -> Reply:
        """The reply in one piece; always one, because others may wait for it under the same key."""
        try:
            reply = await self._answer(call, client)
            if reply.more is None:
                return reply
            body = reply.body + b"".join(reply.more)
            return Reply(reply.status, reply.content_type, body, reply.problems, reply.headers)
        except Exception:  # noqa: BLE001 - see above
            return _failed(call, client)


def _failed(call: RestCall, client: Client) -> Reply:
    """The reply for a bug; called while its exception is being handled."""
    log.failure("a request failed", request_id=client.request_id)
    error = InternalError(what="see the log").settle(writes=call.reader.writes)
    problems = Problems.of(error)
    return problem_reply(problems, client.request_id, call.path)


def _reply(form: Form, pieces: Iterator[bytes]) -> Reply:
    """The reply made of these pieces; streamed if there are several."""
    first = next(pieces)
    second = next(pieces, None)
    more = None if second is None else _chained(second, pieces)
    return Reply(200, MEDIA[form], first, headers=(*UNCACHED, ("vary", "accept")), more=more)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
