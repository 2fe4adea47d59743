"""Entities from their elements."""

from collections.abc import Sequence
from typing import get_args

from sesssrvr.model.appearance import AppearanceIs
from sesssrvr.model.entity import Attribute, Entity, EntityCapture, ErrorPattern
from sesssrvr.model.loader.command_xml import commands
from sesssrvr.model.loader.pattern_xml import look, patterns
from sesssrvr.model.loader.xml_reader import Node
from sesssrvr.model.operation import Intermediate, Operation
from sesssrvr.model.recordset import (
    DEFAULT_PAGES,
    RecordField,
    Recordset,
    Scroll,
    Scrolling,
)


SCROLLS: tuple[Scroll, ...] = get_args(Scroll)


def entity(node: Node, captures: Sequence[EntityCapture]) -> Entity:
    """One entity with its captured screens."""
    signature = node.child("signature")
    return Entity(
        name=node.name(),
        signature=patterns(signature) if signature else (),
        attributes=tuple(_attribute(one) for one in node.children("attribute")),
        recordsets=tuple(_recordset(one) for one in node.children("recordset")),
        operations=tuple(_operation(one) for one in node.children("operation")),
        errors=tuple(_error(one) for one in node.children("error-pattern")),
        error=node.flag("error"),
        message=node.name("message"),
        cache_writes=node.flag("cache-writes"),
        quiet=node.seconds("quiet", 0.0),
        captures=tuple(captures),
        description=node.text("description"),
        origin=node.origin,
    )


def _attribute(node: Node) -> Attribute:
    return Attribute(
        name=node.name(),
        row=node.whole("row"),
        column=node.whole("column"),
        label=node.text("label"),
        right=node.maybe("right"),
        down=node.whole("down"),
        length=node.whole("length"),
        access=node.choice("access", ("read", "write", "read-write")),
        secret=node.flag("secret"),
        read_variable=node.name("read-variable"),
        write_variable=node.name("write-variable"),
        format=node.text("format"),
        blank=node.choice("blank", ("erase", "spaces", "keep")),
        description=node.text("description"),
        origin=node.origin,
    )


def _error(node: Node) -> ErrorPattern:
    return ErrorPattern(
        name=node.name(),
        patterns=patterns(node),
        message=node.name("message"),
        empty=node.flag("empty"),
        origin=node.origin,
    )


def _recordset(node: Node) -> Recordset:
    by, end = node.child("records"), node.child("end")
    return Recordset(
        name=node.name(),
        first_row=node.whole("first-row", 1),
        last_row=node.whole("last-row", 1),
        fields=tuple(_field(one) for one in node.children("field")),
        delimiter=by.choice("by", ("lines", "any-text", "any-number", "text")) if by else "lines",
        lines_each=max(1, by.whole("lines", 1)) if by else 1,
        at_column=by.whole("column", 1) if by else 1,
        at_length=by.whole("length", 1) if by else 1,
        at_text=by.text("text") if by else "",
        across=max(1, by.whole("across", 1)) if by else 1,
        across_width=by.whole("across-width") if by else 0,
        scrolls=tuple(_scroll(one) for one in node.children(*SCROLLS)),
        end=patterns(end) if end else (),
        end_blank=end.flag("blank", default=True) if end else True,
        end_repeated=end.flag("repeated", default=True) if end else True,
        end_changed=end.name("changed") if end else "",
        overlap=node.flag("overlap"),
        bar=_bar(node.child("bar")),
        max_pages=max(1, node.whole("max-pages", DEFAULT_PAGES)),
        description=node.text("description"),
        origin=node.origin,
    )


def _bar(node: Node | None) -> AppearanceIs | None:
    if node is None:
        return None
    return AppearanceIs(
        look(node), node.whole("line", 1), node.whole("column"), node.whole("length", 1)
    )


def _field(node: Node) -> RecordField:
    return RecordField(
        name=node.name(),
        column=node.whole("column", 1),
        length=node.whole("length", 1),
        line=node.whole("line", 1),
        write=node.text("access", "read") != "read",
        secret=node.flag("secret"),
        format=node.text("format"),
        description=node.text("description"),
        origin=node.origin,
    )


def _scroll(node: Node) -> Scrolling:
    name = next(one for one in SCROLLS if one == node.tag)
    return Scrolling(name, commands(node), node.seconds())


def _operation(node: Node) -> Operation:
    return Operation(
        name=node.name(),
        destination=node.name("destination"),
        commands=commands(node),
        alternates=tuple(one.name("entity") for one in node.children("alternate")),
        intermediates=tuple(
            Intermediate(one.name("entity"), one.name("operation"))
            for one in node.children("intermediate")
        ),
        errors=tuple(one.name("entity") for one in node.children("error-destination")),
        default=node.flag("default"),
        needs=tuple(node.text("needs").split()),
        timeout=node.seconds(),
        description=node.text("description"),
        origin=node.origin,
    )
