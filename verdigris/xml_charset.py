"""The charset of XML that came by HTTP (RFC 7303, 3.2 and 3.3).

A byte order mark, the charset of the Content-Type header and the document's own declaration count in
this order: who changes the encoding of a document on the way changes the header, not the document.
"""

import codecs
import re
from email.message import Message
from typing import Final


MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # fmt: skip
_DECLARED: Final = re.compile(
    r"(<\?xml\s[^?>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE
)


def document_in_utf8(data: bytes, content_type: str) -> bytes:
    """A document that can be kept without its header: in UTF-8 if the header names a charset.

    Args:
        data: the body of a request.
        content_type: its header; "" is none.

    Raises:
        LookupError: the charset is unknown.
        UnicodeDecodeError: the body is not in it.
    """
    header = Message()
    header["Content-Type"] = content_type
    charset = header.get_content_charset("")
    if not charset or data.startswith(MARKS):
        return data
    if charset in ("utf-16", "utf16"):  # without a mark: the first character is "<"
        charset = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    if charset in ("us-ascii", "ascii"):  # a part of UTF-8, and the old default of text/xml
        charset = "utf-8"
    text = data.decode(charset)
    declared = _DECLARED.match(text)
    if declared is not None:
        text = declared[1] + text[declared.end() :]
    return text.encode()
