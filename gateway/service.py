"""One service: a contract, the endpoint that serves it, and what is compiled for both.

Law: a request is judged completely (envelope, headers, structure, values) before anything is
performed; every error found on the way is in the fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from typing import Final, NoReturn

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from gateway.call import Call, Caller, Invocation, Result
from gateway.environment import chosen_domain
from gateway.problems import Problems
from gateway.security.authentication import Gatekeeper
from gateway.security.username_token import SECURITY, Token, token_of
from gateway.soap.addressing import KNOWN, Addressing, addressing_of, with_heading
from gateway.soap.canonical import Block, blocks_of, canonical, text_blocks
from gateway.soap.codec.compiled import TableEndpoint
from gateway.soap.codec.fast_reader import Straight, Text
from gateway.soap.codec.protocol import Endpoint, Flowing
from gateway.soap.documents import Documents
from gateway.soap.envelope import Envelope, check_understood
from gateway.soap.validation import schema_errors
from gateway.sql import Finish, planned
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import BadRequest, SessionGone, UnknownOperation
from verdigris.values import NOBODY, Credentials, SessionId
from verdigris.wire import Kind, Rows
from wsdl import SOAP11, SOAP12, Contract, Operation, envelope_schema
from wsdl.contract import OWN, STATEMENTS


def _nobody_asks(server: str) -> None:
    """For clients that are not told where a procedure ran."""


class Client(Struct, frozen=True):
    """Where a request came from, and under which settings it is carried out.

    Attributes:
        request_id: of the request.
        location: the client's address, for message 2643.
        secure: it came over HTTPS.
        local: it came from this machine.
        config: one snapshot for the whole request.
        keeper: judges credentials.
        basic: the credentials of HTTP Basic.
        token: those of WS-Security; put here when the message has been read.
        ran_on: told the session server a procedure ran on (the X-Verdigris-Server header).
    """

    request_id: str
    location: str
    secure: bool
    local: bool
    config: PluginConfig
    keeper: Gatekeeper
    basic: Credentials = NOBODY
    token: Token | None = None
    ran_on: Callable[[str], None] = _nobody_asks

    def __repr__(self) -> str:
        return f"<Client {self.request_id} at {self.location}>"


UNADDRESSED: Final = Addressing()
"""Of a request that says nothing of addresses."""

ACTIONS: Final = {
    "getModelVariables": "variables",
    "wsResourceCreate": "create",
    "wsResourceDestroy": "destroy",
}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What an operation needs at every request.

    Attributes:
        straight: reads messages that are canonical as they come; None if there is no such way.
        columns: the outputs, by name.
        action: of its response, by WS-Addressing.
    """

    operation: Operation | None
    name: str
    blocks: dict[str, Block]
    endpoint: Endpoint
    straight: Straight | None
    columns: tuple[str, ...]
    action: str


