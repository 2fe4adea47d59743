"""Attribute runs in a captured screen, and the error of one that cannot be read.

Words and run say the same; an unknown word is an error, never left out. See `capture`.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sesssrvr.terminal.screen import Run, Screen


LOOKS: Final = ("bold", "faint", "italic", "underline", "blink", "reverse", "hidden")
GROUNDS: Final = ("foreground", "background")
MAX_COLOUR: Final = 255
"""Of xterm's palette, the largest one a VT draws from."""


class CaptureError(ValueError):
    """A captured screen that cannot be read.

    Attributes:
        line: 1-based line of the text; 0 when the whole is meant.
    """

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


class CapturedRun(NamedTuple):
    """One run: 1-based place of its first cell, cells, words.

    Words are those of `LOOKS`, and `foreground n` and `background n`.
    """

    row: int
    column: int
    length: int
    looks: tuple[str, ...]


def captured_run(screen: Screen, run: Run) -> CapturedRun:
    """A run as plain values."""
    looks = [name for name in LOOKS if getattr(run, name)]
    looks += [f"{name} {n}" for name in GROUNDS if (n := getattr(run, name)) >= 0]
    return CapturedRun(*screen.place(run.start), run.length, tuple(looks))


def run_words(run: CapturedRun) -> str:
    """A run as a line of text."""
    return " ".join(("run", str(run.row), str(run.column), str(run.length), *run.looks))


def read_run(words: Sequence[str]) -> CapturedRun:
    """A run from the words after `run`.

    Raises:
        CaptureError: they do not begin with a place and a length.
    """
    if len(words) < 3 or not all(word.isascii() and word.isdigit() for word in words[:3]):  # noqa: PLR2004 - row, column, length
        raise CaptureError("a run has row, column, length and what it looks like")
    row, column, length = map(int, words[:3])
    return CapturedRun(row, column, length, tuple(_joined(words[3:])))


def run_from(screen: Screen, given: object) -> Run:
    """The run that plain values describe.

    Raises:
        CaptureError: it does not lie in one row of the screen, or has an unknown look.
    """
    row, column, length, looks = _values(given)
    if not (1 <= row <= screen.rows and column >= 1 and column + length - 1 <= screen.columns):
        raise CaptureError(f"run at row {row} column {column} leaves its row of the screen")
    shown: dict[str, int | bool] = {}
    for look in looks:
        name, _, number = look.partition(" ")
        if look in LOOKS:
            shown[look] = True
        elif name in GROUNDS and number.isascii() and number.isdigit() and len(number) < 4:  # noqa: PLR2004 - digits of 255
            shown[name] = int(number)
        else:
            raise CaptureError(f"run at row {row} column {column} has an unknown look {look!r}")
    if any(shown.get(name, 0) > MAX_COLOUR for name in GROUNDS):
        raise CaptureError(f"run at row {row} column {column}: colours are 0 to {MAX_COLOUR}")
    return Run(screen.offset(row, column), length, **shown)  # type: ignore[arg-type]  # by name


def _values(given: object) -> tuple[int, int, int, list[str]]:
    values = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else []
    match values:
        case [int(row), int(column), int(length), *rest] if length > 0 and len(rest) < 2:  # noqa: PLR2004 - looks are last
            looks = rest[0] if rest else ()
            if isinstance(looks, Sequence) and not isinstance(looks, str):
                return row, column, length, [str(look) for look in looks]
    raise CaptureError(f"run {given!r} is not row, column, length, looks")


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Words with the numbers of colours joined to them."""
    left = iter(words)
    for word in left:
        yield f"{word} {next(left, '')}" if word in GROUNDS else word
