"""REST's URLs below /vhi-rs (product facts 8).

Law: every answer is JSON or what was asked for, every error a problem document; nothing of a
request's content is logged, and nothing secret stands in a URL.

    GET  /vhi-rs                                list of services
    GET  /vhi-rs/tools.json                     every tool that is allowed
    GET  /vhi-rs/model/NAME?json                metadata, likewise /vhi-rs/session/POOL
    GET  /vhi-rs/model/NAME/openapi.json        OpenAPI 3.1 (also ?openapi)
    GET  /vhi-rs/model/NAME/tools.json          the tools that are allowed (also ?tools)
    POST /vhi-rs/model/NAME/OPERATION           any procedure; JSON
    GET  /vhi-rs/model/NAME/OPERATION?COLUMN=   one that returns rows
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from gateway.call import Invocation
from gateway.http import Request
from gateway.problems import Problems
from gateway.rest.idempotency import Replays
from gateway.rest.negotiation import body_in, form_of
from gateway.rest.parameters import environment, joined, key_of, no_strange_pages, pairs, words
from gateway.rest.problem_details import refusal
from gateway.rest.reading import Reader
from gateway.rest.rest_service import Offered
from gateway.rest.writing import MEDIA, Form, written
from gateway.service import Client, Service
from gateway.service_registry import Services
from gateway.settings import Settings
from gateway.soap.codec.protocol import unfit
from gateway.soap.endpoint import Reply
from verdigris.errors import (
    InternalError,
    MethodNotAllowed,
    NoSuchPage,
    NotOffered,
    TooManyCalls,
    UnknownOperation,
    VerdigrisError,
    Warming,
)
from verdigris.wire import Kind
from wsdl import Tool, tools_json
from wsdl.contract import STATEMENTS
from wsdl.openapi import SQL


log = Logger()

KINDS: Final[dict[str, Kind]] = {"model": "model", "session": "pool"}

OVER: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


@dataclass(frozen=True, slots=True)
class Door:
    """What REST has from the gateway's HTTP.

    Attributes:
        run: carries a job through and sends its reply.
        send: sends a reply at once.
        client: who asks.
        base: scheme, host and port for addresses.
        running: calls at work.
    """

    run: Callable[[Request, str, Deferred[Reply]], None]
    send: Callable[[Request, Reply], None]
    client: Callable[[Request, str], Client]
    base: Callable[[Request], str]
    running: Callable[[], int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call that has been read."""

    service: Service
    reader: Reader
    invocation: Invocation
    form: Form
    key: str
    authorization: str


