"""Files named on the command line, read with a limit."""

from pathlib import Path
from typing import Final

from verdigris.errors import CannotRead


MAX_FILE: Final = 64 * 1024 * 1024
"""Bytes of one file: as large as a message between the processes may be."""


def read_file(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        CannotRead: it is not there, not readable, or too large.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise CannotRead(file=path, reason=f"it is larger than {MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as problem:
        raise CannotRead(file=path, reason=problem.strerror or str(problem)) from None
