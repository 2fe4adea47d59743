"""Bytes of a request -> bytes of a response, for one service: SOAP without HTTP.

Law: there is always an answer, and it is SOAP: the response, or a fault. An error that is none of
ours becomes an `InternalError`; its cause is in the log under the request id, never in the answer.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from gateway.problems import Problems
from gateway.soap.addressing import FAULT, addressing_of, with_heading
from gateway.soap.codec.protocol import Flowing
from gateway.soap.envelope import Envelope, open_envelope
from gateway.soap.faults import fault, status_of
from verdigris.errors import InternalError, VerdigrisError
from wsdl import SOAP11, SOAP12, Contract, SoapVersion


log = Logger()

Answer = Callable[[Envelope], Awaitable[bytes | Flowing]]


class Reply(Struct, frozen=True):
    """A message to send.

    Attributes:
        status: of HTTP.
        problems: what the fault tells; None if it is a response.
        headers: further ones.
        more: what follows the body, piece by piece; None if nothing does.
    """

    status: int
    content_type: str
    body: bytes
    problems: Problems | None = None
    headers: tuple[tuple[str, str], ...] = ()
    more: Iterator[bytes] | None = None

    def __repr__(self) -> str:
        return f"<Reply {self.status} [{len(self.body)} bytes]>"


async def converse(
    data: bytes,
    content_type: str,
    request_id: str,
    answer: Answer,
    contract: Contract | None = None,
) -> Reply:
    """The reply to a request.

    Args:
        data: its body.
        content_type: its header; only hints at encoding and version.
        request_id: of the request.
        answer: gives the response message to an envelope.
        contract: of the service, if the URL named one.
    """
    envelope: Envelope | None = None
    version: SoapVersion | None = None
    try:
        envelope = open_envelope(data, charset_of(content_type))
        version = envelope.version
        found = await answer(envelope)
        if isinstance(found, Flowing):
            return Reply(200, version.content_type, found.first, more=found.more)
        return Reply(200, version.content_type, found)
    except Problems as found:
        problems = found
        version = version or found.version
    except VerdigrisError as error:
        problems = Problems.of(error)
    except CancelledError:
        raise
    except Exception:  # noqa: BLE001 - no client ever sees a traceback; the log has it
        log.failure("a request failed", request_id=request_id)
        problems = Problems.of(InternalError(what="see the log"))
    reply = refusal(problems, version or _guessed(content_type), request_id, contract)
    return reply if envelope is None else replace(reply, body=_related(envelope, reply.body))


def _related(envelope: Envelope, body: bytes) -> bytes:
    """A fault with the headers of WS-Addressing, if the request has any that can be read."""
    with suppress(VerdigrisError):
        return with_heading(body, addressing_of(envelope.headers, "").heading(FAULT))
    return body


def refusal(
    problems: Problems, version: SoapVersion, request_id: str, contract: Contract | None = None
) -> Reply:
    """The reply that says what went wrong."""
    body = fault(
        problems,
        version,
        request_id,
        contract.namespace if contract else "",
        qualified=contract.qualified_replies if contract else False,
    )
    return Reply(status_of(problems, version), version.content_type, body, problems)


def _guessed(content_type: str) -> SoapVersion:
    """For messages so broken that they do not tell: the media type of SOAP 1.2 (RFC 3902)."""
    return SOAP12 if "application/soap+xml" in content_type.lower() else SOAP11


@lru_cache(64)
def charset_of(content_type: str) -> str:
    """The charset of a Content-Type, or ""."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""
