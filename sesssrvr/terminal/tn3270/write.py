"""The Write commands: write control character, erase, orders, keyboard.

Law: the orders are read whole before anything is erased or written. A Write whose orders are bad
changes nothing, except that it restores the keyboard if its WCC says so, as s3270 does: the host
has given the turn away. What is shown is stale then, until the host writes a whole screen or
the operator asks again. GA23-0059, chapter "Commands".
Tested in `tests/sesssrvr/terminal/tn3270/test_terminal.py`.
"""

from collections.abc import Sequence

from sesssrvr.terminal.faults import COMMAND_REJECT, DataStreamError
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.display import FIELD_MODE, Display3270
from sesssrvr.terminal.tn3270.orders import ModifyField, WriteStep, read_orders
from sesssrvr.terminal.tn3270.writer import Writer


# Write control character (GA23-0059, "Write control character").
RESET_PARTITION, SOUND_ALARM, RESTORE_KEYBOARD, RESET_MODIFIED = 0x40, 0x04, 0x02, 0x01


def write(display: Display3270, record: bytes, size: tuple[int, int] | None = None) -> None:
    """Obey a Write; first erase to a size if one is given.

    Raises:
        DataStreamError: see the law.
    """
    if len(record) < 2:  # noqa: PLR2004 - command and WCC
        raise DataStreamError(0, "a Write has no write control character", COMMAND_REJECT)
    wcc = record[1]
    stale, display.stale = display.stale and size is None, True
    cells = size[0] * size[1] if size else display.buffer.size
    try:
        steps = read_orders(record, 2, cells, wide=display.wide)
        if orders.MF in record and any(type(step) is ModifyField for step in steps):
            _try(display, steps, wcc, size)
        else:
            _apply(display, steps, wcc, size)
        if wcc & SOUND_ALARM:
            display.alarm += 1
        display.stale = stale
    finally:
        display.version += 1
        if wcc & RESTORE_KEYBOARD:
            display.unlock()
        else:
            display.wake()


def _apply(
    display: Display3270, steps: Sequence[WriteStep], wcc: int, size: tuple[int, int] | None
) -> None:
    if size is not None:
        display.erase(size)
        if wcc & RESET_PARTITION:
            display.reply_mode, display.reply_types = FIELD_MODE, b""
    elif wcc & RESET_MODIFIED:
        display.buffer.clear_modified()
    Writer(display).run(steps)


def _try(
    display: Display3270, steps: Sequence[WriteStep], wcc: int, size: tuple[int, int] | None
) -> None:
    """Whether an MF is good shows only as it is obeyed: if it is not, all is as before."""
    buffer, cursor, at = display.buffer.copy(), display.cursor, display.buffer_address
    mode = display.reply_mode, display.reply_types
    try:
        _apply(display, steps, wcc, size)
    except DataStreamError:
        display.buffer.adopt(buffer)
        display.cursor, display.buffer_address = cursor, at
        display.reply_mode, display.reply_types = mode
        raise
