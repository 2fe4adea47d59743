"""Reads and obeys the commands of one record.

Law: the record is read whole before the first command is obeyed, so that a record with an error
changes nothing. A command that asks for data at once is answered; one that waits for the operator
is kept as the display's pending read. SC30-3533, "5250 data stream commands".
Tested in `tests/sesssrvr/terminal/tn5250/test_properties.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from sesssrvr.terminal.tn5250 import codes, inbound, query, saving
from sesssrvr.terminal.tn5250.codes import refuse
from sesssrvr.terminal.tn5250.display import NORMAL_SIZE, WIDE_SIZE, Display5250, Read
from sesssrvr.terminal.tn5250.orders import Orders
from sesssrvr.terminal.tn5250.query import Device5250
from sesssrvr.terminal.tn5250.reader import RecordReader
from sesssrvr.terminal.tn5250.record import AS_RECEIVED, NO_OPERATION, SAVE
from sesssrvr.terminal.tn5250.redact import both
from sesssrvr.terminal.tn5250.roll import Roll, read_roll
from sesssrvr.terminal.tn5250.writer import write


Answer: TypeAlias = tuple[int, bytes, bytes]
"""Operation code and data of a record for the host, and the data with hidden text masked."""
Doing: TypeAlias = Callable[[Display5250], Answer | None]
"""A command that has been read: obeys it, and gives what is to be sent."""

KEEP_IMAGE: Final = 0x80  # Clear Unit Alternate: an image is kept that we do not have
PARTIAL_PARAMETERS: Final = 5  # flag, row, column, rows, columns
MAX_ERROR_TEXT: Final = 132
# Hosts send a handful of commands in a record, and ask once: a record buys no more than this.
MAX_COMMANDS: Final = 256
MAX_ANSWERS: Final = 8
_ANSWERED: Final = frozenset(
    (
        codes.READ_IMMEDIATE, codes.READ_MDT_IMMEDIATE_ALTERNATE, codes.READ_SCREEN,
        codes.READ_SCREEN_EXTENDED, codes.READ_SCREEN_PRINT, codes.READ_SCREEN_PRINT_EXTENDED,
        codes.SAVE_SCREEN, codes.SAVE_PARTIAL,
    )
)  # fmt: skip


class CommandReader:
    """A record while its commands are read.

    Attributes:
        size: rows and columns as they will be where the reading is.
        frees: it leaves the display ready if a read waits.
    """

    __slots__ = ("device", "frees", "reader", "size")

    def __init__(self, data: bytes, display: Display5250, device: Device5250) -> None:
        self.reader = RecordReader(data)
        self.device = device
        self.size = (display.rows, display.columns)
        self.frees = False

    def read(self) -> list[Doing]:
        """All commands.

        Raises:
            DataStreamError: one of them is not valid.
        """
        found: list[Doing] = []
        answers = 0
        reader = self.reader
        while reader.left:
            if reader.byte() != codes.ESC:
                raise refuse(reader.at - 1, "a command begins with ESC", codes.NO_ESCAPE)
            command = reader.byte()
            make = COMMANDS.get(command)
            if make is None:
                problem = f"X'{command:02X}' is not a command"
                raise refuse(reader.at - 1, problem, codes.COMMAND_NOT_VALID)
            answers += command in _ANSWERED
            if len(found) == MAX_COMMANDS or answers > MAX_ANSWERS:
                problem = "too many commands in a record"
                raise refuse(reader.at - 1, problem, codes.COMMAND_NOT_VALID)
            found.append(make(self, command))
        return found

    # ---- clearing ------------------------------------------------------------------------------

    def clear_unit(self, _: int) -> Doing:
        """Clear Unit: 24 rows of 80."""
        self.size = NORMAL_SIZE
        return lambda display: display.clear(NORMAL_SIZE)

    def clear_alternate(self, _: int) -> Doing:
        """Clear Unit Alternate: 27 rows of 132, if the device has them."""
        reader = self.reader
        if self.device.wide is False:
            raise refuse(reader.at - 1, "there are no 27 rows of 132", codes.COMMAND_NOT_VALID)
        if reader.left and reader.byte() not in (0, KEEP_IMAGE):  # the last byte may be missing
            problem = "a parameter other than X'00'"
            raise refuse(reader.at - 1, problem, codes.CLEAR_PARAMETER_NOT_VALID)
        self.size = WIDE_SIZE
        return lambda display: display.clear(WIDE_SIZE)

    def clear_format(self, _: int) -> Doing:
        """Clear Format Table."""
        return lambda display: display.clear_format()

    # ---- writing -------------------------------------------------------------------------------

    def write(self, _: int) -> Doing:
        """Write To Display."""
        cc1, cc2 = self.reader.take(2)
        steps = Orders(self.reader, self.size).read()
        self.frees = self.frees or bool(cc2 & codes.CC2_UNLOCK)
        return lambda display: write(display, cc1, cc2, steps)

    def write_error(self, command: int) -> Doing:
        """Write Error Code: a message on the error line, and where the cursor is to be."""
        reader, columns = self.reader, self.size[1]
        left, right = 1, columns
        if command == codes.WRITE_ERROR_CODE_WINDOW:
            left, right = reader.take(2)
            if not 1 <= left <= right <= columns:
                problem = f"columns {left} to {right}"
                raise refuse(reader.at - 2, problem, codes.ADDRESS_NOT_VALID)
        steps = Orders(reader, self.size).read()
        message = b"".join(step.data for step in steps if step.order == codes.TEXT)
        cursor = next((step.at for step in steps if step.order == codes.IC), -1)
        shown = message[: right - left + 1].ljust(right - left + 1, b"\0")
        self.frees = True

        def show(display: Display5250) -> None:
            row = display.table.error_row
            row = row if 1 <= row <= display.rows else display.rows
            display.show_error((row - 1) * display.columns + left - 1, shown)
            if cursor >= 0:
                display.cursor = cursor

        return show

    def roll(self, _: int) -> Doing:
        """Roll."""
        rolling: Roll = read_roll(self.reader, self.size[0])
        return rolling.apply

    def structured(self, _: int) -> Doing:
        """Write Structured Field: queries are answered."""
        reader = self.reader
        start = reader.at
        length = reader.two()
        if length < 4:  # noqa: PLR2004 - itself, class and type
            problem = f"a structured field of {length} bytes"
            raise refuse(start, problem, codes.STRUCTURED_FIELD_NOT_VALID)
        body = reader.take(length - 2)
        if body[:2] != bytes((codes.CLASS_5250, codes.QUERY)):
            problem = f"structured field X'{body[:2].hex().upper()}'"
            raise refuse(start, problem, codes.STRUCTURED_FIELD_NOT_VALID)
        data = query.reply(self.device)
        return lambda _: (NO_OPERATION, data, data)

    # ---- reading -------------------------------------------------------------------------------

    def read_later(self, command: int) -> Doing:
        """A read that waits for the operator. It frees the keyboard: the host wants input."""
        cc1, cc2 = self.reader.take(2)
        self.frees = True

        def wait(display: Display5250) -> None:
            display.reading = Read(command, cc1, cc2)
            if display.inhibited and display.error is None:
                display.unlock()

        return wait

    def read_fields(self, command: int) -> Doing:
        """Read Immediate, and its form for modified fields."""
        return _answering(NO_OPERATION, lambda display: inbound.immediate(display, command))

    def read_screen(self, command: int) -> Doing:
        """Read Screen: all cells."""
        return _answering(AS_RECEIVED, lambda display: inbound.screen(display, command))

    def save(self, command: int) -> Doing:
        """Save Screen: all of the display as commands that bring it back."""
        if command == codes.SAVE_PARTIAL:
            self.reader.take(PARTIAL_PARAMETERS)
            return _answering(SAVE, lambda it: saving.saved(it, codes.RESTORE_PARTIAL))
        return _answering(SAVE, lambda it: saving.saved(it, codes.RESTORE_SCREEN))

    def restore(self, _: int) -> Doing:
        """Restore Screen: what was saved follows as commands."""
        return lambda display: display.clear_error()


def _answering(operation: int, make: Callable[[Display5250], bytes]) -> Doing:
    return lambda display: (operation, *both(display, make))


COMMANDS: Final[Mapping[int, Callable[[CommandReader, int], Doing]]] = {
    codes.CLEAR_UNIT: CommandReader.clear_unit,
    codes.CLEAR_UNIT_ALTERNATE: CommandReader.clear_alternate,
    codes.CLEAR_FORMAT_TABLE: CommandReader.clear_format,
    codes.WRITE_TO_DISPLAY: CommandReader.write,
    codes.WRITE_ERROR_CODE: CommandReader.write_error,
    codes.WRITE_ERROR_CODE_WINDOW: CommandReader.write_error,
    codes.ROLL: CommandReader.roll,
    codes.WRITE_STRUCTURED_FIELD: CommandReader.structured,
    codes.READ_INPUT: CommandReader.read_later,
    codes.READ_MDT: CommandReader.read_later,
    codes.READ_MDT_ALTERNATE: CommandReader.read_later,
    codes.READ_IMMEDIATE: CommandReader.read_fields,
    codes.READ_MDT_IMMEDIATE_ALTERNATE: CommandReader.read_fields,
    codes.READ_SCREEN: CommandReader.read_screen,
    codes.READ_SCREEN_EXTENDED: CommandReader.read_screen,
    codes.READ_SCREEN_PRINT: CommandReader.read_screen,
    codes.READ_SCREEN_PRINT_EXTENDED: CommandReader.read_screen,
    codes.SAVE_SCREEN: CommandReader.save,
    codes.SAVE_PARTIAL: CommandReader.save,
    codes.RESTORE_SCREEN: CommandReader.restore,
    codes.RESTORE_PARTIAL: CommandReader.restore,
}


def obey(display: Display5250, data: bytes, device: Device5250) -> Iterable[Answer]:
    """Obey a record's commands; what is to be sent to the host.

    Raises:
        DataStreamError: the record is not valid, and nothing has changed.
    """
    record = CommandReader(data, display, device)
    doings = record.read()
    answers = [answer for doing in doings if (answer := doing(display)) is not None]
    if doings:
        display.awaiting = False
        display.version += 1
        if record.frees and not display.locked:
            display.unlocks += 1
    return answers
