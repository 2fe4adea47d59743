"""Spool of a request body: kept in memory at first, then in a temporary file.

Law (tests/field/faults/test_full_disk.py): all spools of a process together take `MOST` bytes of the
temporary folder; a body for which there is no room is an OSError, and costs no other request anything.
"""

from contextlib import suppress
from errno import ENOSPC
from tempfile import SpooledTemporaryFile
from typing import ClassVar, Final


IN_MEMORY: Final = 256 * 1024
"""Bytes of a body kept in memory while it comes; more goes to a temporary file."""

MOST: Final = 512 * 1024 * 1024
"""Bytes of all spools: 128 bodies of the default maximum size, while they arrive."""


class Spool:
    """One body, while it arrives."""

    total: ClassVar[int] = 0
    """Bytes of all spools of this process."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - see close
        self._size = 0

    def __repr__(self) -> str:
        return f"<Spool [{self._size} bytes of {Spool.total}]>"

    def write(self, piece: bytes) -> None:
        """Keep a piece.

        Raises:
            OSError: there is no room for it.
        """
        if Spool.total + len(piece) > MOST:
            raise OSError(ENOSPC, "the spools of this process have no room")
        Spool.total += len(piece)
        self._size += len(piece)
        self._file.write(piece)

    def read(self) -> bytes:
        """Everything kept."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Release it."""
        Spool.total -= self._size
        self._size = 0
        with suppress(OSError):  # it may have to write what it could not before
            self._file.close()
