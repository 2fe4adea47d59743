"""A message that its schema refuses -> errors that name the column and what it takes.

Law: no error text contains a value of the request. Values may be secret, and faults get copied.
"""

import re

from lxml import etree

from verdigris.errors import BadRequest, BadValue, VerdigrisError
from wsdl import BLOCKS, ENVIRONMENT, Operation, expected


def schema_errors(
    schema: etree.XMLSchema, root: etree._Element, operation: Operation | None
) -> list[VerdigrisError]:
    """What a schema finds wrong with a message; empty if nothing.

    Args:
        schema: of the service's envelopes.
        root: the Envelope, in canonical form.
        operation: whose columns to name; None for the operations every service has.
    """
    if schema.validate(root):
        return []
    rules = _rules(operation)
    found: dict[str, VerdigrisError] = {}
    for entry in schema.error_log:
        place = _place(root, entry.path)
        if place in rules:
            column = place[1]
            found.setdefault(f"{place}", BadValue(column=column, problem=rules[place]))
        else:
            said = _said(entry.message)
            found.setdefault(said, BadRequest(problem=said))
    return list(found.values())


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


def _place(root: etree._Element, path: str | None) -> tuple[str, str]:
    """(parent, element) by local names, or empty ones when the path leads nowhere."""
    element = _followed(root, path or "")
    parent = element.getparent() if element is not None else None
    if element is None or parent is None:
        return "", ""
    return etree.QName(parent).localname, etree.QName(element).localname


def _followed(root: etree._Element, path: str) -> etree._Element | None:
    """The element at the end of a path of libxml2's.

    It is no XPath to evaluate: its prefixes are the document's own, wherever they were declared. A
    step is `prefix:name[n]`, `name[n]`, or `*[n]` for elements of a default namespace.
    """
    found, *steps = path.strip("/").split("/")
    element = root if found else None
    for step in steps:
        name, _, place = step.partition("[")
        number = int(place.rstrip("]") or 1)
        fits = (
            [child for child in element if name in ("*", _written(child))]
            if element is not None
            else []
        )
        element = fits[number - 1] if len(fits) >= number else None
    return element


def _written(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _said(message: str) -> str:
    """libxml2's sentence without namespaces, quoted values and its full stop."""
    plain = re.sub(r"\{[^}]*\}", "", message)
    plain = re.sub(
        r"The value '.*?' (of the local|is not)", r"The value \1", plain, flags=re.DOTALL
    )
    return plain.rstrip(".").strip()
