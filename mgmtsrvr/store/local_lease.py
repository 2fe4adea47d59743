"""Leases of one machine: a lock that the system ends with its process, and a number that grows.

Law (tests/mgmtsrvr/store/test_contract.py): at most one process holds the lock; each holder's number is
greater than that of every holder before, also over restarts.
"""

import os
from collections.abc import Callable
from pathlib import Path

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite


try:
    import fcntl
except ImportError:  # Windows: two processes on one machine do not exclude each other there
    fcntl = None  # type: ignore[assignment] # the module is optional


class LocalLease:
    """A lease that is held until it is given up or the process ends.

    Args:
        number: see `mgmtsrvr.store.base.Lease`.
        end: gives it up.
    """

    def __init__(self, number: int, end: Callable[[], None]) -> None:
        self.number = number
        self.held = True
        self._end = end

    def __repr__(self) -> str:
        return f"<LocalLease {self.number} {'held' if self.held else 'given up'}>"

    async def release(self) -> None:
        """See `mgmtsrvr.store.base.Lease`."""
        if self.held:
            self.held = False
            self._end()


def take_lease(file: Path) -> LocalLease | None:
    """The lease whose number is kept in a file; None while another holds it.

    Raises:
        CannotWrite: the file cannot be written.
    """
    lock = file.with_name(f".{file.name}.lock")
    try:
        handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as problem:
        raise CannotWrite(file=lock, reason=problem.strerror or str(problem)) from None
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        number = _last(file) + 1
        write_file(file, f"{number}\n".encode())
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return LocalLease(number, lambda: os.close(handle))


def _last(file: Path) -> int:
    try:
        return int(file.read_text("ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as problem:
        reason = f"it does not hold the number of the last lease ({problem})"
        raise CannotWrite(file=file, reason=reason) from None
