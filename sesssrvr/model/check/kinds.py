"""What a kind of terminal does not have, told when a model is checked rather than when it runs.

Everything refused here could never do what it says on that terminal: a character host has no
fields and locks no keyboard, and it alone moves its cursor; the others send no text as characters.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.appearance import AppearanceIs
from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin
from sesssrvr.model.patterns import FieldCount, FieldIs, single_patterns


_NO_FIELDS: Final = "a VT has no fields"
_PRESS: Final = "on a VT only the host moves the cursor: press the keys that the program expects"
_ON_VT: Final[Mapping[type, str]] = {
    c.MoveCursor: f"MoveCursor: {_PRESS}",
    c.ShiftCursor: f"ShiftCursor: {_PRESS}",
    c.WaitForKeyboardEnabled: "WaitForKeyboardEnabled: a VT host does not lock the keyboard; wait "
    "for a text, the cursor or silence of the host",
    FieldCount: f"a count of fields: {_NO_FIELDS}; ask for texts, the cursor or a look",
    FieldIs: f"a field pattern: {_NO_FIELDS}; ask for a look",
}
_ELSEWHERE: Final[Mapping[type, str]] = {
    c.WaitForCommString: "WaitForCommString: a {kind} host sends screens, not texts; use "
    "WaitForDisplayString",
    AppearanceIs: "a look pattern: a {kind} has fields; use a field pattern",
}


def check_kind(model: Model, found: Findings) -> None:
    """All commands and patterns that the model's terminal cannot have."""
    for entity in model.entities:
        for origin, part in _parts(entity):
            problem = _problem(model, part)
            if problem:
                found.error(origin, problem, f"entity {entity.name}")


def _problem(model: Model, part: Any) -> str:
    kind = model.host.type
    if kind != "VT":
        return _ELSEWHERE.get(type(part), "").format(kind=kind)
    if isinstance(part, AppearanceIs) and not part.look.wanted:
        return "a look needs at least one property, such as reverse"
    if isinstance(part, c.WaitForCursor) and part.field:
        return f"WaitForCursor{'Not' if part.away else ''}AtTerminalField: {_NO_FIELDS}"
    if isinstance(part, c.TransmitToLocation | c.TransmitToOffset) and part.erase:
        return "erase: a VT does not erase by itself; press the key that deletes"
    return _ON_VT.get(type(part), "")


def _parts(entity: Entity) -> Iterator[tuple[Origin, Any]]:
    """Every command and pattern of an entity, and where it is reported."""
    for pattern in single_patterns(entity.signature):
        yield entity.origin, pattern
    for error in entity.errors:
        for pattern in single_patterns(error.patterns):
            yield error.origin, pattern
    for recordset in entity.recordsets:
        for pattern in single_patterns(
            (*recordset.end, *([recordset.bar] if recordset.bar else ()))
        ):
            yield recordset.origin, pattern
        for scroll in recordset.scrolls:
            for part in _commands(scroll.commands):
                yield recordset.origin, part
    for operation in entity.operations:
        for part in _commands(operation.commands):
            yield operation.origin, part


def _commands(commands: tuple[c.Command, ...]) -> Iterator[Any]:
    for command in commands:
        yield command
        if isinstance(command, c.WaitForMultipleEvents):
            yield from _commands(command.events)
        elif isinstance(command, c.WaitForCondition):
            yield from single_patterns(command.patterns)
