"""The model of docs/tutorial.md is a model, and answers as the page says."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from hostemul.pytest_plugin import _hosts, demo_bank  # noqa: F401 - fixtures
from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package, read_package
from sesssrvr.pytest_plugin import model_at  # noqa: F401 - a fixture


PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The folder of the page's model."""
    folder = tmp_path_factory.mktemp("tutorial") / "bank"
    for text in re.findall(r"```xml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        path = folder / re.search(r"<!-- ((?:model|deploy)/\S+) -->", text)[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_page_has_a_whole_package(bank):
    found = read_package(build_package(files_of(bank)), "bank.zip")

    assert [one.name for one in found.deployment.pools] == ["TutorialPool"]
    assert {one.message for one in found.warnings} >= {
        "no operation leads from MainMenu to entity SignOn",
        "no operation leads from MainMenu to entity MessageOfTheDay",
    }


@pytest.mark.processes
def test_its_procedures_read_a_row_and_a_list(bank, demo_bank, model_at):  # noqa: F811 - fixtures
    model = model_at(bank, demo_bank(), userID="TELLER001", password="BANK001")

    (account,) = model.call("Accounts", "AccountDetail", {"AccountNumber": 40002988})
    assert (account["CustomerName"], str(account["Balance"])) == ("SMITH, CAROLINE", "2820.53")
    assert model.call("Accounts", "AccountDetail", {"AccountNumber": 99999999}) == []
    assert len(model.call("Customers", "CustomerSearch", {"LastName": "SMITH"})) == 45


@pytest.mark.processes
def test_the_first_page_shows_what_the_bank_and_its_model_give(demo_bank, model_at):  # noqa: F811 - fixtures
    root = PAGE.parents[1]
    page = (root / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<(\w+)>([^<>]+)</\1>", page))
    host = demo_bank("--motd-rate", "0")
    model = model_at(root / "examples" / "BankDemo", host, userID="TELLER001", password="BANK001")

    (account,) = model.call("Accounts", "AccountDetail", {"AccountNumber": 40002988})
    assert {name: str(value) for name, value in account.items()} == shown
    screen = [
        line[:56].rstrip() for line in page.split("```text\n")[1].split("```")[0].splitlines()
    ]
    for value in account.values():
        text = f"{value:,}" if isinstance(value, Decimal) else str(value)
        assert any(line.endswith(f" {text}") for line in screen), text
