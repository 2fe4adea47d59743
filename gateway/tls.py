"""The HTTPS port's certificate and key, from the files plugin-cfg.xml names."""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.internet.ssl import CertificateOptions, TLSVersion

from verdigris.errors import ConfigurationError, Problem


_FILE: Final = "plugin-cfg.xml"


def certificate_options(certificate_file: str, private_key_file: str) -> CertificateOptions:
    """What a TLS port needs; TLS 1.2 at least.

    Args:
        certificate_file: PEM, the certificate first, its chain behind it.
        private_key_file: PEM, not encrypted.

    Raises:
        ConfigurationError: one of them cannot be read or used.
    """
    wrong: list[Problem] = []
    chain: list[x509.Certificate] = []
    key: object = None
    try:
        chain = x509.load_pem_x509_certificates(Path(certificate_file).read_bytes())
    except (OSError, ValueError) as problem:
        wrong.append(_problem("certificateFile", certificate_file, problem))
    try:
        key = load_pem_private_key(Path(private_key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as problem:
        wrong.append(_problem("privateKeyFile", private_key_file, problem))
    if wrong:
        raise ConfigurationError.of(_FILE, wrong)
    return CertificateOptions(
        # Twisted's annotations still name pyOpenSSL's own classes, whose use OpenSSL.SSL deprecates
        privateKey=key,  # type: ignore[arg-type] # see above
        certificate=chain[0],  # type: ignore[arg-type] # see above
        extraCertChain=chain[1:],  # type: ignore[arg-type] # see above
        raiseMinimumTo=TLSVersion.TLSv1_2,
    )


def _problem(key: str, file: str, problem: Exception) -> Problem:
    """One file's problem; never the library's own words about a key's content."""
    why = problem.strerror if isinstance(problem, OSError) else "it is no PEM file of that kind"
    return Problem(_FILE, 0, f"{file}, named in {key}, cannot be used: {why}")
