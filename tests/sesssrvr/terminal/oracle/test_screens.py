"""The same records to Debian's s3270 and to our terminal: the same screens (facts: terminals, 3)."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest


pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[4]
SEED = int(os.environ.get("VERDIGRIS_SEED", "3270"))
# All that are run; `scripts/sweep-3270` runs 10,000, and again those it is given.
SEQUENCES = int(os.environ.get("VERDIGRIS_SWEEP", "312"))
AGAIN = os.environ.get("VERDIGRIS_AGAIN", "")

# Rows, columns and the share of all sequences in 48ths; screens of 16,000 cells take longest.
SIZES: dict[str, tuple[int, int, int]] = {
    "2": (24, 80, 12),
    "3": (32, 80, 8),
    "4": (43, 80, 12),
    "5": (27, 132, 8),
    "160x62": (62, 160, 2),
    "160x102": (102, 160, 1),
}


@pytest.mark.parametrize("size", SIZES)
def test_random_records_leave_the_same_screen(size: str, peer: Any, line: Any, oracle: Any) -> None:
    """Fields, cursor, text, Read Buffer and Read Modified, after every record, in both reply modes."""
    rows, columns, share = SIZES[size]
    model = 2 if "x" in size else int(size)
    oversize = ("-oversize", size) if "x" in size else ()
    theirs = peer("-utf8", "-model", f"3279-{model}-E", *oversize)
    ours = line(model=model, oversize=(rows, columns) if oversize else None)

    def differs(sequence: Any) -> str:
        found: str = oracle.difference(sequence, theirs, ours)
        return found

    if AGAIN:
        where, _, word = AGAIN.partition(":")
        if where == size:
            assert not differs(oracle.unspelled(word))
        return
    accepted: Counter[str] = Counter()
    for number in range(SEQUENCES * share // 48):
        maker = oracle.Maker(SEED * 1_000_000 + rows * 20_000 + number, rows * columns)
        names, small, why = oracle.judged(maker.sequence(), (rows, columns), differs)
        accepted.update(names)
        if small:
            pytest.fail(
                f"sequence {number}: {why}\nscripts/sweep-3270 again {size}:{oracle.spelled(small)}"
            )
    print(f"{size}: {SEQUENCES * share // 48} sequences, accepted: {dict(accepted)}")  # noqa: T201 - the sweep shows it


def test_what_s3270_may_do_otherwise_is_written_down(oracle: Any) -> None:
    page = (ROOT / "docs/behaviour/3270.md").read_text()
    for one in oracle.accepted:
        assert f"| {one.name} | {one.manual}" in page


def test_a_difference_that_is_not_in_the_table_is_found_and_made_small(
    peer: Any, line: Any, oracle: Any
) -> None:
    """The judge judged: another character in one place is told, with little around it."""
    theirs, ours = peer("-utf8", "-model", "3279-2-E"), line()
    host = ours.host
    ours.host = lambda record: host(record.replace(b"\xa7", b"\xa6"))

    def differs(sequence: Any) -> str:
        found: str = oracle.difference(sequence, theirs, ours)
        return found

    makers = (oracle.Maker(number, 24 * 80) for number in range(50))
    sequence = next(
        one for maker in makers if b"\xa7" in b"".join(map(b"".join, one := maker.sequence()))
    )
    _, small, why = oracle.judged(sequence, (24, 80), differs)
    assert len(oracle.spelled(small)) < 60
    assert "Read" in why
