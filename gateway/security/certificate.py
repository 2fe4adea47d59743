"""The certificate a gateway makes for itself at its first start, kept in one folder.

Law: the key and its certificate are one file, put in place whole and once: of several gateways that
start together one writes and all use the same. It is made anew only when it is about to end. The
key is readable by its owner alone; beside it lies the certificate, for clients to trust.
"""

import datetime as dt
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from verdigris.config.atomic import write_file
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import CannotWrite
from verdigris.identity.certificates import (
    builder,
    fingerprint,
    general_name,
    key_pem,
    key_usage,
    new_key,
)


VALID: Final = dt.timedelta(days=3650)
"""Ten years: nobody is told before a certificate that trusts nobody else ends, clients just fail."""

RENEW: Final = dt.timedelta(days=30)
"""A start within this time of the end makes a new one."""

KEY_FILE: Final = "gateway.pem"
"""The key, then its certificate."""

CERTIFICATE_FILE: Final = "certificate.pem"
"""The certificate alone, for clients."""


@dataclass(frozen=True, slots=True, repr=False)
class Own:
    """A certificate of our own.

    Attributes:
        pem: the key, then its certificate.
        made: it is new: clients that trusted another one have to be told.
        kept: where it is kept; None if the folder cannot be written.
        problem: why it is kept nowhere; "" if it is, or if nobody asked for it.
    """

    pem: bytes
    made: bool
    kept: Path | None
    problem: str = ""

    def __repr__(self) -> str:
        return f"<Own certificate {fingerprint(self.certificate)[:11]}... key=hidden>"

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate."""
        return x509.load_pem_x509_certificate(self.pem)


def own(folder: Path | None, names: Iterable[str], now: dt.datetime) -> Own:
    """The certificate kept in this folder, made if there is none that lasts.

    Args:
        folder: None keeps nothing.
        names: host names and addresses clients may use.
        now: with a time zone.
    """
    file = folder / KEY_FILE if folder is not None else None
    found = _kept(file, now)
    if found is not None:
        return Own(found, made=False, kept=file)
    pem = _make(tuple(names), now)
    if folder is None or file is None:
        return Own(pem, made=True, kept=None)
    try:
        _write(folder, file, pem, replace=file.exists())
    except FileExistsError:
        return Own(_kept(file, now) or pem, made=False, kept=file)
    except (OSError, CannotWrite) as problem:
        return Own(pem, made=True, kept=None, problem=str(problem))
    return Own(pem, made=True, kept=file)


def names_of(config: PluginConfig) -> tuple[str, ...]:
    """What clients may call this gateway: this machine, where it listens, its public URL."""
    here = (socket.gethostname(), config.http_interface, urlsplit(config.public_url).hostname or "")
    wanted = ("localhost", "127.0.0.1", "::1", *here)
    return tuple(dict.fromkeys(n for n in wanted if n and n not in ("0.0.0.0", "::")))  # noqa: S104 - left out, not bound


def _kept(file: Path | None, now: dt.datetime) -> bytes | None:
    """The file's content, if it can be used for long enough."""
    try:
        pem = file.read_bytes() if file is not None else b""
        certificate = x509.load_pem_x509_certificate(pem)
    except (OSError, ValueError):
        return None
    return pem if certificate.not_valid_after_utc - now > RENEW else None


def _make(names: tuple[str, ...], now: dt.datetime) -> bytes:
    key = new_key()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Verdigris gateway"),
            x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64]),
        ]
    )
    made = (
        builder(name, name, key.public_key(), now, VALID)
        .add_extension(
            x509.SubjectAlternativeName([general_name(n) for n in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return key_pem(key) + made.public_bytes(Encoding.PEM)


def _write(folder: Path, file: Path, pem: bytes, *, replace: bool) -> None:
    """Put both files in place; FileExistsError if another gateway was faster."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if replace:
        file.chmod(0o600)  # an existing file keeps its permissions, and this one holds a key
    write_file(file, pem, replace=replace)
    certificate = x509.load_pem_x509_certificate(pem)
    write_file(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM), mode=0o666)
