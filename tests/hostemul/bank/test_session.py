"""Every screen, key and message of the bank, by the pure session."""

import pytest

from hostemul.bank import guide, session
from hostemul.bank.ledger import Bank
from hostemul.bank.screens import LAYOUTS


class User:
    """Presses keys at a bank of its own."""

    def __init__(self, bank=None, motd_rate=0.0, terminal="T1"):
        self.bank = bank or Bank(1, motd_rate)
        self.state = session.start(terminal)

    def press(self, aid, **fields):
        typed = {name.rstrip("_"): value for name, value in fields.items()}
        assert typed.keys() <= set(LAYOUTS[self.state.screen].names.values())
        self.state = session.step(self.bank, self.state, aid, typed)
        return self

    def on(self, number=1):
        return self.press("ENTER", user=f"TELLER{number:03}", password=f"BANK{number:03}")

    def to(self, option):
        return self.on().press("ENTER", option=option)

    @property
    def screen(self):
        return self.state.screen

    @property
    def message(self):
        return self.state.message

    @property
    def shown(self):
        return session.values(self.bank, self.state)

    def lines(self):
        return [value for name, value in self.shown.items() if name.startswith("line")]


@pytest.fixture
def user():
    return User()


# Sign-on, menu and the ways out


@pytest.mark.parametrize(
    ("typed", "message", "cursor"),
    [
        ({}, "E104", ""),
        ({"user": "TELLER001"}, "E105", "password"),
        ({"user": "NOBODY", "password": "BANK001"}, "E101", ""),
        ({"user": "TELLER001", "password": "BANK002"}, "E101", ""),
    ],
)
def test_a_bad_sign_on_says_why_and_forgets_the_password(user, typed, message, cursor):
    user.press("ENTER", **typed)
    assert (user.screen, user.message[:4], user.state.cursor) == ("BNK000", message, cursor)
    assert not user.shown.get("password")


def test_a_wrong_key_on_the_sign_on_screen_forgets_the_password_too(user):
    user.press("PF9", user="TELLER001", password="BANK001")
    assert user.message == "E901 PF9 is not active on this screen"
    assert not user.shown.get("password")


def test_sign_on_in_lower_case_leads_to_the_menu(user):
    user.press("ENTER", user="teller007", password="bank007")
    assert (user.screen, user.shown["user"]) == ("BNK010", "TELLER007")


def test_the_news_comes_before_the_menu():
    user = User(motd_rate=1).on()
    assert (user.screen, bool(user.shown["notice"])) == ("BNK005", True)
    assert user.press("ENTER").screen == "BNK010"
    assert user.press("PF3").screen == "BNK099"


@pytest.mark.parametrize(
    ("option", "screen"),
    [
        ("1", "BNK020"),
        ("2", "BNK040"),
        ("3", "BNK060"),
        ("4", "BNK070"),
        ("5", "BNK080"),
        ("6", "BNK090"),
        ("x", "BNK099"),
    ],
)
def test_each_option_of_the_menu_leads_on(user, option, screen):
    assert user.to(option).screen == screen


@pytest.mark.parametrize(("option", "message"), [("9", "E106"), ("", "E107")])
def test_a_bad_option_is_refused(user, option, message):
    assert user.to(option).message[:4] == message
    assert user.screen == "BNK010"


@pytest.mark.parametrize("option", ["1", "2", "3", "4", "5", "6"])
@pytest.mark.parametrize("key", ["PF3", "PF12", "PF15", "PF24"])
def test_pf3_and_pf12_lead_back_to_the_menu(user, option, key):
    assert user.to(option).press(key).screen == "BNK010"


def test_sign_off_and_sign_on_again(user):
    user.on().press("PF3")
    assert user.screen == "BNK099"
    assert not user.bank.users["TELLER001"].ticket
    assert user.press("ENTER").screen == "BNK000"
    assert user.on(2).screen == "BNK010"


@pytest.mark.parametrize("way", [[], [("PF3",)]])
def test_pf3_without_a_user_ends_the_connection(way):
    user = User()
    if way:
        user.on().press("PF3")
    assert user.press("PF3").state.over


