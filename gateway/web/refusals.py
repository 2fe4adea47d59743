"""Who is refused at the door is told in the words of the protocol that was spoken.

Law: the status is the refusal's own; a POST to a SOAP service gets a fault of the version its media
type names, whatever is below /vhi-rs a problem document, and everybody else plain words.
"""

from gateway.http import Request
from gateway.problems import Problems
from gateway.rest.problem_details import refusal as rest_refusal
from gateway.service_registry import Services
from gateway.soap.endpoint import Reply, refusal
from verdigris.errors import VerdigrisError
from verdigris.wire import Kind
from wsdl import SOAP11, SOAP12, Contract


_KINDS: dict[str, Kind] = {"model": "model", "session": "pool"}


def worded(
    request: Request, path: str, request_id: str, error: VerdigrisError, services: Services
) -> Reply | None:
    """The reply that says so; None if plain words do.

    Args:
        request: as far as it was read, its head at least.
        path: of its URL, for people.
        request_id: of the request.
        error: why it is refused.
        services: what is served: a fault's detail is in its service's namespace.
    """
    if path.startswith("/vhi-rs"):
        return rest_refusal(Problems.of(error), request_id, path)
    if request.method != b"POST" or not path.startswith("/vhi-ws/"):
        return None
    version = SOAP12 if "soap+xml" in (request.getHeader("content-type") or "") else SOAP11
    problems = Problems.of(error, status=error.http)
    return refusal(problems, version, request_id, _contract(path, services))


def _contract(path: str, services: Services) -> Contract | None:
    """That of the service a path names, if it is known."""
    _, _, kind, name, *_ = [*path.split("/"), "", "", ""]
    service = services.find(_KINDS[kind], name) if kind in _KINDS else None
    return service.contract if service else None
