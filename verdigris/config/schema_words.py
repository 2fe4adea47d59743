"""What libxml2 says of an invalid document, made whole: what is valid, and each mistake once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lxml import etree


XS: Final = "{http://www.w3.org/2001/XMLSchema}"

ATOMIC: Final = re.compile(r"is not a valid value of the (?:local )?atomic type '([^']+)'")
MISSING: Final = re.compile(r"The attribute '([^']+)' is required but missing")
MEANT: Final = re.compile(r"Did you mean ([^?]+)\?")

BUILT_IN: Final = {
    "xs:boolean": "true or false",
    "xs:integer": "a whole number",
    "xs:int": "a whole number",
    "xs:nonNegativeInteger": "a whole number from 0",
    "xs:positiveInteger": "a whole number from 1",
    "xs:decimal": "a number",
    "xs:double": "a number",
}
"""Types of XML Schema, and in words what their values are."""

Said = Sequence[tuple[int, str]]
"""Messages with their lines."""


def described(document: etree._Element) -> dict[str, str]:
    """The simple types of a schema by name, and in words what their values are."""
    found = dict(BUILT_IN)
    for one in document.iterchildren(f"{XS}simpleType"):
        rule = one.find(f"{XS}restriction")
        if rule is not None and (words := _words(rule)):
            found[one.get("name", "")] = words
    return found


def _words(rule: etree._Element) -> str:
    kind = BUILT_IN.get(rule.get("base", ""), "")
    low, high = (rule.find(f"{XS}{side}Inclusive") for side in ("min", "max"))
    if not kind or low is None:
        return kind
    upper = "" if high is None else f" to {high.get('value')}"
    return f"{kind} from {low.get('value')}{upper}"


def with_valid(message: str, types: Mapping[str, str]) -> str:
    """A message about a value, with what would be valid."""
    found = ATOMIC.search(message)
    words = types.get(found[1], "") if found else ""
    return f"{message.rstrip('.')}: use {words}." if words else message


def once(said: Said) -> Iterator[tuple[int, str]]:
    """The messages, without those that follow from another of the same line.

    A value against a facet of its type is reported for the type again; a misspelled attribute is
    reported as missing under its right name.
    """
    judged = {(line, _place(text)) for line, text in said if "[facet " in text}
    meant = {(line, name) for line, text in said for name in MEANT.findall(text)}
    for line, text in said:
        missing = MISSING.search(text)
        if ATOMIC.search(text) and (line, _place(text)) in judged:
            continue
        if missing is None or (line, missing[1]) not in meant:
            yield line, text


def _place(text: str) -> str:
    """The element and attribute a message is about."""
    return text.partition(": ")[0]
