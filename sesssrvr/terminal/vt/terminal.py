"""A VT terminal without a connection: host bytes in, host bytes out, a screen to read.

Law: `feed` raises nothing, whatever the bytes and however they are split, and works in time
proportional to them; what is kept of a host's data is bounded. Only the host changes the screen,
but for local echo, which it asks for. No socket, no clock, no chance.
Tested in `tests/sesssrvr/terminal/vt/test_terminal.py`.
"""

import codecs
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias

from sesssrvr.terminal.key_names import unknown_key
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.vt import keyboard
from sesssrvr.terminal.vt.display import DisplayVT
from sesssrvr.terminal.vt.functions import CATALOGUE
from sesssrvr.terminal.vt.grid import MAX_COLUMNS, MAX_ROWS
from sesssrvr.terminal.vt.hostpages import PAGES
from sesssrvr.terminal.vt.keys import BREAK, KEYS, USER_KEYS, key_name
from sesssrvr.terminal.vt.modes import BACKARROW, SEND_RECEIVE
from sesssrvr.terminal.vt.parser import Parser
from sesssrvr.terminal.vt.snapshot import lines, snapshot
from sesssrvr.terminal.vt.switches import set_size
from verdigris.errors import OperatorError


Level: TypeAlias = Literal["VT52", "VT100", "VT220", "VT420"]
Charset: TypeAlias = str
"""One of `CHARSETS`."""

LEVELS: Final = {"VT52": 0, "VT100": 1, "VT220": 2, "VT420": 4}
CHARSETS: Final = ("utf-8", "latin-1", "dec-mcs", *PAGES)


def charset_name(written: str) -> str:
    """The name in `CHARSETS` of what people write: "ISO8859-2", "ibm850", "KOI8_R"; as given if none.

    The spellings are those of Python's codecs, in any case.
    """
    plain = written.strip().lower()
    if plain in CHARSETS:
        return plain
    try:
        codec = codecs.lookup(plain).name
    except (LookupError, UnicodeError, ValueError):
        return written
    known = {name: name for name in CHARSETS} | {"iso8859-1": "latin-1"}
    known |= {codecs.lookup(one).name: name for name, one in reversed(tuple(PAGES.items()))}
    return known.get(codec, written)


