"""A request's bytes -> an envelope of one SOAP version with its headers and its one Body child.

Law: nothing outside the bytes is ever read: no DOCTYPE, no entities, no network. Counts are
bounded before anything walks the tree, because libxml2 is quadratic in attributes. What is
refused is refused with a sentence.
"""

from dataclasses import dataclass
from typing import Final, NoReturn

from lxml import etree

from gateway.problems import Problems
from verdigris.config.xmlfile import parser
from verdigris.errors import BadRequest, NotUnderstood, TooLarge, VerdigrisError
from wsdl import SOAP11, SOAP12, SoapVersion
from wsdl.envelope import MAX_HEADERS


MAX_ATTRIBUTES: Final = 512
"""In one message: 100,000 attributes cost a minute of CPU, ordinary messages have under 50."""

MAX_ELEMENTS: Final = 100_000
"""In one message: an order of magnitude above the largest data block."""

_SURE: Final = MAX_ATTRIBUTES * len(' a=""')
"""Bytes in which more attributes, or elements, than allowed cannot be written, whatever the encoding:
most messages are shorter, and counting costs as much as parsing."""

_GUARD: Final = etree.XPath(f"count(//@*) > {MAX_ATTRIBUTES} or count(//*) > {MAX_ELEMENTS}")
_VERSIONS: Final = {version.tag("Envelope"): version for version in (SOAP11, SOAP12)}
_TRUE: Final = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message, checked as far as SOAP itself goes.

    Attributes:
        version: by the namespace of the Envelope, whatever the Content-Type said.
        root: the whole tree.
        headers: the header blocks that are addressed to us.
        child: the one element in the Body.
    """

    version: SoapVersion
    root: etree._Element
    headers: tuple[etree._Element, ...]
    child: etree._Element


def open_envelope(data: bytes, charset: str = "") -> Envelope:
    """Parse and check.

    Args:
        data: the request's body.
        charset: of the Content-Type header; it counts only where the document says nothing.

    Raises:
        Problems: what is wrong, with the fault code where SOAP prescribes one.
    """
    root = _tree(data, charset)
    version = _VERSIONS.get(str(root.tag))
    if version is None:
        _foreign(root)
    try:
        _guard(root, len(data))
        header, body = _parts(root, version)
        headers = tuple(block for block in header if _ours(block, version))
        return Envelope(version, root, headers, _child(body, version))
    except Problems as found:
        found.version = version
        raise


def check_understood(envelope: Envelope, known: frozenset[str]) -> None:
    """Refuse headers we must understand and do not (SOAP 1.1 section 4.2.3, 1.2 part 1, 5.2.3).

    Raises:
        Problems: with every such header.
    """
    must = envelope.version.tag("mustUnderstand")
    foreign: list[VerdigrisError] = [
        NotUnderstood({"header": block.tag}, header=etree.QName(block).localname)
        for block in envelope.headers
        if block.tag not in known and block.get(must, "").strip() in _TRUE
    ]
    if foreign:
        raise Problems(foreign, "MustUnderstand")


def _foreign(root: etree._Element) -> NoReturn:
    """Refuse what is no envelope of ours; of another SOAP version only if it is an Envelope."""
    problem = BadRequest(problem="this is no SOAP 1.1 or SOAP 1.2 envelope")
    code = "VersionMismatch" if etree.QName(root).localname == "Envelope" else ""
    raise Problems.of(problem, code)


def _tree(data: bytes, charset: str) -> etree._Element:
    if not data.strip():
        raise Problems.of(BadRequest(problem="it is empty; a SOAP envelope is expected"))
    try:
        root = etree.fromstring(data, _parser(data, charset))
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise Problems.of(
            BadRequest(problem=f"it is no well-formed XML: {_where(problem)}")
        ) from None
    if root.getroottree().docinfo.doctype:
        raise Problems.of(BadRequest(problem="a DOCTYPE is not allowed in a SOAP message"))
    return root


def _guard(root: etree._Element, size: int) -> None:
    if size > _SURE and _GUARD(root):
        limit = f"{MAX_ATTRIBUTES} attributes or {MAX_ELEMENTS} elements"
        raise Problems.of(TooLarge(limit=limit, unit="in one message"))
    header = root.find(f"{{{etree.QName(root).namespace}}}Header")
    if header is not None and len(header) > MAX_HEADERS:
        raise Problems.of(TooLarge(limit=MAX_HEADERS, unit="header blocks"))


def _parser(data: bytes, charset: str) -> etree.XMLParser:
    """The shared parser, or one with the HTTP charset if the document names no encoding itself."""
    named = data[:100].lstrip().startswith(b"<?xml") and b"encoding" in data[:100]
    if charset.lower() in {"", "utf-8", "utf8", "us-ascii"} or named or data.startswith(_BOMS):
        return _PARSER
    try:
        return parser(encoding=charset)
    except LookupError:
        return _PARSER


_PARSER: Final = parser()
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def _where(problem: Exception) -> str:
    """The parser's place and kind, without its quotation of the document."""
    if isinstance(problem, etree.XMLSyntaxError) and problem.lineno:
        return f"line {problem.lineno}, column {problem.offset or 0}"
    return "its encoding is not what it says"


def _parts(
    root: etree._Element, version: SoapVersion
) -> tuple[list[etree._Element], etree._Element]:
    """The header blocks and the Body."""
    children = list(root)
    tags = [child.tag for child in children]
    if any(not isinstance(tag, str) for tag in tags):
        raise Problems.of(BadRequest(problem="entity references are not allowed"))
    header: list[etree._Element] = []
    if tags and tags[0] == version.tag("Header"):
        header = [block for block in children[0] if isinstance(block.tag, str)]
        children = children[1:]
    if len(children) != 1 or children[0].tag != version.tag("Body"):
        raise Problems.of(BadRequest(problem="an Envelope holds a Header, if any, and one Body"))
    return header, children[0]


def _child(body: etree._Element, version: SoapVersion) -> etree._Element:
    children = list(body)
    if len(children) != 1:
        count = len(children) or "no"
        raise Problems.of(
            BadRequest(problem=f"the Body holds {count} elements; one operation is expected")
        )
    child = children[0]
    if not isinstance(child.tag, str):
        raise Problems.of(BadRequest(problem="entity references are not allowed"))
    if child.tag == version.tag("Fault"):
        raise Problems.of(BadRequest(problem="the Body holds a Fault; an operation is expected"))
    if child.get(version.tag("encodingStyle")) is not None:
        raise Problems.of(
            BadRequest(problem="rpc/encoded messages are not served; send document/literal")
        )
    return child


def _ours(block: etree._Element, version: SoapVersion) -> bool:
    return block.get(version.tag(version.role), "").strip() in version.ours
