"""The page about models is made from the schemas."""

import re
from pathlib import Path

import pytest
from lxml import etree

from sesssrvr.model.docs_page import page


ROOT = Path(__file__).parents[3]


def test_the_page_about_models_is_made_from_the_schemas():
    made = page(ROOT / "examples" / "BankDemo")
    assert made == (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8"), (
        "python -m sesssrvr.model.docs_page examples/BankDemo > docs/reference/models.md"
    )


def contained():
    """(parent, child) pairs that the tables of the page allow."""
    text = (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    groups = {
        found[1]: set(re.findall(r"`<([\w-]+)>`", found[2]))
        for found in re.finditer(r"^\*\*any (\w+)\*\*: (.*)$", text, re.MULTILINE)
    }
    pairs = set()
    for row in re.finditer(r"^\| `<([\w-]+)>` \| [^|]* \|([^|]*)\|$", text, re.MULTILINE):
        inside = set(re.findall(r"`<([\w-]+)>`", row[2]))
        for group in re.findall(r"any (\w+)", row[2]):
            inside |= groups[group]
        pairs |= {(row[1], child) for child in inside}
    return pairs


@pytest.mark.parametrize("schema", ["model.xsd", "deploy.xsd"])
def test_every_element_of_a_schema_is_on_the_page_with_its_attributes(schema):
    text = (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    root = etree.parse(ROOT / "sesssrvr" / "model" / schema).getroot()
    names = {one.get("name") for one in root.iter("{*}element")} - {None}
    rows = set(re.findall(r"^\| `<([\w-]+)>` \|", text, re.MULTILINE))
    assert names <= rows, names - rows
    attributes = {one.get("name") for one in root.iter("{*}attribute")} - {None}
    assert attributes <= set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("example", ["BankDemo", "OrderEntry", "Calendar", "AddressBook"])
def test_what_the_examples_put_inside_what_is_on_the_page(example):
    """Judged by documents, not by the code that made the page."""
    allowed = contained()
    for path in (ROOT / "examples" / example).rglob("*.xml"):
        for element in etree.parse(path).getroot().iter("*"):
            for child in element.iterchildren("*"):
                pair = (etree.QName(element).localname, etree.QName(child).localname)
                assert pair in allowed, (path.name, pair)


def test_the_page_names_the_keys_of_every_terminal():
    text = (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    for line in ("PF1 to PF24, Tab", "F1 to F24, PA1 to PA3", "Ctrl-A to Ctrl-Z", "EraseEOF"):
        assert line in text
