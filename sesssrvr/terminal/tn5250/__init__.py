"""The 5250 engine: TN5250 sessions, the 5250 data stream, its format table and keyboard.

A record is read whole by `commands` and `orders`, then obeyed on a `display`: one plane of cells and a
format table (`fields`). `inbound` makes the answers, `snapshot` the screen. The operator's side is
`keyboard` on `entry`, `leaving` and `pairs`. `terminal` joins both to the contract of all terminals.
"""

from sesssrvr.terminal.tn5250.environment import SignOn
from sesssrvr.terminal.tn5250.keys import KEYS
from sesssrvr.terminal.tn5250.query import MODELS
from sesssrvr.terminal.tn5250.record import StartUp
from sesssrvr.terminal.tn5250.terminal import Terminal5250


__all__ = ["KEYS", "MODELS", "SignOn", "StartUp", "Terminal5250"]
