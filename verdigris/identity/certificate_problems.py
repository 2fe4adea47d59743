"""What is wrong with a certificate, in the words of people who have to act on it.

Sources: openssl-verification-options(1) for the numbers; RFC 9525 for names, which have to be in the
subjectAltName: a common name alone does not count.
"""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName
from service_identity import VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity


_UNKNOWN_ISSUER: Final = "its issuer is not known here"
_PURPOSE: Final = "it is not for servers"
_AUTHORITY: Final = "a certificate of its chain may not sign others"
_NAMES: Final = "its issuer may not sign for this name"
PROBLEMS: Final[Mapping[int, str]] = {  # X509_V_ERR_*
    2: _UNKNOWN_ISSUER,
    3: "the list of revoked certificates is missing",
    4: "its signature cannot be read",
    6: "its issuer's key cannot be read",
    7: "its signature is wrong: it has been changed, or is of another issuer",
    9: "it is not valid yet",
    10: "it has expired",
    13: "the beginning of its validity cannot be read",
    14: "the end of its validity cannot be read",
    18: "it is signed by itself",
    19: "its chain ends in a certificate that is not trusted here",
    20: _UNKNOWN_ISSUER,
    21: _UNKNOWN_ISSUER,
    22: "its chain is too long",
    23: "it has been revoked",
    24: _AUTHORITY,
    25: _AUTHORITY,
    26: _PURPOSE,
    27: "its issuer is not trusted for servers",
    28: "its issuer is not to be trusted for servers",
    29: _UNKNOWN_ISSUER,
    30: _UNKNOWN_ISSUER,
    31: _UNKNOWN_ISSUER,
    32: _AUTHORITY,
    34: "it has a critical extension that is not known",
    41: "an extension of it cannot be used",
    42: "its policies cannot be used",
    47: _NAMES,
    48: _NAMES,
    50: "the checks were stopped",
    51: _NAMES,
    52: _NAMES,
    53: _NAMES,
    62: "it is for another name",
    64: "it is for another address",
    66: "its key is too short",
    67: "the key of a certificate of its chain is too short",
    68: "it, or a certificate of its chain, is signed with SHA-1 or an older digest",
    79: _AUTHORITY,
    85: "an identifier of its issuer's key is missing",
    86: "an identifier of its key is missing",
    88: "a certificate of its chain has no subject",
    89: "it has neither a subject nor a subjectAltName",
    92: "its chain has certificates of an old version",
    94: "its key's curve is not given by name",
}
"""What certificates can be refused for; other numbers are shown as they are."""

WEAK: Final = frozenset({66, 67, 68})
"""Numbers of what a lower security level of OpenSSL would take."""


def problem_of(error: int) -> str:
    """The problem of a number of OpenSSL's, as part of a sentence."""
    return PROBLEMS.get(error, f"OpenSSL's verification error {error}")


def name_problem(found: Any, wanted: DNS_ID | IPAddress_ID, name: str) -> str:
    """Why a certificate is not for a host; "" if it is.

    Args:
        found: as OpenSSL has it.
        wanted: the host's name or address.
        name: the same, for people.
    """
    try:
        certificate = found.to_cryptography()
        if not (names := _names(certificate)):
            return (
                "it has no name in a subjectAltName (a common name alone does not count, RFC 9525)"
            )
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except VerificationError:
        return f"it is not for {name} but for {', '.join(names)}"
    except Exception as problem:  # noqa: BLE001 - raised inside OpenSSL it would be lost
        return f"its names cannot be read ({type(problem).__name__}: {problem})"
    return ""


def _names(certificate: Any) -> list[str]:
    """The DNS names and addresses a certificate is for, the first few."""
    try:
        found = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return []
    names = found.get_values_for_type(DNSName)
    return [*names, *map(str, found.get_values_for_type(IPAddress))][:5]
