"""WS-Addressing 1.0 (W3C, May 2006), as far as a request and its reply on one connection need it.

A reply has headers of WS-Addressing only if its request has. The id of a session travels in the
reference parameters of an endpoint reference: wsResourceCreate returns one (wsa:From of its reply),
and a client sends the parameters back as headers. Replies go back on their connection, nowhere else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from verdigris.errors import BadRequest
from wsdl.names import xml_text


WSA: Final = "http://www.w3.org/2005/08/addressing"
ANONYMOUS: Final = f"{WSA}/anonymous"
NOT_HERE: Final = (
    "replies go back on the connection they came by: ReplyTo and FaultTo are anonymous"
)

FAULT: Final = f"{WSA}/soap/fault"
"""The Action of faults (SOAP Binding, section 6)."""

KNOWN: Final = frozenset(
    f"{{{WSA}}}{name}"
    for name in ("Action", "To", "MessageID", "ReplyTo", "FaultTo", "From", "RelatesTo")
)
"""Header blocks that are understood here."""

MAX_ID: Final = 1_000
"""Characters of a MessageID, which is sent back."""

_BODY: Final = re.compile(rb"<([A-Za-z_][\w.\-]*):Body\b")


@dataclass(frozen=True, slots=True)
class Addressing:
    """The addressing headers of a request.

    Attributes:
        used: the request has any of them.
        to: where it was sent.
        message_id: repeated in RelatesTo of the reply; "" if there is none.
        session: the session id of its reference parameters; "" if there is none.
    """

    used: bool = False
    to: str = ANONYMOUS
    message_id: str = ""
    session: str = ""

    def heading(self, action: str, namespace: str = "", made: str = "") -> str:
        """The header blocks of the reply, without the Header around them.

        Args:
            action: of the reply.
            namespace: of the service.
            made: the id of the session that was made; "" if none was.
        """
        if not self.used:
            return ""
        parts = [f'<a:Action xmlns:a="{WSA}">{_text(action)}</a:Action>']
        if self.message_id:
            parts.append(f'<a:RelatesTo xmlns:a="{WSA}">{_text(self.message_id)}</a:RelatesTo>')
        if made:
            parts.append(
                f'<a:From xmlns:a="{WSA}"><a:Address>{_text(self.to)}</a:Address>'
                f'<a:ReferenceParameters><t:SessionID xmlns:t="{_text(namespace)}">{_text(made)}'
                "</t:SessionID></a:ReferenceParameters></a:From>"
            )
        return "".join(parts)


def addressing_of(headers: Sequence[etree._Element], namespace: str) -> Addressing:
    """The addressing headers among the header blocks of a request.

    Args:
        headers: the blocks addressed to us.
        namespace: of the service.

    Raises:
        BadRequest: the reply is to go elsewhere, or a block comes twice.
    """
    found: dict[str, etree._Element] = {}
    session_tag = f"{{{namespace}}}SessionID"
    for block in headers:
        if block.tag not in KNOWN and block.tag != session_tag:
            continue
        tag = str(block.tag)
        if tag in found and not tag.endswith("}RelatesTo"):
            raise BadRequest(problem=f"header {etree.QName(tag).localname} comes twice")
        found[tag] = block
    for name in ("ReplyTo", "FaultTo"):
        wanted = found.get(f"{{{WSA}}}{name}")
        where = "" if wanted is None else (wanted.findtext(f"{{{WSA}}}Address") or "").strip()
        if wanted is not None and where != ANONYMOUS:
            raise BadRequest(problem=NOT_HERE)
    message_id = found.get(f"{{{WSA}}}MessageID")
    session = found.get(session_tag)
    return Addressing(
        used=any(tag in KNOWN for tag in found),
        to=_short(found.get(f"{{{WSA}}}To")) or ANONYMOUS,
        message_id=_short(message_id),
        session=_short(session),
    )


def with_heading(message: bytes, heading: str) -> bytes:
    """A reply with these header blocks; a reply that has a Header already is left as it is."""
    if not heading:
        return message
    body = _BODY.search(message)
    if body is None or b":Header>" in message[: body.start()]:
        return message
    prefix = body[1]
    made = b"<%s:Header>%s</%s:Header>" % (prefix, heading.encode(), prefix)
    return message[: body.start()] + made + message[body.start() :]


def _short(block: etree._Element | None) -> str:
    text = "" if block is None else (block.text or "").strip()
    if len(text) > MAX_ID:
        raise BadRequest(problem=f"a message or session id has more than {MAX_ID} characters")
    return text


def _text(text: str) -> str:
    return escape(xml_text(text), {'"': "&quot;"})
