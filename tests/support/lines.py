"""Lines that a child process prints, awaited within limits."""

import subprocess
import threading
from typing import IO, Any


LIMIT = 60.0
"""Seconds a line may take: far more than a start takes on a busy machine."""


def next_line(
    process: "subprocess.Popen[Any]", stream: IO[Any] | None = None, seconds: float = LIMIT
) -> Any:
    """The next line of its standard output, or of another stream; a process without one is killed.

    Empty at the stream's end, as that of a process that was killed.
    """
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    try:
        found = stream if stream is not None else process.stdout
        assert found is not None
        return found.readline()
    finally:
        watchdog.cancel()
