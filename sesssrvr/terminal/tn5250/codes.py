"""Codes of the 5250 data stream, and the sense of what a display refuses.

Codes only; what they mean is done elsewhere. IBM SC30-3533, "5494 Functions Reference", and
its predecessor SA21-9247; RFC 1205 for records.
"""

from typing import Final

from sesssrvr.terminal.faults import DataStreamError


ESC: Final = 0x04  # before every command

# Commands.
SAVE_SCREEN, SAVE_PARTIAL = 0x02, 0x03
WRITE_TO_DISPLAY = 0x11
RESTORE_SCREEN, RESTORE_PARTIAL = 0x12, 0x13
CLEAR_UNIT_ALTERNATE, CLEAR_UNIT, CLEAR_FORMAT_TABLE = 0x20, 0x40, 0x50
WRITE_ERROR_CODE, WRITE_ERROR_CODE_WINDOW = 0x21, 0x22
ROLL = 0x23
READ_INPUT, READ_MDT, READ_MDT_ALTERNATE = 0x42, 0x52, 0x82
READ_IMMEDIATE, READ_MDT_IMMEDIATE_ALTERNATE = 0x72, 0x83
READ_SCREEN, READ_SCREEN_EXTENDED, READ_SCREEN_PRINT, READ_SCREEN_PRINT_EXTENDED = (
    0x62,
    0x64,
    0x66,
    0x68,
)
WRITE_STRUCTURED_FIELD = 0xF3

# Orders of a Write To Display. TEXT is the key of data in our own tables.
TEXT = 0x00
SOH, RA, EA, TD, SBA, WEA, IC, MC, WDSF, SF = (
    0x01,
    0x02,
    0x03,
    0x10,
    0x11,
    0x12,
    0x13,
    0x14,
    0x15,
    0x1D,
)
# Codes below X'20' that are data all the same: null, shift out and in, duplicate, field mark.
NULL, SHIFT_OUT, SHIFT_IN, DUP, FIELD_MARK = 0x00, 0x0E, 0x0F, 0x1C, 0x1E

SPACE: Final = 0x40
ATTRIBUTES: Final = range(0x20, 0x40)
"""Screen attributes: they take a cell of the display, and show as a blank."""
NORMAL: Final = 0x20
NON_DISPLAY: Final = 0x07  # all three low bits

# Control characters (SC30-3533, "Control Character Byte"): the first by its three high bits.
CC1_LOCK: Final = 0xE0  # any of them
CC2_MESSAGE_ON, CC2_MESSAGE_OFF, CC2_ALARM, CC2_UNLOCK, CC2_KEEP_CURSOR = (
    0x01,
    0x02,
    0x04,
    0x08,
    0x40,
)

# Structured fields.
CLASS_5250: Final = 0xD9
QUERY, QUERY_STATION = 0x70, 0x72
CREATE_WINDOW: Final = 0x51
# Kinds of WDSF that take away, or steer, what is not kept apart from the display here.
WITHOUT_EFFECT: Final = frozenset((0x52, 0x55, 0x58, 0x59, 0x5A, 0x5B, 0x5F, 0x60, 0x61))

# Sense of a negative response (SC30-3533, "Negative responses"; RFC 1205 section 4).
COMMAND_NOT_VALID: Final = 0x10030101
CLEAR_PARAMETER_NOT_VALID: Final = 0x10030105
PAST_RECORD_END: Final = 0x10050121
ADDRESS_NOT_VALID: Final = 0x10050122
RA_BACKWARDS: Final = 0x10050123
FIELD_NOT_VALID: Final = 0x10050126
FIELD_PAST_END: Final = 0x10050128
WRITE_PAST_END: Final = 0x1005012A
SOH_NOT_VALID: Final = 0x1005012B
ROLL_NOT_VALID: Final = 0x1005012C
NO_ESCAPE: Final = 0x10050131
STRUCTURED_FIELD_NOT_VALID: Final = 0x10050147
ORDER_NOT_VALID: Final = 0x10050111


def refuse(offset: int, problem: str, sense: int) -> DataStreamError:
    """The error for a record that is not obeyed; `sense` goes to the host."""
    return DataStreamError(offset, problem, sense)
