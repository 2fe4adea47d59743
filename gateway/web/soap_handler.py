"""SOAP over HTTP: POST requests of service URLs, handed to the SOAP endpoint."""

from gateway.call import Client
from gateway.http import Request
from gateway.http.access import refuse_other_sites
from gateway.http.body import body_of
from gateway.http.responses import send_reply
from gateway.http.running_calls import RunningCalls
from gateway.problems import Problems
from gateway.services.service_registry import Services
from gateway.soap.endpoint import SoapEndpoint, version_of
from gateway.soap.faults import fault_reply
from verdigris.errors import TooManyCalls, VerdigrisError
from verdigris.wire import Kind


class SoapHandler:
    """Handler of POST requests to services.

    Args:
        services: what is served.
        endpoint: answers messages.
        calls: carries calls through.
    """

    def __init__(self, services: Services, endpoint: SoapEndpoint, calls: RunningCalls) -> None:
        self._services = services
        self._endpoint = endpoint
        self._calls = calls

    def __repr__(self) -> str:
        return f"<SoapHandler {self._calls!r}>"

    def post(self, request: Request, client: Client, kind: Kind, name: str) -> None:
        """Answer a SOAP request.

        Raises:
            CrossSite: a browser sends it for the page of another site.
        """
        refuse_other_sites(request, client.config)
        content_type = request.getHeader("content-type") or ""
        try:
            self._calls.check(client)
            data = body_of(request, content_type, client.config.max_request_bytes)
        except VerdigrisError as error:
            service = self._services.find(kind, name)
            contract = service.contract if service else None
            # SOAP has no status for a wrong size or wrapping; HTTP has.
            status = 0 if isinstance(error, TooManyCalls) else error.http
            problems = Problems.of(error, status=status)
            version = version_of(content_type)
            send_reply(request, fault_reply(problems, version, client.request_id, contract))
            return
        answer = self._endpoint.respond(data, content_type, client, kind, name)
        self._calls.start(request, client.request_id, answer)
