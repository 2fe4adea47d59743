"""Which element may stand inside which, and how often, read from a schema.

For the reference page. It resolves what an author of a model does not want to: named types,
and references. Elements of one name and one type are one `Place`, wherever they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree


XS: Final = "{http://www.w3.org/2001/XMLSchema}"

_MARKS: Final = {(1, False): "", (0, False): "?", (0, True): "*", (1, True): "+"}
"""By (at least once, several): as in a DTD or a regular expression."""


@dataclass(frozen=True, slots=True)
class Child:
    """An element inside another.

    Attributes:
        name: of the element.
        group: the named group of the schema it comes from, such as Command; or "".
        mark: how often it may stand there: "" once, "?" at most once, "*" any number, "+" at least once.
    """

    name: str
    mark: str
    group: str = ""

    def __str__(self) -> str:
        return f"`<{self.name}>`{self.mark}"


@dataclass(frozen=True, slots=True)
class Place:
    """An element and what it may contain.

    Attributes:
        name: of the element.
        parents: the elements it may stand in; none for a root.
        children: in the order of the schema.
    """

    name: str
    parents: tuple[str, ...]
    children: tuple[Child, ...]


def places(schema: etree._Element) -> tuple[Place, ...]:
    """All elements a document of this schema may hold, each before those inside it."""
    return _Tree(schema).places()


class _Tree:
    def __init__(self, schema: etree._Element) -> None:
        self._named = {
            (one.tag, one.get("name")): one for one in schema if isinstance(one.tag, str)
        }
        self._roots = [one for one in schema if one.tag == f"{XS}element"]

    def places(self) -> tuple[Place, ...]:
        found: dict[tuple[str, object], tuple[list[str], tuple[Child, ...]]] = {}
        queue: list[tuple[str, etree._Element]] = [("", one) for one in self._roots]
        seen: set[etree._Element] = set()
        while queue:
            parent, element = queue.pop(0)
            below = list(self._children(element))
            key = (element.get("name", ""), element.get("type") or element)
            above, _ = found.setdefault(key, ([], tuple(child for child, _ in below)))
            if parent and parent not in above:
                above.append(parent)
            if element not in seen:
                seen.add(element)
                queue += [(key[0], one) for _, one in below]
        return tuple(
            Place(name, tuple(above), below) for (name, _), (above, below) in found.items()
        )

    def _children(self, element: etree._Element) -> Iterator[tuple[Child, etree._Element]]:
        kind = element.find(f"{XS}complexType")
        if kind is None:
            kind = self._named.get((f"{XS}complexType", element.get("type")))
        if kind is not None:
            for least, several, group, one in self._particles(kind, 1, several=False):
                yield Child(one.get("name", ""), _MARKS[least, several], group), one

    def _particles(
        self, above: etree._Element, least: int, group: str = "", *, several: bool
    ) -> Iterator[tuple[int, bool, str, etree._Element]]:
        """The elements below a content model; nothing inside a choice has to be there."""
        if above.tag == f"{XS}choice":
            least = 0
        for one in above:
            if not isinstance(one.tag, str):
                continue
            here = least * min(1, int(one.get("minOccurs", "1")))
            often = several or one.get("maxOccurs", "1") != "1"
            if one.tag == f"{XS}element":
                yield here, often, group, self._resolved(one)
            elif one.tag == f"{XS}group":
                named, outer = one.get("ref", ""), group or one.get("ref", "")
                yield from self._particles(self._named[one.tag, named], here, outer, several=often)
            elif one.tag in (f"{XS}sequence", f"{XS}choice", f"{XS}all"):
                yield from self._particles(one, here, group, several=often)
            elif one.tag in (f"{XS}complexContent", f"{XS}extension", f"{XS}restriction"):
                base = self._named.get((f"{XS}complexType", one.get("base")))
                if base is not None:
                    yield from self._particles(base, least, group, several=several)
                yield from self._particles(one, least, group, several=several)

    def _resolved(self, element: etree._Element) -> etree._Element:
        return self._named.get((f"{XS}element", element.get("ref")), element)
