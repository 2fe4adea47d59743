"""The session as pure steps: a key and typed text in, a state out."""

import pytest

from hostemul.order_entry import guide, screens, session
from hostemul.order_entry.book import Book


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def at(book):
    """Walk from the sign-on: `at(("ENTER", {...}), ...)` is the state reached."""

    def walk(*steps, wide=False, begin=None):
        state = begin or session.step(
            book,
            session.start("T1", wide=wide),
            "ENTER",
            {"user": "CLERK01", "password": "ORDER01"},
        )
        for aid, fields in steps:
            state = session.step(book, state, aid, fields)
        return state

    return walk


def test_the_sign_on_forgets_the_password(book):
    state = session.step(book, session.start("T1"), "ENTER", {"user": "CLERK01", "password": "NO"})
    assert (state.screen, state.wrong, state.cursor) == ("ORD000", True, "user")
    assert state.message == "ORD1001 User or password not correct"
    assert "NO" not in state.entered.values()
    state = session.step(book, state, "F9", {"password": "SECRET"})
    assert state.message == "ORD9001 Key F9 not allowed"
    assert "SECRET" not in repr(state) + str(state.entered)
    state = session.step(book, state, "ENTER", {"user": "", "password": "X"})
    assert state.message == "ORD1002 Enter your user"


@pytest.mark.parametrize(
    ("choice", "screen"), [("1", "ORD020"), ("02", "ORD040"), ("3", "ORD030"), ("4", "ORD050"), ("90", "ORD099")]
)  # fmt: skip
def test_the_menu_leads_on(at, choice, screen):
    assert at(("ENTER", {"selection": choice})).screen == screen


def test_the_menu_refuses_other_choices(at):
    state = at(("ENTER", {"selection": "7"}))
    assert (state.screen, state.message) == ("ORD010", "ORD1003 Selection not valid")


LIST = ("ENTER", {"selection": "1"})


def test_a_list_rolls_by_pages_and_stops_at_both_ends(at, book):
    state = at(LIST)
    assert session.values(book, state)["more"] == "More..."
    for page in range(1, 16):
        state = session.step(book, state, "PAGEDOWN", {})
        assert state.top == 12 * page
    assert session.values(book, state)["more"] == "Bottom"
    assert "line7" in session.values(book, state)
    assert "line8" not in session.values(book, state)
    over = session.step(book, state, "PAGEDOWN", {})
    assert (over.message, over.top) == ("ORD2009 Bottom of list", 180)
    top = at(LIST, ("PAGEUP", {}))
    assert (top.message, top.wrong) == ("ORD2008 Top of list", True)


def test_a_full_page_is_the_whole_list(at, book):
    state = at(LIST, ("ENTER", {"customer": "1007"}))
    shown = session.values(book, state)
    assert shown["more"] == "Bottom"
    assert sum(name.startswith("line") for name in shown) == 12


def test_filters_begin_the_list_anew_and_stay(at, book):
    state = at(LIST, ("PAGEDOWN", {}), ("ENTER", {"customer": "1014", "status": "OPEN"}))
    shown = session.values(book, state)
    assert state.top == 0
    assert all("OPEN" in text for name, text in shown.items() if name.startswith("line"))
    assert shown["customer"] == "1014"
    state = session.step(book, state, "F5", {})
    assert session.values(book, state)["line1"].startswith("500001")
    wrong = at(LIST, ("ENTER", {"customer": "1013", "status": "CANCELLED", "order": "500180"}))
    assert wrong.message == "ORD2006 No orders found"


def test_options_lead_to_the_marked_order_and_back_to_the_list_as_it_was(at, book):
    state = at(LIST, ("PAGEDOWN", {}), ("ENTER", {"option2": "5"}))
    assert (state.screen, state.facts) == ("ORD031", {"order": "500014"})
    back = session.step(book, state, "F12", {})
    assert (back.screen, back.top, back.entered.get("option2")) == ("ORD020", 12, None)
    assert at(LIST, ("ENTER", {"option6": "4"})).screen == "ORD051"
    assert at(LIST, ("ENTER", {"option1": "4"})).message == "ORD3001 Order 500001 is shipped"
    state = at(LIST, ("ENTER", {"option3": "9"}))
    assert (state.message, state.cursor) == ("ORD2007 Option 9 not valid", "option3")


def test_the_wide_list_only_on_terminals_that_have_it(at, book):
    assert at(LIST, ("F11", {})).message == "ORD9002 The terminal has no 132 columns"
    wide = at(LIST, ("F11", {}), wide=True)
    assert wide.screen == "ORD021"
    assert "line14" in session.values(book, wide)
    assert session.step(book, wide, "F11", {}).screen == "ORD020"


