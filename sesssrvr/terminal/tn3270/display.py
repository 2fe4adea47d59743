"""The state of a 3270 display: buffer, cursor, keyboard, reply mode, sizes.

The host changes it only through whole, checked records; the operator only through the
keyboard; `version` grows with every change the host makes, `unlocks` with every unlock it sends.
"""

from bisect import bisect_left
from typing import Final

from sesssrvr.terminal.tn3270.buffer import MODIFIED, PROTECTED, Buffer


AID_NONE: Final = (
    0x60  # no key since the host's last unlock (GA23-0059, "Attention identification")
)
FIELD_MODE, EXTENDED_MODE, CHARACTER_MODE = 0, 1, 2  # GA23-0059, "Set Reply Mode"

# Rows and columns of the alternate size by model (GA23-0059, "Screen size").
MODELS: Final = {2: (24, 80), 3: (32, 80), 4: (43, 80), 5: (27, 132)}
DEFAULT_SIZE: Final = (24, 80)
MAX_CELLS: Final = 16_384  # what 14-bit addresses reach


class Display3270:
    """One display.

    Attributes:
        buffer: its planes.
        cursor: offset.
        aid: the key of the pending or last input, `AID_NONE` after an unlock.
        waiting: the keyboard is locked by an attention key, until the host restores it.
        awaiting: nothing has come from the host yet; the keyboard is locked too.
        host_turn: with contention resolution, the host has the right to send: it has bid for it,
            or its last data did not say SEND-DATA.
        restored: the host has restored the keyboard in its own turn; the unlock counts when the
            turn is given.
        asked: an attention key has called the host, and the host has not restored the keyboard.
        written: since that key the host has written to the screen.
        reply_mode, reply_types: how Read commands answer (Set Reply Mode).
        default, alternate: sizes (rows, columns) for EW and EWA; BIND may change both.
        largest: the size the device has.
        version, unlocks, alarm: counters, see `Screen`.
        sscp_start: where the operator's text begins in an SSCP-LU session.
        stale: see `Screen`.
        wide: the code page has pairs.
    """

    __slots__ = (
        "aid",
        "alarm",
        "alternate",
        "asked",
        "awaiting",
        "buffer",
        "buffer_address",
        "cursor",
        "default",
        "host_turn",
        "insert",
        "largest",
        "reply_mode",
        "reply_types",
        "restored",
        "sscp_start",
        "stale",
        "unlocks",
        "version",
        "waiting",
        "wide",
        "written",
    )

    def __init__(self, alternate: tuple[int, int], *, wide: bool = False) -> None:
        self.wide = wide
        self.default, self.alternate = DEFAULT_SIZE, alternate
        self.largest = alternate
        self.buffer = Buffer(*alternate)
        self.cursor = self.buffer_address = self.sscp_start = 0
        self.aid = AID_NONE
        self.waiting, self.awaiting, self.insert = False, True, False
        self.host_turn = self.restored = self.asked = self.written = False
        self.reply_mode, self.reply_types = FIELD_MODE, b""
        self.version = self.unlocks = self.alarm = 0
        self.stale = False

    @property
    def locked(self) -> bool:
        """Whether the keyboard takes no input now."""
        return self.waiting or self.awaiting or self.host_turn

    def erase(self, size: tuple[int, int]) -> None:
        """Clear the buffer at a size: EW, EWA, Erase/Reset, EAU of an unformatted screen, Clear."""
        buffer = self.buffer
        if size == (buffer.rows, buffer.columns):
            buffer.clear()
        else:
            buffer.resize(*size)
        self.cursor = self.buffer_address = self.sscp_start = 0

    def unlock(self) -> None:
        """Restore the keyboard: what a WCC, EAU or SSCP-LU data does."""
        self.waiting = self.awaiting = self.insert = self.asked = False
        self.aid = AID_NONE
        self._count_unlock()

    def wake(self) -> None:
        """Note that the host has written without a restore.

        A keyboard that waited for the first screen is free (as s3270); one that an attention key
        has locked may be freed by Reset from now on.
        """
        self.written = True
        if self.awaiting:
            self.awaiting = False
            if not self.waiting:
                self._count_unlock()

    def call(self, aid: int) -> None:
        """Lock the keyboard for an attention key, until the host restores it."""
        self.aid, self.waiting, self.asked, self.written = aid, True, True, False

    def free(self) -> None:
        """Free the keyboard an attention key has locked: Reset, by the operator.

        It ends the waiting for the host, and counts as an unlock, only once the host has written
        since the key: the host may leave the keyboard locked on a screen that is its whole answer.
        """
        self.waiting = False
        if self.asked and self.written:
            self.asked = False
            self._count_unlock()

    def take_turn(self) -> None:
        """Give the host the right to send: a BID, or data without SEND-DATA."""
        if not self.host_turn:
            self.host_turn = True
            self.version += 1

    def give_turn(self) -> None:
        """Give the right to send to the operator: SEND-DATA."""
        if self.host_turn:
            self.host_turn = False
            self.version += 1
            if self.restored:
                self._count_unlock()

    def _count_unlock(self) -> None:
        """Count an unlock, in the host's turn only when it is over."""
        self.restored = self.host_turn
        if not self.host_turn:
            self.unlocks += 1

    def reset(self) -> None:
        """Begin a new host session: empty, waiting for its first screen, sizes of the device."""
        self.default, self.alternate = DEFAULT_SIZE, self.largest
        self.erase(self.alternate)
        self.aid, self.reply_mode, self.reply_types = AID_NONE, FIELD_MODE, b""
        self.waiting, self.awaiting, self.insert = False, True, False
        self.host_turn = self.restored = self.asked = self.written = self.stale = False
        self.version += 1

    def next_unprotected(self, at: int) -> int:
        """The first character of the next unprotected field after a cell; 0 if there is none.

        Fields of length zero are not tab stops (GA23-0059, "Tab").
        """
        buffer = self.buffer
        starts, attributes, size = buffer.starts, buffer.attributes, buffer.size
        count = len(starts)
        first = bisect_left(starts, at)  # an attribute under the cursor counts
        for step in range(count):
            start = starts[(first + step) % count]
            first_cell = (start + 1) % size
            if not attributes[start] & PROTECTED and not attributes[first_cell]:
                return first_cell
        return 0

    def erase_unprotected(self) -> None:
        """Null all unprotected fields, reset their MDT, cursor to the first (EAU, Erase Input)."""
        buffer = self.buffer
        if not buffer.starts:
            self.erase((buffer.rows, buffer.columns))
            return
        first = -1
        for start in buffer.starts:
            attribute = buffer.attributes[start]
            if attribute & PROTECTED:
                continue
            buffer.set_attribute(start, attribute & ~MODIFIED)
            if first < 0:
                first = (start + 1) % buffer.size
            for begin, end in buffer.field_spans(start):
                buffer.erase(begin, end)
        self.cursor = max(first, 0)


def device_size(model: int, oversize: tuple[int, int] | None) -> tuple[int, int]:
    """Rows and columns of a device.

    Raises:
        ValueError: no such model, or an oversize smaller than the model or beyond `MAX_CELLS`.
    """
    if model not in MODELS:
        raise ValueError(f"model {model}: there are {', '.join(map(str, MODELS))}")
    rows, columns = MODELS[model]
    if oversize is None:
        return rows, columns
    if oversize[0] < rows or oversize[1] < columns or oversize[0] * oversize[1] > MAX_CELLS:
        raise ValueError(f"oversize {oversize}: at least {rows} x {columns}, {MAX_CELLS} cells")
    return oversize
