from datetime import date

import pytest

from hostemul.order_entry import names
from hostemul.order_entry.book import ORDERS, Book, OrderLine, OrderRefused, priced


@pytest.fixture
def book():
    return Book()


def test_the_same_seed_makes_the_same_orders(book):
    assert [repr(o) for o in book.orders.values()] == [repr(o) for o in Book().orders.values()]
    assert book.orders[500001].lines == Book().orders[500001].lines
    assert [repr(o) for o in book.orders.values()] != [repr(o) for o in Book(2).orders.values()]
    assert len(book.orders) == ORDERS == 187


def test_an_orders_total_is_that_of_its_lines(book):
    for order in book.orders.values():
        assert order.total == sum(line.quantity * names.ITEMS[line.item][1] for line in order.lines)
        assert order.lines
        assert order.wanted > order.day


def test_orders_are_found_by_customer_status_and_number(book):
    assert len(book.find("", "", "")) == 187
    assert len(book.find("0000", "*ALL", "000000")) == 187
    mine = book.find("1014", "", "")
    assert {o.customer.number for o in mine} == {1014}
    opened = book.find("1014", "OPEN", "")
    assert {o.status for o in opened} == {"OPEN"}
    assert 0 < len(opened) < len(mine)
    assert book.find("", "", "500180")[0].number == 500180
    for wrong in (("9999", "", ""), ("", "NEW", "")):
        with pytest.raises(OrderRefused):
            book.find(*wrong)


def test_only_an_open_order_is_cancelled_and_only_once(book):
    order = book.order("500006")
    book.cancel(order)
    assert order.status == "CANCELLED"
    with pytest.raises(OrderRefused, match="ORD3001 Order 500006 is cancelled"):
        book.cancel(order)
    with pytest.raises(OrderRefused, match="ORD3001 Order 500001 is shipped"):
        book.cancel(book.order("500001"))


def test_a_placed_order_gets_the_next_number(book):
    lines = [OrderLine("SH1410", 3, 385), OrderLine("RO1308", 1, 4199)]
    order = book.place(book.customer("1003"), "STOCK", date(2026, 4, 1), lines)
    assert (order.number, order.total, order.status) == (500188, 5354, "OPEN")
    assert book.order("500188") is order


@pytest.mark.parametrize(
    ("item", "quantity", "field"),
    [("XX", "1", "item2"), ("", "1", "item2"), ("SH1410", "0", "quantity2"),
     ("SH1410", "", "quantity2"), ("SH1410", "1000", "quantity2"), ("SH1410", "A", "quantity2")],
)  # fmt: skip
def test_what_is_wrong_with_a_line_is_told_with_its_entry(item, quantity, field):
    with pytest.raises(OrderRefused) as caught:
        priced(item, quantity, "2")
    assert caught.value.field == field


@pytest.mark.parametrize("user", ["CLERK01", "clerk60"])
def test_users_sign_on_in_either_case(book, user):
    assert book.sign_on(user, f"order{user[-2:]}") == user.upper()
    for password in ("", "ORDER99"):
        with pytest.raises(OrderRefused, match="ORD1001"):
            book.sign_on(user, password)
