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
from cryptography.hazmat.primitives.serialization import load_pem_private_key

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
    def read(cls, folder: Path, installation: str, days: float = 90.0) -> Self:
        """The authority kept in a folder.

        Raises:
            ConfigurationError: its files cannot be used.
        """
        try:
            certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
            key = load_pem_private_key((folder / KEY).read_bytes(), password=None)
        except OSError as problem:
            raise _unusable(folder, f"{problem.filename}: {problem.strerror}") from None
        except (ValueError, TypeError):
            raise _unusable(folder, "it holds no certificate and key in PEM form") from None
        if public_bytes(key) != public_bytes(certificate):
            raise _unusable(folder, f"{KEY} is not the key of the certificate in {CERTIFICATE}")
        return cls(installation, Signer(certificate, key), dt.timedelta(days=days))  # type: ignore[arg-type] # a key that fits a certificate can sign

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
        for one in (folder, folder / NEXT):
            if (one / CERTIFICATE).exists():
                found = cls.read(one, installation, days)
                if wanted in ("", found.fingerprint):
                    return found
        raise _unusable(folder, f"it does not hold the authority {wanted or 'of the installation'}")

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


def _unusable(folder: Path, why: str) -> ConfigurationError:
    return ConfigurationError.of(str(folder), [Problem(str(folder), 0, why)])
