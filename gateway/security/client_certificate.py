"""The user whom a client certificate names (RFC 5280, 4.1.2.6 and 4.2.1.6)."""

from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID


LONGEST_NAME: Final = 256


@lru_cache(1_000)
def user_of(certificate: bytes, field: str) -> str:
    """The user's name; "" if the certificate has no such field, or more than one of it.

    Args:
        certificate: DER; its signature and dates have been checked in the handshake.
        field: "commonName", "email" or "uri".
    """
    found = x509.load_der_x509_certificate(certificate)
    names = _common_names(found) if field == "commonName" else _alternative_names(found, field)
    if len(names) != 1:
        return ""
    name = names[0]
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else ""


def _common_names(certificate: x509.Certificate) -> list[str]:
    values = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [it.value for it in values if isinstance(it.value, str)]


def _alternative_names(certificate: x509.Certificate, field: str) -> list[str]:
    kind: Any = x509.RFC822Name if field == "email" else x509.UniformResourceIdentifier
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(it) for it in names.get_values_for_type(kind)]
