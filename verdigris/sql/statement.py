"""A statement of the subset, as frozen values, and what its conditions say of a row.

Law: a condition is three-valued as in SQL-92 (8.2 to 8.12): a comparison with no value is neither
true nor false, and only rows for which the whole is true are kept. LIKE is left to the procedure:
here it is true. Text compares case-sensitively, unless COLLATE CASE_INSENSITIVE follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, Literal, TypeAlias


Constant: TypeAlias = str | Decimal | bool | None
"""A literal: text (dates too), number, truth value, NULL."""

Kind = Literal["select", "insert", "update", "delete"]

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compare:
    """A column compared with a literal.

    Attributes:
        operator: of `OPERATORS`, or "like" or "is null".
        nocase: COLLATE CASE_INSENSITIVE.
    """

    column: str
    operator: str
    value: Constant = field(repr=False)
    nocase: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """AND."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR, IN."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    part: "Condition"


Condition: TypeAlias = Compare | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        columns: of a SELECT; () is all.
        values: what an INSERT or UPDATE writes, by column.
        where: None keeps everything.
    """

    kind: Kind
    table: str
    columns: tuple[str, ...] = ()
    values: tuple[tuple[str, Constant], ...] = field(default=(), repr=False)
    where: Condition | None = None


def compares(condition: Condition | None) -> list[Compare]:
    """Every comparison in a condition."""
    match condition:
        case None:
            return []
        case Compare():
            return [condition]
        case Not(part):
            return compares(part)
        case Both(parts) | Either(parts):
            return [found for part in parts for found in compares(part)]


def conjunction(condition: Condition | None) -> list[Condition]:
    """The parts of which all have to be true."""
    match condition:
        case None:
            return []
        case Both(parts):
            return [found for part in parts for found in conjunction(part)]
        case _:
            return [condition]


Read: TypeAlias = Callable[[Compare], bool | None]
"""What one comparison says of the row at hand; None is unknown."""


def holds(condition: Condition, read: Read) -> bool | None:
    """What a condition says, given what its comparisons say."""
    match condition:
        case Compare():
            return read(condition)
        case Not(part):
            found = holds(part, read)
            return None if found is None else not found
        case Both(parts):
            return _all([holds(part, read) for part in parts], decides=False)
        case Either(parts):
            return _all([holds(part, read) for part in parts], decides=True)


def _all(found: list[bool | None], *, decides: bool) -> bool | None:
    if decides in found:
        return decides
    return None if None in found else not decides
