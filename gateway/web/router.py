"""The gateway's URLs: services, their WSDLs, the pages, and two health questions.

Law: every request is answered, with its request id; a client that goes away takes its call with it.
Nothing of a request's content is logged.

    GET  /vhi-ws                      list of services
    GET  /vhi-ws/model/NAME?wsdl      WSDL (?xsd, ?wsdl&soap=1.1; any case), likewise /session/POOL
    POST /vhi-ws/model/NAME           SOAP 1.1 or 1.2, whatever the query, SOAPAction, Content-Type
    ---  /vhi-rs/...                  the same services as REST: see `gateway.rest.rest_resource`
    GET  /live, /ready                200 or 503
"""

import re
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from gateway.http import Refusal, Request, Words
from gateway.http.responses import (
    body_of,
    send_body,
    send_document,
    send_page,
    send_refusal,
    send_text,
)
from gateway.http.target import parts_of, path_of, query_of, request_id_of, shown, versions
from gateway.problems import Problems
from gateway.rest.idempotency import Replays
from gateway.rest.parameters import no_strange_pages
from gateway.rest.rest_resource import Door, Rest
from gateway.security.authentication import CHALLENGE, Gatekeeper, asks_for_credentials, basic_of
from gateway.service import Client, Service
from gateway.service_registry import Services
from gateway.settings import Settings
from gateway.soap.codec.protocol import Flowing
from gateway.soap.endpoint import Reply, converse, refusal
from gateway.soap.envelope import Envelope
from gateway.telemetry.request_context import allowed, followed, loopback, says_how
from gateway.web import pages
from gateway.web.refusals import worded
from verdigris.errors import (
    InternalError,
    MethodNotAllowed,
    NoSuchPage,
    NotOffered,
    TooManyCalls,
    VerdigrisError,
    Warming,
)
from verdigris.link.coroutine import Job, awaited
from verdigris.logs import debugging
from verdigris.wire import Kind
from wsdl import SOAP11, SOAP12


log = Logger()

KINDS: Final[dict[str, Kind]] = {"model": "model", "session": "pool"}
"""First part of a service's path to the kind it names (product facts 7.2)."""

OPEN: Final = frozenset({b"/live", b"/ready", b"/metrics"})
"""Paths for monitors: no credentials, no rate."""

Further = Callable[[Request, list[str]], None]
"""Answers a GET, given the rest of the path."""

_HOST: Final = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](:\d{1,5})?\Z")


