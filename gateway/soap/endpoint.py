"""SOAP endpoint: the way of a SOAP request, from the bytes of its body to its reply.

There is always a reply, and it is SOAP: the response, or a fault. An exception that is not one of
our errors becomes an `InternalError`; its cause is in the log under the request id and never in the
reply.
"""

from contextlib import suppress
from typing import Final, NoReturn, Protocol

from msgspec.structs import replace
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from gateway.call import Client, Invocation, Result
from gateway.http.media_type import media_type_of
from gateway.http.responses import Reply
from gateway.problems import Problems
from gateway.security.authentication import Authentication
from gateway.soap.addressing import FAULT, addressing_of, with_heading
from gateway.soap.binding import SoapBinding
from gateway.soap.codec.protocol import Streamed
from gateway.soap.envelope import Envelope, open_envelope
from gateway.soap.faults import fault_reply
from verdigris.errors import BadRequest, InternalError, NotServedYet, VerdigrisError
from verdigris.values import Credentials
from verdigris.wire import Kind
from wsdl import SOAP11, SOAP12, Contract, SoapVersion


log = Logger()


class SoapService(Protocol):
    """What the endpoint needs of a service; `gateway.services.service.Service` has it."""

    contract: Contract
    soap: SoapBinding

    async def call(self, invocation: Invocation, identity: Credentials, client: Client) -> Result:
        """Carry out a decoded operation."""

    def writes(self, invocation: Invocation) -> bool:
        """Whether it may change something at the host."""


class SoapServices(Protocol):
    """What the endpoint needs of all services; `gateway.services.service_registry.Services` has it."""

    def find(self, kind: Kind, name: str) -> SoapService | None:
        """The service of a model or pool, if there is one."""

    def absence(self, kind: Kind, name: str) -> VerdigrisError:
        """Why there is none."""


class SoapEndpoint:
    """Endpoint of all services.

    Args:
        services: what is served.
        keeper: checks credentials.
    """

    def __init__(self, services: SoapServices, keeper: Authentication) -> None:
        self._services = services
        self._keeper = keeper

    async def respond(
        self, data: bytes, content_type: str, client: Client, kind: Kind, name: str
    ) -> Reply:
        """The reply to a request.

        Args:
            data: its body.
            content_type: its header; its charset counts before the document's own declaration, its
                media type only where the document does not say which version of SOAP it is.
            client: its sender.
            kind: of the service that its URL names.
            name: of that service.

        Raises:
            CancelledError: the client went away.
        """
        service = self._services.find(kind, name)
        envelope: Envelope | None = None
        handed_over: Invocation | None = None
        try:
            envelope = open_envelope(
                data, media_type_of(content_type).parameters.get("charset", "")
            )
            served = service or self._refuse(kind, name)
            soap = served.soap
            headers = soap.headers(envelope, self._keeper.wall())
            operation = soap.operation(envelope)
            message = soap.judge(envelope, headers, operation)
            invocation = headers.in_session(operation.codec.read(message))
            own = invocation.environment.credentials
            identity = await self._keeper.identify(client, own, headers.token)
            handed_over = invocation
            result = await served.call(invocation, identity, client)
            response = operation.codec.write(envelope.version, result)
            return _reply(envelope, soap.addressed(response, headers, operation, result))
        except CancelledError:
            raise
        except Exception as caught:  # noqa: BLE001 - no client ever sees a traceback; the log has it
            caught = self._keeper.explained(caught, client)
            contract = None if service is None else service.contract
            writes = service is not None and handed_over is not None and service.writes(handed_over)
            return _fault(caught, envelope, content_type, client, contract, writes=writes)

    def _refuse(self, kind: Kind, name: str) -> NoReturn:
        raise self._services.absence(kind, name)


def _reply(envelope: Envelope, response: bytes | Streamed) -> Reply:
    content_type = envelope.version.content_type
    if isinstance(response, Streamed):
        return Reply(200, content_type, response.first, more=response.more)
    return Reply(200, content_type, response)


def _fault(
    caught: Exception,
    envelope: Envelope | None,
    content_type: str,
    client: Client,
    contract: Contract | None,
    *,
    writes: bool,
) -> Reply:
    """The fault for an exception; called while the exception is being handled.

    Args:
        caught: the exception.
        envelope: the request, as soon as it was opened.
        content_type: of the request.
        client: its sender.
        contract: of the service; None if the URL names none that is served.
        writes: a call that may change something at the host has been handed over.
    """
    match caught:
        case Problems():
            problems = caught
        case VerdigrisError():
            problems = Problems.of(caught)
        case _:
            log.failure("a request failed", request_id=client.request_id)
            problems = Problems.of(InternalError(what="see the log"))
    for error in problems.errors:
        if isinstance(error, InternalError) or not writes:
            error.settle(writes=writes)
    version = problems.version if envelope is None else envelope.version
    reply = fault_reply(problems, version or version_of(content_type), client.request_id, contract)
    if contract is None:
        reply = replace(reply, status=caught.http if isinstance(caught, NotServedYet) else 404)
    return reply if envelope is None else replace(reply, body=_related(envelope, reply.body))


def _related(envelope: Envelope, body: bytes) -> bytes:
    """A fault with the headers of WS-Addressing, if the request has any that can be read."""
    with suppress(VerdigrisError):
        return with_heading(body, addressing_of(envelope.headers, "").heading(FAULT))
    return body


def version_of(content_type: str) -> SoapVersion:
    """The SOAP version a media type stands for (RFC 3902), where the message does not say.

    Of a package it is that of its root part: parameters `type`, and `start-info` for MTOM.
    """
    try:
        media = media_type_of(content_type)
    except BadRequest:
        return SOAP11
    parts = (media.essence, *(media.parameters.get(name, "") for name in ("type", "start-info")))
    return SOAP12 if any(part.lower().startswith(_SOAP12) for part in parts) else SOAP11


_SOAP12: Final = "application/soap+xml"
