"""Patterns from their elements."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sesssrvr.model.appearance import COLOURS, Appearance, AppearanceIs
from sesssrvr.model.loader.xml_reader import Node
from sesssrvr.model.patterns import (
    CursorAt,
    FieldCount,
    FieldIs,
    Not,
    OneOf,
    Pattern,
    TextAt,
    TextWithin,
)
from sesssrvr.terminal.captured_runs import GROUNDS, LOOKS


FAR: Final = 9999
"""A row or column beyond any screen: "to the end"."""


def patterns(node: Node) -> tuple[Pattern, ...]:
    """All patterns among an element's children."""
    return tuple(_patterns(node))


def _patterns(node: Node) -> Iterator[Pattern]:
    for child in node.children(*_READ):
        pattern = _READ[child.tag](child)
        yield Not(pattern) if child.flag("not") else pattern


def _text(node: Node) -> Pattern:
    folded = node.flag("ignore-case")
    row, column = node.whole("row"), node.whole("column")
    if row and column and not node.has("to-row") and not node.has("to-column"):
        return TextAt(node.body, row, column, folded)
    to_row = node.whole("to-row") or row or FAR
    to_column = node.whole("to-column") or FAR
    return TextWithin(node.body, row or 1, column or 1, to_row, to_column, folded)


def _count(node: Node) -> Pattern:
    exact = node.maybe("count")
    if exact is not None:
        return FieldCount(exact, exact, node.tag == "inputs")
    return FieldCount(node.whole("min"), node.whole("max", FAR), node.tag == "inputs")


def _cursor(node: Node) -> Pattern:
    return CursorAt(node.whole("row"), node.whole("column"))


def _field(node: Node) -> Pattern:
    def asked(name: str) -> bool | None:
        return node.flag(name) if node.has(name) else None

    return FieldIs(
        node.whole("row"),
        node.whole("column"),
        protected=asked("protected"),
        hidden=asked("hidden"),
        numeric=asked("numeric"),
        intensified=asked("intensified"),
    )


def look(node: Node) -> Appearance:
    """What characters are to look like, from the attributes of an element."""
    wanted: list[tuple[str, int | bool]] = [
        (name, node.flag(name)) for name in LOOKS if node.has(name)
    ]
    for name in GROUNDS:
        said = node.text(name)
        if said:
            wanted.append((name, COLOURS[said] if said in COLOURS else node.whole(name)))
    return Appearance(tuple(wanted))


def _look(node: Node) -> Pattern:
    row, column, length = node.whole("row"), node.whole("column"), node.whole("length", 1)
    if not node.has("to-row") and not node.has("to-column"):
        return AppearanceIs(look(node), row, column, length)
    to_row, to_column = node.whole("to-row") or row, node.whole("to-column") or FAR
    return AppearanceIs(look(node), row, column, length, to_row, to_column)


def _one_of(node: Node) -> Pattern:
    return OneOf(patterns(node))


_READ: Final[Mapping[str, Callable[[Node], Pattern]]] = {
    "text": _text,
    "fields": _count,
    "inputs": _count,
    "cursor": _cursor,
    "field": _field,
    "look": _look,
    "one-of": _one_of,
}
