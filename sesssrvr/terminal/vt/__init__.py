"""The VT engine: VT52, VT100, VT220 and VT420, as hosts and xterm have them.

Law: nothing a host sends raises; nothing a screen, repr or error made here says holds invisible
text or what has been typed.
"""

from sesssrvr.terminal.vt.keys import KEYS
from sesssrvr.terminal.vt.raw_vt import RawVT
from sesssrvr.terminal.vt.telnet_vt import TelnetVT
from sesssrvr.terminal.vt.terminal import CHARSETS, LEVELS, TerminalVT


__all__ = ["CHARSETS", "KEYS", "LEVELS", "RawVT", "TelnetVT", "TerminalVT"]
