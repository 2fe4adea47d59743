"""Counts that several processes keep together: how often a client came, which digests were used, who guesses.

Law: whoever counts holds the lock of the row it counts in, and the system takes the lock from a
process that ends; so every count is made once, whatever happens to a worker. Names are kept as keyed
digests only. A count is a few microseconds and never waits for another process's event loop.
"""

import mmap
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import Final


try:
    import fcntl
except ImportError:  # no Unix: a gateway has one process there, and no tally
    fcntl = None  # type: ignore[assignment] # as said

WAYS: Final = 16
"""Entries of a row: a name has one row, and its place there is looked for."""

CLIENT_ROWS: Final = 1_024
"""16,384 clients: those that were quiet for a second are forgotten, and lose nothing by it."""

DIGEST_ROWS: Final = 16_384
"""262,144 digests in ten minutes; with 100,000 of them one in ten thousand finds its row full."""

TALLY_ROWS: Final = 1_024
"""16,384 names that are counted: those counted longest ago give way."""

_ENTRY: Final = Struct("=16sdd")
_ROW: Final = WAYS * _ENTRY.size
_HEAD: Final = 4_096
_SECRET: Final = 32
_TALLIES: Final = CLIENT_ROWS + DIGEST_ROWS


def occupy(file: int, size: int) -> None:
    """Give a file that is to be mapped all its room: a page without any ends the process (SIGBUS).

    Raises:
        OSError: the disk has no room for it.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.truncate(file, size)


class SharedCounters:
    """One table of counts, in a file that is mapped into every worker.

    Args:
        path: of the file, made by `make` and removed with its folder.

    Attributes:
        secret: random bytes that all workers of one parent have in common, and nobody else has.

    Raises:
        OSError: it cannot be mapped.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._file, 0)
        self.secret = bytes(self._memory[:_SECRET])

    def __repr__(self) -> str:
        return f"<SharedCounters [{len(self._memory) // 1024} KiB]>"

    @staticmethod
    def make(path: Path) -> None:
        """Make the file, for this user only.

        Raises:
            OSError: the disk has no room for it.
        """
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.write(file, secrets.token_bytes(_SECRET))
        occupy(file, _HEAD + (CLIENT_ROWS + DIGEST_ROWS + TALLY_ROWS) * _ROW)
        os.close(file)

    def close(self) -> None:
        """Let go of it."""
        self._memory.close()
        os.close(self._file)

    def take(self, client: str, rate: int, now: float) -> bool:
        """Take a request from a client's bucket, which holds `rate` and is filled in a second.

        Args:
            client: its address.
            rate: requests a second.
            now: seconds by the machine's monotonic clock, which all processes share.

        Returns:
            False if the bucket is empty.
        """
        key = self._key(b"client", client.encode())
        with self._row(key, 0, CLIENT_ROWS) as row:
            place = self._find(row, key)
            left = float(rate)
            if place is None:
                place = self._oldest(row)
            else:
                _, kept, full = _ENTRY.unpack_from(self._memory, place)
                left = min(left, kept + (now - (full - 1)) * rate)
            taken = left >= 1
            _ENTRY.pack_into(self._memory, place, key, left - taken, now + 1)
            return taken

    def first(self, name: bytes, now: float, until: float) -> bool:
        """Whether a name is met for the first time; it is not any more afterwards.

        Args:
            name: what is to be used once.
            now: seconds since 1970.
            until: when it is forgotten.

        Returns:
            False as well if there is no room: nothing is forgotten early.
        """
        key = self._key(b"digest", name)
        with self._row(key, CLIENT_ROWS, DIGEST_ROWS) as row:
            place = self._find(row, key)
            if place is None:
                place = self._oldest(row)
            if _ENTRY.unpack_from(self._memory, place)[2] > now:
                return False
            _ENTRY.pack_into(self._memory, place, key, 0.0, until)
            return True

    def tally(self, name: bytes, now: float, forgotten: float) -> None:
        """Count a name.

        Args:
            name: what is counted.
            now: seconds by the machine's monotonic clock.
            forgotten: seconds after the last count at which it begins anew.
        """
        key = self._key(b"tally", name)
        with self._row(key, _TALLIES, TALLY_ROWS) as row:
            place = self._find(row, key)
            count = 0.0
            if place is None:
                place = self._oldest(row)
            else:
                _, kept, latest = _ENTRY.unpack_from(self._memory, place)
                count = 0.0 if now - latest > forgotten else kept
            _ENTRY.pack_into(self._memory, place, key, count + 1, now)

    def tallied(self, name: bytes) -> tuple[int, float]:
        """How often a name was counted, and when last; (0, 0) if it never was."""
        key = self._key(b"tally", name)
        with self._row(key, _TALLIES, TALLY_ROWS) as row:
            place = self._find(row, key)
            if place is None:
                return 0, 0.0
            _, count, latest = _ENTRY.unpack_from(self._memory, place)
            return int(count), latest

    def untally(self, name: bytes) -> None:
        """Forget how often a name was counted."""
        key = self._key(b"tally", name)
        with self._row(key, _TALLIES, TALLY_ROWS) as row:
            place = self._find(row, key)
            if place is not None:
                _ENTRY.pack_into(self._memory, place, bytes(16), 0.0, 0.0)

    def _key(self, kind: bytes, name: bytes) -> bytes:
        return blake2b(name, key=self.secret, person=kind, digest_size=16).digest()

    @contextmanager
    def _row(self, key: bytes, first: int, rows: int) -> Iterator[int]:
        """The offset of a key's row, locked against every other process."""
        row = _HEAD + (first + int.from_bytes(key[:8]) % rows) * _ROW
        fcntl.lockf(self._file, fcntl.LOCK_EX, _ROW, row)
        try:
            yield row
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _ROW, row)

    def _find(self, row: int, key: bytes) -> int | None:
        for place in range(row, row + _ROW, _ENTRY.size):
            if self._memory[place : place + 16] == key:
                return place
        return None

    def _oldest(self, row: int) -> int:
        places = range(row, row + _ROW, _ENTRY.size)
        return min(places, key=lambda place: float(_ENTRY.unpack_from(self._memory, place)[2]))
