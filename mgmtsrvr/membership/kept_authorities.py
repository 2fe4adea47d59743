"""The authorities' files of one management server, kept as those of the others.

Law (tests/mgmtsrvr/test_kept_authorities.py): every management server holds certificate and key of each
authority that the installation lists and another management server has, however many replacements there
were; certificate and key are written as a pair, and an authority that is not listed is never written.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from mgmtsrvr.membership.newcomer_files import AUTHORITY
from verdigris.config.atomic import write_file
from verdigris.identity.authority import CERTIFICATE, KEY, NEXT
from verdigris.identity.certificates import fingerprint
from verdigris.identity.material import public_bytes


Pair = tuple[bytes, bytes]
"""Certificate and key, PEM."""


def keep(folder: Path, found: Mapping[str, bytes], listed: Sequence[str]) -> None:
    """Keep the authorities that another management server has and this one lacks.

    Args:
        folder: of the authorities here: one, and in its folder `next` the one that takes its place.
        found: files of the other management server, by `authorities`.
        listed: fingerprints of the authorities that the installation lists.

    Raises:
        CannotWrite: a file is as it was.
    """
    _settle(folder, listed)
    for place in (AUTHORITY, f"{AUTHORITY}/{NEXT}"):
        pair = found.get(f"{place}/{CERTIFICATE}", b""), found.get(f"{place}/{KEY}", b"")
        held = {one: _name(_read(one)) for one in (folder, folder / NEXT)}
        free = [one for one, name in held.items() if name not in listed]
        if free and _name(pair) in set(listed) - set(held.values()):
            _write(free[0], pair)


def _settle(folder: Path, listed: Sequence[str]) -> None:
    """Put the next authority in its place, once the one before is not listed any more."""
    following = _read(folder / NEXT)
    if _name(_read(folder)) not in listed and _name(following) in listed:
        _write(folder, following)
        for name in (KEY, CERTIFICATE):
            (folder / NEXT / name).unlink(missing_ok=True)


def _read(folder: Path) -> Pair:
    try:
        return (folder / CERTIFICATE).read_bytes(), (folder / KEY).read_bytes()
    except OSError:
        return b"", b""


def _name(pair: Pair) -> str:
    """The fingerprint of an authority; "" if certificate and key are none, or no pair."""
    try:
        certificate, key = (
            load_pem_x509_certificate(pair[0]),
            load_pem_private_key(pair[1], None),
        )
    except (ValueError, TypeError):
        return ""
    return fingerprint(certificate) if public_bytes(key) == public_bytes(certificate) else ""


def _write(folder: Path, pair: Pair) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file(folder / KEY, pair[1])
    write_file(folder / CERTIFICATE, pair[0], mode=0o644)
