"""The VT engine: VT52, VT100, VT220 and VT420, as hosts and xterm have them.

`parser` finds the control functions in what a host sends, by a table; `functions` holds the functions
of each level; they change a `display`, whose cells are a `grid`. `snapshot` makes the screen.
`TerminalVT` takes plain bytes; `TelnetVT` and `RawVT` put it on a telnet session and on a line that
carries bytes as they are, such as SSH.

Nothing that a screen, repr or error made here says holds invisible text or what has been typed.
"""

from sesssrvr.terminal.vt.keys import KEYS
from sesssrvr.terminal.vt.raw_vt import RawVT
from sesssrvr.terminal.vt.telnet_vt import TelnetVT
from sesssrvr.terminal.vt.terminal import CHARSETS, LEVELS, TerminalVT, charset_name


__all__ = ["CHARSETS", "KEYS", "LEVELS", "RawVT", "TelnetVT", "TerminalVT", "charset_name"]