def test_a_long_order_rolls(at, book):
    state = at(("ENTER", {"selection": "3"}), ("ENTER", {"order": "500013"}))
    shown = session.values(book, state)
    assert (shown["more"], shown["customer"], shown["total"]) == ("More...", "1007", "5,412.70")
    state = session.step(book, state, "PAGEDOWN", {})
    shown = session.values(book, state)
    assert shown["more"] == "Bottom"
    assert shown["line8"].split()[0] == "16"
    assert session.step(book, state, "PAGEDOWN", {}).message == "ORD2009 Bottom of list"
    assert at(("ENTER", {"selection": "3"}), ("ENTER", {"order": "599999"})).message == (
        "ORD2001 Order 599999 not found"
    )


FORM = guide.FORM


def test_an_order_is_entered_confirmed_and_placed(at, book):
    state = at(("ENTER", {"selection": "2"}), ("ENTER", FORM))
    shown = session.values(book, state)
    assert (state.screen, shown["total"], shown["name"]) == (
        "ORD041",
        "130.18",
        "COASTLINE CHANDLERS",
    )
    assert 500188 not in book.orders
    state = session.step(book, state, "F6", {})
    assert (state.screen, state.facts["number"]) == ("ORD042", "500188")
    state = session.step(book, state, "ENTER", {})
    assert (state.screen, state.message, state.wrong) == (
        "ORD010",
        "ORD0002 Order 500188 placed",
        False,
    )
    assert [line.quantity for line in book.order("500188").lines] == [2, 12]


def test_a_confirmation_can_be_changed(at):
    state = at(("ENTER", {"selection": "2"}), ("ENTER", FORM), ("F12", {}))
    assert (state.screen, state.entered["item1"]) == ("ORD040", "RO1308")


WRONG = {
    "customer": ({"customer": "9999"}, "ORD2002", "customer"),
    "no customer": ({"customer": ""}, "ORD2002", "customer"),
    "date": ({"wanted": "2026-02-30"}, "ORD2010", "wanted"),
    "past date": ({"wanted": "2026-03-02"}, "ORD2011", "wanted"),
    "item": ({"item2": "XX1"}, "ORD2004", "item2"),
    "quantity": ({"quantity1": "0"}, "ORD2005", "quantity1"),
    "no items": ({"item1": "", "quantity1": "", "item2": "", "quantity2": ""}, "ORD2012", "item1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_the_form_is_told_at_its_entry(name, at):
    change, code, cursor = WRONG[name]
    state = at(("ENTER", {"selection": "2"}), ("ENTER", FORM | change))
    assert (state.screen, state.message[:7], state.cursor) == ("ORD040", code, cursor)
    assert state.entered["reference"] == "SPRING REFIT"


def test_an_order_is_cancelled_once(at, book):
    ask = (("ENTER", {"selection": "4"}), ("ENTER", {"order": "500006"}))
    assert at(*ask, ("F12", {})).screen == "ORD050"
    assert book.order("500006").status == "OPEN"
    state = at(*ask, ("ENTER", {}))
    assert (state.screen, state.message) == ("ORD050", "ORD0001 Order 500006 cancelled")
    assert at(*ask).message == "ORD3001 Order 500006 is cancelled"
    detail = at(
        ("ENTER", {"selection": "3"}), ("ENTER", {"order": "500010"}), ("F4", {}), ("ENTER", {})
    )
    assert (detail.screen, detail.message) == ("ORD031", "ORD0001 Order 500010 cancelled")


def test_keys_that_show_the_screen_again_change_nothing(at, book):
    state = at(LIST, ("ENTER", {"option1": "9"}))
    for key in session.REFRESH:
        again = session.step(book, state, key, {})
        assert (again.screen, again.message, again.entered) == (state.screen, "", state.entered)


def test_every_screen_answers_every_key(book):
    seen = guide.shown()
    for name in screens.PANELS:
        state, _ = seen[name]
        for aid in ("ENTER", *(f"F{n}" for n in range(1, 25)), "PAGEUP", "PAGEDOWN", "CLEAR"):
            after = session.step(book, state, aid, {})
            assert after.screen in screens.PANELS
            assert session.values(book, after)["date"] == "2026-03-02"


def test_an_unknown_screen_leads_on(at, book):
    state = at(LIST)
    unknown = session.unknown(state)
    assert unknown.screen == "SYS001"
    assert session.step(book, unknown, "ENTER", {}).screen == "ORD020"
