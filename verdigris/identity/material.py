"""What a part shows of itself and whom it trusts, read from the files of its identity folder.

Law: a `Material` fits together: the key is that of the certificate, one of the trusted authorities
signed it, and it names a part. The folder's files are replaced whole.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from verdigris.config.atomic import write_file
from verdigris.config.file_modes import exposed
from verdigris.errors import ConfigurationError, Problem
from verdigris.identity.certificates import fingerprint, hosts_in, issued, key_pem, part_of, pem
from verdigris.identity.part import Part
from verdigris.identity.revocation import Revocation


KEY: Final = "key.pem"
"""The part's private key; it never leaves the machine it was made on."""

CERTIFICATE: Final = "certificate.pem"
"""The part's certificate, then that of the authority that signed it."""

AUTHORITIES: Final = "authorities.pem"
"""The authorities that are trusted: one, or two while one takes the other's place."""

REVOKED: Final = "revoked.txt"
"""Revocations a session server was told of: ROLE NAME TIME on each line."""


@dataclass(frozen=True, slots=True, repr=False)
class Material:
    """Certificates and key of one side of a connection.

    Attributes:
        authorities: who is trusted to say who a peer is.
        chain: our certificate, then that of its authority; empty for a client, which shows none.
        key: of the certificate.
        folder: where all of it was read.
    """

    authorities: tuple[x509.Certificate, ...]
    chain: tuple[x509.Certificate, ...] = ()
    key: Any = None
    folder: Path | None = None

    def __repr__(self) -> str:
        return f"<Material of {self.part or 'a client'} key=hidden>"

    @property
    def part(self) -> Part | None:
        """Who we are; None for a client."""
        return part_of(self.chain[0]) if self.chain else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names and addresses our certificate is for."""
        return hosts_in(self.chain[0].extensions) if self.chain else ()

    def warnings(self, now: dt.datetime) -> Iterator[str]:
        """What is wrong with the validity of the certificates, and with the mode of the key's file."""
        named = [("the certificate", one) for one in self.chain[:1]]
        named += [("the authority's certificate", one) for one in self.authorities]
        for what, one in named:
            if now > one.not_valid_after_utc:
                yield f"{what} in {self.folder} expired at {one.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            elif now < one.not_valid_before_utc:
                yield f"{what} in {self.folder} is not valid before {one.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        if self.folder is not None and self.chain and (problem := exposed(self.folder / KEY)):
            yield problem


def read(folder: Path) -> Material:
    """The material of an identity folder.

    Raises:
        ConfigurationError: with the problems of all files.
    """
    wrong: list[Problem] = []
    chain = _certificates(folder / CERTIFICATE, wrong)
    authorities = _certificates(folder / AUTHORITIES, wrong)
    key = _key(folder / KEY, wrong)
    found = Material(authorities, chain, key, folder)
    if not wrong:
        wrong += [Problem(str(folder), 0, said) for said in unfit(found)]
    if wrong:
        raise ConfigurationError.of(str(folder), wrong)
    return found


def read_authorities(file: Path) -> Material:
    """The material of a client, which knows whom it trusts and shows nothing itself.

    Raises:
        ConfigurationError: the file holds no certificate.
    """
    wrong: list[Problem] = []
    authorities = _certificates(file, wrong)
    if wrong:
        raise ConfigurationError.of(str(file), wrong)
    return Material(authorities, folder=file.parent)


def read_revocations(folder: Path) -> Iterator[Revocation]:
    """The revocations that are kept in an identity folder; lines that are none are left out."""
    try:
        lines = (folder / REVOKED).read_text("ascii", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(ValueError, TypeError):
            yield Revocation.parse(*line.split())


def due(material: Material, signer: str, now: dt.datetime) -> bool:
    """Whether a certificate is to be renewed: two thirds of its time are over, or another authority signs.

    Args:
        material: with the certificate.
        signer: the fingerprint of the authority that signs now.
        now: with a time zone.
    """
    certificate = material.chain[0]
    began, ends = issued(certificate), certificate.not_valid_after_utc
    return now >= began + (ends - began) * 2 / 3 or fingerprint(material.chain[-1]) != signer


def write(folder: Path, material: Material) -> None:
    """Write the files of an identity folder; the certificate last, which makes it whole.

    Raises:
        CannotWrite: the file that could not be written is as it was.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(folder / KEY, key_pem(material.key))
    write_file(folder / AUTHORITIES, pem(material.authorities), mode=0o644)
    write_file(folder / CERTIFICATE, pem(material.chain), mode=0o644)


def public_bytes(holder: Any) -> bytes:
    """The public key of a private key or certificate, to be compared."""
    found: bytes = holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether an authority signed a certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001 - a wrong name, key or signature: each has its own kind
        return False
    return True


def unfit(found: Material) -> Iterator[str]:
    """Why key, certificate and authorities do not fit together."""
    if public_bytes(found.key) != public_bytes(found.chain[0]):
        yield f"{KEY} is not the key of the certificate in {CERTIFICATE}"
    if found.part is None:
        yield f"{CERTIFICATE} does not name a part of an installation (SAN URI verdigris://...)"
    if not any(signed_by(found.chain[0], one) for one in found.authorities):
        yield f"none of the authorities in {AUTHORITIES} has signed the certificate in {CERTIFICATE}"


def _certificates(file: Path, wrong: list[Problem]) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError) as problem:
        wrong.append(_unreadable(file, "certificate", problem))
        return ()


def _key(file: Path, wrong: list[Problem]) -> Any:
    try:
        return load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as problem:
        wrong.append(_unreadable(file, "private key without a passphrase", problem))
        return None


def _unreadable(file: Path, kind: str, problem: Exception) -> Problem:
    """A file's problem; never the library's own words about a key's content."""
    why = problem.strerror if isinstance(problem, OSError) else f"it holds no {kind} in PEM form"
    return Problem(str(file), 0, f"it cannot be used: {why}")
