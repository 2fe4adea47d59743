"""spyne codec, the reference: spyne as a protocol library that reads and writes messages.

Nothing spyne raises leaves this module as it is, and no half-built envelope is ever sent: a result
that does not fit its type is an `InternalError`. A dropped service leaves nothing in spyne (see
`gateway.soap.codec.spyne_life`). This module and `spyne_life` are the only ones that import spyne.
"""

import gateway.soap.codec.spyne_compat  # isort: skip # noqa: F401 - makes spyne importable, so it comes first

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from lxml import etree
from spyne import Application, MethodContext, ServiceBase, rpc
from spyne.model.complex import ComplexModel
from spyne.model.primitive import Boolean, Date, Decimal, Int, Long, Unicode
from spyne.protocol import ProtocolBase
from spyne.protocol.soap import Soap11, Soap12
from spyne.server import ServerBase
from spyne.util.appreg import unregister_application

from gateway.call import Invocation, Result, column_positions
from gateway.environment import KINDS, environment_of
from gateway.problems import AsInternalError
from gateway.soap.codec.protocol import Message
from verdigris.errors import InternalError
from verdigris.metadata import Column, ColumnType, Value
from verdigris.wire import Rows, Values
from wsdl import (
    BLOCKS,
    ENVIRONMENT,
    SOAP11,
    SOAP12,
    Contract,
    Member,
    Operation,
    SoapVersion,
    lexical,
    value_of,
)
from wsdl.contract import OWN
from wsdl.soap import XSI


MAX_DIGITS: Final = 4_000
"""Characters of a whole number, zeros before it included, as many as Python reads; spyne's 20 would
refuse a sign before nineteen digits."""

TYPES: Final[dict[ColumnType, Any]] = {
    "text": Unicode,
    "integer": Long.customize(max_str_len=MAX_DIGITS),
    "decimal": Decimal,
    "date": Date,
    "boolean": Boolean,
}

_PROTOCOLS: Final = {SOAP11: Soap11, SOAP12: Soap12}
_NIL: Final = f"{{{XSI}}}nil"


class _Server(ServerBase):  # type: ignore[misc] # spyne is not annotated
    """The transport that spyne requires of an application; ours is `gateway.http`."""

    transport = "http://schemas.xmlsoap.org/soap/http"


def spyne_codecs(contract: Contract) -> "dict[str, SpyneCodec]":
    """The codecs of a contract by operation; building them takes 10 ms an operation.

    The operations that take a text are missing: the columns of their result are known only when
    they have run, and spyne wants them before.
    """
    models = _Models(contract)
    service = models.service()
    servers = {
        version: _server(service, contract, protocol) for version, protocol in _PROTOCOLS.items()
    }
    operations = {operation.name: operation for operation in contract.operations}
    return {
        name: SpyneCodec(contract, name, operations.get(name), models.results[name], servers)
        for name in (*operations, *OWN)
    }


