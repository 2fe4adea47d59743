"""A screen for people and programs: text, SVG picture, JSON.

Made from a frozen `Screen` only, so what a non-display field holds is in none of them. The
same screen gives the same text, byte for byte.
"""

import json
from typing import Final
from xml.sax.saxutils import escape

from sesssrvr.terminal.capture import screen_to_capture
from sesssrvr.terminal.screen import Field, Run, Screen


# Colours of a 3279 by their codes (GA23-0059, "Colour"); 0 depends on the field's attributes.
COLOURS: Final = {
    0xF1: "#7890f0",
    0xF2: "#f04050",
    0xF3: "#f078d0",
    0xF4: "#30d030",
    0xF5: "#50e0e0",
    0xF6: "#e8e040",
    0xF7: "#f0f0f0",
}
# Base colours: by (protected, intensified).
BASE_COLOURS: Final = {
    (False, False): "#30d030",
    (False, True): "#f04050",
    (True, False): "#7890f0",
    (True, True): "#f0f0f0",
}
_SIXTEEN: Final = (
    "#101418", "#c02030", "#20a020", "#b0a020", "#4060d0", "#b040a0", "#20a0a0", "#c0c0c0",
    "#707880", "#f04050", "#30d030", "#e8e040", "#7890f0", "#f078d0", "#50e0e0", "#f0f0f0",
)  # fmt: skip
_LEVELS: Final = (0, 95, 135, 175, 215, 255)  # of xterm's 6x6x6 cube
_GREYS: Final = 232
_PAPER: Final = "#101418"
_CELL_WIDTH, _CELL_HEIGHT, _FONT_SIZE = 9, 18, 15
UNDERSCORE, REVERSE = 0xF4, 0xF2


def to_text(screen: Screen, *, frame: bool = False) -> str:
    """The rows, blanks at their ends left out; with a frame, row numbers, a ruler and the cursor's place."""
    if not frame:
        return str(screen)
    row, column = screen.place(screen.cursor)
    edge = f"   +{_ruler(screen.columns)}+"
    rows = [f"{number:2d} |{line}|" for number, line in enumerate(screen.lines(), 1)]
    state = "locked" if screen.locked else "unlocked"
    return "\n".join((edge, *rows, edge, f"   cursor {row},{column}  keyboard {state}"))


