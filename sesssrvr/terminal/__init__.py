"""Terminal engines: bytes of a host in, bytes for it out, a screen to read; no socket, no clock.

The map. A host session (`sesssrvr.hosts`) knows `contract.Terminal` and nothing of the engines:

    bytes -> telnet -> records -> engine -> snapshot -> Screen -> capture, render
                                    ^
    operator's keys ----------------+----> bytes for the host

| engine    | host                         | read first                        |
| --------- | ---------------------------- | --------------------------------- |
| `tn3270`  | mainframes: TN3270, TN3270E  | its docstring, `orders`, `writer` |
| `tn5250`  | IBM i: TN5250                | `commands`, `orders`, `fields`    |
| `vt`      | character hosts: telnet, SSH | `parser`, `functions`, `display`  |

Engines are siblings: files of the same name answer the same question, and none imports another,
except that 3270 hosts send NVT text, which a `vt` draws. What they share lies beside them: the
`contract`, telnet (`telnet`, `block_mode`, `new_environ`), code pages (`codepage`, `dbcs`, `apl`,
`wide`), masking of traces (`redaction`), and the `screen` with its forms (`capture`, `render`).

Law: nothing a host sends raises, and nothing that a screen, picture, repr or error made here says
holds the text of a non-display field. Tested in `tests/sesssrvr/terminal/test_fuzz.py` and
`tests/sesssrvr/terminal/test_capture.py`.
"""

from sesssrvr.terminal.capture import (
    CapturedField,
    CaptureError,
    ScreenCapture,
    capture_from_text,
    capture_to_text,
    screen_from_capture,
    screen_to_capture,
)
from sesssrvr.terminal.codepage import names as codepage_names
from sesssrvr.terminal.render import to_json, to_svg, to_text
from sesssrvr.terminal.screen import Field, Screen
from sesssrvr.terminal.tn3270.keys import KEYS
from sesssrvr.terminal.tn3270.terminal import Terminal3270
from verdigris.errors import OperatorError, UnknownCodePage


__all__ = [
    "KEYS",
    "CaptureError",
    "CapturedField",
    "Field",
    "OperatorError",
    "Screen",
    "ScreenCapture",
    "Terminal3270",
    "UnknownCodePage",
    "capture_from_text",
    "capture_to_text",
    "codepage_names",
    "screen_from_capture",
    "screen_to_capture",
    "to_json",
    "to_svg",
    "to_text",
]
