"""docs/allocation.md: its twelve steps, and the places in code and tests that cite them."""

import re
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "allocation.md"

pytestmark = pytest.mark.skipif(
    not PAGE.exists(), reason="the documentation is not here (a copy made by scripts/mutants)"
)


def rows() -> dict[int, str]:
    """The rows of the table, by step."""
    found = re.findall(r"^\| (\d+) \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): row for number, row in found}


def test_the_page_has_the_twelve_steps():
    assert list(rows()) == list(range(1, 13))


@pytest.mark.parametrize("step", range(1, 13))
def test_every_module_and_test_that_a_step_names_exists(step):
    paths = re.findall(r"`([\w/]+(?:\.py|/))`", rows()[step])
    assert len(paths) > 1
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_citations_name_steps_of_the_page():
    cited = []
    for folder in ("mgmtsrvr", "sesssrvr", "verdigris", "gateway", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            for numbers in re.findall(r"docs/allocation\.md,\s+steps? ([\d, and to]+)", text):
                cited += [int(number) for number in re.findall(r"\d+", numbers)]
    assert set(cited) <= set(rows())
    assert len(cited) > 5
