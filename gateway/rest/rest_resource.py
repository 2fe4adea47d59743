"""REST over HTTP: everything below /vhi-rs (product facts 8).

Every reply is JSON or what was asked for, every error a problem document. Nothing of the content of
a request is logged, and nothing secret is part of a URL.

    GET  /vhi-rs                                list of services
    GET  /vhi-rs/tools.json                     every tool that is allowed
    GET  /vhi-rs/model/NAME?json                metadata, likewise /vhi-rs/session/POOL
    GET  /vhi-rs/model/NAME/openapi.json        OpenAPI 3.1 (also ?openapi)
    GET  /vhi-rs/model/NAME/tools.json          the tools that are allowed (also ?tools)
    POST /vhi-rs/model/NAME/OPERATION           any procedure; JSON
    GET  /vhi-rs/model/NAME/OPERATION?COLUMN=   a procedure that returns rows
    POST /vhi-rs/model/NAME/sessionCalls        session calls, where they are allowed
    GET  /vhi-rs/model/NAME/sessionScreen       the screen of a session, likewise
"""

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

import msgspec
from twisted.logger import Logger

from gateway.call import Client
from gateway.http import Request
from gateway.http.access import refuse_other_sites
from gateway.http.address import base_url, service_path
from gateway.http.responses import Reply, send_reply
from gateway.http.routing import GET, POST, Route, Router, refuse_method
from gateway.http.running_calls import RunningCalls
from gateway.http.target import path_of, printable, query_of
from gateway.problems import Problems, codes_of, unknown_operation
from gateway.rest.idempotency import Replays
from gateway.rest.problem_details import problem_reply
from gateway.rest.reading import OperationReader
from gateway.rest.rest_binding import RestBinding
from gateway.rest.rest_endpoint import RestEndpoint
from gateway.rest.session_resource import CALLS, SCREEN, SessionResource, is_allowed
from gateway.security.authentication import Authentication
from gateway.services.metadata_rights import require, told_of
from gateway.services.service import Service
from gateway.services.service_registry import Services
from verdigris.errors import VerdigrisError
from verdigris.wire import Kind
from wsdl import Tool, tools_json
from wsdl.names import PATH_SEGMENTS


log = Logger()

MAX_NAME = 80
"""Characters of an unknown operation's name that are repeated in an error."""


