"""Entities: one host screen each, with what it is recognised by and what is on it."""

from dataclasses import dataclass, field
from typing import Literal

from sesssrvr.model.names import NOWHERE, Origin
from sesssrvr.model.operation import Operation
from sesssrvr.model.patterns import Pattern
from sesssrvr.model.recordset import Recordset
from sesssrvr.terminal.screen import Screen


Access = Literal["read", "write", "read-write"]
Blank = Literal["erase", "spaces", "keep"]
"""What writing "no value" does: erase the field (nulls), fill it with spaces, or leave it alone."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A data area of an entity: at a place, or found by a label.

    Attributes:
        row, column: of its first character, 1-based; 0 when found by its label.
        label: the text it is found by; without `right` and `down` it is the first field after
            the label (for a written one: the first input field).
        right, down: columns and rows from the label's first character.
        length: characters; 0 is the whole field.
        access: what procedures may do with it.
        secret: masked in text, fault, picture, trace and log.
        read_variable: takes its value on every arrival at the entity.
        write_variable: what `UpdateAttribute` and `DefaultValue` write when nothing else is given.
        format: how a typed value looks on the screen; see `sesssrvr.model.convert`.
        blank: what writing "no value" does.
    """

    name: str
    row: int = 0
    column: int = 0
    label: str = ""
    right: int | None = None
    down: int = 0
    length: int = 0
    access: Access = "read"
    secret: bool = False
    read_variable: str = ""
    write_variable: str = ""
    format: str = ""
    blank: Blank = "erase"
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    @property
    def writable(self) -> bool:
        """Whether a procedure may write it."""
        return self.access != "read"

    @property
    def readable(self) -> bool:
        """Whether a procedure may read it."""
        return self.access != "write" and not self.secret


@dataclass(frozen=True, slots=True)
class ErrorPattern:
    """An error message on an entity: when it shows on arrival, the host has reported an error.

    Attributes:
        patterns: all of them must show.
        message: the attribute that holds the host's words; "" says the error's name.
        empty: to a SELECT the message means that there are no rows.
    """

    name: str
    patterns: tuple[Pattern, ...]
    message: str = ""
    empty: bool = False
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class EntityCapture:
    """A screen of the entity as it was captured; recognition is tested on it without a host."""

    file: str
    screen: Screen

    def __repr__(self) -> str:
        return f"<EntityCapture {self.file}>"


@dataclass(frozen=True, slots=True, repr=False)
class Entity:
    """One host screen.

    Attributes:
        signature: all of these patterns must show, on this entity only.
        attributes, recordsets, operations: what is on it and where it leads.
        errors: messages that mean an error.
        error: the whole screen means an error ("error entity").
        message: the attribute that holds an error entity's words.
        cache_writes: written attributes reach the screen only by `UpdateAttribute`.
        quiet: seconds the screen must stand still to have arrived (character hosts).
        captures: its captured screens.
    """

    name: str
    signature: tuple[Pattern, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    recordsets: tuple[Recordset, ...] = ()
    operations: tuple[Operation, ...] = ()
    errors: tuple[ErrorPattern, ...] = ()
    error: bool = False
    message: str = ""
    cache_writes: bool = False
    quiet: float = 0.0
    captures: tuple[EntityCapture, ...] = ()
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False)

    def __repr__(self) -> str:
        return (
            f"<Entity {self.name} [{len(self.signature)} patterns, {len(self.attributes)} "
            f"attributes, {len(self.operations)} operations]>"
        )