class TerminalVT:
    """One VT display on one host session.

    Args:
        write: takes bytes for the host.
        rows, columns: the size of the page.
        level: what the terminal is, and claims to be.
        charset: how characters are coded, one of `CHARSETS`; a host may switch between UTF-8 and one
            byte a character.
        answerback: what ENQ is answered with; the host sees it, so no secret.
        backspace: what the Backspace key sends, until the host decides (DECBKM).
        send_break: sends a break on the line; without one the Break key is refused.

    Raises:
        ValueError: no such level or charset, or a size out of range.

    Attributes:
        connected: the session is up; set by its owner.
        local_echo: what is typed is drawn here, for the host does not send it back.
    """

    __slots__ = (
        "_display",
        "_parser",
        "_rest",
        "_screen",
        "_send_break",
        "_unlocks",
        "_version",
        "_write",
        "connected",
        "local_echo",
    )

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        rows: int = 24,
        columns: int = 80,
        level: Level = "VT420",
        charset: Charset = "utf-8",
        answerback: str = "",
        backspace: Literal["DEL", "BS"] = "DEL",
        send_break: Callable[[], None] | None = None,
    ) -> None:
        if level not in LEVELS:
            raise ValueError(f"level {level}: there are {', '.join(LEVELS)}")
        if charset not in CHARSETS:
            near = get_close_matches(charset, CHARSETS, 3) or CHARSETS
            raise ValueError(f"charset {charset}: there are {', '.join(near)}")
        _check_size(rows, columns)
        self._write, self._send_break = write, send_break
        self._display = DisplayVT(
            CATALOGUE,
            rows,
            columns,
            level=LEVELS[level],
            charset=charset,
            answerback=answerback,
            modes=frozenset((BACKARROW,)) if backspace == "BS" else frozenset(),
        )
        self._parser = Parser()
        self._rest = b""
        self._version = self._unlocks = 0
        self._screen: Screen | None = None
        self.connected = True
        self.local_echo = False

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True if it has drawn, moved or switched anything."""
        display = self._display
        display.changed = False
        was_locked = keyboard.locked(display)
        self._parse(self._rest + data if self._rest else data)
        changed = display.changed
        if was_locked and not keyboard.locked(display):
            self._unlocks += 1
        if changed:
            self._version += 1
            self._screen = None
        if display.replies:
            self._flush()  # last: a host in the same process may answer before this returns
        return changed

    def screen(self) -> Screen:
        """The screen as it is now; the same object until something changes."""
        screen = self._screen
        if screen is None or screen.connected is not self.connected:
            screen = self._screen = snapshot(
                self._display,
                version=self._version,
                unlocks=self._unlocks,
                connected=self.connected,
            )
        return screen

    def lines(self) -> tuple[str, ...]:
        """All rows, blanks kept: cheaper than a screen."""
        return tuple(lines(self._display))

    def type(self, text: str) -> None:
        """Type text; where it goes is the host's business.

        Raises:
            OperatorError: the keyboard is locked, or the text has controls or characters that the
                host's coding does not have; nothing is sent then.
        """
        self._need_unlocked()
        self._transmit(keyboard.characters(self._display, text))

    def key(self, name: str) -> None:
        """Press a key by its name in `KEYS`, in any case.

        Raises:
            OperatorError: no such key, none on this terminal, none that the host has defined, or the
                keyboard is locked.
        """
        known = key_name(name)
        if known is None:
            raise OperatorError(problem=unknown_key(name, KEYS))
        if known == BREAK:
            if self._send_break is None:
                raise OperatorError(problem="this connection has no break")
            self._send_break()
            return
        self._need_unlocked()
        if known in USER_KEYS.values():
            self._transmit(keyboard.defined(self._display, known))
            return
        self._display.reply(keyboard.sequence(self._display, known))
        self._flush(echo=True)

    def transmit(self, data: bytes) -> None:
        """Send bytes as they are, escape sequences and all.

        Raises:
            OperatorError: the keyboard is locked.
        """
        self._need_unlocked()
        self._transmit(data)

    def move_cursor(self, row: int, column: int) -> None:
        """A VT's cursor is the host's.

        Raises:
            OperatorError: always, unless the cursor is there.
        """
        if (row, column) != (self._display.row + 1, self._display.column + 1):
            raise OperatorError(
                problem=f"a VT host alone moves the cursor; it is not at row {row} column {column}"
            )

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the page, as a user drags a window; the owner informs the host.

        Raises:
            ValueError: out of range.
        """
        _check_size(rows, columns)
        self._display.initial = rows, columns
        set_size(self._display, rows, columns)
        self._version += 1
        self._screen = None

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns now: hosts may change both."""
        return self._display.grid.rows, self._display.grid.columns

    def __repr__(self) -> str:
        display = self._display
        level = next(name for name, number in LEVELS.items() if number == display.highest)
        coding = "UTF-8" if display.utf8 else "8-bit"
        rows, columns = self.size
        place = f"{display.row + 1},{display.column + 1}"
        return f"<TerminalVT {level} {rows}x{columns} {coding} cursor {place}>"

    def _parse(self, data: bytes) -> None:
        """Decode and parse; begins again after a change of the coding."""
        display = self._display
        self._rest = b""
        while data:
            utf8 = display.utf8
            if utf8:
                # Bytes that are no UTF-8 stay one character each (PEP 383): nothing is lost.
                text, used = codecs.utf_8_decode(data, "surrogateescape", False)  # noqa: FBT003 - the decoder's own signature
            else:
                page, used = display.codepage, len(data)
                text = data.decode("latin-1") if page is None else page.decode(data)
            done = self._parser.feed(text, display)
            if not display.halted:
                self._rest = data[used:]
                return
            data = data[len(text[:done].encode("utf-8", "surrogateescape")) if utf8 else done :]

    def _need_unlocked(self) -> None:
        if keyboard.locked(self._display):
            raise OperatorError(problem="the keyboard is locked: it is the host's turn")

    def _transmit(self, data: bytes) -> None:
        if data:
            self._write(data)
            if SEND_RECEIVE not in self._display.ansi:
                self.feed(data)
            elif self.local_echo:
                self.feed(data.replace(b"\r", b"\r\n").replace(b"\n\n", b"\n"))

    def _flush(self, *, echo: bool = False) -> None:
        display = self._display
        text = "".join(display.replies)
        display.replies.clear()
        # Answers are ASCII, with C1 controls only where the coding has them.
        data = text.encode("utf-8" if display.utf8 else "latin-1", "replace")
        if echo:
            self._transmit(data)
        else:
            self._write(data)


def _check_size(rows: int, columns: int) -> None:
    if not (1 <= rows <= MAX_ROWS and 2 <= columns <= MAX_COLUMNS):  # noqa: PLR2004 - a wide character
        raise ValueError(f"{rows} x {columns}: at most {MAX_ROWS} x {MAX_COLUMNS}")
