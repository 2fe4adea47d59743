import re
from pathlib import Path

import pytest

from hostemul.order_entry import book, guide, screens
from hostemul.order_entry.panel import Panel, entry, text


ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "order-host.md").read_text(encoding="utf-8")
CODES = re.compile(r"\bORD\d{4}\b")


def test_the_document_shows_the_screens_as_they_are():
    assert guide.PAGE.renewed(DOCUMENT) == DOCUMENT, (
        "run: python -m hostemul screens --host orders --into docs/order-host.md"
    )


def test_every_screen_is_documented_with_its_keys():
    for name in screens.PANELS:
        assert f"### {name} " in DOCUMENT
        assert name == "SYS001" or f"| {name} " in DOCUMENT


def test_every_message_is_documented_and_no_other():
    source = "".join(path.read_text() for path in Path(book.__file__).parent.glob("*.py"))
    assert set(CODES.findall(DOCUMENT)) == set(CODES.findall(source))


def test_the_documented_data_are_as_said():
    found = book.Book()
    counts = {n: len(found.find(str(n), "", "")) for n in (1014, 1007, 1018, 1010)}
    assert counts == {1014: 14, 1007: 12, 1018: 12, 1010: 4}
    status = {status: len(found.find("", status, "")) for status in book.STATUSES}
    assert status == {"OPEN": 69, "SHIPPED": 104, "CANCELLED": 14}
    assert [found.order(n).status for n in ("500006", "500010", "500013", "500024")] == ["OPEN"] * 4
    assert [len(found.order(n).lines) for n in ("500013", "500024")] == [16, 17]
    assert found.order("500001").status == "SHIPPED"
    assert max(found.orders) == 500187


@pytest.mark.parametrize(
    "items",
    [
        (text(1, 1, "A"),),
        (text(1, 78, "ABCD"),),
        (text(25, 2, "A"),),
        (text(1, 2, "ABC"), entry(1, 5, 2, "x")),
    ],
)
def test_a_panel_that_does_not_fit_is_refused(items):
    with pytest.raises(ValueError, match=r"fit|over"):
        Panel("X", "X", items)
