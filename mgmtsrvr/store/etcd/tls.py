"""TLS to etcd: its certificate is checked for the endpoint's name, ours is shown.

etcd's JSON gateway refuses a client certificate that has a common name while its users are on (it
answers HTTP 400): give one without, and an etcd user whose rights end at our prefix.
"""

from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL.crypto import X509
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from verdigris.config.store_settings import EtcdSettings
from verdigris.config.watch import read_file
from verdigris.errors import ConfigurationError, Problem


@implementer(IPolicyForHTTPS)
class EtcdPolicy:
    """What Twisted's agent asks for before it connects."""

    def __init__(self, options: dict[str, Any], trust: Any) -> None:
        self._options = options
        self._trust = trust

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 - Twisted's name
        """Makes the TLS side of one connection."""
        del port
        return optionsForClientTLS(
            hostname.decode("ascii"), trustRoot=self._trust, extraCertificateOptions=self._options
        )


def policy(settings: EtcdSettings) -> EtcdPolicy:
    """The policy for these settings.

    Raises:
        ConfigurationError: a file cannot be read, or does not hold what it should.
    """
    options: dict[str, Any] = {}
    trust: Any = platformTrust()
    file = settings.authorities
    try:
        if settings.authorities:
            found = load_pem_x509_certificates(read_file(settings.authorities))
            trust = trustRootFromCertificates(
                [Certificate(X509.from_cryptography(one)) for one in found]
            )
        if settings.certificate and settings.key:
            file = settings.certificate
            own, *chain = load_pem_x509_certificates(read_file(settings.certificate))
            file = settings.key
            key: Any = load_pem_private_key(read_file(settings.key), None)
            options = {
                "certificate": own,
                "extraCertChain": chain,
                "privateKey": key,
            }
            CertificateOptions(**options).getContext()  # a key of another certificate is found here
    except (ValueError, TypeError) as problem:
        said = Problem(str(file), 0, f"it cannot be used for TLS to etcd: {problem}")
        raise ConfigurationError.of(str(file), [said]) from None
    return EtcdPolicy(options, trust)