class GatewayResource:
    """Answers every URL.

    Args:
        services: what is served.
        settings: for each request one snapshot.
        clock: for durations in the log.
        keeper: who comes in; one that checks at once if absent.

    Attributes:
        further: further pages, by the first part of their path.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings,
        clock: IReactorTime,
        keeper: Gatekeeper | None = None,
    ) -> None:
        self._services = services
        self._settings = settings
        self._clock = clock
        self.keeper = keeper or Gatekeeper(clock)
        self._rest = Rest(
            services,
            settings,
            Replays(clock, self.keeper.shared),
            Door(
                run=lambda request, request_id, job: self._run(request, request_id, awaited(job)),
                send=self._send,
                client=self._client,
                base=self.base,
                running=lambda: self.running,
            ),
        )
        self.further: dict[str, Further] = {}
        self.running = 0
        self.fingerprint = ""
        self.closing = False
        self.idle: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<GatewayResource [{self.running} calls running]>"

    def render(self, request: Request) -> None:
        """Answer, later or at once."""
        request_id = request_id_of(request)
        request.response = {b"x-request-id": request_id.encode(), b"server": b"Verdigris"}
        if self.closing:
            request.persistent = False
        try:
            if says_how(request):
                with followed(request, self._settings.config):
                    self._enter(request, request_id)
            else:
                self._enter(request, request_id)
        except VerdigrisError as error:
            self._turn_away(request, request_id, error)

    def _turn_away(self, request: Request, request_id: str, error: VerdigrisError) -> None:
        """Refuse a request at the door: in the words of REST or SOAP where that was asked for."""
        reply = worded(request, shown(path_of(request)), request_id, error, self._services)
        if reply is None:
            send_refusal(request, error)
        else:
            self._send(request, reply)

    def refused(self, refusal: Refusal) -> Words | None:
        """What is said to a sender whose bytes are read no further; see `HttpServer.worded`."""
        request, error = refusal.request, refusal.error
        if request is None or error is None:
            return None
        request_id = request_id_of(request)
        reply = worded(request, shown(path_of(request)), request_id, error, self._services)
        if reply is None:
            return None
        own = (("content-type", reply.content_type), ("x-request-id", request_id))
        return (*own, *reply.headers), reply.body

    def _enter(self, request: Request, request_id: str) -> None:
        """Let the request in, or refuse it, before anything is looked up for it."""
        client = self._client(request, request_id)
        if request.path in OPEN:
            self._route(request, client)
            return
        self.keeper.admit(client.location, client.config.max_client_rate)
        if not client.config.authn_metadata or request.method not in (b"GET", b"HEAD"):
            self._route(request, client)
            return
        job = Deferred.fromCoroutine(self.keeper.reader(client))
        request.ends.append(lambda lost: job.cancel() if lost else None)
        job.addCallback(lambda _: self._route(request, client))
        job.addErrback(lambda caught: self._refused(request, request_id, caught))

    def _refused(self, request: Request, request_id: str, caught: Any) -> None:
        if caught.check(VerdigrisError):
            self._turn_away(request, request_id, caught.value)
        elif not caught.check(CancelledError):
            log.failure("a request was not answered", caught, request_id=request_id)
            self._turn_away(request, request_id, InternalError(what="see the log"))

    # ---- routes --------------------------------------------------------------------------------

    def _route(self, request: Request, client: Client) -> None:
        match parts_of(request.path):
            case ["vhi-ws", ("model" | "session") as kind, name]:
                self._service(request, client, KINDS[kind], name)
            case ["vhi-rs", *rest] if client.config.rest:
                self._rest.serve(request, client.request_id, shown(path_of(request)), rest)
            case []:
                self._only_get(request)
                request.redirect(b"/vhi-ws")
                request.finish()
            case ["vhi-ws"] if client.config.list_services:
                self._only_get(request)
                send_page(request, self._list(request))
            case ["live"]:
                self._only_get(request)
                send_text(request, 200, "live\n")
            case ["ready"]:
                self._only_get(request)
                self._ready(request)
            case [first, *rest] if first in self.further:
                self._only_get(request)
                self.further[first](request, rest)
            case _:
                raise NoSuchPage(path=shown(path_of(request)))

    def _only_get(self, request: Request) -> None:
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader(b"allow", b"GET, HEAD")
            raise MethodNotAllowed(path=shown(path_of(request)), method=shown(request.method))

    def _ready(self, request: Request) -> None:
        if self.closing:
            send_text(request, 503, "not ready: the gateway is finishing its calls\n")
            return
        known = self._services.known
        broken = "the last edit of the configuration is broken\n" if self._settings.problem else ""
        said = "ready\n" if known else "not ready: nobody has said yet what is deployed\n"
        send_text(request, 200 if known else 503, said + broken)

    def _list(self, request: Request) -> str:
        services = self._services
        troubles = [pages.Trouble(*name, why) for name, why in sorted(services.problems.items())]
        return pages.service_list(
            [(service, services.online(service)) for service in services.all()],
            troubles,
            self._settings.problem,
            known=services.known,
            fingerprint=self.fingerprint,
            ways=self._ways(request),
        )

    def _ways(self, request: Request) -> pages.Ways:
        """What else this client may see of the services."""
        config = self._settings.config
        explorer = "explorer" in self.further and allowed(config.explorer, request)
        return pages.Ways(rest=config.rest, explorer=explorer)

    # ---- one service ---------------------------------------------------------------------------

    def _service(self, request: Request, client: Client, kind: Kind, name: str) -> None:
        service = self._services.find(kind, name)
        if request.method == b"POST":
            no_strange_pages(request)
            self._post(request, client, service, lambda: self._absence(kind, name))
            return
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader(b"allow", b"GET, HEAD, POST")
            raise MethodNotAllowed(path=shown(path_of(request)), method=shown(request.method))
        if service is None:
            raise self._absence(kind, name)
        self._get(request, service)

    def _absence(self, kind: Kind, name: str) -> VerdigrisError:
        if not self._services.known:
            return Warming()
        return NotOffered(kind=kind, name=shown(name), where="this gateway")

    def _get(self, request: Request, service: Service) -> None:
        asked = query_of(request)
        address = self.base(request) + pages.path_of(service.kind, service.contract.name)
        if "wsdl" in asked:
            wanted = versions(asked.get("soap", ""))
            send_document(request, service.documents.wsdl(address, wanted))
        elif "xsd" in asked:
            send_document(request, service.documents.xsd)
        else:
            online, ways = self._services.online(service), self._ways(request)
            send_page(request, pages.service_page(service, online=online, ways=ways))

    def base(self, request: Request) -> str:
        """Scheme, host and port for the addresses in a WSDL."""
        if self._settings.config.public_url:
            return self._settings.config.public_url
        scheme = "https" if request.isSecure() else "http"
        host = (request.getHeader("host") or "").strip()
        if not _HOST.match(host):
            here = request.getHost()
            host = (
                f"{here.host}:{here.port}" if ":" not in here.host else f"[{here.host}]:{here.port}"
            )
        return f"{scheme}://{host}"

    def _post(
        self,
        request: Request,
        client: Client,
        service: Service | None,
        absence: Callable[[], VerdigrisError],
    ) -> None:
        content_type = request.getHeader("content-type") or ""
        contract, limit = service.contract if service else None, client.config.max_calls
        try:
            if self.running >= limit:
                raise TooManyCalls(peer="the gateway", limit=limit)
            data = body_of(request, content_type, client.config.max_request_bytes)
        except VerdigrisError as error:
            version = SOAP12 if "soap+xml" in content_type else SOAP11
            status = 0 if isinstance(error, TooManyCalls) else error.http
            problems = Problems.of(error, status=status)
            self._send(request, refusal(problems, version, client.request_id, contract))
            return

        async def answer(envelope: Envelope) -> bytes | Flowing:
            if service is None:
                raise absence()
            return await service.answer(envelope, client)

        job = converse(data, content_type, client.request_id, answer, contract)
        self._run(request, client.request_id, job, missing=service is None)

    def _client(self, request: Request, request_id: str) -> Client:
        location = getattr(request.getClientAddress(), "host", "") or "unknown"
        return Client(
            request_id=request_id,
            location=location,
            secure=request.isSecure(),
            local=loopback(location),
            config=self._settings.config,
            keeper=self.keeper,
            basic=basic_of(request.getHeader("authorization")),
            ran_on=lambda server: request.setHeader(b"x-verdigris-server", server.encode()),
        )

    def _run(
        self,
        request: Request,
        request_id: str,
        job: Coroutine[Any, Any, Reply],
        *,
        missing: bool = False,
    ) -> None:
        began = self._clock.seconds()
        self.running += 1

        def done(outcome: Reply | Exception) -> None:
            seconds = self._clock.seconds() - began
            if isinstance(outcome, Reply):
                self._log(request, request_id, outcome, seconds)
                if not request.lost:
                    self._answer(request, request_id, outcome, 404 if missing else None)
            elif isinstance(outcome, CancelledError):
                log.info("the client went away", request_id=request_id, seconds=round(seconds, 3))
            else:
                why = Failure(outcome)
                log.failure("a request was not answered", why, request_id=request_id)
                if not request.lost:
                    request.setResponseCode(500)
                    request.finish()
            if request.lost or request.finished:
                self._ended()
            else:
                request.ends.append(lambda _: self._ended())

        work = Job(job, done, copy_context())
        work.start()
        if not (request.lost or request.finished):
            request.ends.append(lambda lost: work.cancel() if lost else None)

    def _answer(self, request: Request, request_id: str, reply: Reply, status: int | None) -> None:
        """Send a call's reply; a client whose reply cannot be sent must not wait for it."""
        try:
            self._send(request, reply, status)
        except Exception:  # noqa: BLE001 - nobody above knows the request
            log.failure("a reply could not be sent", request_id=request_id)
            request.loseConnection()

    def _ended(self) -> None:
        """A call's reply is sent, or its client gone."""
        self.running -= 1
        if not self.running:
            for tell in self.idle:
                tell()

    def _log(self, request: Request, request_id: str, reply: Reply, seconds: float) -> None:
        if reply.problems is None and not debugging():
            return
        path, took = shown(path_of(request)), round(seconds, 3)
        if reply.problems is None:
            log.debug("{path}: ok in {seconds} s", path=path, seconds=took, request_id=request_id)
            return
        codes = ", ".join(str(error.code) for error in reply.problems.errors)
        log.info(
            "{path}: fault {codes} in {seconds} s",
            path=path,
            codes=codes,
            seconds=took,
            request_id=request_id,
        )

    def _send(self, request: Request, reply: Reply, status: int | None = None) -> None:
        request.code = status or reply.status
        if reply.problems is not None and asks_for_credentials(reply.problems.errors[0]):
            request.setHeader(b"www-authenticate", CHALLENGE)
        if reply.problems is not None and "retry after" in reply.problems.errors[0].details:
            wait = str(reply.problems.errors[0].details["retry after"])
            request.setHeader(b"retry-after", wait.encode())
        request.response[b"content-type"] = reply.content_type.encode()
        for name, value in reply.headers:
            request.setHeader(name.encode(), value.encode())
        send_body(request, reply.body, reply.more)
