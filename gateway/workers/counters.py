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
"""16,384 names that are counted, once for wrong passwords and once for logins: those counted longest ago give way."""

_ENTRY: Final = Struct("=16sdd")
_ROW: Final = WAYS * _ENTRY.size
_HEAD: Final = 4_096
_SECRET: Final = 32
_WRONG: Final = CLIENT_ROWS + DIGEST_ROWS
_KNOWN: Final = _WRONG + TALLY_ROWS


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
        wrong: counts of wrong passwords.
        known: counts of logins.

    Raises:
        OSError: it cannot be mapped.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.memory = mmap.mmap(self._file, 0)
        self.secret = bytes(self.memory[:_SECRET])
        self.wrong = SharedTallies(self, b"wrong", _WRONG)
        self.known = SharedTallies(self, b"known", _KNOWN)

    def __repr__(self) -> str:
        return f"<SharedCounters [{len(self.memory) // 1024} KiB]>"

    @staticmethod
    def make(path: Path) -> None:
        """Make the file, for this user only.

        Raises:
            OSError: the disk has no room for it.
        """
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.write(file, secrets.token_bytes(_SECRET))
        occupy(file, _HEAD + (_KNOWN + TALLY_ROWS) * _ROW)
        os.close(file)

    def close(self) -> None:
        """Let go of it."""
        self.memory.close()
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
        key = self.key(b"client", client.encode())
        with self.row(key, 0, CLIENT_ROWS) as row:
            place = self.find(row, key)
            left = float(rate)
            if place is None:
                place = self.oldest(row)
            else:
                _, kept, full = _ENTRY.unpack_from(self.memory, place)
                left = min(left, kept + (now - (full - 1)) * rate)
            taken = left >= 1
            _ENTRY.pack_into(self.memory, place, key, left - taken, now + 1)
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
        key = self.key(b"digest", name)
        with self.row(key, CLIENT_ROWS, DIGEST_ROWS) as row:
            place = self.find(row, key)
            if place is None:
                place = self.oldest(row)
            if _ENTRY.unpack_from(self.memory, place)[2] > now:
                return False
            _ENTRY.pack_into(self.memory, place, key, 0.0, until)
            return True

    def key(self, kind: bytes, name: bytes) -> bytes:
        """What stands for a name: nothing can be found out from it without the secret."""
        return blake2b(name, key=self.secret, person=kind, digest_size=16).digest()

    @contextmanager
    def row(self, key: bytes, first: int, rows: int) -> Iterator[int]:
        """The offset of a key's row, locked against every other process."""
        row = _HEAD + (first + int.from_bytes(key[:8]) % rows) * _ROW
        fcntl.lockf(self._file, fcntl.LOCK_EX, _ROW, row)
        try:
            yield row
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _ROW, row)

    def find(self, row: int, key: bytes) -> int | None:
        """The place of a key in its row, if it has one."""
        for place in range(row, row + _ROW, _ENTRY.size):
            if self.memory[place : place + 16] == key:
                return place
        return None

    def oldest(self, row: int) -> int:
        """The place in a row that gives way."""
        places = range(row, row + _ROW, _ENTRY.size)
        return min(places, key=lambda place: float(_ENTRY.unpack_from(self.memory, place)[2]))


class SharedTallies:
    """Counts of names, as `verdigris.credential_checks.Tallies`, that all workers keep together.

    Args:
        counters: whose file has them.
        kind: tells their names from others.
        first: row.
    """

    def __init__(self, counters: SharedCounters, kind: bytes, first: int) -> None:
        self._counters = counters
        self._kind = kind
        self._first = first

    def __repr__(self) -> str:
        return f"<SharedTallies {self._kind.decode()}>"

    def tally(self, name: bytes, now: float, forgotten: float) -> None:
        """Count a name.

        Args:
            name: what is counted.
            now: seconds by the machine's monotonic clock.
            forgotten: seconds after the last count at which it begins anew.
        """
        with self._entry(name) as (row, key, place):
            count = 0.0
            if place is not None:
                _, kept, latest = _ENTRY.unpack_from(self._counters.memory, place)
                count = 0.0 if now - latest > forgotten else kept
            where = self._counters.oldest(row) if place is None else place
            _ENTRY.pack_into(self._counters.memory, where, key, count + 1, now)

    def tallied(self, name: bytes) -> tuple[int, float]:
        """How often a name was counted, and when last; (0, 0) if it never was."""
        with self._entry(name) as (_, _, place):
            if place is None:
                return 0, 0.0
            _, count, latest = _ENTRY.unpack_from(self._counters.memory, place)
            return int(count), latest

    def recant(self, name: bytes) -> None:
        """Count a name once less."""
        with self._entry(name) as (_, key, place):
            if place is not None:
                _, count, latest = _ENTRY.unpack_from(self._counters.memory, place)
                if count > 1:
                    _ENTRY.pack_into(self._counters.memory, place, key, count - 1, latest)
                else:
                    _ENTRY.pack_into(self._counters.memory, place, bytes(16), 0.0, 0.0)

    def untally(self, name: bytes) -> None:
        """Forget how often a name was counted."""
        with self._entry(name) as (_, _, place):
            if place is not None:
                _ENTRY.pack_into(self._counters.memory, place, bytes(16), 0.0, 0.0)

    @contextmanager
    def _entry(self, name: bytes) -> Iterator[tuple[int, bytes, int | None]]:
        """A name's row, locked; its key, and its place there."""
        key = self._counters.key(self._kind, name)
        with self._counters.row(key, self._first, TALLY_ROWS) as row:
            yield row, key, self._counters.find(row, key)
