"""The 5250 terminal: bytes in, screens out; no socket, no clock.

Law: as of the package above: nothing a host sends raises, no screen holds what is not displayed.
"""

from sesssrvr.terminal.tn5250.environment import SignOn
from sesssrvr.terminal.tn5250.keys import KEYS
from sesssrvr.terminal.tn5250.record import StartUp
from sesssrvr.terminal.tn5250.terminal import MODELS, Terminal5250


__all__ = ["KEYS", "MODELS", "SignOn", "StartUp", "Terminal5250"]
