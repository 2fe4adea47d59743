"""A screen as text people can read and edit: the captured screen that stands beside an entity.

Law: what is written can be read back to a screen with the same characters, fields and cursor;
hidden text is never in it. Rows and columns are 1-based. The form:

    24 80 cursor 5 20
    field 1 2 78 protected
    field 5 20 8
    field 6 20 8 hidden
    field 7 20 8 numeric modified colour f2
    |Sign on                        DEMO BANK|
    |                                        |

One line of sizes, one line a field (row, column, length, flags), one line a row between bars.
Blanks at the end of a row and empty rows at the end of the screen may be left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypedDict

from sesssrvr.terminal.screen import Field, Screen


FLAGS: Final = ("protected", "numeric", "hidden", "intensified", "modified")


class CapturedField(NamedTuple):
    """One field: 1-based place of its first character, length, words.

    Flags are those of `FLAGS`, and `colour xx` and `highlight xx` with a code in hexadecimal.
    """

    row: int
    column: int
    length: int
    flags: tuple[str, ...]


class Capture(TypedDict):
    """A screen as plain values, also the form of its JSON."""

    rows: int
    columns: int
    cursor: tuple[int, int]
    lines: list[str]
    fields: list[CapturedField]


class CaptureError(ValueError):
    """A captured screen that cannot be read.

    Attributes:
        line: 1-based line of the text; 0 when the whole is meant.
    """

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


def screen_to_capture(screen: Screen) -> Capture:
    """The screen as plain values."""
    return Capture(
        rows=screen.rows,
        columns=screen.columns,
        cursor=screen.place(screen.cursor),
        lines=[line.rstrip() for line in screen.lines()],
        fields=[_captured(screen, field) for field in screen.fields],
    )


def screen_from_capture(capture: Mapping[str, object]) -> Screen:
    """The screen these values describe; unlocked and connected.

    Raises:
        CaptureError: sizes, lines or fields do not fit together.
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
    characters = _masked(bare, fields)
    return Screen(rows, columns, characters, tuple(fields), cursor=_offset(bare, row, column))


def capture_to_text(capture: Capture) -> str:
    """The human-editable form."""
    row, column = capture["cursor"]
    out = [f"{capture['rows']} {capture['columns']} cursor {row} {column}"]
    for field in capture["fields"]:
        words = (str(field.row), str(field.column), str(field.length), *field.flags)
        out.append(" ".join(("field", *words)))
    lines = list(capture["lines"])
    while lines and not lines[-1].strip():
        lines.pop()
    width = capture["columns"]
    out += [f"|{line.ljust(width)}|" for line in lines]
    return "\n".join(out) + "\n"


def capture_from_text(text: str) -> Capture:
    """Read the human-editable form.

    Raises:
        CaptureError: with the line.
    """
    capture = Capture(rows=24, columns=80, cursor=(1, 1), lines=[], fields=[])
    for number, line in enumerate(text.splitlines(), 1):
        # What stands in an XML file is indented; the bar says where a row begins.
        bare = line.strip()
        try:
            if bare.startswith("|"):
                capture["lines"].append(bare[1:].removesuffix("|"))
            elif bare.startswith("field"):
                capture["fields"].append(_read_field(bare.split()[1:]))
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


_SIZES = re.compile(r"(\d+)[ x]+(\d+)(?: +cursor +(\d+)[ ,]+(\d+))?", re.ASCII)


def _read_sizes(capture: Capture, line: str) -> None:
    found = _SIZES.fullmatch(line)
    if found is None:
        raise CaptureError("expected sizes, a field, or a row that begins with |")
    rows, columns, row, column = found.groups()
    capture["rows"], capture["columns"] = int(rows), int(columns)
    if row is not None:
        capture["cursor"] = (int(row), int(column))


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


def _masked(screen: Screen, fields: Sequence[Field]) -> str:
    """The characters with hidden fields blank, whatever an editor has written there."""
    characters = list(screen.characters)
    for field in fields:
        if field.hidden:
            for at in range(field.start, field.start + field.length):
                characters[at % len(characters)] = " "
    return "".join(characters)


def _characters(given: object, rows: int, columns: int) -> str:
    lines = [str(line) for line in _items(given)]
    if len(lines) > rows:
        raise CaptureError(f"{len(lines)} rows of text on a screen of {rows}")
    for number, line in enumerate(lines, 1):
        if len(line.rstrip()) > columns:
            raise CaptureError(f"row {number} has {len(line.rstrip())} characters, not {columns}")
    shown = "".join(line[:columns].ljust(columns) for line in lines)
    return shown.ljust(rows * columns)


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
