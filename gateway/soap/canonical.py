"""Canonical form of an operation element: as the contract describes it, whatever the client wrote.

Clients are free to write children in any order, with or without the namespace, first letters in
either case, the environment as a header or in the body, `xsi:nil="false"`, and empty elements for
values that are not text. Nothing is guessed and no value is lost: what has no place in the contract
is an error, and errors are reported together (`gateway.problems`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from gateway.problems import MAX_NAME, ErrorList, short
from verdigris.errors import (
    BadRequest,
    BadValue,
    MissingValue,
    UnknownColumn,
    UnknownVariable,
    VerdigrisError,
)
from wsdl import BLOCKS, ENVIRONMENT, Contract, Member, Operation
from wsdl.contract import STATEMENTS
from wsdl.names import flip_first
from wsdl.soap import XSI


NIL: Final = f"{{{XSI}}}nil"
_DROPPED: Final = (
    f"{{{XSI}}}type",
    f"{{{XSI}}}schemaLocation",
    f"{{{XSI}}}noNamespaceSchemaLocation",
)
"""Attributes that claim what the contract already says. A claimed type is never believed: it would
let a request choose how it is decoded."""

_ROOT: Final = "{http://schemas.xmlsoap.org/soap/encoding/}root"
"""The attribute of SOAP 1.1, section 5.6, that marks the element a graph of values begins with."""

_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element that a block may hold.

    Attributes:
        name: its local name.
        required: it must have a value.
        blank: it is text: blanks count, and an empty element is an empty text. Otherwise blanks
            around the value are removed (XML Schema part 2, whiteSpace "collapse"), and an empty
            element is the same as an absent one.
        nil: `xsi:nil` is kept as the value None; otherwise it is the same as absence.
    """

    name: str
    required: bool = False
    blank: bool = True
    nil: bool = False


