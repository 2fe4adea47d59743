"""Captured screens in the files of a model.

Law: the form is that of `sesssrvr.terminal.capture`, and what is wrong in a file is a problem with
its line. Hidden text has no place in a model: a file that holds some is refused, not masked.
"""

from collections.abc import Iterator

from sesssrvr.terminal.capture import (
    Capture,
    CaptureError,
    capture_from_text,
    capture_to_text,
    screen_from_capture,
    screen_to_capture,
)
from sesssrvr.terminal.screen import Field, Screen
from verdigris.errors import Problem


def write(screen: Screen) -> str:
    """A screen as a text file."""
    return capture_to_text(screen_to_capture(screen))


def read(data: bytes, file: str) -> tuple[Screen | None, list[Problem]]:
    """Read a captured screen: the screen, or None with what is wrong."""
    try:
        text = data.decode("utf-8")
        captured = capture_from_text(text)
        screen = screen_from_capture(captured)
    except UnicodeDecodeError as problem:
        return None, [Problem(file, 0, f"not UTF-8: {problem.reason} at byte {problem.start}")]
    except CaptureError as problem:
        return None, [Problem(file, problem.line, problem.problem)]
    rows = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("|")]
    found = [
        Problem(file, rows[row - 1], f"the hidden field at row {row} column {column} holds text")
        for row, column in _told_secrets(captured, screen)
    ]
    return (None if found else screen), found


def _told_secrets(captured: Capture, screen: Screen) -> Iterator[tuple[int, int]]:
    """The places of hidden fields that hold text in the file."""
    width = screen.columns
    whole = "".join(line[:width].ljust(width) for line in captured["lines"])
    for field in screen.fields:
        if field.hidden and _at(whole, field).strip():
            yield screen.place(field.start)


def _at(whole: str, field: Field) -> str:
    return whole[field.start : field.start + field.length]
