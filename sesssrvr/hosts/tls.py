"""TLS to hosts: trusted certificates, our own certificate, and failures in words.

Law: a host's certificate is checked, and for the host's name, unless the settings say otherwise in
so many words; a certificate that is not good ends the connection before anything is typed.
Tested in `tests/sesssrvr/hosts/test_tls.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity.hazmat import DNS_ID, IPAddress_ID
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IAcceptableCiphers, IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate as Authority
from twisted.internet.ssl import (
    CertificateOptions,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from sesssrvr.model import HostSettings
from sesssrvr.terminal.tn3270.tn3270e import StartTls
from verdigris.errors import HostUnreachable
from verdigris.identity.certificate_problems import WEAK, name_problem, problem_of


START: Final[Mapping[str, StartTls]] = {
    "accept": "accept",
    "refuse": "refuse",
    "require": "require",
}
WORDS: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False}
VERSIONS: Final[Mapping[str, Any]] = {
    "1.0": TLSVersion.TLSv1_0,
    "1.1": TLSVersion.TLSv1_1,
    "1.2": TLSVersion.TLSv1_2,
    "1.3": TLSVersion.TLSv1_3,
}
LEVELS: Final = ("0", "1", "2", "3", "4", "5")
"""OpenSSL's security levels, SSL_CTX_set_security_level(3): 2 wants keys of 2048 bits and SHA-2."""


@dataclass(frozen=True, slots=True)
class HostTls:
    """TLS settings of one host.

    Attributes:
        host: as people know it, for errors.
        name: the certificate's name; "" is the host's.
        authorities: a file of trusted certificates, PEM; "" for the system's.
        certificate, key: our own, PEM, with its chain; "" for none. The key may be in the
            certificate's file.
        passphrase: a file whose first line is the key's passphrase; "" is a key without one.
        verify: check the host's certificate.
        minimum: the lowest version that is spoken.
        level: OpenSSL's security level; "" is that of the version: its own, and 0 below 1.2, where
            there is nothing but SHA-1.
        start: TLS within the session (START_TLS).
    """

    host: str
    name: str
    authorities: str = ""
    certificate: str = ""
    key: str = ""
    passphrase: str = ""
    verify: bool = True
    start: StartTls = "accept"
    minimum: str = "1.2"
    level: str = ""

    @classmethod
    def of(cls, host: HostSettings) -> Self:
        """The options of the host settings that begin with `tls-`, and `start-tls`.

        Raises:
            HostUnreachable: an option has a value it cannot have.
        """
        address = f"{host.host}:{host.port}"
        verify = host.option("tls-verify") or "true"
        start = host.option("start-tls") or "accept"
        if verify not in WORDS:
            raise _refused(address, f"option tls-verify is {verify!r}, not true or false")
        minimum, level = host.option("tls-minimum") or "1.2", host.option("tls-security-level")
        for name, value, known in (
            ("start-tls", start, START),
            ("tls-minimum", minimum, VERSIONS),
            ("tls-security-level", level, ("", *LEVELS)),
        ):
            if value not in known:
                words = ", ".join(one for one in known if one)
                raise _refused(address, f"option {name} is {value!r}, not one of {words}")
        return cls(
            address,
            host.option("tls-name") or host.host,
            host.option("tls-authorities"),
            host.option("tls-certificate"),
            host.option("tls-key"),
            host.option("tls-passphrase"),
            verify=WORDS[verify],
            start=START[start],
            minimum=minimum,
            level=level,
        )

    def creator(self) -> IOpenSSLClientConnectionCreator:
        """Makes TLS connections; files are read again when they have changed.

        Raises:
            HostUnreachable: a file cannot be read, or holds nothing of its kind.
        """
        files = (self.authorities, self.certificate, self.key, self.passphrase)
        try:
            return _creator(self, tuple(Path(f).stat().st_mtime_ns if f else 0 for f in files))
        except OSError as problem:
            raise _refused(self.host, f"{problem.filename}: {problem.strerror}") from None
        except ValueError as problem:
            raise _refused(self.host, str(problem)) from None


def _refused(host: str, problem: str) -> HostUnreachable:
    return HostUnreachable(host=host, reason=f"its TLS settings cannot be used: {problem}")


@lru_cache(maxsize=256)
def _creator(tls: HostTls, _stamps: tuple[int, ...]) -> IOpenSSLClientConnectionCreator:
    parts = _parts(tls)
    if not tls.verify:
        return cast("IOpenSSLClientConnectionCreator", CertificateOptions(**parts))
    trust = platformTrust()
    if tls.authorities:
        roots = [Authority(X509.from_cryptography(one)) for one in _certificates(tls.authorities)]
        trust = trustRootFromCertificates(roots)
    usual = optionsForClientTLS(tls.name, trustRoot=trust, extraCertificateOptions=parts)
    return cast("IOpenSSLClientConnectionCreator", VerifyingTls(usual, tls.name))


