"""The clock of a process: one that does not jump when somebody sets the machine's time."""

import time
from typing import Any


def steady(reactor: Any) -> None:
    """Make a reactor measure time by the monotonic clock; call it before anything is scheduled.

    Twisted's own reactors use the wall clock, whose jumps would end heartbeats and deadlines early
    or late.
    """
    reactor.seconds = time.monotonic
