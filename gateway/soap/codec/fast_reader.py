"""Fast reader: recognises an operation element that is canonical as it came, and reads it in one walk.

Law: what is read here is what `gateway.soap.canonical.canonical` and the compiled codec would read, or
nothing is (tests/gateway/soap/codec/test_fast_reader.py). Anything out of the ordinary (an attribute,
another order, spelling or namespace, blanks around a number, an empty value, something missing) is
left to them. Most clients generate their messages from our WSDL, and those are canonical.
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
"""Qualified tag of the block, name of the value, type of the value, text of the value."""

Readers = Mapping[str, tuple[str, ColumnType]]
"""Qualified tag -> name and type of the value."""

_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class _LeafRule:
    """A leaf that may come: its position in the order, and what it takes."""

    order: int
    name: str
    kind: ColumnType
    blank: bool


@dataclass(frozen=True, slots=True)
class _BlockRule:
    """A block that may come: its position in the order, and its leaves."""

    order: int
    leaves: dict[str, _LeafRule]
    required: frozenset[str]


class FastReader:
    """Reader of the canonical elements of one operation.

    Args:
        tag: the qualified tag of the operation element.
        namespace: the namespace of the service.
        blocks: the blocks that the operation takes, in order.
        readers: names and types of the values, by the qualified tag of their block.
    """

    def __init__(
        self,
        tag: str,
        namespace: str,
        blocks: Mapping[str, Block],
        readers: Mapping[str, Readers],
    ) -> None:
        self._tag = tag
        self._blocks: dict[str, _BlockRule] = {}
        for order, block in enumerate(blocks.values()):
            block_tag = f"{{{namespace}}}{block.name}"
            leaves: dict[str, _LeafRule] = {}
            for number, leaf in enumerate(block.leaves.values()):
                name, kind = readers[block_tag][f"{{{namespace}}}{leaf.name}"]
                leaves[f"{{{namespace}}}{leaf.name}"] = _LeafRule(number, name, kind, leaf.blank)
            required = frozenset(leaf.name for leaf in block.leaves.values() if leaf.required)
            self._blocks[block_tag] = _BlockRule(order, leaves, required)
        self._required = [tag for tag, block in self._blocks.items() if block.required]

    def __repr__(self) -> str:
        return f"<FastReader {self._tag}>"

    def texts(self, child: etree._Element) -> list[Text] | None:
        """The values of an operation element as texts; None if the element is not canonical."""
        if child.tag != self._tag or child.keys():
            return None
        found: list[Text] = []
        seen: list[str] = []
        last = -1
        for block in child:
            tag = str(block.tag)
            rule = self._blocks.get(tag)
            if rule is None or rule.order <= last or block.keys():
                return None
            last = rule.order
            seen.append(tag)
            if not _read_leaves(block, tag, rule, found):
                return None
        for tag in self._required:
            if tag not in seen:
                return None
        return found


def _read_leaves(block: etree._Element, tag: str, rule: _BlockRule, found: list[Text]) -> bool:
    """Add the values of a block; False if the block is not canonical."""
    last = -1
    begin = len(found)
    for element in block:
        leaf = rule.leaves.get(str(element.tag))
        if leaf is None or leaf.order <= last or element.keys() or len(element):
            return False
        last = leaf.order
        text = element.text or ""
        if not leaf.blank and (not text or text[0] in _BLANK or text[-1] in _BLANK):
            return False
        found.append((tag, leaf.name, leaf.kind, text))
    return not rule.required or rule.required.issubset([text[1] for text in found[begin:]])


def values_of(texts: list[Text]) -> dict[str, Values]:
    """The values by the qualified tag of their block, once the schema has accepted the message.

    Raises:
        ValueError: a text is not of its type.
    """
    found: dict[str, Values] = {}
    for tag, name, kind, text in texts:
        value = text if kind == "text" else value_of(kind, text)
        if tag in found:
            found[tag][name] = value
        else:
            found[tag] = {name: value}
    return found
