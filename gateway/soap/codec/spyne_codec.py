"""spyne as a protocol library: one contract -> spyne operations that serve its messages.

Law: nothing spyne raises leaves here as it is, and no half-built envelope is ever sent: a result
that does not fit its type is an `InternalError`. A service leaves nothing behind when it is dropped
(see `gateway.soap.codec.spyne_life`). This module and `spyne_life` are the only ones that say `import spyne`.
"""

import gateway.soap.codec.spyne_compat  # isort: skip # noqa: F401 - makes spyne importable, so it comes first

from collections.abc import Awaitable, Mapping, Sequence
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

from gateway.call import Invocation, Result
from gateway.environment import KINDS, environment_of
from gateway.soap.canonical import Block
from gateway.soap.codec.fast_reader import Text
from gateway.soap.codec.protocol import Perform, placed, unfit
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
from wsdl.soap import XSI


TYPES: Final[dict[ColumnType, Any]] = {
    "text": Unicode,
    "integer": Long,
    "decimal": Decimal,
    "date": Date,
    "boolean": Boolean,
}

_PROTOCOLS: Final = {SOAP11: Soap11, SOAP12: Soap12}
_NIL: Final = f"{{{XSI}}}nil"


class _Server(ServerBase):  # type: ignore[misc] # spyne is not annotated
    """spyne wants a transport to hang an application on; ours is elsewhere."""

    transport = "http://schemas.xmlsoap.org/soap/http"


class SpyneEndpoint:
    """Serves the operations of one contract through spyne. Building one takes 10 ms an operation.

    spyne's own validation is off: the schema of the envelope has judged the message before.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._qualified = contract.qualified_replies
        service = _Models(contract).service()
        self._servers = {
            version: _server(service, contract, protocol)
            for version, protocol in _PROTOCOLS.items()
        }

    def __repr__(self) -> str:
        return f"<SpyneEndpoint of {self._contract!r}>"

    def straight(self, name: str, blocks: Mapping[str, Block]) -> None:
        """The reference path takes no way around."""

    async def serve(
        self,
        version: SoapVersion,
        root: etree._Element,
        perform: Perform,
        texts: list[Text] | None = None,  # noqa: ARG002 - see `straight`
    ) -> bytes:
        """Decode, perform and encode; see `gateway.soap.codec.protocol.Endpoint`."""
        server = self._servers[version]
        ctx = MethodContext(server, MethodContext.SERVER)
        try:
            return await self._served(server, ctx, root, perform)
        finally:
            ctx.close()

    async def _served(
        self, server: _Server, ctx: Any, root: etree._Element, perform: Perform
    ) -> bytes:
        ctx.in_document = (root, {})  # an empty id map: no pass over the tree, no href resolution
        ctx.udc = perform
        protocol = server.app.in_protocol
        with unfit("spyne could not decode the request"):
            protocol.decompose_incoming_envelope(ctx, ProtocolBase.REQUEST)
            (ctx,) = protocol.generate_method_contexts(ctx)
            server.get_in_object(ctx)
            _raise(ctx.in_error)
            server.get_out_object(ctx)
            _raise(ctx.out_error)
        result = await ctx.out_object[0]
        with unfit("the result does not fit the contract"):
            ctx.out_object = [_outward(ctx, result)]
            server.app.out_protocol.serialize(ctx, ProtocolBase.RESPONSE)
            _raise(ctx.out_error)
            return self._written(ctx.out_document)

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
    """One application and its server, forgotten by spyne's global registry at once."""
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
    """Makes spyne's classes of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        kinds = {"string": Unicode, "int": Int}
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
        function = _function(operation.name, operation)
        if not operation.returns_rows:
            return self._rpc(function, blocks, Int.customize(min_occurs=1), "affected")
        row = self._class(
            operation.row,
            {
                column.name: TYPES[column.type].customize(min_occurs=1, nillable=True)
                for column in operation.outputs
            },
        )
        function.__dict__["row"] = row
        rows = row.customize(min_occurs=0, max_occurs="unbounded")
        return self._rpc(function, blocks, rows, operation.row)

    def _own(self, name: str, returns: Any, variable: str) -> Any:
        blocks = {BLOCKS[0]: self._environment, BLOCKS[1]: self._given}
        function = _function(name, None)
        function.__dict__["row"] = returns
        kept = returns.customize(min_occurs=1) if returns is not None else None
        return self._rpc(function, blocks, kept, variable)

    def _rpc(self, function: Any, blocks: dict[str, Any], returns: Any, variable: str) -> Any:
        named = {"_returns": returns, "_out_variable_name": variable} if variable else {}
        return rpc(*blocks.values(), _args=list(blocks), **named)(function)


def _function(name: str, operation: Operation | None) -> Any:
    """The operation as spyne calls it: gives an awaitable, so that the result may come later."""

    def call(ctx: Any, *blocks: Any) -> Awaitable[Result]:
        documents = {etree.QName(block).localname: block for block in ctx.in_body_doc}
        objects = dict(zip(_names(operation), blocks, strict=True))
        perform: Perform = ctx.udc
        return perform(_invocation(name, operation, documents, objects))

    call.__name__ = name
    call.__dict__["operation"] = operation
    return call


def _names(operation: Operation | None) -> list[str]:
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
    """What spyne made of an element, as it travels on the wire."""
    if nil:
        return None
    if kind == "decimal":
        return value_of("decimal", format(value, "f"))
    if kind == "date":
        return str(value.isoformat())
    kept: Value = value
    return kept


def _outward(ctx: Any, result: Result) -> Any:
    """A result as spyne's classes have it; anything that does not fit is an error here."""
    operation: Operation | None = ctx.function.__dict__["operation"]
    row = ctx.function.__dict__.get("row")
    if operation is None:
        if isinstance(result, dict):
            return row(**{name: value for name, value in result.items() if value is not None})
        return result
    if not isinstance(result, Rows):
        raise TypeError(f"a {type(result).__name__} where rows are expected")
    if not operation.returns_rows:
        return int(result.affected)
    columns = placed(operation.outputs, result)
    return [
        row(**{column.name: _spyne(column, values[place]) for column, place in columns})
        for values in result.rows
    ]


def _spyne(column: Column, value: Value) -> Any:
    """A wire value as spyne takes it. Decimals stay text: spyne would write 1E-7."""
    if value is None:
        return None
    text = lexical(column.type, value)
    if column.type == "date":
        return date.fromisoformat(text)
    return value if column.type in {"boolean", "integer"} else text
