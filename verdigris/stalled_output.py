"""Output of a log that may stall: the process goes on, and says afterwards how much it dropped.

A pipe whose reader has stopped (a stuck `| logger`, a stopped log driver) takes 64 KB and then
blocks the writer. Law (tests/field/faults/test_stalled_log.py): a line is written at once where that
cannot block; else it waits, up to `MOST` bytes of lines, for a thread to write it. Order is kept.
"""

import atexit
import os
import select
from collections import deque
from threading import Condition, Thread
from typing import Final, TextIO


MOST: Final = 1024 * 1024
"""Bytes of lines that wait; further ones are dropped, and counted."""

AT_ONCE: Final = 4096
"""Bytes that a pipe takes without blocking when it says that it takes any (PIPE_BUF, pipe(7))."""

AT_END: Final = 1.0
"""Seconds the last lines have at the end of the process."""


class StalledOutput:
    """A stream of lines.

    Args:
        fd: the file descriptor to write to.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._poll = select.poll()
        self._poll.register(fd, select.POLLOUT)
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0
        self._ready = Condition()
        self._thread: Thread | None = None

    def __repr__(self) -> str:
        return (
            f"<StalledOutput {self._fd} [{self._size} bytes wait, {self._dropped} lines dropped]>"
        )

    def write(self, line: str) -> None:
        """Write a line, or keep it to be written, or drop it.

        Raises:
            OSError: the other end is closed.
        """
        data = line.encode("utf-8", "backslashreplace")
        with self._ready:
            if self._waiting and self._size + len(data) > MOST:
                self._dropped += 1
                return
            if self._dropped:
                note = (
                    f"... {self._dropped} lines of the log were dropped: its reader did not read\n"
                )
                data, self._dropped = note.encode() + data, 0
            if not self._waiting:
                data = self._written(data)
            if not data:
                return
            self._keep(data)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="log", daemon=True)
                self._thread.start()
                atexit.register(self.drain, AT_END)
            self._ready.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait for what is kept to be written; whether it is."""
        with self._ready:
            return self._ready.wait_for(lambda: not self._waiting, seconds)

    def _keep(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)

    def _written(self, data: bytes) -> bytes:
        """Write what cannot block; what is left."""
        while data and self._poll.poll(0):
            data = data[os.write(self._fd, data[:AT_ONCE]) :]
        return data

    def _run(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._waiting)
                data = self._waiting[0]
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                self._poll.poll()
                with self._ready:
                    self._waiting[0] = data
                continue
            except OSError:
                pass  # a closed output is nobody's problem
            with self._ready:
                self._size -= len(self._waiting.popleft())
                if not self._waiting:
                    self._size = 0
                    self._ready.notify_all()


def output_to(stream: TextIO) -> StalledOutput | TextIO:
    """The output to a stream; the stream itself if it is not one of the operating system's."""
    try:
        return StalledOutput(stream.fileno()) if hasattr(select, "poll") else stream
    except (OSError, ValueError, AttributeError):
        return stream