Unknown = Callable[[str], VerdigrisError]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a request.

    Attributes:
        name: its local name.
        leaves: what it may hold, in the order of the contract.
        unknown: makes the error for an element that it may not hold.
        text: it is a required text instead of a block.
    """

    name: str
    leaves: Mapping[str, Leaf]
    unknown: Unknown
    text: bool = False


def blocks_of(contract: Contract, operation: Operation | None) -> dict[str, Block]:
    """The blocks that an operation takes, in the order of the contract.

    Args:
        contract: of the service.
        operation: the procedure; None for an operation that every service has.
    """
    found = [_environment(), _variables(contract)]
    if operation is not None and operation.filters:
        found.append(_members(operation, operation.filter_block, operation.filters, "filter"))
    if operation is not None and operation.data:
        found.append(_members(operation, operation.data_block, operation.data, "data"))
    return {block.name: block for block in found}


def text_blocks(contract: Contract, name: str) -> dict[str, Block]:
    """The blocks of an operation that takes a text."""
    element = STATEMENTS[name]
    return blocks_of(contract, None) | {element: Block(element, {}, _no_leaf, text=True)}


def _no_leaf(name: str) -> VerdigrisError:
    return BadRequest(problem=f"element {name} is where a text is expected")


def canonical(
    wrapper: etree._Element,
    name: str,
    namespace: str,
    blocks: Mapping[str, Block],
    header: etree._Element | None = None,
) -> None:
    """Bring an operation element into canonical form, in place.

    Args:
        wrapper: the operation element.
        name: of the operation in the contract.
        namespace: of the service.
        blocks: what the operation takes.
        header: an `environment` block that came as a SOAP header; elements of the body count before
            it.

    Raises:
        Problems: what has no place in the contract; everything, or the first `MAX_ERRORS`.
    """
    _Canonicalizer(wrapper, name, namespace, blocks).run(header)


class _Canonicalizer:
    """One operation element while it is brought into canonical form, and its errors so far."""

    def __init__(
        self, wrapper: etree._Element, name: str, namespace: str, blocks: Mapping[str, Block]
    ) -> None:
        self.wrapper = wrapper
        self.name = name
        self.namespace = namespace
        self.blocks = blocks
        self.errors = ErrorList()

    def run(self, header: etree._Element | None) -> None:
        self.wrapper.tag = f"{{{self.namespace}}}{self.name}"
        self._plain(self.wrapper)
        self._unmark()
        spelled = {flip_first(name): name for name in self.blocks}
        spelled |= {name: name for name in self.blocks}
        given = self._children(self.wrapper, spelled, self._unknown_block)
        if header is not None:
            self._merge(given, header)
        for name, block in self.blocks.items():
            self._block(block, given.get(name))
        self.errors.refuse()
        self.wrapper[:] = [given[name] for name in self.blocks if name in given]

    def _unknown_block(self, name: str) -> VerdigrisError:
        known = ", ".join(self.blocks)
        return BadRequest(problem=f"{self.name} holds an element {name}; it takes {known}")

    def _block(self, block: Block, element: etree._Element | None) -> None:
        if block.text:
            leaf = Leaf(block.name, required=True)
            if element is None or not self._leaf(leaf, element):
                self.errors.add(MissingValue(procedure=self.name, column=block.name))
            return
        if element is None:
            self._missing(block, ())
            return
        self._plain(element)
        found = self._children(element, {name: name for name in block.leaves}, block.unknown)
        kept = {
            name: child for name, child in found.items() if self._leaf(block.leaves[name], child)
        }
        self._missing(block, kept)
        element[:] = [kept[name] for name in block.leaves if name in kept]

    def _missing(self, block: Block, given: Iterable[str]) -> None:
        present = set(given)
        for leaf in block.leaves.values():
            if leaf.required and leaf.name not in present:
                self.errors.add(MissingValue(procedure=self.name, column=leaf.name))

    def _children(
        self, parent: etree._Element, spelled: Mapping[str, str], unknown: Unknown
    ) -> dict[str, etree._Element]:
        """The children by canonical name; each may come once, in the namespace or in none."""
        found: dict[str, etree._Element] = {}
        for child in parent:
            tag = etree.QName(child)
            name = spelled.get(tag.localname, "")
            if tag.namespace not in (None, self.namespace):
                self.errors.add(
                    BadRequest(
                        problem=f"element {short(tag.localname)} is in namespace {short(tag.namespace)}, "
                        f"not in {self.namespace}"
                    )
                )
                if len(tag.namespace) > MAX_NAME:
                    self.errors.refuse()  # each look at such a name copies it
            elif not name:
                self.errors.add(unknown(short(tag.localname)))
            elif name in found:
                self.errors.add(BadRequest(problem=f"element {name} comes twice"))
            else:
                child.tag = f"{{{self.namespace}}}{name}"
                found[name] = child
        return found

    def _leaf(self, leaf: Leaf, element: etree._Element) -> bool:
        """Settle nil and emptiness of a leaf; False if it is the same as absent."""
        self._plain(element)
        if len(element):
            self.errors.add(BadRequest(problem=f"element {leaf.name} holds further elements"))
            return True
        nil = (element.attrib.pop(NIL, None) or "false").strip() if element.keys() else "false"
        text = element.text or ""
        if not leaf.blank and text != (bare := text.strip(" \t\r\n")):
            element.text = bare
        if nil not in _TRUE | _FALSE:
            self.errors.add(BadRequest(problem=f"xsi:nil of {leaf.name} is not a boolean"))
        elif nil in _TRUE and text.strip():
            self.errors.add(BadValue(column=leaf.name, problem="it is nil and has a value"))
        elif nil in _TRUE or (not leaf.blank and not text.strip()):
            element.text = None
            if leaf.nil:
                element.set(NIL, "true")
            return leaf.nil
        return True

    def _plain(self, element: etree._Element) -> None:
        """Drop claims about types; refuse SOAP-encoded references, whose value is in another place."""
        if not element.keys():
            return
        for attribute in _DROPPED:
            element.attrib.pop(attribute, None)
        if element.get("href") is not None:
            where = etree.QName(element).localname
            self.errors.add(
                BadRequest(
                    problem=f"element {where} refers to another (href); send values in place"
                )
            )

    def _unmark(self) -> None:
        """Drop the marks that ksoap2 puts on every operation element: `id`, and `root="1"`.

        They say nothing here: no reference to an id is followed (`href` is refused), and the operation
        element is the root.
        """
        if not self.wrapper.keys():
            return
        self.wrapper.attrib.pop("id", None)
        if self.wrapper.get(_ROOT) in _TRUE:
            del self.wrapper.attrib[_ROOT]

    def _merge(self, given: dict[str, etree._Element], header: etree._Element) -> None:
        name = BLOCKS[0]
        body = given.get(name)
        if body is None:
            body = given[name] = etree.Element(f"{{{self.namespace}}}{name}")
        there = {etree.QName(child).localname for child in body}
        body.extend([child for child in list(header) if etree.QName(child).localname not in there])


def _environment() -> Block:
    def unknown(name: str) -> VerdigrisError:
        known = ", ".join(setting.name for setting in ENVIRONMENT)
        return BadRequest(problem=f"environment holds an element {name}; it takes {known}")

    # An empty DomainName is a choice ("no domain"); every other empty element is ignored.
    leaves = [Leaf(setting.name, blank=setting.name == "DomainName") for setting in ENVIRONMENT]
    return Block(BLOCKS[0], {leaf.name: leaf for leaf in leaves}, unknown)


def _variables(contract: Contract) -> Block:
    def unknown(name: str) -> VerdigrisError:
        return UnknownVariable(model=contract.model, variable=name, action="write")

    names = [variable.name for variable in contract.variables if variable.writable]
    return Block(BLOCKS[1], {name: Leaf(name) for name in names}, unknown)


def _members(operation: Operation, name: str, members: tuple[Member, ...], role: str) -> Block:
    def unknown(column: str) -> VerdigrisError:
        return UnknownColumn(procedure=operation.name, column=column, role=role)

    leaves = [
        Leaf(
            member.column.name,
            required=member.required,
            blank=member.column.type == "text",
            nil=role == "data",
        )
        for member in members
    ]
    return Block(name, {leaf.name: leaf for leaf in leaves}, unknown)
