"""The XML Schema of a contract: clients generate code from it, and the gateway validates with it.

Law (tests/wsdl/test_envelope.py, test_document.py): elements are in the order of the contract. The
published schema describes what clients should send; the internal one (`internal=True`) describes
what is accepted after the gateway has ordered the children. It differs in accepting `xsi:nil` on
every column and foreign attributes on a header, and in leaving the bounds of dates to `wsdl.fit`:
XML Schema calls the comparison of a date that has a time zone with a bound that has none
indeterminate (part 2, 3.2.7.4), and the zone is dropped here (docs/behaviour/soap.md).
"""

from typing import Final

from lxml import etree

from verdigris.metadata import Column
from wsdl.contract import ENVIRONMENT, STATEMENTS, Contract, Member, Operation
from wsdl.names import xml_text
from wsdl.soap import XSD
from wsdl.values import XSD_TYPE


TNS: Final = "tns"


def schema_document(contract: Contract) -> bytes:
    """The published schema as a separate document (`?xsd`)."""
    root = schema_element(contract)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8") + b"\n"


def schema_element(contract: Contract, *, internal: bool = False) -> etree._Element:
    """The schema element, to embed in a WSDL document or to compile."""
    return _SchemaWriter(contract, internal=internal).root


def xs(local: str) -> str:
    """A qualified name of XML Schema."""
    return f"{{{XSD}}}{local}"


def sub(parent: etree._Element, local: str, **attributes: str) -> etree._Element:
    """A new last child from the vocabulary of XML Schema."""
    child: etree._Element = etree.SubElement(parent, xs(local), attributes)
    return child


