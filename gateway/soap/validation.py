"""Validation of a message by the schema of its service: errors name the column and what it takes.

Dates are judged here and not by the schema: see `wsdl.fit.fits_text`. An attribute that does not
belong to an element is named as such, since the value of the element may be good. No error text contains a value of the request: values may be secret, and faults are copied into
tickets and logs.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Final

from lxml import etree

from gateway.problems import MAX_ERRORS
from verdigris.errors import BadRequest, BadValue, VerdigrisError
from verdigris.metadata import Column
from wsdl import BLOCKS, ENVIRONMENT, Operation, expected, fits_text
from wsdl.soap import XSI


_NIL: Final = f"{{{XSI}}}nil"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"


def schema_errors(
    schema: etree.XMLSchema,
    root: etree._Element,
    operation: Operation | None,
    dates: Mapping[tuple[str, str], Column],
) -> list[VerdigrisError]:
    """What is wrong with a message by its schema; empty if it is valid.

    Args:
        schema: of the service's envelopes.
        root: the Envelope, in canonical form.
        operation: whose columns are named; None for an operation that every service has.
        dates: its columns that the schema does not judge, see `dates_of`.
    """
    misfits = _misfits(root, dates) if dates else {}
    if schema.validate(root):
        return list(misfits.values())
    rules = _rules(operation)
    found: dict[str, VerdigrisError] = dict(misfits)
    for entry in islice(schema.error_log, MAX_ERRORS):
        names = _names_at(root, entry.path)
        if names in rules and not _OF_ATTRIBUTE.match(entry.message):
            error = BadValue(column=names[1], problem=rules[names])
            found.setdefault(f"{names}", error)
        else:
            sentence = _without_values(entry.message)
            found.setdefault(sentence, BadRequest(problem=sentence))
    return list(found.values())


_OF_ATTRIBUTE: Final = re.compile(r"Element '[^']*', attribute '")
"""The beginning of libxml2's sentences about an attribute, and not the value, of an element."""


def dates_of(operation: Operation | None) -> dict[tuple[str, str], Column]:
    """(block, element) -> column, of those whose values the schema does not judge."""
    if operation is None:
        return {}
    return {
        (block, member.column.name): member.column
        for block, members in (
            (operation.filter_block, operation.filters),
            (operation.data_block, operation.data),
        )
        for member in members
        if member.column.type == "date"
    }


def _misfits(
    root: etree._Element, dates: Mapping[tuple[str, str], Column]
) -> dict[str, VerdigrisError]:
    found: dict[str, VerdigrisError] = {}
    for block in root[-1][0]:
        of = etree.QName(block).localname
        for element in block:
            names = of, etree.QName(element).localname
            column = dates.get(names)
            if column is None or element.get(_NIL) in ("true", "1"):
                continue
            if not fits_text(column, element.text or ""):
                found[f"{names}"] = BadValue(column=column.name, problem=expected(column))
    return found


def _rules(operation: Operation | None) -> dict[tuple[str, str], str]:
    """(block, element) -> what is expected."""
    rules = {
        (BLOCKS[0], setting.name): _number(setting.minimum, setting.maximum)
        for setting in ENVIRONMENT
    }
    if operation is not None:
        for block, members in (
            (operation.filter_block, operation.filters),
            (operation.data_block, operation.data),
        ):
            rules |= {(block, member.column.name): expected(member.column) for member in members}
    return rules


def _number(minimum: int | None, maximum: int | None) -> str:
    if minimum is None:
        return "text is expected"
    return f"a whole number from {minimum} to {maximum} is expected"


def _names_at(root: etree._Element, path: str | None) -> tuple[str, str]:
    """Local names of (parent, element) at a path; empty ones if the path leads nowhere."""
    element = _element_at(root, path or "")
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return "", ""
    return etree.QName(parent).localname, etree.QName(element).localname


def _element_at(root: etree._Element, path: str) -> etree._Element | None:
    """The element at the end of a path that libxml2 reports.

    The path cannot be evaluated as XPath: its prefixes are those of the document, declared anywhere. A
    step is `prefix:name[n]`, `name[n]`, or `*[n]` for elements of a default namespace.
    """
    found, *steps = path.strip("/").split("/")
    element = root if found else None
    for step in steps:
        name, _, position = step.partition("[")
        number = int(position.rstrip("]") or 1)
        fits = (
            [child for child in element if name in ("*", _qualified_name(child))]
            if element is not None
            else []
        )
        element = fits[number - 1] if len(fits) >= number else None
    return element


def _qualified_name(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _without_values(message: str) -> str:
    """The sentence of libxml2 without namespaces, quoted values and its full stop."""
    plain = re.sub(r"\{[^}]*\}", "", message.replace(_XML, "xml:"))
    plain = re.sub(
        r"The value '.*?' (of the local|is not)", r"The value \1", plain, flags=re.DOTALL
    )
    return plain.rstrip(".").strip()
