"""A screen is an entity or none, and what is nearest is told with what differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.model.areas import area
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.patterns import CursorAt, FieldCount, FieldIs, Not, OneOf, TextAt, TextWithin
from sesssrvr.model.recognise import Recogniser, nearest, recognise
from sesssrvr.terminal.screen import TAIL, Field, Screen
from verdigris.errors import AttributeNotFound


TEXT = "BNK010 MAIN MENU    " + "Option: _           ".replace("_", " ") + " " * 20
SCREEN = Screen(
    3, 20, TEXT, (Field(1, 26, protected=True), Field(28, 1, numeric=True), Field(30, 30, protected=True)), cursor=28,
)  # fmt: skip
YES = [
    TextAt("BNK010", 1, 1),
    TextAt("bnk010", 1, 1, ignore_case=True),
    TextAt("MENU    Option", 1, 13),
    TextWithin("MAIN", 1, 1, 1, 20),
    TextWithin("option", 2, 1, 9999, 9999, ignore_case=True),
    FieldCount(3, 3),
    FieldCount(0, 1, inputs=True),
    CursorAt(2),
    CursorAt(2, 9),
    FieldIs(2, 9, protected=False, numeric=True),
    FieldIs(1, 5, protected=True, hidden=False),
    Not(TextAt("BNK020", 1, 1)),
    OneOf((TextAt("X", 1, 1), CursorAt(2))),
]
NO = [
    (TextAt("BNK020", 1, 1), 'row 1 column 1 shows "BNK010", not "BNK020"'),
    (TextAt("X", 9, 1), 'row 9 column 1 shows "", not "X"'),
    (TextWithin("MAIN", 2, 1, 3, 20), '"MAIN" is not in rows 2 to 3, columns 1 to 20'),
    (FieldCount(2, 2), "it has 3 fields, not 2"),
    (FieldCount(2, 4, inputs=True), "it has 1 input fields, not 2 to 4"),
    (CursorAt(2, 1), "the cursor is at row 2 column 9, not row 2 column 1"),
    (CursorAt(3), "the cursor is at row 2 column 9, not row 3"),
    (FieldIs(2, 9, protected=True), "the field at row 2 column 9 is not protected"),
    (FieldIs(2, 9, numeric=False), "the field at row 2 column 9 is numeric"),
    (FieldIs(2, 8), "there is no field at row 2 column 8"),
    (Not(CursorAt(2)), "it shows what it must not (cursor at row 2)"),
    (OneOf((TextAt("BNK011", 1, 1), TextAt("X", 3, 1))), 'row 1 column 1 shows "BNK010", not "BNK011"'),
]  # fmt: skip


@pytest.mark.parametrize("pattern", YES)
def test_what_the_screen_shows_matches(pattern):
    assert pattern.matches(SCREEN)
    assert pattern.nearness(SCREEN) == 1.0


@pytest.mark.parametrize(("pattern", "said"), NO)
def test_what_it_does_not_show_is_told(pattern, said):
    assert not pattern.matches(SCREEN)
    assert pattern.nearness(SCREEN) < 1.0
    assert pattern.difference(SCREEN) == said


def test_the_most_specific_entity_is_recognised():
    one = Entity("One", (TextAt("BNK010", 1, 1),))
    two = Entity("Two", (TextAt("BNK010", 1, 1), CursorAt(2)))
    assert recognise((one, two), SCREEN) is two
    assert recognise((one,), SCREEN) is one
    assert recognise((Entity("Nothing"),), SCREEN) is None


def test_the_nearest_entity_is_told_with_what_differs():
    entities = (
        Entity("Far", (TextAt("XYZ", 3, 1),)),
        Entity("Near", (TextAt("BNK011", 1, 1), CursorAt(2))),
    )
    found = nearest(entities, SCREEN)
    assert (found.entity, found.difference) == (
        "Near",
        'row 1 column 1 shows "BNK010", not "BNK011"',
    )
    assert nearest(entities, Screen(1, 3, "   ")).difference == "the screen is empty"
    assert nearest((), SCREEN).difference == "the model has no entities"


@pytest.mark.parametrize(
    ("attribute", "place"),
    [
        (Attribute("A", row=1, column=8, length=4), (1, 8, 4)),
        (Attribute("A", row=2, column=9), (2, 9, 1)),
        (Attribute("A", label="Option", access="write"), (2, 9, 1)),
        (Attribute("A", label="BNK010"), (2, 9, 1)),
        (Attribute("A", label="Option", right=2, down=-1, length=3), (1, 3, 3)),
        (Attribute("A", label="BNK010", right=7, length=4), (1, 8, 4)),
    ],
)
def test_attributes_are_found_by_place_or_label(attribute, place):
    found = area(Entity("E"), attribute, SCREEN)
    assert (found.row, found.column, found.length) == place


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("A", row=4, column=1),
        Attribute("A", label="nowhere"),
        Attribute("A", label="Option", down=5),
        Attribute("A", label="Option:  ", right=1, down=2),
    ],
)
def test_attributes_that_are_not_there_are_told(attribute):
    with pytest.raises(AttributeNotFound, match="Attribute A of entity E is not on the screen"):
        area(Entity("E"), attribute, SCREEN)


CELLS = st.text("ab \u4e00" + TAIL, min_size=12, max_size=12)
PATTERNS = st.one_of(
    st.builds(
        TextAt,
        st.text("aB \u4e00", max_size=3),
        st.integers(1, 4),
        st.integers(1, 6),
        ignore_case=st.booleans(),
    ),
    st.builds(CursorAt, st.integers(1, 3)),
    st.builds(lambda text: Not(TextAt(text, 1, 1)), st.text("ab", min_size=1, max_size=2)),
)


@given(st.lists(st.lists(PATTERNS, max_size=3), max_size=6), CELLS, st.booleans())
def test_a_recogniser_finds_what_looking_at_every_entity_finds(signatures, cells, connected):
    entities = [Entity(f"E{n}", tuple(one)) for n, one in enumerate(signatures)]
    screen = Screen(3, 4, cells, connected=connected)
    assert Recogniser(entities)(screen) is recognise(entities, screen)


def test_a_recogniser_looks_only_at_entities_that_may_be_it():
    class Asked:
        times = 0

        def matches(self, screen):
            Asked.times += 1
            return True

    entities = [Entity(f"E{n}", (TextAt(f"BNK{n:03}", 1, 1), Asked())) for n in range(100)]
    assert Recogniser(entities)(SCREEN) is entities[10]
    assert Asked.times == 1
