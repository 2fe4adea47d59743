"""The examples' models against their captured screens: tested without a host, as users can do."""

from pathlib import Path

import pytest

from sesssrvr.model import build_package, captured_screens, read_folder, read_package
from sesssrvr.model.areas import text
from sesssrvr.model.recognise import matching
from sesssrvr.model.records import current, records
from sesssrvr.terminal import to_json, to_svg
from sesssrvr.terminal.capture import capture_from_text, screen_from_capture


EXAMPLES = Path(__file__).parents[3] / "examples"
KINDS = {"AddressBook": "VT", "BankDemo": "3270", "Calendar": "VT", "OrderEntry": "5250"}


@pytest.fixture(scope="module")
def models():
    return {name: read_package(build_package(read_folder(EXAMPLES / name))).model for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_every_entity_is_captured_and_every_capture_is_that_entity_only(name, models):
    model = models[name]
    for entity in model.entities:
        assert entity.captures, entity.name
        for one in entity.captures:
            assert [found.name for found in matching(model.entities, one.screen)] == [entity.name]


@pytest.mark.parametrize("name", KINDS)
def test_a_capture_is_of_the_models_terminal_and_written_as_it_was_read(name, models):
    for path in (EXAMPLES / name / "model" / "screens").glob("*.txt"):
        screen = screen_from_capture(capture_from_text(path.read_text()))
        assert screen.kind == KINDS[name], path.name
        assert bool(screen.fields) is (KINDS[name] != "VT"), path.name
        written = captured_screens.write(screen)
        assert screen_from_capture(capture_from_text(written)) == screen
        assert written.rstrip("\n") in path.read_text(), path.name
        assert f'"kind": "{screen.kind}"' in to_json(screen)
        assert to_svg(screen).endswith("</svg>")


def shown(model, entity, capture=0):
    found = model.entity(entity)
    return found, found.captures[capture].screen


def test_attributes_and_lists_are_read_from_captures(models):
    book, diary, orders = models["AddressBook"], models["Calendar"], models["OrderEntry"]
    person, screen = shown(book, "Person")
    assert [text(person, one, screen).strip() for one in person.attributes] == [
        "Cy Tan", "cy@example.org",
    ]  # fmt: skip
    phones, screen = shown(book, "Phones")
    assert text(phones, phones.attributes[0], screen).strip() == "+65 6555 0199"

    people, screen = shown(book, "People")
    page = records(people.recordsets[0], screen)
    names = [one.texts[0] for one in page if not one.blank]
    assert names == ["Ada Palmer", "Bo Lind", "Cora Nilsen", "Cy Tan"]
    assert current(people.recordsets[0], page, screen) == 3  # in reverse video

    day, screen = shown(diary, "DayList")
    page = records(day.recordsets[0], screen)
    assert ("09:00", "10:00", "Board meeting") in [one.texts for one in page]
    assert current(day.recordsets[0], page, screen) == 0  # in bold

    listing, screen = shown(orders, "OrderList")
    numbers = [one.texts for one in records(listing.recordsets[0], screen) if not one.blank]
    assert len(numbers) > 5
    assert screen.input_fields()
