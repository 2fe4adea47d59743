"""Compiled codec: per operation one table of value types going in and tags going out.

Answers the same XML as the spyne codec, element for element, in a tenth of the time
(tests/gateway/soap/codec/test_compiled.py compares them on generated requests and rows): nothing is
looked up per field but its row in the table. Like spyne's it trusts that the schema has accepted the
message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from gateway.call import Invocation, Result
from gateway.environment import KINDS, environment_of
from gateway.problems import AsInternalError
from gateway.soap.codec.fast_reader import Readers, values_of
from gateway.soap.codec.protocol import Message, Streamed
from gateway.soap.codec.row_writer import ESCAPES, RowWriter, text_of
from verdigris.metadata import ColumnType, Value
from verdigris.wire import Rows, Values
from wsdl import BLOCKS, SOAP11, SOAP12, Contract, Member, Operation, SoapVersion, value_of
from wsdl.contract import OWN, STATEMENTS
from wsdl.names import xml_text
from wsdl.soap import XSI
from wsdl.values import XSD_TYPE


_NIL: Final = f"{{{XSI}}}nil"
NO_ENVIRONMENT: Final = environment_of({})
_READING: Final = AsInternalError("the request could not be decoded")
_WRITING: Final = AsInternalError("the result does not fit the contract")

MAX_WHOLE_ROWS: Final = 500
"""Rows of a reply that is made at once: a few milliseconds; larger ones are streamed."""

ROWS_PER_PIECE: Final = 200
"""Rows of one piece of a streamed reply: about as much as the buffer of a connection takes."""


def supports(contract: Contract) -> bool:
    """Whether the compiled codec knows every column type of a contract; if not, spyne serves it."""
    columns = [
        column
        for operation in contract.operations
        for column in (
            *(m.column for m in (*operation.filters, *operation.data)),
            *operation.outputs,
        )
    ]
    return all(column.type in XSD_TYPE for column in columns)


def compiled_codecs(contract: Contract) -> "dict[str, CompiledCodec]":
    """The codecs of a contract by operation, those of every service included; takes microseconds."""
    found = {o.name: CompiledCodec.of(contract, o, o.name) for o in contract.operations}
    found |= {name: CompiledCodec.of(contract, None, name) for name in OWN}
    return found | statement_codecs(contract)


def statement_codecs(contract: Contract) -> "dict[str, CompiledCodec]":
    """The codecs of the operations that take a text, such as executeSQLStatement."""
    return {name: CompiledCodec.of(contract, None, name) for name in STATEMENTS}


def readers_of(contract: Contract, operation: Operation | None) -> dict[str, Readers]:
    """Names and types of the values an operation takes, by the qualified tag of their block.

    Args:
        contract: of the service.
        operation: the procedure; None for an operation that every service has.
    """
    kinds: dict[str, Mapping[str, ColumnType]] = {
        BLOCKS[0]: KINDS,
        BLOCKS[1]: {variable.name: "text" for variable in contract.variables},
    }
    if operation is not None:
        kinds[operation.filter_block] = _kinds(operation.filters)
        kinds[operation.data_block] = _kinds(operation.data)
    space = f"{{{contract.namespace}}}"
    return {
        space + block: {space + name: (name, kind) for name, kind in members.items()}
        for block, members in kinds.items()
    }


@dataclass(frozen=True, slots=True)
class CompiledCodec:
    """Codec of one operation (`gateway.soap.codec.protocol.Codec`).

    Attributes:
        readers: names and types of the values, by the qualified tag of their block.
        tags: the qualified tags of environment, variables, filters, and data (or the text it takes).
        text_tag: the tag of that text; "" if the operation takes none.
        heads: the beginning of the response message, by SOAP version.
        tail: its end.
        rows: writes the rows, if the operation returns rows.
        body: gives what is between head and tail, if it does not.
    """

    name: str
    readers: Mapping[str, Readers]
    tags: tuple[str, str, str, str]
    text_tag: str
    heads: Mapping[str, str]
    tail: str
    rows: RowWriter | None
    body: Callable[[Result], str]

    @classmethod
    def of(cls, contract: Contract, operation: Operation | None, name: str) -> "CompiledCodec":
        """Compile an operation.

        Args:
            contract: of the service.
            operation: the procedure; None for an operation that every service has.
            name: of the operation.
        """
        namespace = contract.namespace
        prefix = "t:" if contract.qualified_replies else ""
        response = f"t:{name}Response"
        text = STATEMENTS.get(name, "") if operation is None else ""
        blocks = (
            (*BLOCKS[:2], "", text)
            if operation is None
            else (*BLOCKS[:2], operation.filter_block, operation.data_block)
        )
        return cls(
            name=name,
            readers=readers_of(contract, operation),
            tags=tuple(f"{{{namespace}}}{block}" for block in blocks),  # type: ignore[arg-type] # four
            text_tag=f"{{{namespace}}}{text}" if text else "",
            heads={v.name: _head(v, namespace, response) for v in (SOAP11, SOAP12)},
            tail=f"</{response}></s:Body></s:Envelope>",
            rows=RowWriter(operation, prefix) if operation and operation.returns_rows else None,
            body=_body_writer(operation, name, prefix),
        )

    def __repr__(self) -> str:
        return f"<CompiledCodec of {self.name}>"

    def read(self, message: Message) -> Invocation:
        """See `gateway.soap.codec.protocol.Codec`."""
        with _READING:
            texts = message.texts
            found = self._values(message.element) if texts is None else values_of(texts)
            tags = self.tags
            environment = found.get(tags[0])
            return Invocation(
                self.name,
                NO_ENVIRONMENT if environment is None else environment_of(environment),
                found.get(tags[1], {}),
                found.get(tags[2], {}),
                found.get(tags[3], {}),
            )

    def write(self, version: SoapVersion, result: Result) -> bytes | Streamed:
        """See `gateway.soap.codec.protocol.Codec`; a response of many rows is streamed."""
        with _WRITING:
            head = self.heads[version.name]
            if self.rows is None:
                return f"{head}{self.body(result)}{self.tail}".encode()
            rows = _rows(result)
            columns = self.rows.columns(rows)
            if len(rows.rows) <= MAX_WHOLE_ROWS:
                return f"{head}{self.rows.written(columns, rows.rows)}{self.tail}".encode()
            pieces = _pieces(self.rows, columns, rows.rows)
            return Streamed((head + next(pieces)).encode(), self._rest(pieces))

    def _values(self, element: etree._Element) -> dict[str, Values]:
        """The values of an operation element by block; those of its text under an empty name."""
        found: dict[str, Values] = {}
        for block in element:
            tag = str(block.tag)
            if tag == self.text_tag:
                found[tag] = {"": block.text or ""}
            else:
                found[tag] = _block_values(block, self.readers[tag])
        return found

    def _rest(self, pieces: Iterator[str]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece.encode()
        yield self.tail.encode()


def _kinds(members: Sequence[Member]) -> dict[str, ColumnType]:
    return {member.column.name: member.column.type for member in members}


def _block_values(block: etree._Element, readers: Readers) -> Values:
    found: Values = {}
    for child in block:
        name, kind = readers[str(child.tag)]
        found[name] = None if child.get(_NIL) else value_of(kind, child.text or "")
    return found


def _head(version: SoapVersion, namespace: str, response: str) -> str:
    tns = namespace.translate(ESCAPES).replace('"', "&quot;")
    return (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        f'<s:Envelope xmlns:s="{version.envelope}" xmlns:xsi="{XSI}"><s:Body>'
        f'<{response} xmlns:t="{tns}">'
    )


# ---- the bodies of responses -----------------------------------------------------------------


def _body_writer(operation: Operation | None, name: str, prefix: str) -> Callable[[Result], str]:
    if operation is None:
        return {
            "getModelVariables": lambda result: _variables(result, prefix),
            "wsResourceCreate": lambda result: _leaf(f"{prefix}SessionID", result),
            "wsResourceDestroy": lambda _: "",
            "executeSQLStatement": lambda result: _statement(result, prefix),
            "processString": lambda result: _leaf(f"{prefix}result", result),
        }[name]
    return lambda result: _leaf(f"{prefix}affected", str(int(_rows(result).affected)))


def _pieces(writer: RowWriter, columns: Any, rows: list[list[Value]]) -> Iterator[str]:
    """Rows in pieces; written rows are released, so that memory shrinks as the client reads."""
    for start in range(0, len(rows), ROWS_PER_PIECE):
        piece = rows[start : start + ROWS_PER_PIECE]
        yield writer.written(columns, piece)
        rows[start : start + ROWS_PER_PIECE] = [[]] * len(piece)


def _rows(result: Result) -> Rows:
    if not isinstance(result, Rows):
        raise TypeError(f"a {type(result).__name__} where rows are expected")
    return result


def _leaf(tag: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} where text is expected")
    return f"<{tag}>{xml_text(value).translate(ESCAPES)}</{tag}>"


def _variables(result: Result, prefix: str) -> str:
    if not isinstance(result, dict):
        raise TypeError(f"a {type(result).__name__} where variables are expected")
    leaves = "".join(
        _leaf(prefix + name, value) for name, value in result.items() if value is not None
    )
    return f"<{prefix}modelVariables>{leaves}</{prefix}modelVariables>"


def _statement(result: Result, prefix: str) -> str:
    """The result of a SQL statement: its columns are part of it, because no contract names them."""
    rows = _rows(result)
    if not rows.columns:
        return _leaf(f"{prefix}affected", str(int(rows.affected)))
    parts = [
        f"<{prefix}column>{_leaf(prefix + 'name', name)}{_leaf(prefix + 'type', kind)}</{prefix}column>"
        for name, kind in rows.columns
    ]
    value, nil = f"{prefix}value", f'<{prefix}value xsi:nil="true"/>'
    for values in rows.rows:
        cells = [
            nil if found is None else f"<{value}>{text_of(kind, found)}</{value}>"
            for (_, kind), found in zip(rows.columns, values, strict=True)
        ]
        parts.append(f"<{prefix}row>{''.join(cells)}</{prefix}row>")
    return "".join(parts)
