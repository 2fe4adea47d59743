"""The demo bank's screens for readers: drawn from the layouts and a walk through the bank itself.

Law: nothing is drawn that the bank does not show; a test holds docs/demo-bank.md to this output.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from hostemul.bank import screens, session
from hostemul.bank.layout import Item, draw
from hostemul.bank.ledger import Bank
from hostemul.bank.state import BankState
from hostemul.guide_page import GuidePage, Shown


# Keys and typed fields which show each screen; its first showing is drawn, of those named in LATE
# the last one.
Step = tuple[str, Mapping[str, str]]
WALK: Final[tuple[Step, ...]] = (
    ("ENTER", {"user": "TELLER001", "password": "BANK001"}),
    ("ENTER", {}),
    ("ENTER", {"option": "1"}),
    ("ENTER", {"last": "SMITH"}),
    ("PF8", {}),
    ("PF7", {}),
    ("ENTER", {"select2": "S"}),
    ("ENTER", {"select1": "S"}),
    ("PF5", {}),
    ("PF12", {}),
    ("ENTER", {"option": "2"}),
    ("PF3", {}),
    ("ENTER", {"option": "3"}),
    ("ENTER", {"from": "40000002", "to": "40000004", "amount": "150", "reference": "RENT MARCH"}),
    ("ENTER", {"confirm": "Y"}),
    ("ENTER", {}),
    ("ENTER", {"option": "4"}),
    ("ENTER", {"customer": "100002", "type": "SAV", "currency": "GBP", "deposit": "0"}),
    ("ENTER", {}),
    ("ENTER", {"option": "5"}),
    ("ENTER", {"account": "40004109"}),
    ("ENTER", {"confirm": "Y"}),
    ("ENTER", {}),
    ("ENTER", {"option": "6"}),
    ("ENTER", {"amount": "10,000.00", "rate": "6.5", "months": "48"}),
    ("PF3", {}),
    ("PF3", {}),
)
LATE: Final = frozenset({"BNK090"})  # drawn as last shown: with its result


def shown(seed: int = 1) -> dict[str, tuple[BankState, dict[str, str]]]:
    """Each screen of the bank with the values it has on the walk, by id."""
    bank = Bank(seed, motd_rate=1)
    state = session.start("BNKT0001")
    seen: dict[str, tuple[BankState, dict[str, str]]] = {}

    def keep(state: BankState) -> None:
        if state.screen not in seen or state.screen in LATE:
            seen[state.screen] = (state, session.values(bank, state))

    keep(state)
    for aid, fields in WALK:
        state = session.step(bank, state, aid, fields)
        keep(state)
    older = _signed_on_twice(bank)
    keep(older)
    keep(session.unknown(older))
    return seen


def _signed_on_twice(bank: Bank) -> BankState:
    typed = {"user": "TELLER002", "password": "BANK002"}
    older = session.step(bank, session.start("BNKT0001"), "ENTER", typed)
    session.step(bank, session.start("BNKT0002"), "ENTER", typed)
    return session.step(bank, older, "ENTER", {})


def _screens() -> Iterator[Shown[Item]]:
    seen = shown()
    for name, layout in screens.LAYOUTS.items():
        yield Shown(name, layout.title, layout.items, draw(layout, seen[name][1]))


PAGE: Final = GuidePage(
    "<!-- From here on written by `python -m hostemul screens`. -->",
    _screens,
    lambda item: "numeric" if item.numeric else "",
)
"""The generated part of docs/demo-bank.md."""
