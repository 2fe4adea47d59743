"""How many rows of a list each session server is to have. Pure.

Law (tests/mgmtsrvr/row_shares/test_shares.py): the shares are as many rows as there are, or as many as
are wanted; no server has less than it uses; what servers need for clients comes before what they keep
ready, and that before what their pools might grow to. Within a level the one with the fewest rows is
served first, so that none is left without while another has plenty.
"""

from collections.abc import Mapping
from typing import Final

from verdigris.wire import RowNeed


LEVELS: Final = ("needed", "ready", "maximum")
"""In the order in which they are served."""


def shares(rows: int, needs: Mapping[str, RowNeed]) -> dict[str, int]:
    """The number of rows of each server.

    Args:
        rows: all rows that these servers have or may have.
        needs: by server.
    """
    found = {server: need.used for server, need in needs.items()}
    for level in LEVELS:
        caps = {server: max(found[server], getattr(need, level)) for server, need in needs.items()}
        found = _filled(found, caps, rows - sum(found.values()))
    return found


def _filled(now: Mapping[str, int], caps: Mapping[str, int], left: int) -> dict[str, int]:
    """Shares raised towards their caps by what is left, the smallest first."""
    low, high = 0, max(caps.values(), default=0)
    while low < high:  # the highest level that all can be raised to
        middle = (low + high + 1) // 2
        cost = sum(_raised(now[server], caps[server], middle) - now[server] for server in now)
        low, high = (middle, high) if cost <= left else (low, middle - 1)
    found = {server: _raised(now[server], caps[server], low) for server in now}
    rest = max(0, left - sum(found.values()) + sum(now.values()))
    for server in sorted(found):
        if rest and found[server] < caps[server] and found[server] == low:
            found[server] += 1
            rest -= 1
    return found


def _raised(now: int, cap: int, level: int) -> int:
    return min(cap, max(now, level))