def test_the_older_sign_on_of_a_user_is_ended_and_its_key_does_nothing():
    older = User().to("3")
    newer = User(older.bank, terminal="T2").on()
    before = list(older.bank.account("40000002").bookings)
    older.press("ENTER", from_="40000002", to="40000004", amount="1")
    assert (older.screen, older.shown["user"], older.shown["place"]) == (
        "BNK098",
        "TELLER001",
        "T2",
    )
    assert older.bank.account("40000002").bookings == before
    assert newer.press("ENTER", option="1").screen == "BNK020"
    assert older.press("ENTER").screen == "BNK000"
    assert newer.press("PF12").screen == "BNK010", "only a sign-on ends the newer one"
    older.on()
    assert newer.press("PF3").screen == "BNK098"


def test_a_terminal_that_hangs_up_frees_its_user(user):
    user.on()
    session.hang_up(user.bank, user.state)
    assert not user.bank.users["TELLER001"].ticket
    session.hang_up(user.bank, session.start("T2"))


@pytest.mark.parametrize("key", ["CLEAR", "PA2"])
def test_clear_and_pa2_send_the_screen_again(user, key):
    user.to("1")
    before = user.state
    assert user.press(key).state == before


SHOWN = guide.shown()
SHARED = Bank(1)
ALL = [name for name in LAYOUTS if name != "SYS001"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("key", ["PF1", "PF10", "PF23", "PA1", "PA3"])
def test_a_key_no_screen_names_is_refused_with_a_message(name, key):
    state, _ = SHOWN[name]
    if state.user:
        SHARED.users[state.user].ticket = state.ticket
    after = session.step(SHARED, state, key, {})
    assert (after.screen, after.message) == (name, f"E901 {key} is not active on this screen")


def test_an_unknown_screen_gives_way_to_the_one_that_was_due(user):
    user.to("1")
    due = user.state
    user.state = session.unknown(due)
    assert user.screen == "SYS001"
    assert user.press("PF12").screen == "SYS001"
    assert user.press("ENTER").state == due


# Enquiries


@pytest.mark.parametrize(
    ("typed", "message", "cursor"),
    [
        ({}, "E201", ""),
        ({"last": "NOSUCHNAME"}, "E202", ""),
        ({"last": "SMITH", "first": "ZZ"}, "E202", ""),
        ({"number": "999999"}, "E203", "number"),
        ({"number": "12A"}, "E203", "number"),
    ],
)
def test_a_search_without_result_says_why_and_keeps_what_was_typed(user, typed, message, cursor):
    user.to("1").press("ENTER", **typed)
    assert (user.screen, user.message[:4], user.state.cursor) == ("BNK020", message, cursor)
    assert all(user.shown[name] == value for name, value in typed.items())


def test_the_list_is_paged_to_its_end_and_back(user):
    user.to("1").press("ENTER", last="smith")
    seen, pages = [], []
    for _ in range(4):
        seen += user.lines()
        pages.append(
            (user.shown["page"], user.shown["pages"], user.shown["more"], len(user.lines()))
        )
        user.press("PF8")
    assert pages == [
        ("1", "4", "MORE...", 14),
        ("2", "4", "MORE...", 14),
        ("3", "4", "MORE...", 14),
        ("4", "4", "END OF LIST", 3),
    ]
    assert len({line[:6] for line in seen}) == 45
    assert (user.message[:4], user.shown["page"]) == ("I002", "4")
    for page in ("3", "2", "1"):
        assert user.press("PF7").shown["page"] == page
    assert user.press("PF7").message[:4] == "I001"


def test_a_list_of_full_pages_has_no_empty_one(user):
    user.to("1").press("ENTER", last="TAYLOR").press("PF8")
    assert (user.shown["pages"], len(user.lines())) == ("2", 14)
    assert user.press("PF8").message[:4] == "I002"


def test_the_line_marked_on_a_later_page_is_the_one_shown(user):
    user.to("1").press("ENTER", last="SMITH").press("PF8")
    chosen = user.lines()[2][:6]
    assert user.press("ENTER", select3="s").shown["number"] == chosen
    assert user.press("PF3").shown["page"] == "2"
    assert not user.shown.get("select3")


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ({}, "E205"),
        ({"select1": "S", "select2": "S"}, "E206"),
        ({"select1": "X"}, "E207"),
    ],
)
def test_a_bad_selection_is_refused(user, marks, message):
    user.to("1").press("ENTER", last="SMITH").press("ENTER", **marks)
    assert (user.screen, user.message[:4]) == ("BNK021", message)


