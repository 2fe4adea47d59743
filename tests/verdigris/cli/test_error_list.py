"""The registry, shown; docs/reference/errors.md is made from it."""

import json
from pathlib import Path

import pytest

from verdigris.cli.error_list import page
from verdigris.errors import CODES


DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def test_the_document_is_what_the_registry_says():
    assert page() == DOCUMENT.read_text(encoding="utf-8"), (
        "the registry changed: run `verdigris errors --markdown > docs/reference/errors.md`"
    )


def test_all_of_them(run):
    result = run("errors")
    assert result.exit_code == 0
    for code, error in CODES.items():
        assert f"{code}" in result.stdout
        assert error.__name__ in result.stdout


@pytest.mark.parametrize("code", sorted(CODES))
def test_one_of_them(run, code):
    result = run("errors", str(code))
    assert result.stdout.startswith(f"{code} {CODES[code].__name__}\n")
    assert CODES[code].advice in result.stdout


def test_for_programs(run):
    (found,) = json.loads(run("errors", "2820", "--json").stdout)
    assert found["text"] == "Timed out while waiting for data."
    assert len(json.loads(run("errors", "--json").stdout)) == len(CODES)


def test_markdown(run):
    assert run("errors", "--markdown").stdout == page()


def test_an_unknown_number(run):
    assert run("errors", "4711").exit_code == 2