class Rest:
    """Handler of everything below /vhi-rs.

    Args:
        services: what is served.
        calls: carries calls through.
        clock: for how long the replies of idempotency keys are kept.
        keeper: identifies clients.
    """

    def __init__(self, services: Services, calls: RunningCalls, keeper: Authentication) -> None:
        self._services = services
        self._calls = calls
        self._sessions = SessionResource(keeper)
        self._endpoint = RestEndpoint(keeper, Replays(keeper.shared, keeper.in_thread))
        self._bindings: WeakKeyDictionary[Service, RestBinding] = WeakKeyDictionary()
        self._router = Router(
            (
                Route("/", GET, self._list, lambda config: config.list_services),
                Route("/tools.json", GET, self._every_tool),
                Route("/{kind}/{name}", GET, self._describe),
                Route("/{kind}/{name}/openapi.json", GET, partial(self._describe, form="openapi")),
                Route("/{kind}/{name}/tools.json", GET, partial(self._describe, form="tools")),
                Route("/{kind}/{name}/sessionCalls", POST, self._session_calls),
                Route("/{kind}/{name}/sessionScreen", GET, self._session_screen),
                Route("/{kind}/{name}/{operation}", GET + POST, self._call),
            )
        )

    def __repr__(self) -> str:
        return f"<Rest {self._endpoint!r}>"

    def serve(self, request: Request, client: Client, *parts: str) -> None:
        """Answer a request.

        Args:
            request: to be answered.
            client: its sender.
            parts: the segments of its path after /vhi-rs.
        """
        try:
            self._router.route(request, client, parts)
        except Problems as problems:
            self._refuse(request, client, problems)
        except VerdigrisError as error:
            self._refuse(request, client, Problems.of(error))

    def _refuse(self, request: Request, client: Client, problems: Problems) -> None:
        codes, path = codes_of(problems), path_of(request)
        log.info("{path}: refused, {codes}", path=path, codes=codes, request_id=client.request_id)
        send_reply(request, problem_reply(problems, client.request_id, path))

    # ---- calls -------------------------------------------------------------------------------

    def _call(
        self, request: Request, client: Client, kind: Kind, name: str, operation: str
    ) -> None:
        service = self._services.get(kind, name)
        reader = self._binding(service).reader(operation)
        if reader is None:
            known = [known.name for known in service.contract.operations]
            raise unknown_operation(service.contract, printable(operation, MAX_NAME), known)
        if not reader.by_get and request.method != b"POST":
            raise refuse_method(request, POST)
        refuse_other_sites(request, client.config)
        self._calls.check(client)
        call = self._endpoint.read(request, client, service, reader)
        self._calls.start(request, client.request_id, self._endpoint.respond(call, client))

    def _session_calls(self, request: Request, client: Client, kind: Kind, name: str) -> None:
        service, reader = self._session(request, client, kind, name, CALLS)
        wanted = self._sessions.read_calls(request, client, service, reader)
        self._calls.start(request, client.request_id, self._sessions.respond(wanted, client))

    def _session_screen(self, request: Request, client: Client, kind: Kind, name: str) -> None:
        service, reader = self._session(request, client, kind, name, SCREEN)
        wanted = self._sessions.read_screen(request, service, reader)
        self._calls.start(request, client.request_id, self._sessions.respond(wanted, client))

    def _session(
        self, request: Request, client: Client, kind: Kind, name: str, operation: str
    ) -> tuple[Service, OperationReader]:
        """A service whose sessions clients may drive, and a reader of environment and variables."""
        service = self._services.get(kind, name)
        reader = self._binding(service).reader("getModelVariables")
        if reader is None or not is_allowed(service, client, operation):
            known = [known.name for known in service.contract.operations]
            raise unknown_operation(service.contract, operation, known)
        refuse_other_sites(request, client.config)
        self._calls.check(client)
        return service, reader

    # ---- documents ---------------------------------------------------------------------------

    def _describe(
        self, request: Request, client: Client, kind: Kind, name: str, form: str = ""
    ) -> None:
        """One of the documents of a service; the query may name it where the path does not."""
        service = require(client, self._services.get(kind, name))
        binding, address = self._binding(service), _address(request, client, service)
        binding.set_version(self._services.version(service))
        wanted = {form} if form else query_of(request).keys()
        if "openapi" in wanted:
            document = binding.openapi(
                address,
                authenticated=client.config.authn_service,
                bearer=self._endpoint.keeper.asks(client.config),
                sessions=is_allowed(service, client, CALLS),
            )
            _send_document(request, document)
        elif "tools" in wanted:
            _send_document(request, tools_json(self._allowed_tools(service, client)))
        else:
            _send_document(request, binding.metadata(address))

    def _every_tool(self, request: Request, client: Client) -> None:
        """The document that `python -m gateway.mcp` reads: allowed tools of all services."""
        listed = [
            {"kind": PATH_SEGMENTS[service.kind], "name": service.contract.name, "tools": allowed}
            for service in told_of(client, self._services.all())
            if (allowed := self._allowed_tools(service, client))
        ]
        _send_document(request, msgspec.json.encode({"services": listed}))

    def _allowed_tools(self, service: Service, client: Client) -> tuple[Tool, ...]:
        config = client.config
        binding = self._binding(service)
        return binding.tools(config.tools_allowed, read_only=config.tools_read_only)

    def _list(self, request: Request, client: Client) -> None:
        address: Callable[[Service], str] = partial(_address, request, client)
        listed = [
            {
                "name": service.contract.name,
                "kind": PATH_SEGMENTS[service.kind],
                "model": service.contract.model,
                "description": service.contract.description,
                "url": address(service),
                "openapi": f"{address(service)}/openapi.json",
                "online": self._services.online(service),
            }
            for service in told_of(client, self._services.all())
        ]
        _send_document(request, msgspec.json.encode({"services": listed}))

    def _binding(self, service: Service) -> RestBinding:
        binding = self._bindings.get(service)
        if binding is None:
            binding = self._bindings[service] = RestBinding(service.kind, service.contract)
        return binding


def _address(request: Request, client: Client, service: Service) -> str:
    base = base_url(request, client.config.public_url)
    return base + service_path("vhi-rs", service.kind, service.contract.name)


def _send_document(request: Request, data: bytes) -> None:
    headers = (("cache-control", "no-cache"), ("x-content-type-options", "nosniff"))
    send_reply(request, Reply(200, "application/json", data, headers=headers))
