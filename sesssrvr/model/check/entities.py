"""The meaning of entities: attributes, recordsets, operations, commands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, find, meant
from sesssrvr.model.operation import Operation
from sesssrvr.model.patterns import FieldCount, Pattern, single_patterns
from sesssrvr.model.recordset import Recordset


def check_entities(model: Model, found: Findings) -> None:
    """All problems of all entities."""
    for entity in model.entities:
        _Check(model, entity, found).run()


class _Check:
    """The checks of one entity."""

    def __init__(self, model: Model, entity: Entity, found: Findings) -> None:
        self.model = model
        self.entity = entity
        self.found = found
        self.where = f"entity {entity.name}"

    def run(self) -> None:
        entity = self.entity
        for kind, items in (
            ("attribute", entity.attributes),
            ("recordset", entity.recordsets),
            ("operation", entity.operations),
            ("error pattern", entity.errors),
        ):
            self.found.once(kind, ((one, one.origin) for one in items), self.where)
        self._message(entity.message, entity.origin)
        self._patterns(entity.signature, entity.origin)
        for error in entity.errors:
            self._message(error.message, error.origin)
            self._patterns(error.patterns, error.origin)
        for attribute in entity.attributes:
            self._attribute(attribute)
        for recordset in entity.recordsets:
            self._recordset(recordset)
        for operation in entity.operations:
            self._operation(operation)

    def _say(self, origin: Origin, message: str) -> None:
        self.found.error(origin, message, self.where)

    def _message(self, name: str, origin: Origin) -> None:
        if name and find(self.entity.attributes, name) is None:
            self._say(origin, f"the message attribute {name} does not exist")

    def _variable(self, name: str, origin: Origin) -> None:
        if name and find(self.model.variables, name) is None:
            self._say(origin, f"the model has no variable {name}")

    def _patterns(self, patterns: tuple[Pattern, ...], origin: Origin) -> None:
        for one in single_patterns(patterns):
            if isinstance(one, FieldCount) and one.minimum > one.maximum:
                self._say(origin, f"a count of {one.minimum} to {one.maximum} fields never matches")

    def _attribute(self, one: Attribute) -> None:
        placed = bool(one.row or one.column)
        if placed == bool(one.label):
            self._say(one.origin, f"attribute {one.name} needs row and column, or a label")
        elif placed and not (one.row and one.column):
            self._say(one.origin, f"attribute {one.name} needs both row and column")
        if not one.label and (one.right is not None or one.down):
            self._say(one.origin, f"attribute {one.name}: right and down count from a label")
        self._variable(one.read_variable, one.origin)
        self._variable(one.write_variable, one.origin)

    def _recordset(self, one: Recordset) -> None:
        self.found.once("field", ((f, f.origin) for f in one.fields), f"recordset {one.name}")
        if one.first_row > one.last_row:
            self._say(one.origin, f"recordset {one.name} ends above its first row")
        if one.across > 1 and not one.across_width:
            self._say(one.origin, f"recordset {one.name} has records across: give across-width")
        if one.delimiter == "text" and not one.at_text:
            self._say(one.origin, f"recordset {one.name} is delimited by text: give the text")
        for field in one.fields:
            if one.delimiter == "lines" and field.line > one.lines_each:
                self._say(
                    field.origin,
                    f"field {field.name} is on line {field.line}, after the last line of its records ({one.lines_each})",
                )
        self.attribute(one.end_changed, one.origin)
        forward = one.scroll("ScrollPageDown")
        if forward and not (one.end or one.end_repeated or one.end_blank or one.end_changed):
            self._say(one.origin, f"recordset {one.name} scrolls and has no end condition")
        for scroll in one.scrolls:
            self._commands(scroll.commands, one.origin)

    def _operation(self, one: Operation) -> None:
        for name in (*one.arrivals, *one.errors):
            self._entity(name, one)
        for way in one.intermediates:
            there = self._entity(way.entity, one)
            if there and way.operation and find(there.operations, way.operation) is None:
                self._say(one.origin, f"entity {there.name} has no operation {way.operation}")
        for name in one.needs:
            self._variable(name, one.origin)
        self._commands(one.commands, one.origin)

    def _entity(self, name: str, operation: Operation) -> Entity | None:
        there = find(self.model.entities, name)
        if name and there is None:
            words = f"operation {operation.name}: there is no entity {name}"
            self._say(operation.origin, words + meant(self.model.entities, name))
        return there

    def _commands(self, commands: tuple[c.Command, ...], origin: Origin) -> None:
        for command in commands:
            if (look := _LOOK.get(type(command))) is not None:
                look(self, command, origin)

    def attribute(self, name: str, origin: Origin, *, write: bool = False) -> None:
        """An attribute a command names; one that is written has to be writable."""
        there = find(self.entity.attributes, name)
        if name and there is None:
            self._say(origin, f"the entity has no attribute {name}")
        elif there and write and not there.writable:
            self._say(origin, f'attribute {name} is written: give it access="write"')

    def given(self, given: c.InputText, origin: Origin) -> None:
        """A text or a variable."""
        self._variable(given.variable, origin)

    def record_field(self, command: c.WaitForCursorAtRecordsetField, origin: Origin) -> None:
        """A field of a recordset a command names."""
        recordset = find(self.entity.recordsets, command.recordset)
        if recordset is None or find(recordset.fields, command.field) is None:
            self._say(origin, f"there is no field {command.field} in {command.recordset}")

    def typed(self, command: Any, origin: Origin) -> None:
        """A command that types into an attribute."""
        self.attribute(command.attribute, origin, write=True)
        self.given(command.given, origin)

    def variable_to(self, command: c.WriteVarToAttr, origin: Origin) -> None:
        """A command that writes a variable into an attribute."""
        self.attribute(command.attribute, origin, write=True)
        self._variable(command.variable, origin)

    def variable_from(self, command: c.ReadVarFromAttr, origin: Origin) -> None:
        """A command that reads an attribute into a variable."""
        self.attribute(command.attribute, origin)
        self._variable(command.variable, origin)

    def several(self, command: c.WaitForMultipleEvents, origin: Origin) -> None:
        """The events of a wait for several."""
        self._commands(command.events, origin)


_LOOK: Final[Mapping[type, Callable[[_Check, Any, Origin], None]]] = {
    c.TransmitANSI: lambda check, one, at: check.given(one.given, at),
    c.TransmitToLocation: lambda check, one, at: check.given(one.given, at),
    c.TransmitToOffset: lambda check, one, at: check.given(one.given, at),
    c.TransmitToAttr: _Check.typed,
    c.DefaultValue: _Check.typed,
    c.UpdateAttribute: lambda check, one, at: check.attribute(one.attribute, at, write=True),
    c.ReadVarFromAttr: _Check.variable_from,
    c.WriteVarToAttr: _Check.variable_to,
    c.WaitForCursor: lambda check, one, at: check.attribute(one.attribute, at),
    c.WaitForCursorAtRecordsetField: _Check.record_field,
    c.WaitForMultipleEvents: _Check.several,
}