def _ruler(columns: int) -> str:
    """Columns, countable: a plus sign at each fifth and the tens digit at each tenth."""
    tens = "".join(f"----+----{n % 10}" for n in range(1, columns // 10 + 2))
    return tens[:columns]


def to_json(screen: Screen) -> str:
    """The capture of the screen, with the keyboard's state."""
    capture = screen_to_capture(screen)
    fields = [
        {"row": f.row, "column": f.column, "length": f.length, "flags": list(f.flags)}
        for f in capture["fields"]
    ]
    runs = [
        {"row": r.row, "column": r.column, "length": r.length, "looks": list(r.looks)}
        for r in capture["runs"]
    ]
    state = {"locked": screen.locked, "connected": screen.connected}
    return json.dumps({**capture, "fields": fields, "runs": runs, **state}, ensure_ascii=False)


def to_svg(screen: Screen) -> str:
    """A picture: text runs in their fields' colours, input fields underlined, the cursor a frame."""
    width, height = screen.columns * _CELL_WIDTH, screen.rows * _CELL_HEIGHT
    font = f'font-family="monospace" font-size="{_FONT_SIZE}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {font}>',
        f"<title>Terminal screen, {screen.rows} rows of {screen.columns}</title>",
        f'<rect width="{width}" height="{height}" fill="#101418"/>',
    ]
    for start, length, field in _runs(screen):
        parts += _draw(screen, start, length, field)
    for run in screen.runs:
        parts += _draw_run(screen, run)
    row, column = screen.place(screen.cursor)
    x, y = (column - 1) * _CELL_WIDTH, (row - 1) * _CELL_HEIGHT
    parts.append(
        f'<rect x="{x}" y="{y}" width="{_CELL_WIDTH}" height="{_CELL_HEIGHT}" '
        'fill="none" stroke="#ffffff"/></svg>'
    )
    return "\n".join(parts)


def colour_of(field: Field | None) -> str:
    """The colour a field's text is drawn in; None is text outside fields."""
    if field is None:
        return BASE_COLOURS[False, False]
    return COLOURS.get(field.colour, BASE_COLOURS[field.protected, field.intensified])


def palette(number: int) -> str:
    """A colour of a `Run`: the 16 of terminals, then xterm's cube and its greys."""
    if number < len(_SIXTEEN):
        return _SIXTEEN[number]
    if number >= _GREYS:
        return "#" + f"{8 + 10 * (number - _GREYS):02x}" * 3
    red, rest = divmod(number - len(_SIXTEEN), 36)
    return "#" + "".join(f"{_LEVELS[level]:02x}" for level in (red, *divmod(rest, 6)))


def _draw_run(screen: Screen, run: Run) -> list[str]:
    """A run over what its field looks like; hidden ones are blank in the screen already."""
    row, column = divmod(run.start, screen.columns)
    x, y, width = column * _CELL_WIDTH, row * _CELL_HEIGHT, run.length * _CELL_WIDTH
    colour = colour_of(screen.field_at(run.start))
    ink = palette(run.foreground) if run.foreground >= 0 else colour
    paper = palette(run.background) if run.background >= 0 else _PAPER
    if run.reverse:
        ink, paper = paper, ink
    out = [f'<rect x="{x}" y="{y}" width="{width}" height="{_CELL_HEIGHT}" fill="{paper}"/>']
    text = screen.at(run.start, run.length)
    if text.strip():
        style = "".join(
            words
            for on, words in (
                (run.bold, ' font-weight="bold"'),
                (run.italic, ' font-style="italic"'),
                (run.underline, ' text-decoration="underline"'),
                (run.faint, ' opacity="0.6"'),
            )
            if on
        )
        out.append(
            f'<text x="{x}" y="{y + _FONT_SIZE - 1}" fill="{ink}" textLength="{width}"{style} '
            f'xml:space="preserve">{escape(text)}</text>'
        )
    return out


def _runs(screen: Screen) -> list[tuple[int, int, Field | None]]:
    """Pieces of one field on one row: offset, length, field."""
    size, width = len(screen.characters), screen.columns
    fields: list[tuple[int, int, Field | None]] = [
        (f.start, f.length, f) for f in screen.fields
    ] or [(0, size, None)]
    runs = []
    for start, length, field in fields:
        at, left = start, length
        while left > 0:
            count = min(left, width - at % width)
            runs.append((at, count, field))
            at, left = (at + count) % size, left - count
    return runs


def _draw(screen: Screen, start: int, length: int, field: Field | None) -> list[str]:
    row, column = divmod(start, screen.columns)
    x, y, width = column * _CELL_WIDTH, row * _CELL_HEIGHT, length * _CELL_WIDTH
    colour = colour_of(field)
    out = []
    reverse = field is not None and field.highlight == REVERSE and not field.hidden
    if reverse:
        out.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{_CELL_HEIGHT}" fill="{colour}"/>'
        )
    if field is not None and (not field.protected or field.highlight == UNDERSCORE):
        bottom = y + _CELL_HEIGHT - 2
        out.append(
            f'<path d="M{x} {bottom}h{width}" stroke="{colour}" stroke-opacity="0.5" fill="none"/>'
        )
    text = screen.at(start, length)
    if text.strip():
        ink = "#101418" if reverse else colour
        out.append(
            f'<text x="{x}" y="{y + _FONT_SIZE - 1}" fill="{ink}" textLength="{width}" '
            f'xml:space="preserve">{escape(text)}</text>'
        )
    return out