class Service:
    """Serves one model or pool.

    Args:
        kind: "model" or "pool".
        contract: what it offers.
        endpoint: decodes and encodes.
        caller: carries out.

    Attributes:
        documents: its WSDLs and schema.
    """

    def __init__(self, kind: Kind, contract: Contract, endpoint: Endpoint, caller: Caller) -> None:
        self.kind = kind
        self.contract = contract
        self._endpoint = endpoint
        self._caller = caller
        self._header = frozenset({f"{{{contract.namespace}}}environment"})
        self._session_header = frozenset({f"{{{contract.namespace}}}SessionID"})
        self.documents = Documents(contract)
        self._schemas: dict[str, etree.XMLSchema] = {
            version.name: envelope_schema(contract, version) for version in (SOAP11, SOAP12)
        }
        self._known = self._header | self._session_header | {SECURITY} | KNOWN
        self._called = {
            called: self._compile(operation.name, operation)
            for called, operation in contract.called().items()
        }
        self._called |= {name: self._compile(name) for name in (*OWN, *STATEMENTS)}
        self._tags = {f"{{{contract.namespace}}}{n}": it for n, it in self._called.items()}

    def __repr__(self) -> str:
        return f"<Service {self.kind} {self.contract.name!r} {self.contract.namespace}>"

    def _compile(self, name: str, operation: Operation | None = None) -> _Compiled:
        contract = self.contract
        endpoint = self._endpoint
        if name in STATEMENTS:
            blocks, endpoint = text_blocks(contract, name), TableEndpoint(contract)
        else:
            blocks = blocks_of(contract, operation)
        return _Compiled(
            operation,
            name,
            blocks,
            endpoint,
            None if name in STATEMENTS else endpoint.straight(name, blocks),
            tuple(column.name for column in operation.outputs) if operation else (),
            f"{contract.namespace}:{name}Response",
        )

    async def answer(self, envelope: Envelope, client: Client) -> bytes | Flowing:
        """The response message.

        Raises:
            Problems: what is wrong with the request.
            VerdigrisError: what went wrong while it was carried out.
        """
        addressing = UNADDRESSED
        if envelope.headers:
            addressing, token = self._headers(envelope, client)
            if token is not None:
                client = replace(client, token=token)
        compiled = self._tags.get(str(envelope.child.tag)) or self._unserved(envelope.child)
        texts = self._judged(envelope, compiled)
        made: list[str] = []

        async def perform(invocation: Invocation) -> Result:
            environment = invocation.environment
            if addressing.session and not environment.session:
                environment = replace(environment, session=addressing.session)
                invocation = replace(invocation, environment=environment)
            result = await self.perform(invocation, client)
            if compiled.name == "wsResourceCreate" and isinstance(result, str):
                made.append(result)
            return result

        found = await compiled.endpoint.serve(envelope.version, envelope.root, perform, texts)
        if not addressing.used:
            return found
        heading = addressing.heading(compiled.action, self.contract.namespace, *made)
        if isinstance(found, Flowing):
            return dataclass_replace(found, first=with_heading(found.first, heading))
        return with_heading(found, heading)

    def _headers(self, envelope: Envelope, client: Client) -> tuple[Addressing, Token | None]:
        """What the header blocks say, but for the environment."""
        check_understood(envelope, self._known)
        addressing = addressing_of(envelope.headers, self.contract.namespace)
        must = envelope.version.tag("mustUnderstand")
        return addressing, token_of(envelope.headers, must, client.keeper.wall())

    def _judged(self, envelope: Envelope, compiled: _Compiled) -> list[Text] | None:
        """Bring the message into canonical form and judge it; gives its texts if they are read.

        Raises:
            Problems: everything wrong with it.
        """
        child = envelope.child
        header = self._environment_header(envelope) if envelope.headers else None
        straight = compiled.straight if header is None else None
        texts = straight.texts(child) if straight is not None else None
        if texts is None:
            namespace = self.contract.namespace
            canonical(child, compiled.name, namespace, compiled.blocks, header)
        schema = self._schemas[envelope.version.name]
        if wrong := schema_errors(schema, envelope.root, compiled.operation):
            raise Problems(wrong)
        return texts

    async def perform(self, invocation: Invocation, client: Client) -> Result:
        """Carry out a decoded, judged operation, whatever protocol it came by.

        Raises:
            Problems: credentials or a session where none are taken.
            VerdigrisError: what went wrong while it was carried out.
        """
        compiled = self._called[invocation.operation]
        credentials = invocation.environment.credentials
        if not client.keeper.unasked(client, credentials):
            credentials = await client.keeper.identify(client, credentials)
        call = self._call(compiled, invocation, client, credentials)
        finish: Finish | None = None
        if compiled.name in STATEMENTS:
            call, finish = planned(self.contract, invocation, call)
        result = await self._caller.call(call)
        if isinstance(result, Rows):
            client.ran_on(result.server)
        return result if finish is None else finish(result)

    def _environment_header(self, envelope: Envelope) -> etree._Element | None:
        ours = [block for block in envelope.headers if block.tag in self._header]
        if len(ours) > 1:
            raise Problems.of(BadRequest(problem="the environment header comes twice"))
        return ours[0] if ours else None

    def _unserved(self, child: etree._Element) -> NoReturn:
        """Say why no operation is called so."""
        tag = etree.QName(child)
        namespace, expected = tag.namespace or "", self.contract.namespace
        if namespace != expected:
            raise Problems.of(
                BadRequest(
                    problem=f"operation {tag.localname} is in namespace {namespace or '(none)'}; "
                    f"service {self.contract.name} has {expected}"
                )
            )
        raise Problems.of(self._unknown(tag.localname))

    def _unknown(self, name: str) -> UnknownOperation:
        for refused in self.contract.refused:
            if refused.name.rpartition(".")[2].casefold() == name.casefold():
                hint = f" (it cannot be published: {refused.reason})"
                return UnknownOperation(service=self.contract.name, operation=name, hint=hint)
        near = [it.name for it in self._called.values() if it.name.casefold() == name.casefold()]
        hint = f" (there is {near[0]})" if near else ""
        return UnknownOperation(service=self.contract.name, operation=name, hint=hint)

    def _call(
        self,
        compiled: _Compiled,
        invocation: Invocation,
        client: Client,
        credentials: Credentials,
    ) -> Call:
        environment, config = invocation.environment, client.config
        self._check_session(compiled.name, environment.session)
        operation = compiled.operation
        rows = environment.max_rows
        return Call(
            action=ACTIONS.get(compiled.name, "perform"),  # type: ignore[arg-type] # the dict's values are the literals
            kind=self.kind,
            name=self.contract.name,
            request_id=client.request_id,
            domain=chosen_domain(environment, config.domain_name),
            session=environment.session,
            table=operation.table if operation else "",
            procedure=operation.procedure if operation else "",
            filters=invocation.filters,
            data=invocation.data,
            variables=invocation.variables,
            columns=compiled.columns,
            max_rows=config.max_rows if rows is None else rows,
            credentials=credentials,
            connection_timeout=environment.connection_timeout or config.connection_timeout,
            method_timeout=min(
                environment.method_timeout or config.method_timeout / 1000,
                config.method_timeout_maximum / 1000,
            ),
            minutes=config.session_minutes,
            location=client.location,
            repeatable=operation.read_only if operation else False,
        )

    def _check_session(self, operation: str, session: str) -> None:
        if operation == "wsResourceDestroy" and not session:
            raise BadRequest(problem="wsResourceDestroy needs a SessionID in its environment")
        if operation == "wsResourceCreate" and session:
            raise BadRequest(problem="wsResourceCreate takes no SessionID: it makes one")
        if session:
            try:
                SessionId.parse(session)
            except ValueError:
                raise SessionGone(session="(not a session id)", server="any server") from None
