"""The order host's screens for readers: drawn from the panels and a walk through the host itself.

Law: nothing is drawn that the host does not show; a test holds docs/order-host.md to this output.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from hostemul.guide_page import GuidePage, Shown
from hostemul.order_entry import screens, session
from hostemul.order_entry.book import Book
from hostemul.order_entry.panel import (
    CAPITALS,
    DIGITS_BLANK,
    DIGITS_ZERO,
    PLAIN,
    PanelItem,
    draw,
)
from hostemul.order_entry.state import OrderState


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


def _screens() -> Iterator[Shown[PanelItem]]:
    seen = shown()
    for name, panel in screens.PANELS.items():
        yield Shown(name, panel.title, panel.items, draw(panel, seen[name][1]))


PAGE: Final = GuidePage(
    "<!-- From here on written by `python -m hostemul screens --host orders`. -->",
    _screens,
    lambda item: WORDS[item.word] if item.kind == "entry" else "",
)
"""The generated part of docs/order-host.md."""