class Rest:
    """Answers everything below /vhi-rs."""

    def __init__(
        self, services: Services, settings: Settings, replays: Replays, door: Door
    ) -> None:
        self._services = services
        self._settings = settings
        self._door = door
        self._replays = replays
        self._offered: WeakKeyDictionary[Service, Offered] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"<Rest {self._replays!r}>"

    def serve(self, request: Request, request_id: str, path: str, parts: list[str]) -> None:
        """Answer a request.

        Args:
            request: to be answered.
            request_id: its id.
            path: for problem documents.
            parts: of the path, behind /vhi-rs.
        """
        try:
            self._route(request, request_id, path, parts)
        except Problems as found:
            self._refuse(request, request_id, path, found)
        except VerdigrisError as error:
            self._refuse(request, request_id, path, Problems.of(error))

    def _refuse(self, request: Request, request_id: str, path: str, problems: Problems) -> None:
        codes = ", ".join(str(error.code) for error in problems.errors)
        log.info("{path}: refused, {codes}", path=path, codes=codes, request_id=request_id)
        self._door.send(request, refusal(problems, request_id, path))

    def _route(self, request: Request, request_id: str, path: str, parts: list[str]) -> None:
        match parts:
            case [] if self._settings.config.list_services:
                self._only(request, path, "GET", "HEAD")
                self._document(request, self._list(request))
            case ["tools.json"]:
                self._only(request, path, "GET", "HEAD")
                self._document(request, self._every_tool())
            case [("model" | "session") as kind, name]:
                service = self._found(KINDS[kind], name)
                self._only(request, path, "GET", "HEAD")
                self._described(request, service, words(request))
            case [("model" | "session") as kind, name, ("openapi.json" | "tools.json") as what] if (
                request.method != b"POST"
            ):
                service = self._found(KINDS[kind], name)
                self._only(request, path, "GET", "HEAD")
                self._described(request, service, {what.removesuffix(".json")})
            case [("model" | "session") as kind, name, operation]:
                service = self._found(KINDS[kind], name)
                self._call(request, request_id, path, service, operation)
            case _:
                raise NoSuchPage(path=path)

    def _only(self, request: Request, path: str, *methods: str) -> None:
        if request.method.decode("latin-1") in methods:
            return
        request.setHeader(b"allow", ", ".join(methods).encode())
        shown = "".join(c if c.isprintable() else "?" for c in request.method.decode("latin-1"))
        raise MethodNotAllowed(path=path, method=shown[:20])

    def _found(self, kind: Kind, name: str) -> Service:
        service = self._services.find(kind, name)
        if service is not None:
            return service
        if not self._services.known:
            raise Warming
        shown = "".join(c if c.isprintable() else "?" for c in name[:200])
        raise NotOffered(kind=kind, name=shown, where="this gateway")

    # ---- documents ---------------------------------------------------------------------------

    def _described(self, request: Request, service: Service, asked: set[str]) -> None:
        offered, address = self._of(service), self._address(request, service)
        if "openapi" in asked:
            self._document(request, offered.openapi(address))
        elif "tools" in asked:
            self._document(request, tools_json(self._allowed(service)))
        else:
            self._document(request, offered.metadata(address))

    def _allowed(self, service: Service) -> tuple[Tool, ...]:
        config = self._settings.config
        return self._of(service).tools(config.tools_allowed, read_only=config.tools_read_only)

    def _every_tool(self) -> bytes:
        """What `python -m gateway.mcp` reads: every allowed tool of every service."""
        listed = [
            {
                "kind": "session" if service.kind == "pool" else "model",
                "name": service.contract.name,
                "tools": allowed,
            }
            for service in self._services.all()
            if (allowed := self._allowed(service))
        ]
        return msgspec.json.encode({"services": listed})

    def _list(self, request: Request) -> bytes:
        listed = [
            {
                "name": service.contract.name,
                "kind": "session" if service.kind == "pool" else "model",
                "model": service.contract.model,
                "description": service.contract.description,
                "url": self._address(request, service),
                "openapi": f"{self._address(request, service)}/openapi.json",
                "online": self._services.online(service),
            }
            for service in self._services.all()
        ]
        return msgspec.json.encode({"services": listed})

    def _document(self, request: Request, data: bytes) -> None:
        headers = (("cache-control", "no-cache"), ("x-content-type-options", "nosniff"))
        self._door.send(request, Reply(200, "application/json", data, headers=headers))

    def _address(self, request: Request, service: Service) -> str:
        kind = "session" if service.kind == "pool" else "model"
        return f"{self._door.base(request)}/vhi-rs/{kind}/{quote(service.contract.name)}"

    def _of(self, service: Service) -> Offered:
        offered = self._offered.get(service)
        if offered is None:
            offered = self._offered[service] = Offered(service.kind, service.contract)
        return offered

    # ---- calls -------------------------------------------------------------------------------

    def _call(
        self, request: Request, request_id: str, path: str, service: Service, name: str
    ) -> None:
        offered = self._of(service)
        reader = offered.reader(name)
        if reader is None:
            raise _unknown(service, name)
        methods = ("GET", "HEAD", "POST") if offered.by_get(reader) else ("POST",)
        self._only(request, path, *methods)
        no_strange_pages(request)
        limit = self._settings.config.max_calls
        if self._door.running() >= limit:
            raise TooManyCalls(peer="the gateway", limit=limit)
        asked = self._read(request, service, reader)
        client = self._door.client(request, request_id)
        job = self._keyed(asked, client, path) if asked.key else self._answer(asked, client, path)
        self._door.run(request, request_id, Deferred.fromCoroutine(job))

    def _read(self, request: Request, service: Service, reader: Reader) -> _Asked:
        """Read a call.

        Raises:
            Problems, VerdigrisError: what is wrong with it.
        """
        operation = reader.operation
        rows = reader.name == SQL if operation is None else operation.returns_rows
        writes = reader.name in STATEMENTS if operation is None else not operation.read_only
        form = form_of(joined(request, "accept"), rows=rows)
        settings = environment(request)
        key = ""
        if request.method == b"POST":
            data = request.body
            if data:
                kind, coding = (joined(request, f"content-{it}") for it in ("type", "encoding"))
                data = body_in(data, kind, coding, self._settings.config.max_request_bytes)
            invocation = reader.body(data, settings)
            if writes:
                key = key_of(request)
        else:
            invocation = reader.query(pairs(request), settings)
        return _Asked(service, reader, invocation, form, key, joined(request, "authorization"))

    async def _keyed(self, asked: _Asked, client: Client, path: str) -> Reply:
        config, contract = client.config, asked.service.contract
        place = (asked.service.kind, contract.name, asked.invocation.operation)

        async def perform() -> Reply:
            try:
                return _whole(await self._answer(asked, client, path))
            except Exception:  # noqa: BLE001 - whoever waits under this key gets an answer
                log.failure("a request failed", request_id=client.request_id)
                return refusal(
                    Problems.of(InternalError(what="see the log")), client.request_id, path
                )

        try:
            return await self._replays.answer(
                self._replays.scope(asked.key, (*place, asked.authorization), asked.invocation),
                self._replays.fingerprint(asked.invocation, asked.form),
                perform,
                minutes=config.idempotency_minutes,
                limit=config.idempotency_keys,
            )
        except VerdigrisError as error:
            return refusal(Problems.of(error), client.request_id, path)

    async def _answer(self, asked: _Asked, client: Client, path: str) -> Reply:
        """The answer to a call; everything but a client that goes away is one."""
        try:
            result = await asked.service.perform(asked.invocation, client)
            with unfit("the result does not fit the contract"):
                operation = asked.reader.operation
                pieces = written(operation, asked.reader.name, asked.form, result)
                first = next(pieces)
                second = next(pieces, None)
        except Problems as found:
            problems = found
        except VerdigrisError as error:
            problems = Problems.of(error)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - no client ever sees a traceback; the log has it
            log.failure("a request failed", request_id=client.request_id)
            problems = Problems.of(InternalError(what="see the log"))
        else:
            more = None if second is None else _chained(second, pieces)
            headers = (*OVER, ("vary", "accept"))
            return Reply(200, MEDIA[asked.form], first, headers=headers, more=more)
        return refusal(problems, client.request_id, path)


def _whole(reply: Reply) -> Reply:
    """The reply in one piece, to be kept."""
    if reply.more is None:
        return reply
    body = reply.body + b"".join(reply.more)
    return Reply(reply.status, reply.content_type, body, reply.problems, reply.headers)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _unknown(service: Service, name: str) -> UnknownOperation:
    shown = "".join(c if c.isprintable() else "?" for c in name[:80])
    listed = [operation.name for operation in service.contract.operations]
    near = [known for known in listed if known.casefold() == name.casefold()]
    hint = f" (there is {near[0]})" if near else ""
    return UnknownOperation(service=service.contract.name, operation=shown, hint=hint)
