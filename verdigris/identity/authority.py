"""The authority of an installation: signs the certificates of its parts.

Law: its key is in one folder of each management server, readable by its owner alone, and signs
nothing but certificates of parts of this installation.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from verdigris.config.atomic import write_file
from verdigris.errors import ConfigurationError, Problem
from verdigris.identity import certificates as make
from verdigris.identity.certificates import Signer
from verdigris.identity.material import Material, public_bytes
from verdigris.identity.part import Part


KEY: Final = "key.pem"
CERTIFICATE: Final = "certificate.pem"
NEXT: Final = "next"
"""The folder of an authority that is to take the place of the one beside it."""

LIFE: Final = dt.timedelta(days=3650)
"""Ten years of a new authority; `verdigris authority replace` makes another one at any time."""


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """Who signs for an installation.

    Attributes:
        installation: its id.
        signer: certificate and key.
        life: how long the certificates of parts are valid.
    """

    installation: str
    signer: Signer
    life: dt.timedelta = dt.timedelta(days=90)

    def __repr__(self) -> str:
        return f"<Authority of {self.installation} {self.fingerprint[:11]} key=hidden>"

    @property
    def certificate(self) -> x509.Certificate:
        """Its certificate, which the parts trust."""
        return self.signer.certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, which people compare."""
        return make.fingerprint(self.certificate)

    @classmethod
    def create(cls, installation: str, now: dt.datetime) -> Self:
        """A new authority, signed by itself.

        Args:
            installation: its id.
            now: with a time zone.
        """
        key = make.new_key()
        return cls(
            installation, Signer(make.self_signed_authority(installation, key, now, LIFE), key)
        )

    @classmethod
    def given(cls, installation: str, certificate: Path, key: Path) -> Self:
        """An authority that exists already, such as a company has for one of its systems.

        Raises:
            ConfigurationError: the files cannot be used, or are not those of an authority.
        """
        return cls(installation, _signer(certificate, key))

    @classmethod
    def read(cls, folder: Path, installation: str, days: float = 90.0) -> Self:
        """The authority kept in a folder.

        Raises:
            ConfigurationError: its files cannot be used.
        """
        signer = _signer(folder / CERTIFICATE, folder / KEY)
        return cls(installation, signer, dt.timedelta(days=days))

    @classmethod
    def find(cls, folder: Path, installation: str, days: float, wanted: str) -> Self:
        """The authority of a fingerprint: the one in a folder, or the next one in its folder `next`.

        Args:
            folder: of authorities.
            installation: its id.
            days: how long certificates of parts are valid.
            wanted: the fingerprint; "" is whatever is in the folder itself.

        Raises:
            ConfigurationError: there is none.
        """
        problem: ConfigurationError | None = None
        for one in (folder, folder / NEXT):
            if (one / CERTIFICATE).exists():
                try:
                    found = cls.read(one, installation, days)
                except ConfigurationError as error:  # its key was lost: the next one may be there
                    problem = error
                    continue
                if wanted in ("", found.fingerprint):
                    return found
        said = f"it does not hold the authority {wanted or 'of the installation'}"
        raise problem or _unusable(folder, said)

    def write(self, folder: Path) -> None:
        """Keep it in a folder.

        Raises:
            CannotWrite: the files are as they were.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(folder / KEY, make.key_pem(self.signer.key))  # type: ignore[arg-type] # made by `create`
        write_file(folder / CERTIFICATE, make.pem([self.certificate]), mode=0o644)

    def issue(self, part: Part, request: bytes, now: dt.datetime) -> x509.Certificate:
        """A certificate of a part for its signing request.

        Args:
            part: who the part is, which was decided by how it asked.
            request: PEM, with its key and the host names it is reached by.
            now: with a time zone.

        Raises:
            ValueError: the request is none.
        """
        key, hosts = make.read_request(request)
        return make.part_certificate(self.signer, part, key, hosts, now, self.life)

    def renew(self, material: Material, now: dt.datetime) -> x509.Certificate:
        """A new certificate for the key and names of an old one, of a part on this machine."""
        assert material.part is not None  # noqa: S101 - clients have nothing to renew
        request = make.request(material.key, material.hosts)
        return self.issue(material.part, request, now)

    def material(self, part: Part, hosts: Sequence[str], now: dt.datetime) -> Material:
        """Key and certificate of a part on this machine, such as the management server itself."""
        key = make.new_key()
        certificate = self.issue(part, make.request(key, hosts), now)
        return Material((self.certificate,), (certificate, self.certificate), key)


def request_for_authority(installation: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """A signing request for the certificate of an installation's authority, as PEM."""
    made = x509.CertificateSigningRequestBuilder().subject_name(
        make.authority_subject(installation)
    )
    for extension in make.AUTHORITY_EXTENSIONS:
        made = made.add_extension(extension, critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _signer(certificate: Path, key: Path) -> Signer:
    """A certificate that may sign others, and its key.

    Raises:
        ConfigurationError: the files cannot be used, or it may not.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = load_pem_private_key(key.read_bytes(), password=None)
    except OSError as problem:
        raise _unusable(certificate.parent, f"{problem.filename}: {problem.strerror}") from None
    except (ValueError, TypeError):
        reason = f"{certificate} and {key} have to hold a certificate, and its key without a passphrase, as PEM"
        raise _unusable(certificate.parent, reason) from None
    if public_bytes(secret) != public_bytes(found):
        raise _unusable(key, f"it is not the key of the certificate in {certificate}")
    if not _may_sign(found):
        raise _unusable(certificate, "it is not an authority: it may not sign certificates")
    return Signer(found, secret)  # type: ignore[arg-type] # a key that fits a certificate can sign


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        return (
            extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            and usage.key_cert_sign
        )
    except x509.ExtensionNotFound:
        return False


def _unusable(folder: Path, why: str) -> ConfigurationError:
    return ConfigurationError.of(str(folder), [Problem(str(folder), 0, why)])
