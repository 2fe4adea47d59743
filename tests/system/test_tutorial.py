"""The model of docs/tutorial.md is a model, and answers as the page says."""

import re
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
