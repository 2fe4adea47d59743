"""Names in a contract.

Law (tests/wsdl/test_contract.py): an element or type name is an NCName (Namespaces in XML 1.0, section 3); all names of one
contract differ even when case is ignored, because code generators turn them into classes and files.
"""

import re
from collections.abc import Iterable
from typing import Final

from lxml import etree

from verdigris.wire import Kind


PATH_SEGMENTS: Final[dict[Kind, str]] = {"model": "model", "pool": "session"}
"""Kind of a service -> the segment of its URL that says so (product facts 7.2)."""

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME: Final = re.compile(f"[{_START}][{_START}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*\\Z")
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_ncname(text: str) -> bool:
    """Whether the text may name an element or a type."""
    return _NCNAME.match(text) is not None


def is_namespace(text: str) -> bool:
    """Whether the text may be a target namespace: a URI reference in ASCII (RFC 3986)."""
    try:
        etree.Element(f"{{{text}}}name")
    except ValueError:
        return False
    return bool(text) and "{" not in text and "}" not in text


def as_ncname(text: str) -> str:
    """The nearest NCName, for names that no client calls by, such as the service's own."""
    kept = "".join(char if is_ncname("_" + char) else "_" for char in text)
    return kept if is_ncname(kept) else f"_{kept}"


def xml_text(text: str) -> str:
    """The text without the characters XML 1.0 cannot contain (section 2.2); host screens hold any."""
    return _NOT_XML.sub("\ufffd", text)


def lower_first(name: str) -> str:
    """An operation's name: the procedure's with its first letter in lower case (product facts 7.4)."""
    return name[:1].lower() + name[1:]


def flip_first(name: str) -> str:
    """The name with its first letter in the other case."""
    first = name[:1]
    return (first.upper() if first.islower() else first.lower()) + name[1:]


class UniqueNames:
    """The names of one document that generators make classes, functions and files of.

    Law (tests/field/soap/test_published_names.py): they differ even when case is ignored.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __repr__(self) -> str:
        return f"<UniqueNames [{len(self._taken)}]>"

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._taken

    def take(self, wanted: str, limit: int = 0) -> str:
        """The name, with a number if it is taken; it is taken afterwards.

        Args:
            wanted: the name.
            limit: characters at most; 0 is no limit.
        """
        name, number = wanted, 2
        while name in self:
            ending = f"_{number}"
            name = (wanted[: limit - len(ending)] if limit else wanted) + ending
            number += 1
        self._taken.add(name.casefold())
        return name


class Claims:
    """The names of a contract that are taken, compared without case.

    Args:
        reserved: the names that every service has.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = {name.casefold(): f"{name} of every service" for name in reserved}

    def clash(self, names: Iterable[str]) -> str:
        """The collision of the first name that is taken, as a clause, or "" if all are free."""
        for name in names:
            holder = self._taken.get(name.casefold())
            if holder is not None:
                return f"its name {name} collides with {holder}"
        return ""

    def take(self, names: Iterable[str], holder: str) -> None:
        """Take the names for their holder."""
        self._taken.update({name.casefold(): f"{name} of {holder}" for name in names})