def test_a_corrected_selection_goes_on(user):
    user.to("1").press("ENTER", last="SMITH").press("ENTER", select1="X")
    assert user.press("ENTER", select1="S").screen == "BNK030"


def test_a_customer_shows_dates_day_first_and_all_accounts(user):
    user.to("1").press("ENTER", number="101453")
    assert (user.shown["born"], user.shown["since"]) == ("01/10/1992", "10/09/2017")
    assert [line[:8] for line in user.lines()] == ["40002988", "40002989", "40002990"]
    assert user.press("ENTER", select2="S").shown["account"] == "40002989"


def test_a_customer_without_accounts_says_so(user):
    user.to("1").press("ENTER", number="100027").press("ENTER")
    assert user.message[:4] == "E208"


@pytest.mark.parametrize(
    ("number", "message"), [("", "E302"), ("99999999", "E301"), ("4000", "E301")]
)
def test_an_unknown_account_is_refused(user, number, message):
    assert user.to("2").press("ENTER", account=number).message[:4] == message


def test_an_account_shows_its_amounts_and_dates_year_first(user):
    user.to("2").press("ENTER", account="40000052")
    shown = user.shown
    assert (shown["balance"], shown["status"], shown["currency"]) == ("-63.35", "OPEN", "GBP")
    assert shown["opened"][4] == shown["last"][4] == "-"


def test_transactions_run_from_the_newest_to_the_oldest(user):
    user.to("2").press("ENTER", account="40000004").press("PF5")
    days = []
    for _ in range(3):
        days += [line[:10] for line in user.lines()]
        user.press("PF8")
    assert len(days) == 40
    assert days == sorted(days, reverse=True)
    assert (user.message[:4], user.shown["more"]) == ("I002", "END OF LIST")
    assert user.press("PF7").shown["page"] == "2"
    assert user.press("PF3").screen == "BNK041"


def test_an_account_leads_to_a_transfer_and_to_its_closing(user):
    user.to("2").press("ENTER", account="40000004").press("PF6")
    assert (user.screen, user.shown["from"], user.state.cursor) == ("BNK060", "40000004", "to")
    user.press("PF3").press("PF9")
    assert (user.screen, user.shown["account"]) == ("BNK080", "40000004")
    assert user.press("PF3").screen == "BNK041"


# Orders

ORDER = {"from_": "40000002", "to": "40000004", "amount": "1,150.5", "reference": "RENT"}


def test_a_transfer_is_confirmed_made_and_shown(user):
    user.to("3").press("ENTER", **ORDER)
    assert (user.screen, user.shown["amount"]) == ("BNK061", "1,150.50")
    user.press("ENTER", confirm="y")
    assert (user.screen, user.message[:4], user.shown["number"]) == ("BNK062", "I302", "T0000001")
    assert (user.shown["from_balance"], user.shown["to_balance"]) == ("7,278.45", "4,398.10")
    assert user.press("ENTER").screen == "BNK010"


def test_a_transfer_from_an_account_returns_to_it(user):
    user.to("2").press("ENTER", account="40000002").press("PF6")
    user.press("ENTER", to="40000004", amount="1").press("ENTER", confirm="Y")
    assert user.screen == "BNK062"
    user.press("PF3")
    assert (user.screen, user.shown["balance"]) == ("BNK041", "8,427.95")


def test_a_transfer_that_is_not_confirmed_changes_nothing(user):
    before = list(user.bank.account("40000002").bookings)
    user.to("3").press("ENTER", **ORDER).press("ENTER", confirm="N")
    assert (user.screen, user.message[:4], user.shown["from"]) == ("BNK060", "I301", "40000002")
    assert user.bank.account("40000002").bookings == before


@pytest.mark.parametrize("answer", ["", "X"])
def test_a_confirmation_is_answered_y_or_n(user, answer):
    user.to("3").press("ENTER", **ORDER).press("ENTER", confirm=answer)
    assert (user.screen, user.message[:4]) == ("BNK061", "E308")


