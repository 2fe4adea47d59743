"""Shares of rows: enumerated, and by random needs."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from mgmtsrvr.row_shares.shares import LEVELS, shares
from verdigris.wire import RowNeed


def need(used=0, needed=0, ready=0, maximum=0):
    needed = max(used, needed)
    ready = max(needed, ready)
    return RowNeed("G", (), (), used, needed, ready, max(ready, maximum))


def test_ten_rows_for_three_servers_are_shared_evenly_and_two_deaths_leave_all_to_the_third():
    idle = need(maximum=10)
    assert sorted(shares(10, {"a": idle, "b": idle, "c": idle}).values()) == [3, 3, 4]
    assert shares(10, {"a": idle}) == {"a": 10}
    assert shares(200, {"a": need(maximum=50), "b": need(maximum=50)}) == {"a": 50, "b": 50}


def test_rows_for_clients_come_before_rows_kept_ready():
    busy, calm = need(used=8, needed=9, ready=11, maximum=20), need(ready=2, maximum=20)
    assert shares(10, {"a": busy, "b": calm}) == {"a": 9, "b": 1}


NEEDS = [need(*numbers) for numbers in product((0, 1, 3), (0, 2), (0, 2), (0, 4))]


def lawful(rows, needs):
    found = shares(rows, needs)
    used = sum(it.used for it in needs.values())
    assert found.keys() == needs.keys()
    assert all(it.used <= found[name] <= it.maximum for name, it in needs.items())
    wanted = sum(it.maximum for it in needs.values())
    assert sum(found.values()) == max(used, min(rows, wanted))
    for level in LEVELS:
        if sum(getattr(it, level) for it in needs.values()) <= rows:
            assert all(found[name] >= getattr(it, level) for name, it in needs.items())
    for one, other in product(needs, needs):  # nobody is short while another has plenty
        short = found[one] < needs[one].needed
        assert not (short and found[other] > max(needs[other].used, found[one] + 1))


def test_every_pair_of_needs_is_served_lawfully():
    for one, other in product(NEEDS, NEEDS):
        for rows in range(one.used + other.used, 12):
            lawful(rows, {"a": one, "b": other})


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(NEEDS), min_size=1),
    st.integers(0, 30),
)
def test_any_needs_are_served_lawfully(needs, more):
    lawful(sum(it.used for it in needs.values()) + more, needs)