class SpyneCodec:
    """Codec of one operation (`gateway.soap.codec.protocol.Codec`).

    spyne's own validation is off: the schema of the envelope has accepted the message.

    Args:
        contract: of the service.
        name: of the operation.
        operation: the procedure; None for an operation that every service has.
        result: spyne's class of a row or of the one result; None if there is no result.
        servers: of the service, by SOAP version.
    """

    def __init__(
        self,
        contract: Contract,
        name: str,
        operation: Operation | None,
        result: Any,
        servers: Mapping[SoapVersion, _Server],
    ) -> None:
        self._name = name
        self._operation = operation
        self._result = result
        self._servers = servers
        self._qualified = contract.qualified_replies
        self._key = f"{{{contract.namespace}}}{name}"

    def __repr__(self) -> str:
        return f"<SpyneCodec of {self._name}>"

    def read(self, message: Message) -> Invocation:
        """See `gateway.soap.codec.protocol.Codec`."""
        server = self._servers[message.version]
        protocol = server.app.in_protocol
        ctx = MethodContext(server, MethodContext.SERVER)
        try:
            # an empty id map: no pass over the tree, no href resolution
            ctx.in_document = (message.root, {})
            with AsInternalError("spyne could not decode the request"):
                protocol.decompose_incoming_envelope(ctx, ProtocolBase.REQUEST)
                (ctx,) = protocol.generate_method_contexts(ctx)
                server.get_in_object(ctx)
                _raise(ctx.in_error)
                blocks = {etree.QName(block).localname: block for block in ctx.in_body_doc}
                objects = dict(zip(_block_names(self._operation), ctx.in_object, strict=True))
                return _invocation(self._name, self._operation, blocks, objects)
        finally:
            ctx.close()

    def write(self, version: SoapVersion, result: Result) -> bytes:
        """See `gateway.soap.codec.protocol.Codec`."""
        server = self._servers[version]
        ctx = MethodContext(server, MethodContext.SERVER)
        try:
            with AsInternalError("the result does not fit the contract"):
                ctx.descriptor = server.app.interface.service_method_map[self._key][0]
                ctx.out_object = [_outward(self._operation, self._result, result)]
                server.app.out_protocol.serialize(ctx, ProtocolBase.RESPONSE)
                _raise(ctx.out_error)
                return self._written(ctx.out_document)
        finally:
            ctx.close()

    def _written(self, document: etree._Element) -> bytes:
        response = document[-1][0]
        if not self._qualified:
            for element in response.iterdescendants():
                element.tag = etree.QName(element).localname
        etree.cleanup_namespaces(document)
        return etree.tostring(document, xml_declaration=True, encoding="utf-8")


def _raise(problem: Exception | None) -> None:
    if problem is not None:
        raise problem


def _server(service: Any, contract: Contract, protocol: Any) -> _Server:
    """One application and its server, removed from spyne's global registry at once."""
    application = Application(
        [service],
        tns=contract.namespace,
        name=f"{contract.name}.{protocol.__name__}",
        in_protocol=protocol(validator=None, parse_xsi_type=False),
        out_protocol=protocol(),
    )
    unregister_application(application)
    return _Server(application)


class _Models:
    """spyne's classes of one contract.

    Attributes:
        results: by operation the class of a row or of the one result; None if there is none.
    """

    def __init__(self, contract: Contract) -> None:
        self.results: dict[str, Any] = {}
        self._contract = contract
        kinds = {"string": Unicode, "int": Int.customize(max_str_len=MAX_DIGITS)}
        self._environment = self._class(
            "RequestEnvironment", {s.name: kinds[s.type] for s in ENVIRONMENT}
        )
        self._given = self._class(
            "ModelVariables", {v.name: Unicode for v in contract.variables if v.writable}
        )
        self._shown = self._class(
            "ModelVariableValues", {v.name: Unicode for v in contract.variables if v.readable}
        )

    def service(self) -> Any:
        """The service class."""
        methods = {op.name: self._method(op) for op in self._contract.operations}
        methods["getModelVariables"] = self._own("getModelVariables", self._shown, "modelVariables")
        methods["wsResourceCreate"] = self._own("wsResourceCreate", Unicode, "SessionID")
        methods["wsResourceDestroy"] = self._own("wsResourceDestroy", None, "")
        return type("Service", (ServiceBase,), methods)

    def _class(self, name: str, members: dict[str, Any]) -> Any:
        return ComplexModel.produce(
            type_name=name, namespace=self._contract.namespace, members=members
        )

    def _block(self, name: str, members: Sequence[Member]) -> Any:
        return self._class(name, {m.column.name: TYPES[m.column.type] for m in members})

    def _method(self, operation: Operation) -> Any:
        blocks = {BLOCKS[0]: self._environment, BLOCKS[1]: self._given}
        if operation.filters:
            blocks[operation.filter_block] = self._block(operation.filter_block, operation.filters)
        if operation.data:
            blocks[operation.data_block] = self._block(operation.data_block, operation.data)
        if not operation.returns_rows:
            self.results[operation.name] = None
            returns = Int.customize(min_occurs=1)
            return self._rpc(operation.name, blocks, returns, "affected")
        row = self._class(
            operation.row,
            {
                column.name: TYPES[column.type].customize(min_occurs=1, nillable=True)
                for column in operation.outputs
            },
        )
        self.results[operation.name] = row
        rows = row.customize(min_occurs=0, max_occurs="unbounded")
        return self._rpc(operation.name, blocks, rows, operation.row)

    def _own(self, name: str, returns: Any, variable: str) -> Any:
        blocks = {BLOCKS[0]: self._environment, BLOCKS[1]: self._given}
        self.results[name] = returns
        required = returns.customize(min_occurs=1) if returns is not None else None
        return self._rpc(name, blocks, required, variable)

    def _rpc(self, name: str, blocks: dict[str, Any], returns: Any, variable: str) -> Any:
        named = {"_returns": returns, "_out_variable_name": variable} if variable else {}
        return rpc(*blocks.values(), _args=list(blocks), **named)(_function(name))


