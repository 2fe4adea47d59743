"""SOAP envelope: the bytes of a request, parsed and checked as far as SOAP itself goes.

Nothing outside the bytes is ever read: no DOCTYPE, no entities, no network. Attributes and elements
are counted before anything walks the tree, because libxml2 is quadratic in attributes. What is
refused is refused with a sentence.
"""

import re
from typing import Final, NoReturn

from lxml import etree
from msgspec import Struct

from gateway.problems import Problems
from verdigris.config.xmlfile import parser
from verdigris.errors import BadRequest, NotUnderstood, TooLarge, VerdigrisError
from wsdl import SOAP11, SOAP12, SoapVersion
from wsdl.envelope import MAX_HEADERS


MAX_ATTRIBUTES: Final = 512
"""Attributes of one message: 100,000 cost a minute of CPU, ordinary messages have under 50."""

MAX_ELEMENTS: Final = 10_000
"""Elements of one message: ten times the largest operation of a model (1,000 columns)."""

MAX_TAGS: Final = 2 * MAX_ELEMENTS
"""Characters `<` of one message but for comments, counted before it is parsed: 100,000 elements cost 25
milliseconds to parse and to release. A text that holds as many is not one for a terminal."""

_UNCOUNTED: Final = MAX_ATTRIBUTES * len(' a=""')
"""Bytes in which more attributes, or elements, than allowed cannot be written, whatever the encoding:
most messages are shorter, and counting costs as much as parsing."""

_GUARD: Final = etree.XPath(f"count(//@*) > {MAX_ATTRIBUTES} or count(//*) > {MAX_ELEMENTS}")
_TRUE: Final = frozenset({"1", "true"})


class Envelope(Struct, frozen=True):
    """A request message.

    Attributes:
        version: by the namespace of the Envelope; the Content-Type is not considered.
        root: the whole tree.
        headers: the header blocks that are addressed to us.
        child: the one element in the Body.
    """

    version: SoapVersion
    root: etree._Element
    headers: tuple[etree._Element, ...]
    child: etree._Element


class _Names:
    """The names of one SOAP version, as lxml spells them."""

    def __init__(self, version: SoapVersion) -> None:
        self.version = version
        self.header = version.tag("Header")
        self.body = version.tag("Body")
        self.fault = version.tag("Fault")
        self.role = version.tag(version.role)
        self.style = version.tag("encodingStyle")


_VERSIONS: Final = {version.tag("Envelope"): _Names(version) for version in (SOAP11, SOAP12)}


def open_envelope(data: bytes, charset: str = "") -> Envelope:
    """Parse and check a request.

    Args:
        data: the request's body.
        charset: of the Content-Type header; "" is none. A byte order mark counts before it, and it
            before the declaration of the document (RFC 7303, 3.2 and 3.3). One that is not known
            says nothing.

    Raises:
        Problems: what is wrong, with the fault code where SOAP prescribes one.
    """
    root = _tree(data, charset)
    names = _VERSIONS.get(str(root.tag))
    if names is None:
        _foreign(root)
    try:
        if len(data) > _UNCOUNTED and _GUARD(root):
            limit = f"{MAX_ATTRIBUTES} attributes or {MAX_ELEMENTS} elements"
            raise Problems.of(TooLarge(limit=limit, unit="in one message"))
        headers, body = _parts(root, names)
        return Envelope(names.version, root, headers, _child(body, names))
    except Problems as found:
        found.version = names.version
        raise


