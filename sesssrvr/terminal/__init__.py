"""Terminal engines: bytes in, screens out; no socket, no clock.

Law: nothing a host sends raises, and nothing a screen, picture, repr or error made here says holds
the text of a non-display field.
"""

from sesssrvr.terminal.capture import (
    CapturedField,
    CapturedScreen,
    CaptureError,
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
    "CapturedScreen",
    "Field",
    "OperatorError",
    "Screen",
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
