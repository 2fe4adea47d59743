"""Seconds of a clock that nobody sets and that counts while the machine is suspended: for leases.

The event loop's own time is that of the calendar, which people and time servers set.
"""

import sys
import time


def seconds() -> float:
    """The time; only differences mean something."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
