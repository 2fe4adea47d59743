"""The modes a VT knows, by number.

A mode in these tables can be asked for (DECRQM) and answers what is true; one that is not
there is not recognised. What setting a mode does beside being set is in `switches.py`. VT420
Programmer Reference chapter 5; xterm's numbers from its control sequences document.
"""

from collections.abc import Mapping
from typing import Final


KEYBOARD_ACTION, INSERT, SEND_RECEIVE, NEW_LINE = 2, 4, 12, 20

ANSI: Final[Mapping[int, int]] = {  # number: level it needs
    KEYBOARD_ACTION: 1,  # KAM: the keyboard is locked
    INSERT: 1,  # IRM
    SEND_RECEIVE: 1,  # SRM: set, what is typed is not shown until the host echoes it
    NEW_LINE: 1,  # LNM
}
ANSI_DEFAULT: Final = frozenset((SEND_RECEIVE,))
ANSI_FIXED: Final = frozenset((1, 5, 7, 10, 11, 13, 14, 15, 16, 17, 18, 19))  # always reset

CURSOR_KEYS, NOT_VT52, WIDE_PAGE, SMOOTH, REVERSE_SCREEN, ORIGIN, AUTOWRAP = 1, 2, 3, 4, 5, 6, 7
AUTOREPEAT, FORM_FEED, PRINT_ALL, CURSOR_SHOWN = 8, 18, 19, 25
ALLOW_WIDE_PAGE, MORE_FIX, NATIONAL, REVERSE_WRAP = 40, 41, 42, 45
ALTERNATE, NUMERIC_KEYPAD, BACKARROW, SIDE_MARGINS = 47, 66, 67, 69
REVERSE_WRAP_EXTENDED, ALTERNATE_CLEARED, SAVED_CURSOR, ALTERNATE_SAVING = 1045, 1047, 1048, 1049

DEC: Final[Mapping[int, int]] = {  # number: level it needs
    CURSOR_KEYS: 1,  # DECCKM
    NOT_VT52: 1,  # DECANM: reset is VT52 mode
    WIDE_PAGE: 1,  # DECCOLM: 132 columns
    SMOOTH: 1,  # DECSCLM: kept for DECRQM, scrolling is never slow here
    REVERSE_SCREEN: 1,  # DECSCNM: kept for DECRQM
    ORIGIN: 1,  # DECOM
    AUTOWRAP: 1,  # DECAWM
    FORM_FEED: 2,  # DECPFF: kept for DECRQM, there is no printer
    PRINT_ALL: 2,  # DECPEX: as above
    CURSOR_SHOWN: 2,  # DECTCEM: kept for DECRQM
    ALLOW_WIDE_PAGE: 1,  # xterm: DECCOLM works; DEC terminals always allow it, so it starts set
    MORE_FIX: 1,  # xterm: a tab in the last column wraps first
    NATIONAL: 2,  # DECNRCM: the keyboard sends the national set in G0
    REVERSE_WRAP: 1,  # xterm: backspace at the left margin goes to the line above
    ALTERNATE: 1,  # xterm: the alternate screen
    NUMERIC_KEYPAD: 3,  # DECNKM: as DECKPAM and DECKPNM
    BACKARROW: 3,  # DECBKM: the backspace key sends BS, not DEL
    SIDE_MARGINS: 4,  # DECLRMM
    REVERSE_WRAP_EXTENDED: 1,  # xterm: as 45
    ALTERNATE_CLEARED: 1,  # xterm: the alternate screen, cleared on leaving
    SAVED_CURSOR: 1,  # xterm: DECSC and DECRC
    ALTERNATE_SAVING: 1,  # xterm: 1047 and 1048 together
}
DEC_DEFAULT: Final = frozenset((NOT_VT52, AUTOWRAP, CURSOR_SHOWN, ALLOW_WIDE_PAGE))
ALWAYS_SET, ALWAYS_RESET = 3, 4  # as DECRQM answers
DEC_FIXED: Final[Mapping[int, tuple[int, int]]] = {  # number: (level it needs, what it always is)
    AUTOREPEAT: (1, ALWAYS_RESET),  # DECARM: keys are never held down
    60: (4, ALWAYS_RESET),  # DECHCCM: the screen is as wide as the page, nothing to pan to
    61: (4, ALWAYS_SET),  # DECVCCM: the line of the cursor is always shown
    64: (4, ALWAYS_SET),  # DECPCCM: there is one page, and it is shown
    68: (3, ALWAYS_RESET),  # DECKBUM: typewriter keys
    73: (4, ALWAYS_RESET),  # DECXRLM: the keyboard is never too fast for the host
    81: (4, ALWAYS_RESET),  # DECKPM: keys send characters, not their positions
}
