"""Captured screens in the files of a model.

The form is that of `sesssrvr.terminal.capture`, and what is wrong in a file is a problem with
its line. Hidden text has no place in a model: a file that holds some is refused, not masked.
"""

from collections.abc import Iterator

from sesssrvr.terminal.capture import (
    CaptureError,
    ScreenCapture,
    capture_from_text,
    capture_to_text,
    screen_from_capture,
    screen_to_capture,
)
from sesssrvr.terminal.screen import Field, Run, Screen
from verdigris.errors import Problem


def write(screen: Screen) -> str:
    """A screen as a text file."""
    return capture_to_text(screen_to_capture(screen))


def read(data: bytes, file: str, kind: str) -> tuple[Screen | None, list[Problem]]:
    """Read a captured screen: the screen, or None with what is wrong.

    Args:
        data: the file's content.
        file: its name, for problems.
        kind: of the model's terminal: that of a screen which says none, and it can be no other.
    """
    try:
        text = data.decode("utf-8")
        captured = capture_from_text(text)
        screen = screen_from_capture(captured, kind)
    except UnicodeDecodeError as problem:
        return None, [Problem(file, 0, f"not UTF-8: {problem.reason} at byte {problem.start}")]
    except CaptureError as problem:
        return None, [Problem(file, problem.line, problem.problem)]
    rows = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("|")]
    found = [
        Problem(file, rows[row - 1], f"the file holds the hidden text at row {row} column {column}")
        for row, column in _told_secrets(captured, screen)
    ]
    if screen.kind != kind:
        said = f"the screen is that of a {screen.kind}, the model's host is a {kind}"
        found.append(Problem(file, 1, said))
    return (None if found else screen), found


def _told_secrets(captured: ScreenCapture, screen: Screen) -> Iterator[tuple[int, int]]:
    """The places of hidden fields and runs that hold text in the file."""
    width = screen.columns
    whole = "".join(line[:width].ljust(width) for line in captured["lines"])
    parts: list[Field | Run] = [*screen.fields, *screen.runs]
    for part in parts:
        if part.hidden and whole[part.start : part.start + part.length].strip():
            yield screen.place(part.start)
