"""Calls at the level of the model: entities, attributes, operations (product facts 9.3)."""

from verdigris.wire.session_calls.call import SessionCall
from verdigris.wire.session_calls.results import (
    AttributeMetaData,
    ElementLocation,
    OperationMetaData,
    Texts,
)


class GetCurrentEntity(SessionCall[str], frozen=True, tag="GetCurrentEntity"):
    """The entity the screen is now; "" if it is none of the model's."""


class SetCurrentEntity(SessionCall[None], frozen=True, tag="SetCurrentEntity"):
    """Navigation to an entity by the shortest chain of default operations."""

    entity: str


class GetModelEntities(SessionCall[list[str]], frozen=True, tag="GetModelEntities"):
    """The names of all entities, in the order of the model."""


class GetHomeEntityName(SessionCall[str], frozen=True, tag="GetHomeEntityName"):
    """The home entity, where navigation starts and ends."""


class GetEntityDescription(SessionCall[str], frozen=True, tag="GetEntityDescription"):
    """The modeller's words about an entity.

    Attributes:
        entity: "" is the current one.
    """

    entity: str = ""


class GetEntityAttributes(SessionCall[list[str]], frozen=True, tag="GetEntityAttributes"):
    """The names of an entity's attributes.

    Attributes:
        entity: "" is the current one.
    """

    entity: str = ""


class GetEntityOperations(SessionCall[list[str]], frozen=True, tag="GetEntityOperations"):
    """The names of an entity's operations.

    Attributes:
        entity: "" is the current one.
    """

    entity: str = ""


class GetEntityRecordSets(SessionCall[list[str]], frozen=True, tag="GetEntityRecordSets"):
    """The names of an entity's recordsets.

    Attributes:
        entity: "" is the current one.
    """

    entity: str = ""


class GetAttributes(SessionCall[Texts], frozen=True, tag="GetAttributes"):
    """What attributes of the current entity show, without blanks at their ends.

    Attributes:
        attributes: their names; none is all that may be read and are on the screen.
    """

    attributes: tuple[str, ...] = ()


class SetAttributes(SessionCall[None], frozen=True, tag="SetAttributes"):
    """Texts written into attributes of the current entity, in the order given.

    Attributes:
        attributes: names to texts; "" clears.
        entity: what the screen has to be, else error 9402; "" asks for none.
    """

    attributes: dict[str, str]
    entity: str = ""


class SetAttributesDelayed(SessionCall[None], frozen=True, tag="SetAttributesDelayed"):
    """Texts written into attributes of an entity when it is reached: now if it is there, else on the way.

    Attributes:
        attributes: names to texts.
        entity: where.
    """

    attributes: dict[str, str]
    entity: str


class GetAttributeMetaData(SessionCall[AttributeMetaData], frozen=True, tag="GetAttributeMetaData"):
    """What the model says of an attribute."""

    entity: str
    attribute: str


class GetAttributeLocations(
    SessionCall[dict[str, ElementLocation]], frozen=True, tag="GetAttributeLocations"
):
    """Where attributes of the current entity are; those not on the screen are left out.

    Attributes:
        attributes: their names; none is all.
    """

    attributes: tuple[str, ...] = ()


class GetAttributeAtCursor(SessionCall[str], frozen=True, tag="GetAttributeAtCursor"):
    """The attribute of the current entity the cursor is in; "" for none."""


class PerformEntityOperation(SessionCall[str], frozen=True, tag="PerformEntityOperation"):
    """An operation of the current entity, done up to its arrival; the entity arrived at."""

    operation: str


class GetOperationMetaData(SessionCall[OperationMetaData], frozen=True, tag="GetOperationMetaData"):
    """What the model says of an operation."""

    entity: str
    operation: str


class GetPatternLocations(
    SessionCall[dict[str, ElementLocation]], frozen=True, tag="GetPatternLocations"
):
    """Where the current entity's patterns stand, by their number in its signature, from "1".

    A pattern without a place, such as a text anywhere that does not show, is left out.
    """