def _function(name: str) -> Any:
    """The function spyne wants for an operation. It is never called: our own code performs."""

    def never_called(ctx: Any, *blocks: Any) -> None:
        del ctx, blocks
        raise InternalError(what=f"the SOAP library performed {name} itself")

    never_called.__name__ = name
    return never_called


def _block_names(operation: Operation | None) -> list[str]:
    names = list(BLOCKS)
    if operation is not None and operation.filters:
        names.append(operation.filter_block)
    if operation is not None and operation.data:
        names.append(operation.data_block)
    return names


def _invocation(
    name: str,
    operation: Operation | None,
    documents: dict[str, etree._Element],
    objects: dict[str, Any],
) -> Invocation:
    def values(block: str, kinds: Mapping[str, ColumnType]) -> Values:
        document = documents.get(block)
        if document is None:
            return {}
        # spyne gives None for what is absent and for what is nil: the document tells them apart
        return {
            etree.QName(child).localname: _inward(
                kinds[etree.QName(child).localname],
                getattr(objects[block], etree.QName(child).localname),
                nil=child.get(_NIL) is not None,
            )
            for child in document
        }

    variables: dict[str, ColumnType] = dict.fromkeys(_children(documents.get(BLOCKS[1])), "text")
    return Invocation(
        operation=name,
        environment=environment_of(values(BLOCKS[0], KINDS)),
        variables=values(BLOCKS[1], variables),
        filters=values(operation.filter_block, _kinds(operation.filters)) if operation else {},
        data=values(operation.data_block, _kinds(operation.data)) if operation else {},
    )


def _children(element: etree._Element | None) -> list[str]:
    return [] if element is None else [etree.QName(child).localname for child in element]


def _kinds(members: Sequence[Member]) -> dict[str, ColumnType]:
    return {member.column.name: member.column.type for member in members}


def _inward(kind: ColumnType, value: Any, *, nil: bool) -> Value:
    """The wire's form of a value that spyne has decoded."""
    if nil:
        return None
    if kind == "decimal":
        return value_of("decimal", format(value, "f"))
    if kind == "date":
        return str(value.isoformat())
    kept: Value = value
    return kept


def _outward(operation: Operation | None, cls: Any, result: Result) -> Any:
    """A result as spyne's classes have it; anything that does not fit is an error here."""
    if operation is None:
        if isinstance(result, dict):
            return cls(**{name: value for name, value in result.items() if value is not None})
        return result
    if not isinstance(result, Rows):
        raise TypeError(f"a {type(result).__name__} where rows are expected")
    if not operation.returns_rows:
        return int(result.affected)
    columns = column_positions(operation.outputs, result)
    return [
        cls(**{column.name: _spyne(column, values[position]) for column, position in columns})
        for values in result.rows
    ]


def _spyne(column: Column, value: Value) -> Any:
    """A value of the wire as spyne takes it. Decimals stay text: spyne would write 1E-7."""
    if value is None:
        return None
    text = lexical(column.type, value)
    if column.type == "date":
        return date.fromisoformat(text)
    return value if column.type in {"boolean", "integer"} else text
