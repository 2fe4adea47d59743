"""A captured screen as text people can read and edit, kept beside an entity of a model.

Law: what is written can be read back to a screen of the same kind, with the same characters,
fields, attribute runs and cursor; hidden text is never in it. Rows and columns are 1-based. The
form:
Tested in `tests/sesssrvr/terminal/test_capture.py`.

    24 80 cursor 5 20
    field 1 2 78 protected
    field 5 20 8
    field 6 20 8 hidden
    field 7 20 8 numeric modified colour f2
    |Sign on                        DEMO BANK|
    |                                        |

One line of sizes, one line a field (row, column, length, flags), one line a row between bars.
Blanks at the end of a row and empty rows at the end of the screen may be left out. A screen of
another kind than a 3270 says so after its sizes; that of a VT has runs of equal rendition
instead of fields, with colours as in `Run`:

    24 80 cursor 2 1 VT
    run 4 1 80 bold reverse foreground 2

A wide character takes two cells of a row; the mark of no width in the second one
(`screen.TAIL`) may be left out of a row written by hand.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypedDict

from sesssrvr.terminal.captured_runs import (
    CapturedRun,
    CaptureError,
    captured_run,
    read_run,
    run_from,
    run_words,
)
from sesssrvr.terminal.screen import TAIL, Field, Run, Screen


__all__ = [
    "CaptureError",
    "CapturedField",
    "CapturedRun",
    "ScreenCapture",
    "capture_from_text",
    "capture_to_text",
    "screen_from_capture",
    "screen_to_capture",
]

FLAGS: Final = ("protected", "numeric", "hidden", "intensified", "modified")
KINDS: Final = ("3270", "5250", "VT")


class CapturedField(NamedTuple):
    """One field: 1-based place of its first character, length, words.

    Flags are those of `FLAGS`, and `colour xx` and `highlight xx` with a code in hexadecimal.
    """

    row: int
    column: int
    length: int
    flags: tuple[str, ...]


class ScreenCapture(TypedDict):
    """A screen as plain values, also the form of its JSON.

    The kind is "3270", "5250" or "VT"; "" in a text that says none.
    """

    rows: int
    columns: int
    cursor: tuple[int, int]
    kind: str
    lines: list[str]
    fields: list[CapturedField]
    runs: list[CapturedRun]


def screen_to_capture(screen: Screen) -> ScreenCapture:
    """The screen as plain values."""
    return ScreenCapture(
        rows=screen.rows,
        columns=screen.columns,
        cursor=screen.place(screen.cursor),
        kind=screen.kind,
        lines=[line.rstrip(" ") for line in screen.lines()],
        fields=[_captured(screen, field) for field in screen.fields],
        runs=[captured_run(screen, run) for run in screen.runs],
    )


def screen_from_capture(capture: Mapping[str, object], kind: str = "3270") -> Screen:
    """The screen these values describe; unlocked and connected.

    Args:
        capture: the values; kind, fields and runs may be absent.
        kind: of a capture that says none.

    Raises:
        CaptureError: sizes, lines, fields or runs do not fit together.
    """
    rows, columns = _number(capture, "rows"), _number(capture, "columns")
    if not (1 <= rows <= 255 and 1 <= columns <= 255):  # noqa: PLR2004 - one byte each in a BIND
        raise CaptureError(f"{rows} rows, {columns} columns: each is 1 to 255")
    row, column = _pair(capture.get("cursor", (1, 1)))
    bare = Screen(rows, columns, _characters(capture.get("lines", ()), rows, columns))
    fields = sorted(
        (_field(bare, field) for field in _sequence(capture, "fields")),
        key=lambda field: field.start,
    )
    runs = sorted(run_from(bare, run) for run in _sequence(capture, "runs"))
    said = str(capture.get("kind") or kind)
    if said not in KINDS:
        raise CaptureError(f"kind {said!r} is none of {', '.join(KINDS)}")
    return Screen(
        rows,
        columns,
        _masked(bare, fields, runs),
        tuple(fields),
        cursor=_offset(bare, row, column),
        kind=said,
        runs=tuple(runs),
    )


def capture_to_text(capture: ScreenCapture) -> str:
    """The human-editable form."""
    row, column = capture["cursor"]
    said = "" if capture["kind"] in ("", "3270") else f" {capture['kind']}"
    out = [f"{capture['rows']} {capture['columns']} cursor {row} {column}{said}"]
    for field in capture["fields"]:
        words = (str(field.row), str(field.column), str(field.length), *field.flags)
        out.append(" ".join(("field", *words)))
    out += [run_words(run) for run in capture["runs"]]
    lines = list(capture["lines"])
    while lines and not lines[-1].strip(" "):
        lines.pop()
    width = capture["columns"]
    out += [f"|{line.ljust(width)}|" for line in lines]
    return "\n".join(out) + "\n"


def capture_from_text(text: str) -> ScreenCapture:
    """Read the human-editable form.

    Raises:
        CaptureError: with the line.
    """
    capture = ScreenCapture(
        rows=24, columns=80, cursor=(1, 1), kind="", lines=[], fields=[], runs=[]
    )
    for number, line in enumerate(text.splitlines(), 1):
        # Text in an XML file is indented; the bar says where a row begins.
        bare = line.strip()
        try:
            if bare.startswith("|"):
                capture["lines"].append(bare[1:].removesuffix("|"))
            elif bare.startswith("field"):
                capture["fields"].append(_read_field(bare.split()[1:]))
            elif bare.startswith("run"):
                capture["runs"].append(read_run(bare.split()[1:]))
            elif bare:
                _read_sizes(capture, bare)
        except CaptureError as error:
            error.line = number
            raise
    return capture


def _captured(screen: Screen, field: Field) -> CapturedField:
    row, column = screen.place(field.start)
    flags = [name for name in FLAGS if getattr(field, name)]
    if field.colour:
        flags.append(f"colour {field.colour:02x}")
    if field.highlight:
        flags.append(f"highlight {field.highlight:02x}")
    return CapturedField(row, column, field.length, tuple(flags))


_SIZES = re.compile(
    rf"(\d+)[ x]+(\d+)(?: +cursor +(\d+)[ ,]+(\d+))?(?: +({'|'.join(KINDS)}))?", re.ASCII
)


def _read_sizes(capture: ScreenCapture, line: str) -> None:
    found = _SIZES.fullmatch(line)
    if found is None:
        raise CaptureError("expected sizes, a field, a run, or a row that begins with |")
    rows, columns, row, column, kind = found.groups()
    capture["rows"], capture["columns"] = int(rows), int(columns)
    if row is not None:
        capture["cursor"] = (int(row), int(column))
    capture["kind"] = kind or ""


def _read_field(words: Sequence[str]) -> CapturedField:
    if len(words) < 3 or not all(word.isascii() and word.isdigit() for word in words[:3]):  # noqa: PLR2004 - row, column, length
        raise CaptureError("a field has row, column, length and flags")
    row, column, length = map(int, words[:3])
    return CapturedField(row, column, length, tuple(_joined(words[3:])))


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Words with the values of `colour` and `highlight` joined to them."""
    left = iter(words)
    for word in left:
        yield f"{word} {next(left, '')}" if word in ("colour", "highlight") else word


