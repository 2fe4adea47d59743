"""Certificates of an installation: made, and read. Pure but for the chance in keys and serials.

A serial number begins with the time of issue, so that "all certificates of this part up to now"
can be revoked without a list of them (RFC 5280, 4.1.2.2: up to 20 octets; 88 bits are chance).
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from verdigris.identity.part import Part


EARLY: Final = dt.timedelta(days=1)
"""How long before its issue a certificate is valid: clocks of machines differ, by a time zone when set by hand."""

CHANCE_BITS: Final = 88
"""Of a serial number; the CA/Browser Forum wants 64."""

MAX_HOSTS: Final = 100
"""Names and addresses of one certificate; each handshake carries them."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a certificate and its key."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


def new_key() -> ec.EllipticCurvePrivateKey:
    """A private key: P-256, which every implementation of TLS 1.2 has."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PEM, unencrypted: a file of mode 0600 guards it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Certificates as PEM, one after the other."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, as OpenSSL and browsers show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    now: dt.datetime,
    life: dt.timedelta,
) -> x509.CertificateBuilder:
    """A certificate with what all of them have: names, key, serial number, validity."""
    issued = int(now.timestamp() * 1000)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(issued << CHANCE_BITS | secrets.randbits(CHANCE_BITS))
        .not_valid_before(now - EARLY)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def issued(certificate: x509.Certificate) -> dt.datetime:
    """When the authority of an installation issued a certificate: in its serial number."""
    milliseconds = certificate.serial_number >> CHANCE_BITS
    try:
        return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    except (ValueError, OverflowError):  # not one of ours
        return certificate.not_valid_before_utc


def self_signed_authority(
    installation: str, key: ec.EllipticCurvePrivateKey, now: dt.datetime, life: dt.timedelta
) -> x509.Certificate:
    """The certificate of an installation's own authority."""
    name = authority_subject(installation)
    made = builder(name, name, key.public_key(), now, life)
    for extension in AUTHORITY_EXTENSIONS:
        made = made.add_extension(extension, critical=True)
    return made.sign(key, hashes.SHA256())


def authority_subject(installation: str) -> x509.Name:
    """The name of an installation's authority."""
    return _subject(f"Authority of {installation}")


def part_certificate(
    signer: Signer,
    part: Part,
    key: CertificatePublicKeyTypes,
    hosts: Sequence[str],
    now: dt.datetime,
    life: dt.timedelta,
) -> x509.Certificate:
    """A certificate of a part, for servers and clients alike: most parts are both.

    Args:
        signer: the authority.
        part: whose.
        key: its public key.
        hosts: host names and IP addresses it is reached by.
        now: with a time zone.
        life: how long it is valid; no longer than the authority itself.
    """
    ends = min(now + life, signer.certificate.not_valid_after_utc)
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(part.uri)]
    names += [general_name(host) for host in hosts[:MAX_HOSTS]]
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        builder(_subject(part.name), signer.certificate.subject, key, now, ends - now)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
            critical=False,
        )
        .sign(signer.key, hashes.SHA256())
    )


def request(key: ec.EllipticCurvePrivateKey, hosts: Sequence[str]) -> bytes:
    """A signing request as PEM: the key, and the names the part is reached by.

    Who the part is, is not in it: that is decided by who asks.
    """
    names = x509.SubjectAlternativeName([general_name(host) for host in hosts[:MAX_HOSTS]])
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    made = made.add_extension(names, critical=False) if hosts else made
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def read_request(data: bytes) -> tuple[CertificatePublicKeyTypes, tuple[str, ...]]:
    """Public key and host names of a signing request, whose signature is checked.

    Raises:
        ValueError: it is none.
    """
    try:
        found = x509.load_pem_x509_csr(data)
        signed = found.is_signature_valid
        key = found.public_key()
        hosts = hosts_in(found.extensions)
    except Exception:  # noqa: BLE001 - the library raises many kinds for what a stranger sends
        raise ValueError("it is not a certificate signing request") from None
    if not signed:
        raise ValueError("its signature is wrong")
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("its key is not on an elliptic curve")  # noqa: TRY004 - bad input, no programming error
    return key, hosts


def part_of(certificate: x509.Certificate) -> Part | None:
    """Who a certificate says its holder is; None if that is not a part of an installation."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        return Part.parse(uris[0]) if len(uris) == 1 else None
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it names nobody
        return None


def hosts_in(extensions: x509.Extensions) -> tuple[str, ...]:
    """The host names and addresses of a certificate or signing request."""
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *map(str, addresses))


def general_name(host: str) -> x509.GeneralName:
    """A host name or an IP address as a name of a certificate.

    Raises:
        ValueError: it is neither.
    """
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host if host.isascii() else host.encode("idna").decode())


def key_usage(*, digital_signature: bool = False, signs: bool = False) -> x509.KeyUsage:
    """What a key is for: handshakes, or certificates and lists of revoked ones."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


AUTHORITY_EXTENSIONS: Final[tuple[x509.ExtensionType, ...]] = (
    x509.BasicConstraints(ca=True, path_length=0),
    key_usage(signs=True),
)
"""What makes a certificate that of an authority, of parts only and not of further authorities."""


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Verdigris"),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
