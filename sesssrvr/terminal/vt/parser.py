"""Where control functions begin and end in what a host sends.

Law: the states and transitions of the table, and nothing else, decide what a character means, so
that packets may be cut anywhere. The regular expressions are a short cut for runs that begin and
end in GROUND; they accept exactly what the table would. Controls act inside sequences; CAN and SUB
abort; nothing is collected without a limit. After Paul Williams' parser for ANSI-compatible video
terminals (https://vt100.net/emu/dec_ansi_parser), which was read off the hardware; ECMA-48, DEC
STD 070 chapter 3.
Tested in `tests/sesssrvr/terminal/vt/test_parser.py`.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Final, Protocol


MAX_PARAMETERS: Final = 256  # characters; xterm takes 30 numbers, no function needs more
MAX_INTERMEDIATES: Final = 2
MAX_STRING: Final = 4096  # characters of a device control string; the rest is swallowed


class Machine(Protocol):
    """What a parser drives.

    Attributes:
        vt52: escape sequences are those of a VT52 (DECANM).
        halted: the coding of what follows has changed: the parser is to stop here.
    """

    vt52: bool
    halted: bool

    def write(self, text: str) -> None:
        """Draw graphic characters; none of them is a control."""

    def execute(self, char: str) -> None:
        """Obey a control: C0, or a C1 without arguments."""

    def escape(self, key: str) -> None:
        """Obey ESC, intermediates, final; `key` is what follows ESC."""

    def sequence(self, key: str, raw: str) -> None:
        """Obey a control sequence: private marker + intermediates + final, and parameters."""

    def device_control(self, key: str, raw: str, data: str) -> None:
        """Obey a device control string."""

    def place(self, row: int, column: int) -> None:
        """VT52 direct cursor address, 0-based."""


class State(Enum):
    """The place of the next character within a control function."""

    GROUND = auto()
    ESCAPE = auto()
    ESCAPE_INTERMEDIATE = auto()
    CSI_ENTRY = auto()
    CSI_PARAMETER = auto()
    CSI_INTERMEDIATE = auto()
    CSI_IGNORE = auto()
    DCS_ENTRY = auto()
    DCS_PARAMETER = auto()
    DCS_INTERMEDIATE = auto()
    DCS_DATA = auto()
    DCS_IGNORE = auto()
    STRING = auto()  # SOS, PM, APC: up to ST
    OSC = auto()  # up to ST or, as xterm has it, BEL
    VT52_ROW = auto()
    VT52_COLUMN = auto()


class Action(Enum):
    """What to do with a character."""

    IGNORE = auto()
    WRITE = auto()
    EXECUTE = auto()
    CLEAR = auto()
    COLLECT = auto()
    PARAMETER = auto()
    MARK = auto()
    ESCAPE = auto()
    SEQUENCE = auto()
    HOOK = auto()
    KEEP = auto()
    VT52_ROW = auto()
    VT52_COLUMN = auto()


Rule = tuple[str, Action, State]
_S, _A = State, Action

_STRINGS: Final = frozenset((_S.DCS_DATA, _S.DCS_IGNORE, _S.STRING, _S.OSC))

# Any state: what interrupts whatever is going on.
_ANYWHERE: Final[tuple[Rule, ...]] = (
    ("\x18\x1a", _A.IGNORE, _S.GROUND),
    ("\x1b", _A.CLEAR, _S.ESCAPE),
    ("\x80-\x8f\x91-\x97\x99\x9a", _A.EXECUTE, _S.GROUND),
    ("\x90", _A.CLEAR, _S.DCS_ENTRY),
    ("\x9b", _A.CLEAR, _S.CSI_ENTRY),
    ("\x98\x9e\x9f", _A.CLEAR, _S.STRING),
    ("\x9c", _A.IGNORE, _S.GROUND),
    ("\x9d", _A.CLEAR, _S.OSC),
)
_C0: Final = "\x00-\x17\x19\x1c-\x1f"
_OTHER: Final = "\xa0"  # and every character beyond: none belongs into a sequence
_LOST: Final[Rule] = (_OTHER, _A.WRITE, _S.GROUND)

# State: (characters, action, next state); what is not listed is ignored, as is DEL in sequences.
RULES: Final[Mapping[State, tuple[Rule, ...]]] = {
    _S.GROUND: ((f"{_C0}\x7f", _A.EXECUTE, _S.GROUND), (f" -~{_OTHER}", _A.WRITE, _S.GROUND)),
    _S.ESCAPE: (
        (_C0, _A.EXECUTE, _S.ESCAPE),
        (" -/", _A.COLLECT, _S.ESCAPE_INTERMEDIATE),
        ("0-OQ-WYZ\\`-~", _A.ESCAPE, _S.GROUND),
        ("P", _A.CLEAR, _S.DCS_ENTRY),
        ("[", _A.CLEAR, _S.CSI_ENTRY),
        ("]", _A.CLEAR, _S.OSC),
        ("X^_", _A.CLEAR, _S.STRING),
        _LOST,
    ),
    _S.ESCAPE_INTERMEDIATE: (
        (_C0, _A.EXECUTE, _S.ESCAPE_INTERMEDIATE),
        (" -/", _A.COLLECT, _S.ESCAPE_INTERMEDIATE),
        ("0-~", _A.ESCAPE, _S.GROUND),
        _LOST,
    ),
    _S.CSI_ENTRY: (
        (_C0, _A.EXECUTE, _S.CSI_ENTRY),
        (" -/", _A.COLLECT, _S.CSI_INTERMEDIATE),
        ("0-;", _A.PARAMETER, _S.CSI_PARAMETER),
        ("<-?", _A.MARK, _S.CSI_PARAMETER),
        ("@-~", _A.SEQUENCE, _S.GROUND),
        _LOST,
    ),
    _S.CSI_PARAMETER: (
        (_C0, _A.EXECUTE, _S.CSI_PARAMETER),
        (" -/", _A.COLLECT, _S.CSI_INTERMEDIATE),
        ("0-;", _A.PARAMETER, _S.CSI_PARAMETER),
        ("<-?", _A.IGNORE, _S.CSI_IGNORE),
        ("@-~", _A.SEQUENCE, _S.GROUND),
        _LOST,
    ),
    _S.CSI_INTERMEDIATE: (
        (_C0, _A.EXECUTE, _S.CSI_INTERMEDIATE),
        (" -/", _A.COLLECT, _S.CSI_INTERMEDIATE),
        ("0-?", _A.IGNORE, _S.CSI_IGNORE),
        ("@-~", _A.SEQUENCE, _S.GROUND),
        _LOST,
    ),
    _S.CSI_IGNORE: (
        (_C0, _A.EXECUTE, _S.CSI_IGNORE),
        ("@-~", _A.IGNORE, _S.GROUND),
        _LOST,
    ),
    _S.DCS_ENTRY: (
        (" -/", _A.COLLECT, _S.DCS_INTERMEDIATE),
        ("0-;", _A.PARAMETER, _S.DCS_PARAMETER),
        ("<-?", _A.MARK, _S.DCS_PARAMETER),
        ("@-~", _A.HOOK, _S.DCS_DATA),
        (_OTHER, _A.IGNORE, _S.DCS_IGNORE),
    ),
    _S.DCS_PARAMETER: (
        (" -/", _A.COLLECT, _S.DCS_INTERMEDIATE),
        ("0-;", _A.PARAMETER, _S.DCS_PARAMETER),
        (f"<-?{_OTHER}", _A.IGNORE, _S.DCS_IGNORE),
        ("@-~", _A.HOOK, _S.DCS_DATA),
    ),
    _S.DCS_INTERMEDIATE: (
        (" -/", _A.COLLECT, _S.DCS_INTERMEDIATE),
        (f"0-?{_OTHER}", _A.IGNORE, _S.DCS_IGNORE),
        ("@-~", _A.HOOK, _S.DCS_DATA),
    ),
    _S.DCS_DATA: ((f"\x00-\x17\x19\x1c-~{_OTHER}", _A.KEEP, _S.DCS_DATA),),
    _S.DCS_IGNORE: (),
    _S.STRING: (),
    _S.OSC: (("\x07", _A.IGNORE, _S.GROUND),),
    _S.VT52_ROW: (
        (_C0, _A.EXECUTE, _S.VT52_ROW),
        (f" -~{_OTHER}", _A.VT52_ROW, _S.VT52_COLUMN),
    ),
    _S.VT52_COLUMN: (
        (_C0, _A.EXECUTE, _S.VT52_COLUMN),
        (f" -~{_OTHER}", _A.VT52_COLUMN, _S.GROUND),
    ),
}
# In VT52 mode an escape sequence is one character, but for the direct cursor address.
VT52_ESCAPE: Final[tuple[Rule, ...]] = (
    (_C0, _A.EXECUTE, _S.ESCAPE),
    (" -XZ-~", _A.ESCAPE, _S.GROUND),
    ("Y", _A.CLEAR, _S.VT52_ROW),
    _LOST,
)

Table = tuple[tuple[Action, State], ...]
_COLUMNS: Final = 0xA1  # one for each character up to X'9F', one for all others


def _expand(characters: str) -> Iterable[int]:
    for first, last in re.findall(r"(.)(?:-(.))?", characters, re.DOTALL):
        yield from range(ord(first), ord(last or first) + 1)


def _table(state: State, rules: Iterable[Rule]) -> Table:
    row = [(_A.IGNORE, state)] * _COLUMNS
    for characters, action, following in (*rules, *_ANYWHERE):
        for code in _expand(characters):
            row[code] = action, following
    return tuple(row)


TABLE: Final[Mapping[State, Table]] = {
    state: _table(state, rules) for state, rules in RULES.items()
}
_VT52_TABLE: Final = _table(_S.ESCAPE, VT52_ESCAPE)

# Groups: 1 text, 2-4 marker, parameters and the rest of a control sequence, 5 control,
# 6 escape sequence. What matches none is left to the table.
_TOKENS: Final = re.compile(
    r"([^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[([<-?]?)([0-;]{0,64})([ -/]{0,2}[@-~])"
    r"|([\x00-\x17\x19\x1c-\x1f\x7f])"
    r"|\x1b([0-OQ-WYZ\\`-~]|[ -/]{1,2}[0-~])"
    r"|[\x18\x1a\x1b\x80-\x9f]"
)
_VT52_TOKENS: Final = re.compile(
    r"([^\x00-\x1f\x7f-\x9f]+)|(?!)()()()|([\x00-\x17\x19\x1c-\x1f\x7f])|[\x18\x1a\x1b\x80-\x9f]"
)
_TEXT, _SEQUENCE, _CONTROL, _ESCAPE = 1, 4, 5, 6
_STRING_STOP: Final = re.compile(r"[\x07\x18\x1a\x1b\x80-\x9f]")


class Parser:
    """The state of one stream."""

    __slots__ = ("_data", "_intermediates", "_key", "_raw", "_state")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what has begun."""
        self._state = State.GROUND
        self._raw = self._intermediates = self._key = self._data = ""

    def feed(self, text: str, machine: Machine) -> int:
        """Drive the machine; returns how much has been read: less than all if it was halted."""
        at, end = 0, len(text)
        machine.halted = False
        while at < end and not machine.halted:
            if self._state is State.GROUND:
                at = self._ground(text, at, machine)
            elif self._state in _STRINGS:
                at = self._string(text, at, machine)
            else:
                self._step(text[at], machine)
                at += 1
        return at

    def _ground(self, text: str, at: int, machine: Machine) -> int:
        """Short cut: whole runs and whole sequences, up to the first character left to the table."""
        vt52 = machine.vt52
        for token in (_VT52_TOKENS if vt52 else _TOKENS).finditer(text, at):
            kind = token.lastindex
            if kind == _TEXT:
                machine.write(token[1])
            elif kind == _SEQUENCE:
                marker, raw, rest = token.group(2, 3, 4)
                machine.sequence(marker + rest, raw)
                if machine.vt52 is not vt52:
                    return token.end()
            elif kind == _CONTROL:
                machine.execute(token[5])
            elif kind == _ESCAPE:
                machine.escape(token[6])
                if machine.halted:
                    return token.end()
            else:
                self._step(token[0], machine)
                if self._state is not State.GROUND:
                    return token.end()
        return len(text)

    def _string(self, text: str, at: int, machine: Machine) -> int:
        found = _STRING_STOP.search(text, at)
        stop = found.start() if found else len(text)
        if self._state is State.DCS_DATA and stop > at:
            self._data += text[at : min(stop, at + MAX_STRING - len(self._data))]
        if found:
            self._finish(found[0], machine)
            self._step(found[0], machine)
            stop += 1
        return stop

    def _finish(self, char: str, machine: Machine) -> None:
        """A device control string is obeyed at its end, ST or ESC; CAN and the like drop it."""
        if self._state is State.DCS_DATA and char in "\x1b\x9c":
            machine.device_control(self._key, self._raw, self._data)

    def _step(self, char: str, machine: Machine) -> None:
        code = ord(char)
        short = machine.vt52 and self._state is State.ESCAPE
        table = _VT52_TABLE if short else TABLE[self._state]
        action, following = table[code if code < _COLUMNS else _COLUMNS - 1]
        self._state = following
        _ACTIONS[action](self, char, machine)

    def _ignore(self, char: str, machine: Machine) -> None:
        pass

    def _write(self, char: str, machine: Machine) -> None:
        machine.write(char)

    def _execute(self, char: str, machine: Machine) -> None:
        machine.execute(char)

    def _clear(self, _char: str, _machine: Machine) -> None:
        self._raw = self._intermediates = self._key = self._data = ""

    def _collect(self, char: str, _machine: Machine) -> None:
        if len(self._intermediates) <= MAX_INTERMEDIATES:  # one more makes the sequence unknown
            self._intermediates += char

    def _parameter(self, char: str, _machine: Machine) -> None:
        self._raw += char
        if len(self._raw) > MAX_PARAMETERS:
            dcs = self._state is State.DCS_PARAMETER
            self._state = State.DCS_IGNORE if dcs else State.CSI_IGNORE

    def _mark(self, char: str, _machine: Machine) -> None:
        self._key = char

    def _whole(self, char: str) -> str:
        """Marker, intermediates and final; empty if there were too many intermediates."""
        if len(self._intermediates) > MAX_INTERMEDIATES:
            return ""
        return self._key + self._intermediates + char

    def _escape(self, char: str, machine: Machine) -> None:
        machine.escape(self._whole(char))

    def _sequence(self, char: str, machine: Machine) -> None:
        machine.sequence(self._whole(char), self._raw)

    def _hook(self, char: str, _machine: Machine) -> None:
        self._key = self._whole(char)

    def _keep(self, char: str, _machine: Machine) -> None:
        if len(self._data) < MAX_STRING:
            self._data += char

    def _vt52_row(self, char: str, _machine: Machine) -> None:
        self._raw = char

    def _vt52_column(self, char: str, machine: Machine) -> None:
        machine.place(ord(self._raw) - 0x20, ord(char) - 0x20)  # VT52: a blank is 0


_ACTIONS: Final = {
    # the table of this class's own methods
    action: getattr(Parser, f"_{action.name.lower()}")
    for action in Action
}
