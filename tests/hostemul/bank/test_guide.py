import re
from pathlib import Path

import pytest

from hostemul.bank import guide, ledger, screens
from hostemul.bank.ledger import Bank


ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "demo-bank.md").read_text(encoding="utf-8")
CODES = re.compile(r"\b[EI]\d{3}\b")


def test_the_document_shows_the_screens_as_they_are():
    assert guide.PAGE.renewed(DOCUMENT) == DOCUMENT, (
        "run: python -m hostemul screens --into docs/demo-bank.md"
    )


def test_every_screen_is_documented_with_its_keys():
    for name in screens.LAYOUTS:
        assert f"### {name} " in DOCUMENT
        assert name == "SYS001" or f"| {name} " in DOCUMENT


def test_every_message_is_documented_and_no_other():
    source = "".join(path.read_text() for path in Path(ledger.__file__).parent.glob("*.py"))
    assert set(CODES.findall(DOCUMENT)) == set(CODES.findall(source))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("SMITH", 45),
        ("JONES", 42),
        ("BROWN", 33),
        ("TAYLOR", 28),
        ("MÜLLER", 4),
        ("O'BRIEN", 3),
        ("ST JOHN-CLARKE", 2),
        ("ABERNATHY", 1),
        ("SMITH*", 57),
    ],
)
def test_the_documented_names_are_found(name, count):
    assert f"{name} {count}" in DOCUMENT
    assert len(Bank().find(name)) == count


def test_the_documented_accounts_are_as_said():
    bank = Bank()
    balances = {n: bank.account(str(n)).balance for n in (40000001, 40000002, 40000004, 40000052)}
    assert balances == {40000001: 109414, 40000002: 842895, 40000004: 324760, 40000052: -6335}
    assert bank.account("40000002").limit == 50000
    assert len(bank.account("40000004").bookings) == 40
    assert [bank.account(n).currency for n in ("40000003", "40000047")] == ["USD", "EUR"]
    assert all(bank.account(n).closed for n in ("40000016", "40000071", "40000083"))
    assert not bank.customer("100027").accounts
    assert not bank.customer("100038").accounts
    bank.account("40004108")
    with pytest.raises(ledger.TransferRefused):
        bank.account("40004109")
