"""Peers that are no part of Verdigris: what they speak, as far as their first bytes tell."""

from collections.abc import Mapping
from typing import Final


HTTP: Final = "HTTP"

_BEGINNINGS: Final[Mapping[bytes, str]] = {
    **dict.fromkeys((b"HTTP", b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC"), HTTP),
    b"SSH-": "SSH",
    **{bytes((0xFF, command)): "telnet" for command in range(0xFB, 0xFF)},
}
"""Requests and responses of HTTP (RFC 9112), SSH's identification (RFC 4253 4.2), telnet's negotiation
(RFC 854). TLS is judged elsewhere (`verdigris.link.peer_trust`)."""


def language_of(first: bytes) -> str:
    """What a peer speaks whose first four bytes cannot be a frame's length; "" if that is unknown."""
    return next((name for start, name in _BEGINNINGS.items() if first.startswith(start)), "")
