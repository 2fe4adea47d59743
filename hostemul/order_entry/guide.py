"""The order host's screens for readers: drawn from the panels and a walk through the host itself.

Law: nothing is drawn that the host does not show; a test holds docs/order-host.md to this output.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from hostemul.order_entry import screens, session
from hostemul.order_entry.book import Book
from hostemul.order_entry.panel import (
    CAPITALS,
    DIGITS_BLANK,
    DIGITS_ZERO,
    PLAIN,
    Panel,
    PanelItem,
    draw,
)
from hostemul.order_entry.state import OrderState


MARK: Final = "<!-- From here on written by `python -m hostemul screens --host orders`. -->"
Step = tuple[str, Mapping[str, str]]
FORM: Final = {
    "customer": "1003", "reference": "SPRING REFIT", "wanted": "2026-04-01", "item1": "RO1308",
    "quantity1": "2", "item2": "SH1410", "quantity2": "12",
}  # fmt: skip
WALK: Final[tuple[Step, ...]] = (
    ("ENTER", {"user": "CLERK01", "password": "ORDER01"}),
    ("ENTER", {"selection": "1"}),
    ("F11", {}),
    ("F11", {}),
    ("F3", {}),
    ("ENTER", {"selection": "2"}),
    ("ENTER", FORM),
    ("F6", {}),
    ("ENTER", {}),
    ("ENTER", {"selection": "3"}),
    ("ENTER", {"order": "500013"}),
    ("F3", {}),
    ("ENTER", {"selection": "4"}),
    ("ENTER", {"order": "500006"}),
    ("F3", {}),
    ("F3", {}),
)
WORDS: Final = {
    PLAIN: "any characters",
    CAPITALS: "capitals",
    DIGITS_ZERO: "digits, right-adjusted with zeros",
    DIGITS_BLANK: "digits, right-adjusted with blanks",
}


def shown(seed: int = 1) -> dict[str, tuple[OrderState, dict[str, str]]]:
    """Each screen with the values it has when it is first shown on the walk, by id."""
    book = Book(seed)
    state = session.start("QPADEV0001", wide=True)
    seen: dict[str, tuple[OrderState, dict[str, str]]] = {}
    for aid, fields in (("", {}), *WALK):
        if aid:
            state = session.step(book, state, aid, fields)
        seen.setdefault(state.screen, (state, session.values(book, state)))
    unknown = session.unknown(state)
    seen[unknown.screen] = (unknown, session.values(book, unknown))
    return seen


def pages() -> Iterator[str]:
    """The generated part of docs/order-host.md, line by line."""
    seen = shown()
    for name, panel in screens.PANELS.items():
        columns = panel.size[1]
        yield from ("", f"### {name} {panel.title.lower()}", "", "```text")
        yield "   " + "".join(f"{n:>10}" for n in range(10, columns + 1, 10))
        lines = draw(panel, seen[name][1])
        yield from (f"{row:2} {line}".rstrip() for row, line in enumerate(lines, 1))
        yield "```"
        yield from _table(panel)


def _table(panel: Panel) -> Iterator[str]:
    yield from ("", "| name | kind | row | column | length | |", "|---|---|---|---|---|---|")
    for item in panel.items:
        stem = item.name.rstrip("0123456789")
        if item.kind == "text" or (item.name[len(stem) :] not in ("", "1")):
            continue  # further lines stand one row below each other
        count = sum(one.name.rstrip("0123456789") == stem for one in panel.items)
        many = item.name != stem
        rows = f"{item.row}-{item.row + count - 1}" if many else item.row
        name = f"`{item.name}`" + (" ..." if many else "")
        yield f"| {name} | {item.kind} | {rows} | {item.column} | {item.length} | {_notes(item)} |"


def _notes(item: PanelItem) -> str:
    notes = [WORDS[item.word]] if item.kind == "entry" else []
    notes += ["non-display"] if item.hidden else []
    notes += ["set right"] if item.right else []
    notes += ["only on lines in use"] if item.needs else []
    return ", ".join(notes)


def text() -> str:
    """The generated part of docs/order-host.md."""
    return "\n".join(pages()) + "\n"


def renewed(document: str) -> str:
    """The document with everything behind the mark drawn anew."""
    return f"{document.partition(MARK)[0]}{MARK}\n{text()}"