class _SchemaWriter:
    """The writer of one schema, from top to bottom."""

    def __init__(self, contract: Contract, *, internal: bool) -> None:
        self.contract = contract
        self.internal = internal
        self.reply_form = "" if contract.qualified_replies else "unqualified"
        self.root = etree.Element(
            xs("schema"),
            nsmap={"xs": XSD, TNS: contract.namespace},
            targetNamespace=contract.namespace,
            elementFormDefault="qualified",
        )
        self._environment()
        self._variables()
        for operation in contract.operations:
            self._operation(operation)
        self._own()
        self._statements()
        self._errors()

    # ---- small pieces --------------------------------------------------------------------------

    def _say(self, parent: etree._Element, text: str) -> None:
        if text.strip():
            note = sub(parent, "annotation")
            sub(note, "documentation").text = xml_text(text.strip())

    def _named_type(self, name: str, text: str = "") -> etree._Element:
        made = sub(self.root, "complexType", name=name)
        self._say(made, text)
        return sub(made, "sequence")

    def _wrapper(self, name: str, text: str = "") -> etree._Element:
        made = sub(self.root, "element", name=name)
        self._say(made, text)
        return sub(sub(made, "complexType"), "sequence")

    def _child(
        self,
        parent: etree._Element,
        name: str,
        kind: str = "",
        *,
        least: int = 1,
        most: str = "1",
        nil: bool = False,
        reply: bool = False,
    ) -> etree._Element:
        made = sub(parent, "element", name=name)
        if kind:
            made.set("type", kind)
        if least != 1:
            made.set("minOccurs", str(least))
        if most != "1":
            made.set("maxOccurs", most)
        if nil:
            made.set("nillable", "true")
        if reply and self.reply_form:
            made.set("form", self.reply_form)
        return made

    def _column_note(self, element: etree._Element, column: Column) -> None:
        unit = f"Unit: {column.unit}." if column.unit else ""
        self._say(element, " ".join(filter(None, (column.description.strip(), unit))))

    # ---- blocks every service has --------------------------------------------------------------

    def _environment(self) -> None:
        block = self._named_type(
            "RequestEnvironment",
            "How to run the request. Every element is optional. Also accepted as a SOAP header; "
            "an element in the body wins over the same element in the header.",
        )
        for setting in ENVIRONMENT:
            made = self._child(block, setting.name, least=0, nil=self.internal)
            self._say(made, setting.meaning)
            if setting.minimum is None:
                made.set("type", f"xs:{setting.type}")
                continue
            rule = self._restriction(made, setting.type)
            sub(rule, "minInclusive", value=str(setting.minimum))
            if setting.maximum is not None:
                sub(rule, "maxInclusive", value=str(setting.maximum))
        if self.internal:
            owner = block.getparent()
            assert owner is not None  # noqa: S101 - just made inside one
            sub(owner, "anyAttribute", namespace="##other", processContents="lax")
        header = sub(self.root, "element", name="environment")
        header.set("type", f"{TNS}:RequestEnvironment")

    def _variables(self) -> None:
        given = self._named_type("ModelVariables", "Model variables to set before the procedure.")
        for variable in self.contract.variables:
            if variable.writable:
                made = self._child(given, variable.name, "xs:string", least=0, nil=self.internal)
                self._say(made, variable.description)
        shown = self._named_type("ModelVariableValues", "Current values of the model variables.")
        for variable in self.contract.variables:
            if variable.readable:
                made = self._child(shown, variable.name, "xs:string", least=0, reply=True)
                self._say(made, variable.description)

    def _blocks(self, sequence: etree._Element) -> None:
        self._child(sequence, "environment", f"{TNS}:RequestEnvironment", least=0)
        self._child(sequence, "modelVariables", f"{TNS}:ModelVariables", least=0)

    # ---- operations ----------------------------------------------------------------------------

    def _operation(self, operation: Operation) -> None:
        if operation.filters:
            self._members(operation.filter_block, operation.filters, nil=self.internal)
        if operation.data:
            self._members(operation.data_block, operation.data, nil=True)
        if operation.returns_rows:
            row = self._named_type(operation.row)
            for column in operation.outputs:
                kind = f"xs:{XSD_TYPE[column.type]}"
                self._column_note(self._child(row, column.name, kind, nil=True, reply=True), column)
        request = self._wrapper(operation.name, operation.description)
        self._blocks(request)
        for name, members in (
            (operation.filter_block, operation.filters),
            (operation.data_block, operation.data),
        ):
            if members:
                needed = int(any(member.required for member in members))
                self._child(request, name, f"{TNS}:{name}", least=needed)
        response = self._wrapper(operation.response)
        if operation.returns_rows:
            kind = f"{TNS}:{operation.row}"
            self._child(response, operation.row, kind, least=0, most="unbounded", reply=True)
        else:
            self._say(self._child(response, "affected", "xs:int", reply=True), "Records written.")

    def _members(self, name: str, members: tuple[Member, ...], *, nil: bool) -> None:
        block = self._named_type(name)
        for member in members:
            column = member.column
            made = self._child(block, column.name, least=int(member.required), nil=nil)
            self._column_note(made, column)
            facets = [] if self.internal and column.type == "date" else _facets(column)
            if not facets:
                made.set("type", f"xs:{XSD_TYPE[column.type]}")
                continue
            rule = self._restriction(made, XSD_TYPE[column.type])
            for facet, value in facets:
                sub(rule, facet, value=value)

    def _restriction(self, element: etree._Element, base: str) -> etree._Element:
        return sub(sub(element, "simpleType"), "restriction", base=f"xs:{base}")

    def _own(self) -> None:
        self._blocks(self._wrapper("getModelVariables", "Current values of the model variables."))
        shown = self._wrapper("getModelVariablesResponse")
        self._child(shown, "modelVariables", f"{TNS}:ModelVariableValues", reply=True)
        self._blocks(
            self._wrapper(
                "wsResourceCreate",
                "Take a session and keep it: the reply's SessionID goes into the environment of "
                "each further request, until wsResourceDestroy.",
            )
        )
        created = self._wrapper("wsResourceCreateResponse")
        self._child(created, "SessionID", "xs:string", reply=True)
        self._blocks(self._wrapper("wsResourceDestroy", "End the session named in SessionID."))
        self._wrapper("wsResourceDestroyResponse")

    def _statements(self) -> None:
        named = self._named_type("SqlColumn", "A column of a statement's result.")
        self._child(named, "name", "xs:string", reply=True)
        self._child(named, "type", "xs:string", reply=True)
        row = self._named_type("SqlRow", "One value for each column, in the order of the columns.")
        self._child(row, "value", "xs:string", least=0, most="unbounded", nil=True, reply=True)
        for name, text in STATEMENT_MEANINGS.items():
            request = self._wrapper(name, text)
            self._blocks(request)
            self._child(request, STATEMENTS[name], "xs:string")
        found = self._wrapper("executeSQLStatementResponse")
        for name, kind in (("column", f"{TNS}:SqlColumn"), ("row", f"{TNS}:SqlRow")):
            self._child(found, name, kind, least=0, most="unbounded", reply=True)
        self._child(found, "affected", "xs:int", least=0, reply=True)
        self._child(self._wrapper("processStringResponse"), "result", "xs:string", reply=True)

    # ---- errors --------------------------------------------------------------------------------

    def _errors(self) -> None:
        entry = self._named_type("ErrorEntry")
        for name, kind in (("id", "int"), ("text", "string"), ("advice", "string")):
            self._child(entry, name, f"xs:{kind}", reply=True)
        attempt = self._named_type("ErrorAttempt", "One session server that was asked.")
        for name, kind in ATTEMPT:
            self._child(attempt, name, f"xs:{kind}", reply=True)
        trail = self._named_type("ErrorTrail", "How a session server was searched for.")
        kind = f"{TNS}:ErrorAttempt"
        self._child(trail, "attempt", kind, least=0, most="unbounded", reply=True)
        self._child(trail, "notAsked", "xs:string", least=0, most="unbounded", reply=True)
        # A type of its own: with an anonymous one, Axis 1.4 names a class it does not write.
        detail = self._named_type("ErrorDetail", "The content of a fault's detail.")
        self._child(detail, "requestId", "xs:string", reply=True)
        self._child(detail, "error", f"{TNS}:ErrorEntry", most="unbounded", reply=True)
        self._child(detail, "trail", f"{TNS}:ErrorTrail", least=0, reply=True)
        self._child(detail, "screen", "xs:string", least=0, reply=True)
        sub(self.root, "element", name="errorDetail", type=f"{TNS}:ErrorDetail")


