"""Refusals of requests that reach no endpoint, in the protocol of their client."""

from gateway.http import Request
from gateway.http.address import KINDS
from gateway.http.responses import Reply
from gateway.http.target import parts_of, path_of
from gateway.problems import Problems
from gateway.rest.problem_details import problem_reply
from gateway.services.service_registry import Services
from gateway.soap.endpoint import version_of
from gateway.soap.faults import fault_reply
from verdigris.errors import VerdigrisError


def refusal_of(
    request: Request, request_id: str, error: VerdigrisError, services: Services
) -> Reply | None:
    """The reply that refuses a request; None if it is to be refused in plain text.

    A POST to a SOAP service gets a fault of the version that its media type names, everything below
    /vhi-rs a problem document. The status is that of the error, also in SOAP: what is refused here
    has not been judged as a message.

    Args:
        request: as far as it was read, its head at least.
        request_id: of the request.
        error: why it is refused.
        services: what is served: the detail of a fault is in the namespace of its service.
    """
    path = path_of(request)
    if path.startswith("/vhi-rs"):
        return problem_reply(Problems.of(error), request_id, path)
    if request.method != b"POST" or not path.startswith("/vhi-ws/"):
        return None
    version = version_of(request.getHeader("content-type") or "")
    match parts_of(request.path):
        case ["vhi-ws", kind, name, *_] if kind in KINDS:
            service = services.find(KINDS[kind], name)
        case _:
            service = None
    contract = service.contract if service else None
    return fault_reply(Problems.of(error, status=error.http), version, request_id, contract)