def test_a_transfer_that_became_impossible_is_refused_at_its_confirmation(user):
    user.to("3").press("ENTER", **ORDER)
    user.bank.transfer("40000002", "40000004", 892895, "")
    user.press("ENTER", confirm="Y")
    assert (user.screen, user.message[:4]) == ("BNK060", "E307")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from_": "49999999"}, "E301"),
        ({"to": ""}, "E302"),
        ({"to": "40000016"}, "E303"),
        ({"to": "40000002"}, "E304"),
        ({"to": "40000003"}, "E305"),
        ({"amount": "TEN"}, "E306"),
        ({"amount": "0.00"}, "E306"),
        ({"amount": "9999"}, "E307"),
    ],
)
def test_a_bad_transfer_is_refused_with_its_fields_kept(user, change, message):
    user.to("3").press("ENTER", **ORDER | change)
    assert (user.screen, user.message[:4], user.shown["reference"]) == ("BNK060", message, "RENT")


NEW = {"customer": "100002", "type": "sav", "currency": "gbp", "deposit": ""}


def test_an_account_is_opened_and_closed_again(user):
    user.to("4").press("ENTER", **NEW)
    assert (user.screen, user.message[:4], user.shown["account"]) == ("BNK071", "I401", "40004109")
    user.press("ENTER").press("ENTER", option="5").press("ENTER", account="40004109")
    assert (user.screen, user.shown["balance"]) == ("BNK081", "0.00")
    user.press("ENTER", confirm="Y")
    assert (user.screen, user.message[:4], user.shown["status"]) == ("BNK082", "I502", "CLOSED")
    assert user.press("ENTER").screen == "BNK010"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customer": ""}, "E204"),
        ({"customer": "999999"}, "E203"),
        ({"type": "XXX"}, "E401"),
        ({"currency": "CHF"}, "E402"),
        ({"deposit": "-1"}, "E403"),
    ],
)
def test_a_bad_order_to_open_is_refused(user, change, message):
    user.to("4").press("ENTER", **NEW | change)
    assert (user.screen, user.message[:4]) == ("BNK070", message)
    assert len(user.bank.customer("100002").accounts) == 2


def test_a_ninth_account_is_refused(user):
    user.to("4")
    for _ in range(6):
        user.press("ENTER", **NEW).press("ENTER").press("ENTER", option="4")
    assert user.press("ENTER", **NEW).message[:4] == "E404"


@pytest.mark.parametrize(
    ("number", "message"),
    [("", "E302"), ("99999999", "E301"), ("40000016", "E303"), ("40000001", "E501")],
)
def test_a_bad_order_to_close_is_refused(user, number, message):
    user.to("5").press("ENTER", account=number)
    assert (user.screen, user.message[:4]) == ("BNK080", message)


def test_closing_is_not_done_without_a_yes_or_when_money_has_come_in(user):
    user.to("4").press("ENTER", **NEW).press("ENTER").press("ENTER", option="5")
    user.press("ENTER", account="40004109").press("ENTER", confirm="N")
    assert (user.screen, user.message[:4]) == ("BNK080", "I501")
    user.press("ENTER")
    user.bank.transfer("40000002", "40004109", 100, "")
    assert user.press("ENTER", confirm="Y").message[:4] == "E501"
    assert not user.bank.account("40004109").closed


def test_a_loan_is_calculated_on_its_screen(user):
    user.to("6").press("ENTER", amount="10,000.00", rate="6.5", months="48")
    shown = user.shown
    assert (shown["payment"], shown["total"], shown["interest"]) == (
        "237.15",
        "11,383.20",
        "1,383.20",
    )
    assert (user.screen, user.message, shown["amount"]) == ("BNK090", "", "10,000.00")


@pytest.mark.parametrize(
    ("typed", "message", "cursor"),
    [
        ({"amount": "X", "rate": "6.5", "months": "48"}, "E601", "amount"),
        ({"amount": "10000", "rate": "", "months": "48"}, "E602", "rate"),
        ({"amount": "10000", "rate": "6.5", "months": "0"}, "E603", "months"),
        ({"amount": "10000", "rate": "6.5", "months": "481"}, "E603", "months"),
        ({"amount": "10000", "rate": "6.5", "months": ""}, "E603", "months"),
    ],
)
def test_a_bad_loan_is_refused_and_shows_no_old_result(user, typed, message, cursor):
    user.to("6").press("ENTER", amount="10,000.00", rate="6.5", months="48")
    user.press("ENTER", **typed)
    assert (user.message[:4], user.state.cursor) == (message, cursor)
    assert "payment" not in user.shown


def test_states_and_passwords_do_not_print(user):
    user.state = session.BankState(entered={"password": "BANK001"})
    assert "BANK001" not in repr(user.state)
