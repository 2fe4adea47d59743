"""OpenSSL's settings of both sides of a connection between parts.

Law: TLS 1.2 or later, suites with forward secrecy and authenticated encryption; every certificate is
checked against the authorities of the installation and nothing else: an authority above them, such
as a company's, does not make members. No session is resumed, so each connection is checked anew.
"""

from typing import Any, Final, Protocol, cast

from cryptography.x509 import Certificate
from OpenSSL import SSL
from OpenSSL.crypto import X509, X509StoreFlags
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.internet.ssl import (
    AcceptableCiphers,
    CertificateOptions,
    TLSVersion,
    trustRootFromCertificates,
)
from twisted.internet.ssl import Certificate as TwistedCertificate
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from verdigris.identity.certificate_problems import problem_of
from verdigris.identity.material import Material


CIPHERS: Final = AcceptableCiphers.fromOpenSSLCipherString(
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL"
)
"""Cipher suites of TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325, 4.2); no CBC."""

FIRST_BYTE: Final = 0x16
"""Of a TLS connection: the record type "handshake" (RFC 8446, 5.1). A frame of ours begins with 0."""


class TlsProblemListener(Protocol):
    """A connection above TLS that takes the problem with its peer's certificate.

    Attributes:
        tls_problem: in words; "" is nothing.
    """

    tls_problem: str


@implementer(IOpenSSLServerConnectionCreator)
class ServerSide:
    """Makes the TLS side of connections that arrive; clients may come without a certificate."""

    def __init__(self, material: Material) -> None:
        self._context = _context(material)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802 - Twisted's hook
        """The TLS side of a new connection."""
        return _connection(self._context, protocol, SSL.VERIFY_PEER)


@implementer(IOpenSSLServerConnectionCreator)
class WebSide:
    """Makes the TLS side of HTTPS connections that arrive: browsers are asked for no certificate."""

    def __init__(self, material: Material) -> None:
        self._context = _context(material)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802 - Twisted's hook
        """The TLS side of a new connection."""
        return _connection(self._context, protocol, SSL.VERIFY_NONE)


@implementer(IOpenSSLClientConnectionCreator)
class ClientSide:
    """Makes the TLS side of connections to servers, which have to show a certificate."""

    def __init__(self, material: Material) -> None:
        self._context = _context(material)

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802 - Twisted's hook
        """The TLS side of a new connection."""
        wanted = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        return _connection(self._context, protocol, wanted)


def peer_certificate(transport: object) -> Certificate | None:
    """What the peer of a TLS connection has shown, after the handshake; None if nothing."""
    found = cast(Any, transport).getPeerCertificate()
    certificate: Certificate | None = None if found is None else found.to_cryptography()
    return certificate


def failure_in_words(reason: Failure, problem: str) -> str:
    """Why TLS failed, as part of a sentence; "" if TLS is not the reason.

    Args:
        reason: why the connection ended.
        problem: with the peer's certificate, if it was that.
    """
    if reason.check(SSL.Error) is None:
        return ""
    if problem:
        return f"its certificate is refused: {problem}"
    errors = reason.value.args[0] if reason.value and reason.value.args else ()
    said = ", ".join(str(one[-1]) for one in errors if isinstance(one, tuple) and one[-1])
    for words, meaning in _MEANINGS.items():
        if words in said:
            return meaning
    return said or "the handshake was broken off"


_REFUSES: Final = "it refuses the certificate of this side: "
_MEANINGS: Final = {
    "wrong version number": "it does not speak TLS",
    "packet length too long": "it does not speak TLS",
    "http request": "it does not speak TLS",
    "record layer failure": "it does not speak TLS",
    "certificate expired": _REFUSES + "it has expired",
    "certificate revoked": _REFUSES + "it has been revoked",
    "unknown ca": _REFUSES + "its authority is not trusted there",
    "bad certificate": _REFUSES + "it is not good",
    "unsupported certificate": _REFUSES + "it is not for this use",
    "certificate unknown": _REFUSES + "it is not accepted there",
    "certificate required": "it requires a certificate, and this side has none",
    "protocol version": "the two sides have no version of TLS in common",
    "unsupported protocol": "the two sides have no version of TLS in common",
    "no shared cipher": "the two sides have no cipher suite in common",
    "handshake failure": "the two sides have no cipher suite in common",
}
"""Words in OpenSSL's reasons (those of alerts: RFC 8446, 6.2) and what they mean here."""


def _context(material: Material) -> SSL.Context:
    trusted = [TwistedCertificate(X509.from_cryptography(one)) for one in material.authorities]
    shown: dict[str, Any] = {}
    if material.chain:
        first, *chain = material.chain
        shown = {"privateKey": material.key, "certificate": first, "extraCertChain": chain}
    options = CertificateOptions(
        trustRoot=trustRootFromCertificates(trusted),
        raiseMinimumTo=TLSVersion.TLSv1_2,
        acceptableCiphers=CIPHERS,
        **shown,
    )
    context: SSL.Context = options.getContext()
    store = context.get_cert_store()
    assert store is not None  # noqa: S101 - a context has one
    store.set_flags(X509StoreFlags.PARTIAL_CHAIN)
    return context


def _connection(
    context: SSL.Context, protocol: TLSMemoryBIOProtocol, wanted: int
) -> SSL.Connection:
    connection = SSL.Connection(context, None)
    listener = cast("TlsProblemListener", protocol.wrappedProtocol)

    def verify(_: SSL.Connection, __: object, error: int, ___: int, good: int) -> bool:
        if not good:
            listener.tls_problem = problem_of(error)
        return bool(good)

    connection.set_verify(wanted, verify)
    return connection
