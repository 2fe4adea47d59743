"""A file encrypted with a passphrase, written and read in order.

Law (tests/mgmtsrvr/backup/test_sealed.py): whatever is changed, left out, moved or put in between is
found before it is used, the cutting off of an end included.

Form: `MAGIC`, 16 bytes of salt, then pieces of `PIECE` bytes, the last one shorter, each sealed with
AES-256-GCM (16 bytes longer). The key is made of passphrase and salt by Argon2id (RFC 9106: 64 MiB, 3
passes), so that it is used for one file. The nonce counts the pieces, and its last byte marks the last
one, as in STREAM (Hoang, Reyhanitabar, Rogaway, Vizar, 2015).
"""

import io
import secrets
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


MAGIC: Final = b"verdigris backup 1, sealed\n"
SALT: Final = 16
PIECE: Final = 64 * 1024
TAG: Final = 16


class Broken(ValueError):
    """What was read is not what was written with this passphrase.

    Args:
        first: whether not even the first piece could be opened.
    """

    def __init__(self, *, first: bool) -> None:
        self.first = first
        super().__init__("a piece of it was changed or is missing")


class SealingWriter(io.RawIOBase):
    """Seals what is written into another file; `close` writes the last piece.

    Args:
        file: takes it; stays open.
        passphrase: of the person.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        salt = secrets.token_bytes(SALT)
        self._cipher = AESGCM(_key(passphrase, salt))
        self._waiting = bytearray()
        self._number = 0
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Take data."""
        given = bytes(data)  # type: ignore[call-overload] # any buffer
        self._waiting += given
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(given)

    def close(self) -> None:
        """Write the last piece."""
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, MAGIC))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Reads what a `SealingWriter` has written.

    Args:
        file: behind `MAGIC`.
        passphrase: with which it was sealed.

    Raises:
        Broken: while reading.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        salt = file.read(SALT)
        if len(salt) < SALT:
            raise Broken(first=True)
        self._cipher = AESGCM(_key(passphrase, salt))
        self._number = 0
        self._next = file.read(PIECE + TAG)
        self._ready = b""
        self._over = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read some of it.

        Raises:
            Broken: it was changed.
        """
        room = memoryview(buffer)  # type: ignore[arg-type] # any buffer
        while not self._ready and not self._over:
            self._open()
        given = self._ready[: len(room)]
        room[: len(given)] = given
        self._ready = self._ready[len(given) :]
        return len(given)

    def _open(self) -> None:
        piece, self._next = self._next, self._file.read(PIECE + TAG)
        last = not self._next
        try:
            nonce = _nonce(self._number, last=last)
            self._ready = self._cipher.decrypt(nonce, piece, MAGIC)
        except (InvalidTag, ValueError):
            raise Broken(first=self._number == 0) from None
        self._number += 1
        self._over = last


def _key(passphrase: str, salt: bytes) -> bytes:
    maker = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024)
    return maker.derive(passphrase.encode())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