class TlsProblemListener(Protocol):
    """A connection that takes the problem with its host's certificate.

    Attributes:
        tls_problem: in words; "" is nothing.
    """

    tls_problem: str


@implementer(IOpenSSLClientConnectionCreator)
class VerifyingTls:
    """Twisted's own checks, with the problem passed to the connection it ends.

    The library's callback says only that a certificate is not good.

    Args:
        usual: makes connections with the usual checks.
        name: the host is to have, a DNS name or an address.
        listener: takes the problem; by default the protocol above TLS.
    """

    def __init__(
        self,
        usual: IOpenSSLClientConnectionCreator,
        name: str,
        listener: TlsProblemListener | None = None,
    ) -> None:
        self._usual, self._listener = usual, listener
        is_address = isIPAddress(name) or isIPv6Address(name)
        self._name = name
        self._id: IPAddress_ID | DNS_ID = IPAddress_ID(name) if is_address else _dns(name)

    def reporting_to(self, listener: TlsProblemListener) -> "VerifyingTls":
        """The same, for a connection that is not directly above TLS."""
        return VerifyingTls(self._usual, self._name, listener)

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802 - Twisted's hook
        """The connection, with checks that say what they miss."""
        connection: SSL.Connection = self._usual.clientConnectionForTLS(protocol)
        listener = self._listener or cast("TlsProblemListener", protocol.wrappedProtocol)

        def verify(_: SSL.Connection, found: Any, error: int, depth: int, good: int) -> bool:
            hint = " (option tls-security-level)" if error in WEAK else ""
            problem = "" if good else problem_of(error) + hint
            if good and depth == 0:
                problem = name_problem(found, self._id, self._name)
            if problem:
                listener.tls_problem = f"the host's certificate is not good: {problem}"
            return not problem

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection


def _dns(name: str) -> DNS_ID:
    return DNS_ID(name.encode("idna").decode("ascii"))


@implementer(IAcceptableCiphers)
@dataclass(frozen=True, slots=True)
class _Level:
    """OpenSSL's default ciphers at a security level, as Twisted's certificate options take them.

    Attributes:
        fullName: a cipher string of OpenSSL's.
    """

    fullName: str  # noqa: N815 - Twisted's name

    def selectCiphers(self, availableCiphers: object) -> Any:  # noqa: N802, N803 - Twisted's hook
        """All of them."""
        del availableCiphers
        return (self,)


def _parts(tls: HostTls) -> dict[str, Any]:
    """What we show and accept, as Twisted's certificate options take it."""
    parts: dict[str, Any] = {"insecurelyLowerMinimumTo": VERSIONS[tls.minimum]}
    level = tls.level or ("0" if tls.minimum in ("1.0", "1.1") else "")
    if level:
        parts["acceptableCiphers"] = _Level(f"DEFAULT:@SECLEVEL={level}")
    if not tls.certificate:
        return parts
    first, *chain = _certificates(tls.certificate)
    key = _private_key(tls.key or tls.certificate, tls.passphrase)
    return {**parts, "privateKey": key, "certificate": first, "extraCertChain": chain}


def _private_key(file: str, passphrase: str) -> PrivateKeyTypes:
    """The key of a PEM file; the library's own messages could show it, and are not used."""
    text = Path(file).read_bytes()
    locked = b"ENCRYPTED" in text  # both forms say so in clear (RFC 7468, RFC 1421)
    if locked and not passphrase:
        raise ValueError(f"{file} has a passphrase: tls-passphrase has to name the file it is in")
    secret = Path(passphrase).read_bytes().partition(b"\n")[0].rstrip(b"\r") if locked else None
    try:
        return load_pem_private_key(text, password=secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        problem = f"the passphrase in {passphrase} does not open it" if locked else "no private key"
        raise ValueError(f"{file}: {problem}") from None


def _certificates(file: str) -> list[Certificate]:
    """All certificates of a file."""
    try:
        return load_pem_x509_certificates(Path(file).read_bytes())
    except ValueError:
        raise ValueError(f"{file} holds no certificate, or one that cannot be read") from None


def tls_failure(reason: Failure) -> str:
    """Why TLS failed, as part of a sentence; "" if TLS is not the reason."""
    if not reason.check(SSL.Error):
        return ""
    errors = reason.value.args[0] if reason.value and reason.value.args else ()
    said = [str(one[-1]) for one in errors if isinstance(one, tuple) and one[-1]]
    return "TLS failed: " + (", ".join(said) or "the host does not speak it")