def _field(screen: Screen, given: object) -> Field:
    values = _items(given)
    if len(values) not in (3, 4):
        raise CaptureError(f"field {given!r} is not row, column, length, flags")
    row, column, length = (_as_number(value, "field") for value in values[:3])
    flags = _items(values[3]) if len(values) > 3 else ()  # noqa: PLR2004 - flags are last
    if not 0 <= length <= len(screen.characters):
        raise CaptureError(f"field at row {row} column {column} has length {length}")
    known: dict[str, bool] = {}
    codes = {"colour": 0, "highlight": 0}
    for flag in map(str, flags):
        name, _, code = flag.partition(" ")
        if name in codes and re.fullmatch(r"[0-9a-fA-F]{1,2}", code):
            codes[name] = int(code, 16)
        elif flag in FLAGS:
            known[flag] = True
        else:
            raise CaptureError(f"field at row {row} column {column} has an unknown flag {flag!r}")
    return Field(
        _offset(screen, row, column),
        length,
        protected=known.get("protected", False),
        numeric=known.get("numeric", False),
        hidden=known.get("hidden", False),
        intensified=known.get("intensified", False),
        modified=known.get("modified", False),
        colour=codes["colour"],
        highlight=codes["highlight"],
    )


def _masked(screen: Screen, fields: Sequence[Field], runs: Sequence[Run]) -> str:
    """The characters with hidden parts blank, whatever an editor has written there."""
    parts: list[Field | Run] = [*fields, *runs]
    hidden = [part for part in parts if part.hidden]
    if not hidden:
        return screen.characters
    characters = list(screen.characters)
    for part in hidden:
        for at in range(part.start, part.start + part.length):
            characters[at % len(characters)] = " "
    return "".join(characters)


def _characters(given: object, rows: int, columns: int) -> str:
    lines = [_whole(str(line)) for line in _items(given)]
    if len(lines) > rows:
        raise CaptureError(f"{len(lines)} rows of text on a screen of {rows}")
    for number, line in enumerate(lines, 1):
        if len(line.rstrip(" ")) > columns:
            raise CaptureError(
                f"row {number} has {len(line.rstrip(' '))} characters, not {columns}"
            )
    shown = "".join(line[:columns].ljust(columns) for line in lines)
    return shown.ljust(rows * columns)


def _whole(line: str) -> str:
    """The row with the second cells of its wide characters, which may have been left out."""
    if line.isascii():
        return line
    parts = [
        char + TAIL
        if unicodedata.east_asian_width(char) in "WF" and line[at + 1 : at + 2] != TAIL
        else char
        for at, char in enumerate(line)
    ]
    return "".join(parts)


def _offset(screen: Screen, row: int, column: int) -> int:
    try:
        return screen.offset(row, column)
    except ValueError as error:
        raise CaptureError(str(error)) from None


def _items(given: object) -> tuple[object, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise CaptureError(f"{given!r} is not a list")
    return tuple(given)


def _sequence(capture: Mapping[str, object], name: str) -> tuple[object, ...]:
    return _items(capture.get(name, ()))


def _number(capture: Mapping[str, object], name: str) -> int:
    return _as_number(capture.get(name), name)


def _as_number(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CaptureError(f"{name} is {value!r}, not a number")
    return value


def _pair(given: object) -> tuple[int, int]:
    values = _items(given)
    if len(values) != 2:  # noqa: PLR2004 - row and column
        raise CaptureError(f"cursor {given!r} is not row, column")
    return _as_number(values[0], "cursor"), _as_number(values[1], "cursor")
