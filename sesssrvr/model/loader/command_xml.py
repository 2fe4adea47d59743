"""Commands from their elements."""

from collections.abc import Callable, Mapping
from typing import Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.loader.pattern_xml import patterns
from sesssrvr.model.loader.xml_reader import Node


def commands(node: Node) -> tuple[c.Command, ...]:
    """All commands among an element's children, in order."""
    return tuple(READ[child.tag](child) for child in node.children(*READ))


def _given(node: Node, *, secret: bool = False) -> c.InputText:
    variable = node.name("variable")
    return c.InputText("" if variable else node.body, variable, secret)


def _secret(node: Node) -> bool:
    return node.tag.endswith("Encrypted")


def _ansi(node: Node) -> c.Command:
    return c.TransmitANSI(_given(node, secret=_secret(node)))


def _location(node: Node) -> c.Command:
    given = _given(node, secret=_secret(node))
    return c.TransmitToLocation(node.whole("row"), node.whole("column"), given, node.flag("erase"))


def _offset(node: Node) -> c.Command:
    given = _given(node, secret=_secret(node))
    return c.TransmitToOffset(node.whole("offset"), given, node.flag("erase"))


def _cursor(node: Node) -> c.Event:
    return c.WaitForCursor(
        row=node.whole("row"),
        column=node.whole("column"),
        attribute=node.name("attribute"),
        field=node.tag.endswith("TerminalField"),
        away="Not" in node.tag,
        timeout=node.seconds(),
    )


def _record_field(node: Node) -> c.Event:
    return c.WaitForCursorAtRecordsetField(
        node.name("recordset"), node.name("field"), node.seconds()
    )


def _string(node: Node) -> c.Event:
    return c.WaitForDisplayString(
        node.body, node.whole("row"), node.whole("column"), node.seconds()
    )


def _update(node: Node) -> c.Event:
    return c.WaitForUpdate(
        node.whole("row"), node.whole("column"), node.whole("length"), node.seconds()
    )


def _several(node: Node) -> c.Command:
    events = tuple(_EVENTS[child.tag](child) for child in node.children(*_EVENTS))
    return c.WaitForMultipleEvents(events, node.choice("mode", ("all", "any")), node.seconds())


_EVENTS: Final[Mapping[str, Callable[[Node], c.Event]]] = {
    "WaitForCondition": lambda node: c.WaitForCondition(patterns(node), node.seconds()),
    "WaitForCursorAtAttr": _cursor,
    "WaitForCursorAtLocation": _cursor,
    "WaitForCursorNotAtLocation": _cursor,
    "WaitForCursorAtTerminalField": _cursor,
    "WaitForCursorNotAtTerminalField": _cursor,
    "WaitForCursorAtRecordsetField": _record_field,
    "WaitForDisplayString": _string,
    "WaitForKeyboardEnabled": lambda node: c.WaitForKeyboardEnabled(node.seconds()),
    "WaitForUpdate": _update,
    "WaitForNewHostScreen": lambda node: c.WaitForNewHostScreen(node.seconds()),
}

READ: Final[Mapping[str, Callable[[Node], c.Command]]] = {
    "MoveCursor": lambda node: c.MoveCursor(node.whole("row"), node.whole("column")),
    "ShiftCursor": lambda node: c.ShiftCursor(node.whole("rows"), node.whole("columns")),
    "TransmitTerminalKey": lambda node: c.TransmitTerminalKey(node.name("key")),
    "TransmitANSI": _ansi,
    "TransmitANSIEncrypted": _ansi,
    "TransmitToLocation": _location,
    "TransmitToLocationEncrypted": _location,
    "TransmitToOffset": _offset,
    "TransmitToOffsetEncrypted": _offset,
    "TransmitToAttr": lambda node: c.TransmitToAttr(node.name("attribute"), _given(node)),
    "DefaultValue": lambda node: c.DefaultValue(node.name("attribute"), _given(node)),
    "UpdateAttribute": lambda node: c.UpdateAttribute(node.name("attribute")),
    "ReadVarFromAttr": lambda node: c.ReadVarFromAttr(
        node.name("attribute"), node.name("variable")
    ),
    "WriteVarToAttr": lambda node: c.WriteVarToAttr(node.name("attribute"), node.name("variable")),
    "checkOperationConditions": lambda _: c.CheckOperationConditions(),
    "Wait": lambda node: c.Pause(node.seconds("seconds", 1.0)),
    "WaitMS": lambda node: c.Pause(node.whole("milliseconds") / 1000),
    "WaitForHostSilence": lambda node: c.WaitForHostSilence(
        node.whole("milliseconds") / 1000, node.seconds()
    ),
    "WaitForCommString": lambda node: c.WaitForCommString(node.body, node.seconds()),
    "WaitForMultipleEvents": _several,
    **_EVENTS,
}
"""By element name; every command element of model.xsd is here, and a test says so."""
