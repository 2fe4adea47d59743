"""The administration API over twisted.web: an `ApiRequest` to the route, its reply or error back.

Law (tests/mgmtsrvr/test_api.py): every request is answered once, with JSON, the route's own media
type, or a problem document; never with a traceback. A body larger than the limit is not kept.

Why twisted.web and not the gateway's HTTP server: docs/decisions/0250-two-http-servers.md.
"""

import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any, Final, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http import Request as HTTPRequest
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from mgmtsrvr.api.caller import SAFE, Access
from mgmtsrvr.api.list_options import apply_options
from mgmtsrvr.api.openapi import describe
from mgmtsrvr.api.recorder import Recorder
from mgmtsrvr.api.route import ApiReply, ApiRequest, Needs, Route, find
from verdigris.cross_site import (
    refuse_cross_site,
    refuse_forwarded,
    refuse_unknown_host,
    split_host,
)
from verdigris.errors import (
    BadRequest,
    InternalError,
    NoSuchPage,
    ReadOnlyAddress,
    TooLarge,
    VerdigrisError,
)
from verdigris.problem import MEDIA_TYPE, problem_json
from verdigris.rights import Permission
from verdigris.wire import AskPeer, PeerAnswer


log = Logger()

T = TypeVar("T")

MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes of a request body: a model package of 500 screens is 5 MB, an installation of 10,000
session servers 1.3 MB."""

MAX_STRANGER: Final = 64 * 1024
"""Bytes of the body of a request without a login."""

OPEN: Final = frozenset({"/live", "/ready"})
"""Paths that balancers ask, under any name and through any proxy."""

ASKED_BY_PEERS: Final = frozenset({Permission.VIEW, Permission.SEE_SCREENS, Permission.READ_AUDIT})
"""What the routes need that other management servers ask."""

Guard = Callable[[ApiRequest, Route], None]
"""Raises a VerdigrisError for a request that comes in a way that is not permitted, whoever sends it."""


def require_local(allowed: tuple[str, ...] = ()) -> Guard:
    """The guard: no page of another site, no name of another, no accidental proxy.

    Without security, loopback is the only protection. A browser on this machine would send the
    requests of any page through it (cross-site request forgery, DNS rebinding), and a proxy on this
    machine those of any client. With it, a browser would send its cookie.

    Args:
        allowed: host names under which the API is published; with some, a proxy is intended.
    """

    def guard(request: ApiRequest, route: Route) -> None:
        if route.path not in OPEN:
            refuse_forwarded(request.headers.get, allowed)
            refuse_unknown_host(request.headers.get("host", ""), allowed)
        else:
            split_host(request.headers.get("host", ""))
        refuse_cross_site(
            fetch_site=request.headers.get("sec-fetch-site", ""),
            origin=request.headers.get("origin", ""),
            host=request.headers.get("host", ""),
            safe=request.method in SAFE,
        )

    return guard


class Api(Resource):
    """The whole API as one resource.

    Args:
        routes: the table of routes.
        guard: refuses requests that come in a way that is not permitted.
        access: finds out who sends a request, and whether they may.
        recorder: records what is done; None without security.
        read_only: refuse what changes something.
    """

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(
        self,
        routes: Sequence[Route],
        guard: Guard | None = None,
        access: Access | None = None,
        recorder: Recorder | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet
        own = Route("GET", "/openapi.json", self.openapi, "This API as an OpenAPI 3.1 document.",
                    needs=Needs.NOTHING)  # fmt: skip
        self.routes = (*routes, own)
        self.access = access or Access()
        self.guard = guard or require_local()
        self._recorder = recorder
        self._read_only = read_only

    def render(self, request: IRequest) -> int:
        """Answer a request; the answer follows later."""
        limited = cast("LimitedRequest", request)
        job = Deferred.fromCoroutine(self._answer(limited))
        closed = cast("Deferred[object]", limited.notifyFinish())
        closed.addErrback(lambda _: job.cancel())
        job.addErrback(_broken)
        return NOT_DONE_YET

    async def openapi(self, request: ApiRequest) -> ApiReply:
        """The OpenAPI document of the routes."""
        del request
        return ApiReply(describe(self.routes, secured=self.access.secured))

    async def answer_peer(self, question: AskPeer, request_id: str) -> PeerAnswer:
        """The answer to another management server, which has checked the rights of whoever asks.

        Only questions are answered, and only from this server's own view.
        """
        query = {**question.query, "own": "true"}
        try:
            route, names = find(self.routes, "GET", question.path)
            if route.needs not in ASKED_BY_PEERS:
                raise NoSuchPage(path=question.path)
            reply = await route.action(
                ApiRequest("GET", question.path, names, query, {}, b"", request_id)
            )
            body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        except VerdigrisError as problem:
            reply, body = _problem(problem, question.path, request_id)
        return PeerAnswer(reply.status, reply.media_type, body)

    async def _answer(self, request: "LimitedRequest") -> None:
        request_id = (request.getHeader("x-request-id") or secrets.token_hex(8))[:128]
        path = request.path.decode("utf-8", "replace")
        try:
            reply = await self._reply(request, path, request_id)
            body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        except VerdigrisError as problem:
            reply, body = _problem(problem, path, request_id)
        except CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - a programming error: logged, answered without detail
            log.failure("{method} {path} failed", method=request.method, path=path,
                        request_id=request_id)  # fmt: skip
            reply, body = _problem(InternalError(what=type(problem).__name__), path, request_id)
        _send(request, reply, body, request_id)

    async def _reply(self, request: "LimitedRequest", path: str, request_id: str) -> ApiReply:
        if request.too_large:
            raise TooLarge(limit=request.max_body, unit="bytes")
        if len(request.requestHeaders.getRawHeaders(b"host", [])) > 1:
            raise BadRequest(problem="it has more than one Host header")
        method = request.method.decode("ascii", "replace")
        route, names = find(self.routes, method, path)
        wanted = read_request(request, path, names, request_id)
        self.guard(wanted, route)
        if self._recorder is None:
            return await self._perform(wanted, route)
        return await _to_the_end(self._recorded(self._recorder, wanted, route))

    async def _recorded(self, recorder: Recorder, request: ApiRequest, route: Route) -> ApiReply:
        """Perform and record."""
        await recorder.before(route)
        admitted = request
        try:
            admitted = await self.access.identify(request, route)
            reply = await self._perform(admitted, route)
        except VerdigrisError as problem:
            await recorder.refused(admitted, route, problem)
            raise
        await recorder.done(admitted, route, reply)
        return reply

    async def _perform(self, request: ApiRequest, route: Route) -> ApiReply:
        self.access.require(request, route)
        if self._read_only and route.changes:
            raise ReadOnlyAddress
        return apply_options(request, await route.action(request))


def _to_the_end(work: Coroutine[Any, Any, T]) -> "Deferred[T]":
    """The outcome of a coroutine that goes on when nobody waits for it any more.

    A client that closes its connection in the middle of a change does not keep it from being recorded.
    """
    waiting: Deferred[T] = Deferred()
    Deferred.fromCoroutine(work).addCallbacks(waiting.callback, waiting.errback)
    return waiting


def address_of(request: Request) -> str:
    """The address of a request's client; "" for a transport without addresses."""
    address: IAddress = request.getClientAddress()
    return getattr(address, "host", "") or ""


