"""What TLS has proved of the peer of one link, and why TLS failed.

Law: a link without security knows nobody; one with security opens only for a peer whose certificate
agrees with its hello.
"""

from collections.abc import Callable
from typing import Final

from cryptography.x509 import Certificate
from twisted.python.failure import Failure

from verdigris.errors import PlainTextPeer, TlsFailed, TlsRequired, TrustError
from verdigris.identity import Part, Role, Security
from verdigris.identity.senders import allowed, refuse_others
from verdigris.identity.tls import FIRST_BYTE, failure_in_words, peer_certificate
from verdigris.link.framing import PREFIX
from verdigris.wire import Hello


class PeerTrust:
    """The peer's identity.

    Args:
        security: of this side; None is plain text.
        dialled: the host that was connected to; "" for a peer that has connected.
        abort: ends the link at once, when the peer's certificate is revoked.

    Attributes:
        part: who the peer has proved to be; None for a client without a certificate, and on plain text.
        certificate: how it proved that.
        secured: whether the link is TLS.
    """

    def __init__(self, security: Security | None, dialled: str, abort: Callable[[], None]) -> None:
        self._security = security
        self._dialled = dialled
        self.abort = abort
        self.part: Part | None = None
        self.certificate: Certificate | None = None
        self.secured = security is not None
        self._sender: Role = Role.CONNECTOR

    def admit(self, transport: object, hello: Hello) -> None:
        """Compare what the peer says of itself with what it has shown.

        Raises:
            IdentityRefused: they do not agree.
        """
        if self._security is None:
            return
        self.certificate = peer_certificate(transport)
        self.part = self._security.admitted(hello, self.certificate, self._dialled)
        self._sender = self.part.role if self.part else Role.CONNECTOR
        if self.part is not None:
            self._security.opened(self)

    def permit(self, message: object) -> None:
        """Refuse a request that a peer of this role may not make; plain text is not judged.

        Raises:
            MessageRefused: it may not.
        """
        if self._security is not None:
            refuse_others(self._receiver, self._sender, type(message))

    def permits(self, notice: object) -> bool:
        """Whether a peer of this role may send this notice."""
        return self._security is None or allowed(self._receiver, self._sender, type(notice))

    @property
    def _receiver(self) -> Role:
        """What this side is; a client receives nothing."""
        part = self._security.part if self._security else None
        return part.role if part else Role.CONNECTOR

    def end(self) -> None:
        """The link has ended."""
        if self._security is not None:
            self._security.closed(self)

    def failure(self, who: str, reason: Failure, problem: str) -> TrustError | None:
        """The error of a TLS connection that failed; None if TLS is not the reason.

        Args:
            who: the peer, for people.
            reason: why the connection ended.
            problem: with the peer's certificate, if it was that.
        """
        words = failure_in_words(reason, problem) if self._security is not None else ""
        if "does not speak TLS" in words:
            return PlainTextPeer(peer=who)
        return TlsFailed(peer=who, reason=words) if words else None


def other_language(who: str, length: int) -> TrustError | None:
    """The error of a peer that speaks TLS to a port of plain text; None if it does not.

    Args:
        who: the peer, for people.
        length: of a frame, as its first bytes say: those of a TLS record are a length nobody sends.
    """
    first, version = length.to_bytes(PREFIX)[:2]
    speaks_tls = version == 3 and first in (FIRST_BYTE, _ALERT)  # noqa: PLR2004 - SSL 3 to TLS 1.3 (RFC 8446, 5.1)
    return TlsRequired(peer=who) if speaks_tls else None


_ALERT: Final = 0x15
"""The record type of a TLS alert."""
