"""Operation elements that are canonical as they came: recognised and read in one walk.

Law: what is read here is what `gateway.soap.canonical.canonical` and the table would read, or nothing is:
anything out of the ordinary (an attribute, another order, spelling or namespace, blanks around a
number, an empty value, something missing) is left to them. Most clients' messages are generated
from our WSDL and are canonical.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from gateway.soap.canonical import Block
from verdigris.metadata import ColumnType
from verdigris.wire import Values
from wsdl import value_of


Text = tuple[str, str, ColumnType, str]
"""Qualified tag of the block, name of the value, how to read it, its text."""

Readers = Mapping[str, tuple[str, ColumnType]]
"""Qualified tag -> name of the value and how to read it."""

_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class _Place:
    """A leaf that may come: its place in the order, and what it takes."""

    order: int
    name: str
    kind: ColumnType
    blank: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A block that may come."""

    order: int
    leaves: dict[str, _Place]
    required: frozenset[str]


class Straight:
    """Reads one operation's element.

    Args:
        tag: of the element, qualified.
        namespace: of the service.
        blocks: what the operation takes, in order.
        readers: how its values are read, by qualified tag of the block.
    """

    def __init__(
        self,
        tag: str,
        namespace: str,
        blocks: Mapping[str, Block],
        readers: Mapping[str, Readers],
    ) -> None:
        self._tag = tag
        self._parts: dict[str, _Part] = {}
        for order, block in enumerate(blocks.values()):
            place = f"{{{namespace}}}{block.name}"
            leaves: dict[str, _Place] = {}
            for number, leaf in enumerate(block.leaves.values()):
                name, kind = readers[place][f"{{{namespace}}}{leaf.name}"]
                leaves[f"{{{namespace}}}{leaf.name}"] = _Place(number, name, kind, leaf.blank)
            required = frozenset(leaf.name for leaf in block.leaves.values() if leaf.required)
            self._parts[place] = _Part(order, leaves, required)
        self._needed = [place for place, part in self._parts.items() if part.required]

    def __repr__(self) -> str:
        return f"<Straight {self._tag}>"

    def texts(self, child: etree._Element) -> list[Text] | None:
        """The values of an operation's element as texts; None if it is not canonical."""
        if child.tag != self._tag or child.keys():
            return None
        found: list[Text] = []
        seen: list[str] = []
        last = -1
        for block in child:
            place = str(block.tag)
            part = self._parts.get(place)
            if part is None or part.order <= last or block.keys():
                return None
            last = part.order
            seen.append(place)
            if not _leaves(block, place, part, found):
                return None
        for place in self._needed:
            if place not in seen:
                return None
        return found


def _leaves(block: etree._Element, place: str, part: _Part, found: list[Text]) -> bool:
    """Add a block's values; False if it is not canonical."""
    last = -1
    begin = len(found)
    for element in block:
        leaf = part.leaves.get(str(element.tag))
        if leaf is None or leaf.order <= last or element.keys() or len(element):
            return False
        last = leaf.order
        text = element.text or ""
        if not leaf.blank and (not text or text[0] in _BLANK or text[-1] in _BLANK):
            return False
        found.append((place, leaf.name, leaf.kind, text))
    return not part.required or part.required.issubset([text[1] for text in found[begin:]])


def values_of(texts: list[Text]) -> dict[str, Values]:
    """The values by block, once the schema has judged the message.

    Raises:
        ValueError: a text is not of its type.
    """
    found: dict[str, Values] = {}
    for place, name, kind, text in texts:
        value = text if kind == "text" else value_of(kind, text)
        if place in found:
            found[place][name] = value
        else:
            found[place] = {name: value}
    return found
