"""One record of a 5250 host must not hold the event loop: what its orders may fill is bounded.

The kind was found with 3270 records of 100,000 RA (3.6 s in one turn); no display program needs to fill a
screen hundreds of times in one Write To Display (SC30-3533, "Write to Display").
"""

import pytest

from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.orders import SCREENS_FILLED, Orders
from sesssrvr.terminal.tn5250.reader import RecordReader


SIZE = (24, 80)
FILL = bytes((codes.SBA, 1, 1, codes.RA, 24, 80, 0x40))
ERASE = bytes((codes.SBA, 1, 1, codes.EA, 24, 80, 2, 0xFF))


def read(data):
    return Orders(RecordReader(data), SIZE).read()


@pytest.mark.parametrize("order", [FILL, ERASE], ids=["RA", "EA"])
def test_a_write_fills_the_display_as_often_as_any_program_needs(order):
    assert len(read(order * SCREENS_FILLED)) == SCREENS_FILLED


@pytest.mark.parametrize("order", [FILL, ERASE], ids=["RA", "EA"])
def test_a_write_that_fills_it_more_often_is_refused_before_a_cell_changes(order):
    with pytest.raises(DataStreamError, match=f"more than {SCREENS_FILLED} times"):
        read(order * 9_000)


def test_a_repeat_for_every_cell_is_taken():
    one = bytes((codes.RA, 24, 80, 0x40))
    cells = b"".join(
        bytes((codes.SBA, row, column, codes.RA, row, column, 0x5C))
        for row in range(1, 25)
        for column in range(1, 81)
    )
    assert len(read(cells + bytes((codes.SBA, 1, 1)) + one)) == 24 * 80 + 1
