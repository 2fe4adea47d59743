"""The certificate a host of ours shows, from files."""

from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL.crypto import X509
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, trustRootFromCertificates


def server_tls(
    certificate: Path, key: Path, clients: Path | None = None
) -> IOpenSSLServerConnectionCreator:
    """Makes TLS connections of a host.

    Args:
        certificate: PEM file.
        key: PEM file, without a passphrase.
        clients: authority of clients, PEM; a client without a certificate of theirs is refused.

    Raises:
        ValueError: a file holds nothing of its kind.
        OSError: a file cannot be read.
    """
    trusted = None
    if clients is not None:
        authority = X509.from_cryptography(load_pem_x509_certificate(clients.read_bytes()))
        trusted = trustRootFromCertificates([Certificate(authority)])
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except TypeError:
        raise ValueError(f"{key} has a passphrase") from None
    options = CertificateOptions(
        # Twisted's annotations still name pyOpenSSL's own classes, whose use OpenSSL.SSL deprecates
        privateKey=private,  # type: ignore[arg-type] # see above
        certificate=load_pem_x509_certificate(certificate.read_bytes()),  # type: ignore[arg-type] # see above
        trustRoot=trusted,
    )
    return cast("IOpenSSLServerConnectionCreator", options)
