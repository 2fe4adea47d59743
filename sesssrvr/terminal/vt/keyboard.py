"""What the operator's keys send.

Law: a key sends what the modes the host has set say, or is refused; nothing typed is ever dropped
in silence, nor named in an error, for it may be a secret.
Tested in `tests/sesssrvr/terminal/vt/test_keyboard.py`.
"""

from sesssrvr.terminal.vt import modes
from sesssrvr.terminal.vt.charsets import ASCII, GRAPHICS, SETS, keyed
from sesssrvr.terminal.vt.display import DisplayVT
from sesssrvr.terminal.vt.keys import BACKSPACE, ENTER, KEYPAD, SENT, Mode
from verdigris.errors import OperatorError


def locked(display: DisplayVT) -> bool:
    """The host has locked the keyboard (KAM)."""
    return modes.KEYBOARD_ACTION in display.ansi


def sequence(display: DisplayVT, name: str) -> str:
    """What a key sends, by its name in `KEYS`, written with 7-bit controls.

    Raises:
        OperatorError: a VT52 has no such key.
    """
    if name == ENTER:
        return "\r\n" if modes.NEW_LINE in display.ansi else "\r"
    if name == BACKSPACE:
        return "\x08" if modes.BACKARROW in display.dec else "\x7f"
    found: str | None
    if name in KEYPAD["normal"]:
        found = KEYPAD[_keypad_mode(display)][name]
        return ("\r\n" if modes.NEW_LINE in display.ansi else "\r") if found == "\r" else found
    mode = _cursor_mode(display)
    found = SENT[mode].get(name)
    if found is None and mode == "application":
        found = SENT["normal"].get(name)
    if found is None:
        raise OperatorError(problem=f"a VT52 has no key {name}")
    return found


def defined(display: DisplayVT, name: str) -> bytes:
    """What a key of `USER_KEYS` sends.

    Raises:
        OperatorError: the host has defined nothing for it, or a VT52 is asked.
    """
    found = b"" if display.vt52 else display.user_keys.get(name, b"")
    if not found:
        raise OperatorError(problem=f"the host has not defined the key {name}")
    return found


def characters(display: DisplayVT, text: str) -> bytes:
    """Typed text in the host's coding.

    Raises:
        OperatorError: a control (that is a key's work), or a character the coding does not have.
    """
    for at, char in enumerate(text, 1):
        if char < " " or "\x7f" <= char <= "\x9f":
            raise OperatorError(problem=f"character {at} of the text is a control: press its key")
    try:
        if display.utf8:
            return text.encode()
        return (
            _one_byte(display, text) if display.codepage is None else display.codepage.encode(text)
        )
    except (KeyError, UnicodeEncodeError):
        raise OperatorError(
            problem="the text has characters that the host's character set does not have"
        ) from None


def _one_byte(display: DisplayVT, text: str) -> bytes:
    left = display.sets[0] if modes.NATIONAL in display.dec else ASCII
    if left.startswith("-") or left in (GRAPHICS, "2") or left not in SETS:
        left = ASCII
    table = keyed(left, display.home_sets[2])
    return bytes(table[char] for char in text)


def _cursor_mode(display: DisplayVT) -> Mode:
    if display.vt52:
        return "vt52"
    return "application" if modes.CURSOR_KEYS in display.dec else "normal"


def _keypad_mode(display: DisplayVT) -> Mode:
    if not display.keypad:
        return "normal"
    return "vt52" if display.vt52 else "application"