def check_understood(envelope: Envelope, known: frozenset[str]) -> None:
    """Refuse headers that must be understood and are not (SOAP 1.1 section 4.2.3, 1.2 part 1, 5.2.3).

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
    """Refuse a document that is not an envelope of SOAP 1.1 or 1.2."""
    problem = BadRequest(problem="this is not a SOAP 1.1 or SOAP 1.2 envelope")
    code = "VersionMismatch" if etree.QName(root).localname == "Envelope" else ""
    raise Problems.of(problem, code)


def _tree(data: bytes, charset: str) -> etree._Element:
    if not data or data.isspace():
        raise Problems.of(BadRequest(problem="it is empty; a SOAP envelope is expected"))
    plain = data.startswith(b"<")
    data, used = _decoding(data, charset)
    if data.count(b"<") > MAX_TAGS and data.count(b"<") - data.count(b"<!") > MAX_TAGS:
        raise Problems.of(TooLarge(limit=MAX_ELEMENTS, unit="elements in one message"))
    try:
        root = etree.fromstring(data, used)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise Problems.of(
            BadRequest(problem=f"it is not well-formed XML: {_where(problem)}")
        ) from None
    if not (plain and _surely_plain(data, used)) and root.getroottree().docinfo.doctype:
        raise Problems.of(BadRequest(problem="a DOCTYPE is not allowed in a SOAP message"))
    return root


def _surely_plain(data: bytes, used: etree.XMLParser) -> bool:
    """Whether there can be no DOCTYPE: there is no `<!` in a document that is certainly UTF-8.

    Asking the tree costs a quarter of parsing it.
    """
    if data.find(b"<!") >= 0:  # `in` would try to take it for a number first
        return False
    if used is _UTF8_PARSER:
        return True
    return used is _PARSER and (data[1] not in b"?\0" or _UTF8.match(data) is not None)


def _decoding(data: bytes, charset: str) -> tuple[bytes, etree.XMLParser]:
    """The document without its byte order mark, and the parser for its encoding.

    The mark, the charset of HTTP and the declaration count in this order (RFC 7303, 3.2 and 3.3):
    who changes the encoding of a message on the way changes the header, not the document.
    """
    if data[0] in _MARKED:
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                return data[len(mark) :], _parser_of(encoding)
    name = charset.lower()
    if not name:
        return data, _PARSER
    if name in _UTF16:
        # Without a mark the first character, which is "<", shows the order of the bytes.
        return data, _parser_of("utf-16le" if data[1:2] == b"\0" else "utf-16be")
    return data, _parser_of(_SPELLED.get(name, name))


def _parser_of(encoding: str) -> etree.XMLParser:
    """A parser that reads this encoding whatever the document declares; any, if there is none such."""
    if encoding == "utf-8":
        return _UTF8_PARSER
    try:
        return parser(encoding=encoding)
    except LookupError:
        return _PARSER


_PARSER: Final = parser()
_UTF8_PARSER: Final = parser(encoding="utf-8")
_UTF8: Final = re.compile(
    rb"<\?xml\s+version\s*=\s*[\"'][0-9.]+[\"']\s*(encoding\s*=\s*[\"']utf-8[\"']\s*)?"
    rb"(standalone\s*=\s*[\"'](yes|no)[\"']\s*)?\?>",
    re.IGNORECASE,
)
"""A declaration of UTF-8, or of no encoding."""

_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\0\0": "utf-32le",
    b"\0\0\xfe\xff": "utf-32be",
    b"\xff\xfe": "utf-16le",
    b"\xfe\xff": "utf-16be",
}
"""Byte order marks; the longer ones first, since one begins with another."""

_MARKED: Final = frozenset(mark[0] for mark in _MARKS)

_UTF16: Final = frozenset({"utf-16", "utf16", "iso-10646-ucs-2", "ucs-2"})

_SPELLED: Final = {"utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8"}
"""Charsets under another name. ASCII is a part of UTF-8, and the old default of text/xml
(RFC 3023): clients state it and send UTF-8."""


def _where(problem: Exception) -> str:
    """Where the parser stopped, without its quotation of the document."""
    if isinstance(problem, etree.XMLSyntaxError) and problem.lineno:
        return f"line {problem.lineno}, column {problem.offset or 0}"
    return "its encoding is not the one it declares"


def _parts(
    root: etree._Element, names: _Names
) -> tuple[tuple[etree._Element, ...], etree._Element]:
    """The header blocks that are addressed to us, and the Body."""
    children = list(root)
    headers: tuple[etree._Element, ...] = ()
    if children and children[0].tag == names.header:
        header = children.pop(0)
        if len(header) > MAX_HEADERS:
            raise Problems.of(TooLarge(limit=MAX_HEADERS, unit="header blocks"))
        role, ours = names.role, names.version.ours
        headers = tuple(
            block
            for block in header
            if isinstance(block.tag, str) and block.get(role, "").strip() in ours
        )
    if len(children) != 1 or children[0].tag != names.body:
        if not all(isinstance(child.tag, str) for child in children):
            raise Problems.of(BadRequest(problem="entity references are not allowed"))
        raise Problems.of(BadRequest(problem="an Envelope holds a Header, if any, and one Body"))
    return headers, children[0]


def _child(body: etree._Element, names: _Names) -> etree._Element:
    if len(body) != 1:
        count = len(body) or "no"
        raise Problems.of(
            BadRequest(problem=f"the Body holds {count} elements; one operation is expected")
        )
    child: etree._Element = body[0]
    if not isinstance(child.tag, str):
        raise Problems.of(BadRequest(problem="entity references are not allowed"))
    if child.tag == names.fault:
        raise Problems.of(BadRequest(problem="the Body holds a Fault; an operation is expected"))
    if child.get(names.style) is not None:
        raise Problems.of(
            BadRequest(problem="rpc/encoded messages are not served; send document/literal")
        )
    return child
