"""The way in: every request is identified, admitted and routed here, or refused."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from gateway.call import Client
from gateway.http import Refusal, Request, Words
from gateway.http.access import is_from_here, refuse_other_names
from gateway.http.responses import send_error, send_reply
from gateway.http.routing import Route, Router
from gateway.http.running_calls import RunningCalls
from gateway.http.target import parts_of, refuse_conflicting, request_id_of
from gateway.rest import Rest
from gateway.security.authentication import Authentication
from gateway.security.authorization import authorization_of
from gateway.security.client_certificate import user_of
from gateway.security.rate_limit import RateLimit
from gateway.services.service_registry import Services
from gateway.settings import Settings
from gateway.soap.endpoint import SoapEndpoint
from gateway.telemetry.request_context import followed, says_how
from gateway.web.refusals import refusal_of
from gateway.web.router import routes_of
from gateway.web.service_pages import GatewayStatus, ServicePages
from gateway.web.soap_handler import SoapHandler
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import InternalError, VerdigrisError


log = Logger()

OPEN: Final = frozenset({b"/live", b"/ready", b"/metrics"})
"""Paths of monitors: neither credentials nor the rate of requests are checked."""

PROBES: Final = frozenset({b"/live", b"/ready"})
"""Paths that balancers ask under any name."""


class GatewayResource:
    """The resource of every URL of the gateway.

    Every request is answered, with its request id. Nothing of the content of a request is logged.

    Args:
        services: what is served.
        settings: of the gateway; each request is served under one snapshot of them.
        clock: for durations and rates.
        keeper: admits and identifies clients.

    Attributes:
        calls: the calls under way.
        status: of the gateway.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings,
        clock: IReactorTime,
        keeper: Authentication | None = None,
    ) -> None:
        self.keeper = keeper or Authentication(clock)
        self.rate_limit = RateLimit(clock, self.keeper.shared)
        self.calls = RunningCalls(clock)
        self.status = GatewayStatus()
        self._services = services
        self._settings = settings
        self._routes = routes_of(
            ServicePages(services, settings, self.status),
            SoapHandler(services, SoapEndpoint(services, self.keeper), self.calls),
            Rest(services, self.calls, self.keeper),
        )
        self._router = Router(self._routes)

    def __repr__(self) -> str:
        return f"<GatewayResource {self.calls!r}>"

    def add(self, routes: Sequence[Route]) -> None:
        """Serve further pages."""
        self._routes += tuple(routes)
        self._router = Router(self._routes)

    def render(self, request: Request) -> None:
        """Answer a request, now or later."""
        request_id = request_id_of(request)
        request.response = {b"x-request-id": request_id.encode(), b"server": b"Verdigris"}
        if self.status.closing:
            request.persistent = False
        try:
            if request.repeated:
                refuse_conflicting(request)
            config = self._settings.config
            if says_how(request):
                with followed(request, config):
                    self._admit(request, self._client(request, request_id))
            else:
                self._admit(request, self._client(request, request_id))
        except VerdigrisError as error:
            self._refuse(request, request_id, error)

    def refused(self, refusal: Refusal) -> Words | None:
        """Headers and body for a sender whose bytes are read no further; None is plain text."""
        request, error = refusal.request, refusal.error
        if request is None or error is None:
            return None
        request_id = request_id_of(request)
        reply = refusal_of(request, request_id, error, self._services)
        if reply is None:
            return None
        own = (("content-type", reply.content_type), ("x-request-id", request_id))
        return (*own, *reply.headers), reply.body

    def _client(self, request: Request, request_id: str) -> Client:
        config = self._settings.config
        return Client(
            request_id=request_id,
            location=request.location,
            secure=request.isSecure(),
            local=is_from_here(request),
            config=config,
            authorization=authorization_of(request.getHeader("authorization")),
            certificate_user=_certificate_user(request, config)
            if config.client_authorities
            else "",
            ran_on=lambda server: request.setHeader(b"x-verdigris-server", server.encode()),
        )

    def _admit(self, request: Request, client: Client) -> None:
        """Check rate and, for pages, credentials, before anything is looked up for the request."""
        parts = parts_of(request.path)
        if request.path not in PROBES:
            refuse_other_names(request, client.config)
        if request.path in OPEN:
            self._router.route(request, client, parts)
            return
        self.rate_limit.admit(client.location, client.config.max_client_rate)
        # A POST is a call: the credentials of its message count too, and its endpoint checks them.
        if not client.config.authn_metadata or request.method not in (b"GET", b"HEAD"):
            self._router.route(request, client, parts)
            return
        check = Deferred.fromCoroutine(self.keeper.reader(client))
        request.ends.append(lambda lost: check.cancel() if lost else None)
        check.addCallback(
            lambda reader: self._router.route(
                request,
                replace(client, metadata=reader.metadata, user=reader.credentials.user),
                parts,
            )
        )
        check.addErrback(lambda caught: self._fail(request, client.request_id, caught))

    def _fail(self, request: Request, request_id: str, caught: Any) -> None:
        if caught.check(VerdigrisError):
            self._refuse(request, request_id, caught.value)
        elif not caught.check(CancelledError):
            log.failure("a request was not answered", caught, request_id=request_id)
            self._refuse(request, request_id, InternalError(what="see the log"))

    def _refuse(self, request: Request, request_id: str, error: VerdigrisError) -> None:
        """Refuse a request in the protocol of its client."""
        reply = refusal_of(request, request_id, error, self._services)
        if reply is None:
            send_error(request, error)
        else:
            send_reply(request, reply)


def _certificate_user(request: Request, config: PluginConfig) -> str:
    """The user of the client certificate; "" if it shows none, or one that names nobody."""
    certificate = request.certificate
    return user_of(certificate, config.client_certificate_user) if certificate else ""