def read_request(
    request: "LimitedRequest", path: str, names: Mapping[str, str], request_id: str
) -> ApiRequest:
    """What a request says.

    Args:
        request: Twisted's.
        path: of it, decoded.
        names: the values of the path's parameters.
        request_id: of it.

    Raises:
        BadRequest: a parameter comes twice.
    """
    query = request.uri.partition(b"?")[2].decode("utf-8", "replace")
    headers = {
        name.decode("latin-1").lower(): ", ".join(value.decode("latin-1") for value in values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    body = request.content.read() if request.content is not None else b""
    return ApiRequest(
        request.method.decode("ascii", "replace"), path, names, parameters_of(query), headers, body,
        request_id, address_of(request),
    )  # fmt: skip


def parameters_of(query: str) -> dict[str, str]:
    """The parameters of a query.

    Raises:
        BadRequest: one comes twice.
    """
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found:
            raise BadRequest(problem=f"parameter {name!r:.80} comes twice")
        found[name] = value
    return found


class LimitedRequest(Request):
    """A request that does not keep a body above the limit."""

    too_large = False
    max_body = MAX_BODY
    _taken = 0

    def __init__(self, *arguments: Any, secured: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call] # Twisted's
        self._secured = secured

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's hook
        """Take the announced length, or None for a chunked body."""
        self.max_body = self._limit()
        self.too_large = length is not None and length > self.max_body
        if self.too_large:
            self.content = BytesIO()
            if isinstance(self.channel, HTTPChannel):
                self.channel.persistent = False
        else:
            super().gotLength(length)  # type: ignore[no-untyped-call] # Twisted's

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's hook
        """Take a piece of the body."""
        self._taken += len(data)
        if self._taken > self.max_body and not self.too_large:
            self.too_large = True
            if self.content is not None:
                self.content.close()
            self.content = BytesIO()
        if not self.too_large:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call] # Twisted's

    def _limit(self) -> int:
        """Bytes of the body: of somebody who shows no login, as many as a login has."""
        shows = self.getHeader(b"authorization") or self.getHeader(b"cookie")
        return MAX_STRANGER if self._secured and not shows else MAX_BODY


class QuietSite(Site):
    """A site with its access log at debug level: monitors ask it every few seconds."""

    def log(self, request: HTTPRequest) -> None:
        """Log a request that was answered."""
        log.debug("{method} {path} {status}", method=request.method.decode("latin-1"),
                  path=request.path.decode("latin-1"), status=request.code)  # fmt: skip


def site(api: Api, reactor: IReactorTime, root: Resource | None = None) -> Site:
    """The API as a protocol factory to listen with.

    Args:
        api: that is served.
        reactor: for the time of connections.
        root: what answers instead, such as the console with the API.
    """
    # Bodies are never forms here, so Twisted does not have to parse them.
    request = partial(LimitedRequest, parsePOSTFormSubmission=False, secured=api.access.secured)
    api_site: Site = QuietSite(root or api, requestFactory=request, reactor=reactor)  # type: ignore[no-untyped-call] # Twisted's
    api_site.displayTracebacks = False
    api_site.noisy = False
    return api_site


def _problem(problem: VerdigrisError, path: str, request_id: str) -> tuple[ApiReply, bytes]:
    problem.request_id = problem.request_id or request_id
    allowed = problem.details.get("allowed")
    headers = {"Allow": ", ".join(map(str, allowed))} if isinstance(allowed, list) else {}
    if problem.http == 401:  # noqa: PLR2004 - Unauthorized (RFC 9110, 11.6.1)
        headers["WWW-Authenticate"] = 'Bearer realm="verdigris"'
    if isinstance(seconds := problem.details.get("retry after"), int):
        headers["Retry-After"] = str(seconds)
    elif problem.http == 503 and problem.retry:  # noqa: PLR2004 - Service Unavailable
        headers["Retry-After"] = "1"
    return ApiReply(None, problem.http, headers, MEDIA_TYPE), problem_json(problem, path)


def _send(request: Request, reply: ApiReply, body: bytes, request_id: str) -> None:
    if request.finished or request.channel is None:
        return
    request.setResponseCode(reply.status)
    request.setHeader("Content-Type", reply.media_type)
    request.setHeader("Content-Length", str(len(body)))
    request.setHeader("Cache-Control", "no-store")
    request.setHeader("X-Content-Type-Options", "nosniff")
    request.responseHeaders.removeHeader("Server")  # Twisted's: it would tell its version
    request.setHeader("X-Request-ID", "".join(c for c in request_id if c.isprintable()))
    for name, value in reply.headers.items():
        request.setHeader(name, value)
    if request.method != b"HEAD":
        request.write(body)
    request.finish()


def _broken(caught: Failure) -> None:
    """Log an answer that could not be sent, unless the client has gone."""
    if caught.check(CancelledError) is None:
        log.failure("an answer could not be sent", caught)
