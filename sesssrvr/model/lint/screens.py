"""Entities against their captured screens: recognised, by one entity only, everything in its place."""

from sesssrvr.model.areas import Area, area
from sesssrvr.model.entity import Attribute, Entity, EntityCapture
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin
from sesssrvr.model.operation_commands import (
    TransmitANSI,
    TransmitToLocation,
    TransmitToOffset,
    UpdateAttribute,
)
from sesssrvr.model.recognise import difference, matching
from sesssrvr.model.recordset import Recordset
from sesssrvr.terminal.screen import Screen
from verdigris.errors import AttributeNotFound


def lint_screens(model: Model, found: Findings) -> None:
    """All findings about screens."""
    for entity in model.entities:
        where = f"entity {entity.name}"
        if not entity.captures:
            found.warn(entity.origin, f"entity {entity.name} has no captured screen", where)
        for capture in entity.captures:
            _recognised(model, entity, capture, found)
        if entity.captures:
            for attribute in entity.attributes:
                _placed(entity, attribute, found)
            for recordset in entity.recordsets:
                _inside(entity, recordset, found)
        _cached(entity, found)
        _constants(entity, found)


def _recognised(model: Model, entity: Entity, capture: EntityCapture, found: Findings) -> None:
    where, origin = f"entity {entity.name}", Origin(capture.file, 0)
    names = [one.name for one in matching(model.entities, capture.screen)]
    if entity.name not in names:
        said = difference(entity, capture.screen)
        found.error(
            origin, f"the captured screen is not recognised as {entity.name}: {said}", where
        )
    elif len(names) > 1:
        found.error(
            entity.origin,
            f"the signature is not unique: screen {capture.file} is {' and '.join(names)}",
            where,
        )


def _placed(entity: Entity, attribute: Attribute, found: Findings) -> None:
    """An attribute has to be on a captured screen; a written one in an input field of it."""
    where = f"entity {entity.name}"
    problem = ""
    for capture in entity.captures:
        try:
            here = area(entity, attribute, capture.screen)
        except AttributeNotFound as error:
            problem = str(error)
            continue
        if problem := _over_the_end(attribute, here, capture.screen):
            continue
        if attribute.writable and here.field is not None and here.field.protected:
            problem = f"attribute {attribute.name} is writable, but its field is protected"
            continue
        if attribute.writable and here.field is not None and here.length > here.field.length:
            problem = (
                f"attribute {attribute.name} has {here.length} characters, "
                f"its field {here.field.length}"
            )
            continue
        return
    found.error(attribute.origin, problem, where)


def _over_the_end(attribute: Attribute, here: Area, screen: Screen) -> str:
    """Only a field may go on from the end of a screen to its beginning."""
    left = len(screen.characters) - screen.offset(here.row, here.column)
    wraps = here.field is not None and here.field.start + here.field.length > len(screen.characters)
    if here.length <= left or wraps:
        return ""
    return f"attribute {attribute.name} has {here.length} characters, the screen ends after {left}"


def _inside(entity: Entity, recordset: Recordset, found: Findings) -> None:
    screen = entity.captures[0].screen
    where = f"recordset {recordset.name}"
    if recordset.last_row > screen.rows:
        found.error(recordset.origin, f"row {recordset.last_row} is below the screen", where)
    for field in recordset.fields:
        shift = (recordset.across - 1) * recordset.across_width
        if field.column + shift + field.length - 1 > screen.columns:
            found.error(field.origin, f"field {field.name} runs over the edge of the screen", where)


def _cached(entity: Entity, found: Findings) -> None:
    if not entity.cache_writes:
        return
    for operation in entity.operations:
        if operation.commands and not any(
            isinstance(one, UpdateAttribute) for one in operation.commands
        ):
            found.warn(
                operation.origin,
                f"entity {entity.name} caches its writes, and operation {operation.name} has no "
                "UpdateAttribute: what was written does not reach the screen",
                f"entity {entity.name}",
            )


def _constants(entity: Entity, found: Findings) -> None:
    for operation in entity.operations:
        for one in operation.commands:
            if (
                isinstance(one, TransmitANSI | TransmitToLocation | TransmitToOffset)
                and one.given.secret
                and not one.given.variable
            ):
                found.warn(
                    operation.origin,
                    "a secret can be read in the model: use a secret variable",
                    f"operation {operation.name}",
                )
