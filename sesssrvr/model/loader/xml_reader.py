"""Reading elements without stumbling: what the schema has complained about reads as a default.

A reader never raises. The schema has said what is wrong with the form of a file; reading goes
on, so that what is wrong with its meaning is said in the same breath.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

from lxml import etree

from sesssrvr.model.names import Origin


NAMESPACE: Final = "urn:verdigris:model:1"
_TRUE: Final = ("true", "1")

L = TypeVar("L", bound=str)


class Node:
    """One element of a model file.

    Args:
        element: of lxml.
        file: it stands in, as the user named it.
    """

    __slots__ = ("_element", "_file")

    def __init__(self, element: etree._Element, file: str) -> None:
        self._element = element
        self._file = file

    def __repr__(self) -> str:
        return f"<Node {self.tag} {self._file}:{self.origin.line}>"

    @property
    def tag(self) -> str:
        """The element's name without its namespace."""
        return etree.QName(self._element).localname

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return Origin(self._file, self._element.sourceline or 0)

    @property
    def body(self) -> str:
        """Its text, blanks kept."""
        return self._element.text or ""

    def text(self, name: str, default: str = "") -> str:
        """An attribute."""
        return self._element.get(name, default)

    def name(self, name: str = "name") -> str:
        """An attribute that is a name."""
        return self._element.get(name, "").strip()

    def whole(self, name: str, default: int = 0) -> int:
        """An attribute that is an integer."""
        try:
            return int(self._element.get(name, default))
        except ValueError:
            return default

    def maybe(self, name: str) -> int | None:
        """An attribute that is an integer, or None."""
        return self.whole(name) if self.has(name) else None

    def seconds(self, name: str = "timeout", default: float = 5.0) -> float:
        """An attribute that is a time."""
        try:
            return float(self._element.get(name, default))
        except ValueError:
            return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An attribute that is true or false."""
        given = self._element.get(name)
        return default if given is None else given.strip() in _TRUE

    def choice(self, name: str, allowed: tuple[L, ...]) -> L:
        """An attribute that is one of several words; the first is the default."""
        given = self._element.get(name, "")
        return next((word for word in allowed if word == given), allowed[0])

    def has(self, name: str) -> bool:
        """Whether the attribute is given."""
        return self._element.get(name) is not None

    def names(self) -> tuple[str, ...]:
        """The names of all its attributes."""
        return tuple(str(name) for name in self._element.attrib)

    def children(self, *tags: str) -> Iterator["Node"]:
        """Its child elements, of these names only if any are given."""
        for child in self._element:
            if isinstance(child.tag, str):
                node = Node(child, self._file)
                if not tags or node.tag in tags:
                    yield node

    def child(self, tag: str) -> "Node | None":
        """Its first child of this name."""
        return next(self.children(tag), None)
