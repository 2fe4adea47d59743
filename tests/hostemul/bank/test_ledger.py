import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostemul.bank.ledger import Bank, TransferRefused


@pytest.fixture
def bank():
    return Bank(1)


def test_the_same_seed_makes_the_same_bank():
    one, two = Bank(7), Bank(7)
    assert one.customers == two.customers
    # In another order: bookings do not depend on when they are asked for.
    numbers = ["40000001", "40000900", "40002000"]
    assert {n: one.account(n) for n in numbers} == {n: two.account(n) for n in reversed(numbers)}


def test_another_seed_makes_another_bank():
    assert Bank(1).customers != Bank(2).customers


def test_any_seed_has_the_names_examples_rely_on():
    assert [len(Bank(99).find(name)) for name in ("SMITH", "JONES", "TAYLOR")] == [45, 42, 28]


def test_made_accounts_are_within_their_limits_at_every_booking(bank):
    for number in range(40000001, 40000400):
        account = bank.account(str(number))
        running = 0
        for booking in account.bookings:
            running += booking.pence
            assert booking.balance == running >= -account.limit
        assert [b.day for b in account.bookings] == sorted(b.day for b in account.bookings)
        assert not (account.closed and account.balance)


def test_names_are_found_in_order_and_in_any_case(bank):
    found = bank.find("smith", "e")
    assert [c.first for c in found] == sorted(
        c.first for c in bank.find("SMITH") if c.first[0] == "E"
    )


def refusal(call, *args):
    with pytest.raises(TransferRefused) as caught:
        call(*args)
    return str(caught.value)[:4]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (("", "40000002", 100), "E302"),
        (("49999999", "40000002", 100), "E301"),
        (("40000002", "ABC", 100), "E301"),
        (("40000016", "40000002", 100), "E303"),
        (("40000002", "40000016", 100), "E303"),
        (("40000002", "40000002", 100), "E304"),
        (("40000002", "40000003", 100), "E305"),
        (("40000002", "40000004", None), "E306"),
        (("40000002", "40000004", 0), "E306"),
        (("40000002", "40000004", 892896), "E307"),
    ],
)
def test_a_transfer_that_cannot_be_made_says_why_and_changes_nothing(bank, order, code):
    before = [list(bank.account(n).bookings) for n in ("40000002", "40000004")]
    assert refusal(bank.transfer, *order, "") == code
    assert [bank.account(n).bookings for n in ("40000002", "40000004")] == before


def test_all_that_is_available_can_be_transferred(bank):
    assert bank.transfer("40000002", "40000004", 892895, "") == "T0000001"
    assert bank.account("40000002").balance == -50000
    assert bank.account("40000004").bookings[-1].text == "TRANSFER FROM 40000002"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4, 5]), st.sampled_from([1, 2, 4, 5]), st.integers(-5, 10**6)
        )
    )
)
@settings(max_examples=50, deadline=None)
def test_transfers_never_make_or_lose_money_nor_break_a_limit(orders):
    bank = Bank(1)
    accounts = [bank.account(str(40000000 + n)) for n in (1, 2, 4, 5)]
    total = sum(a.balance for a in accounts)
    for source, target, pence in orders:
        try:
            bank.transfer(str(40000000 + source), str(40000000 + target), max(pence, 0), "X")
        except TransferRefused:
            continue
    assert sum(a.balance for a in accounts) == total
    assert all(a.balance >= -a.limit for a in accounts)


def test_an_account_is_opened_and_closed(bank):
    owner = bank.customer("100002")
    account, order = bank.open_account(owner, "SAV", "GBP", 0)
    assert (account.number, order, owner.accounts[-1]) == (40004109, "O0000001", 40004109)
    assert bank.close_account("40004109") == "C0000002"
    assert bank.account("40004109").closed
    assert refusal(bank.close_account, "40004109") == "E303"


def test_an_account_with_a_balance_is_not_closed(bank):
    assert refusal(bank.close_account, "40000001") == "E501"
    assert not bank.account("40000001").closed


def test_a_customer_has_eight_accounts_at_most(bank):
    owner = bank.customer("100027")
    for _ in range(8):
        bank.open_account(owner, "CUR", "GBP", 100)
    assert refusal(bank.open_account, owner, "CUR", "GBP", 100) == "E404"


def test_all_200_users_sign_on_by_the_documented_rule(bank):
    tickets = [bank.sign_on(f"teller{n:03}", f"bank{n:03}", "T") for n in range(1, 201)]
    assert len(set(tickets)) == 200
    assert refusal(bank.sign_on, "TELLER201", "BANK201", "T") == "E101"


def test_the_third_wrong_password_revokes(bank):
    codes = [refusal(bank.sign_on, "TELLER001", "WRONG", "T") for _ in range(4)]
    assert codes == ["E101", "E101", "E102", "E103"]
    assert refusal(bank.sign_on, "TELLER001", "BANK001", "T") == "E103"


def test_a_right_password_forgives_the_wrong_ones(bank):
    for _ in range(3):
        assert refusal(bank.sign_on, "TELLER001", "WRONG", "T") == "E101"
        assert refusal(bank.sign_on, "TELLER001", "WRONG", "T") == "E101"
        bank.sign_on("TELLER001", "BANK001", "T")


def test_a_user_never_prints_the_password(bank):
    assert "BANK001" not in repr(bank.users["TELLER001"])


def test_a_late_sign_off_does_not_end_the_newer_sign_on(bank):
    old = bank.sign_on("TELLER001", "BANK001", "A")
    new = bank.sign_on("TELLER001", "BANK001", "B")
    bank.sign_off("TELLER001", old)
    assert bank.users["TELLER001"].ticket == new


def test_news_comes_at_the_given_rate_and_by_seed():
    def news(seed, rate):
        bank = Bank(seed, rate)
        seen = []
        for n in range(1, 201):
            bank.sign_on(f"TELLER{n:03}", f"BANK{n:03}", "T")
            seen.append(bank.has_news(f"TELLER{n:03}"))
        return seen

    assert not any(news(1, 0))
    assert all(news(1, 1))
    assert news(1, 0.25) == news(1, 0.25) != news(2, 0.25)
    assert 30 <= sum(news(1, 0.25)) <= 70
