"""What the HTTPS port shows: a certificate that is named, that of the identity, or one of its own."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import crypto
from twisted.internet.ssl import CertificateOptions, TLSVersion

from gateway.security.certificate import Own, names_of, own
from verdigris.config.file_modes import exposed
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import ConfigurationError, Problem
from verdigris.identity import material
from verdigris.identity.certificates import fingerprint
from verdigris.identity.tls import CIPHERS


OWN_FOLDER: Final = "gateway-tls"

SOON: Final = dt.timedelta(days=14)
"""Before its end, a certificate is warned about."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate in use.

    Attributes:
        options: for the port.
        warnings: sentences about a certificate that clients will not accept now.
        fingerprint: SHA-256 of the certificate.
        own: the gateway made it: clients cannot know it from anybody else.
    """

    options: CertificateOptions
    fingerprint: str
    own: Own | None = None
    warnings: tuple[str, ...] = ()


def identity_of(config: PluginConfig, file: Path | None, now: dt.datetime) -> Identity:
    """The certificate to show.

    Args:
        config: of the gateway.
        file: plugin-cfg.xml, beside which the own certificate is kept.
        now: with a time zone.

    Raises:
        ConfigurationError: the files it names cannot be used.
    """
    if config.certificate_file:
        chain, key = _given(config, file.name if file is not None else "plugin-cfg.xml")
        warnings = [*_untimely(chain, config.certificate_file, now)]
        if problem := exposed(Path(config.private_key_file)):
            warnings.append(problem)
        return Identity(
            _options(config, key, chain), fingerprint(chain[0]), warnings=tuple(warnings)
        )
    if config.identity_folder:
        found_here = material.read(Path(config.identity_folder))
        chain = list(found_here.chain)
        said = tuple(found_here.warnings(now))
        return Identity(
            _options(config, found_here.key, chain), fingerprint(chain[0]), warnings=said
        )
    beside = file.absolute().parent / OWN_FOLDER if file is not None else None
    found = own(Path(config.tls_folder) if config.tls_folder else beside, names_of(config), now)
    key = load_pem_private_key(found.pem, password=None)
    return Identity(
        _options(config, key, [found.certificate]), fingerprint(found.certificate), found
    )


def files_of(config: PluginConfig) -> list[Path]:
    """The files of the certificate to show, to be watched; none for one of the gateway's own."""
    if config.certificate_file:
        return [Path(config.certificate_file), Path(config.private_key_file)]
    folder = Path(config.identity_folder)
    names = (material.KEY, material.CERTIFICATE, material.AUTHORITIES)
    return [folder / name for name in names] if config.identity_folder else []


def _given(config: PluginConfig, name: str) -> tuple[list[x509.Certificate], object]:
    """Chain and key of two PEM files: the certificate first, then its chain; the key unencrypted.

    Args:
        config: names the two files.
        name: of the settings file, for problems.

    Raises:
        ConfigurationError: with both files' problems.
    """
    wrong: list[Problem] = []
    chain: list[x509.Certificate] = []
    key: object = None
    try:
        chain = x509.load_pem_x509_certificates(Path(config.certificate_file).read_bytes())
    except (OSError, ValueError) as problem:
        wrong.append(_problem(name, "certificateFile", config.certificate_file, problem))
    try:
        key = load_pem_private_key(Path(config.private_key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as problem:
        wrong.append(_problem(name, "privateKeyFile", config.private_key_file, problem))
    if not wrong and material.public_bytes(key) != material.public_bytes(chain[0]):
        said = f"{config.private_key_file} is not the key of the certificate in {config.certificate_file}"
        wrong.append(Problem(name, 0, said))
    if wrong:
        raise ConfigurationError.of(name, wrong)
    return chain, key


def _untimely(chain: list[x509.Certificate], file: str, now: dt.datetime) -> Iterator[str]:
    """What is wrong with the validity of the certificates in a file at this time."""
    for number, one in enumerate(chain):
        which = "the certificate" if number == 0 else f"certificate {number + 1} of the chain"
        if now > one.not_valid_after_utc:
            yield f"{which} in {file} expired at {one.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        elif now < one.not_valid_before_utc:
            yield f"{which} in {file} is not valid before {one.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        elif now + SOON > one.not_valid_after_utc:
            yield f"{which} in {file} expires at {one.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"


def _options(
    config: PluginConfig, key: object, chain: list[x509.Certificate]
) -> CertificateOptions:
    """Options of the port: a client may show a certificate where the settings name who signs them.

    Raises:
        ConfigurationError: their file cannot be used.
    """
    authorities = authorities_in(config.client_authorities) if config.client_authorities else []
    return CertificateOptions(
        verify=bool(authorities),
        caCerts=authorities or None,
        requireCertificate=False,
        # Twisted's annotations still name pyOpenSSL's own classes, whose use OpenSSL.SSL deprecates
        privateKey=key,  # type: ignore[arg-type] # see above
        certificate=chain[0],  # type: ignore[arg-type] # see above
        extraCertChain=chain[1:],  # type: ignore[arg-type] # see above
        raiseMinimumTo=TLSVersion.TLSv1_2,
        acceptableCiphers=CIPHERS,
    )


def authorities_in(file: str) -> list[Any]:
    """Who signs client certificates.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    try:
        found = x509.load_pem_x509_certificates(Path(file).read_bytes())
    except (OSError, ValueError) as problem:
        said = _problem("plugin-cfg.xml", "clientAuthorities", file, problem)
        raise ConfigurationError.of("plugin-cfg.xml", [said]) from None
    return [crypto.X509.from_cryptography(one) for one in found]


def _problem(name: str, key: str, file: str, problem: Exception) -> Problem:
    """One file's problem; never the library's own words about a key's content."""
    why = problem.strerror if isinstance(problem, OSError) else "it is not a PEM file of that kind"
    return Problem(name, 0, f"{file}, named in {key}, cannot be used: {why}")