STATEMENT_MEANINGS: Final = {
    "executeSQLStatement": "Perform a SELECT, INSERT, UPDATE or DELETE by the procedure that fits "
    "it; rows that do not match WHERE are dropped.",
    "processString": "Pass a text to the model's handler for texts.",
}
"""The documentation of the operations that take one text."""

ATTEMPT: Final = (
    ("priority", "int"),
    ("candidates", "string"),
    ("total", "int"),
    ("draw", "int"),
    ("server", "string"),
    ("answer", "string"),
    ("reason", "string"),
    ("milliseconds", "decimal"),
)
"""The elements of one attempt in an allocation's trail: those of `verdigris.wire.Try`."""


def _facets(column: Column) -> list[tuple[str, str]]:
    """The facets of the values a client may send (XML Schema part 2, section 4.3), in the order of 4.1.5."""
    if column.type == "text":
        found = [("minLength", column.min_length), ("maxLength", column.max_length)]
        return [(name, str(value)) for name, value in found if value]
    if column.type == "boolean":
        return []
    bounds = [("minInclusive", column.minimum), ("maxInclusive", column.maximum)]
    digits = column.fraction_digits if column.type == "decimal" else -1
    exact = [("fractionDigits", str(digits))] if digits >= 0 else []
    return [(name, value) for name, value in bounds if value] + exact
