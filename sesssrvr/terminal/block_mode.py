"""Telnet options of a block-mode session, the same for TN3270 and TN5250.

Data comes as records once terminal type, end of record and binary are agreed on, both ways.
RFC 1576 section 3; RFC 1205 section 2.
"""

from typing import Final

from sesssrvr.terminal import telnet
from sesssrvr.terminal.telnet import Telnet


OURS: Final = frozenset(
    (telnet.BINARY, telnet.TERMINAL_TYPE, telnet.END_OF_RECORD, telnet.NEW_ENVIRON)
)
"""Options switched on here when the host asks."""
THEIRS: Final = frozenset(
    (telnet.BINARY, telnet.END_OF_RECORD, telnet.ECHO, telnet.SUPPRESS_GO_AHEAD)
)
"""Options the host may switch on at its end."""
_NEEDED: Final = (  # (on our side?, option)
    (True, telnet.TERMINAL_TYPE),
    (True, telnet.BINARY),
    (False, telnet.BINARY),
    (True, telnet.END_OF_RECORD),
    (False, telnet.END_OF_RECORD),
)


def agreed(line: Telnet) -> bool:
    """Whether all options that make records are on."""
    return all(line.is_on(option, ours=ours) for ours, option in _NEEDED)
