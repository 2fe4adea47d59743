"""A number of 1..total belongs to one member; a member owns as many as its weight."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.allocation.domain import Domain, Group, Member


SEED = Group(1, (Member("A", 80), Member("B", 20)))


@pytest.mark.parametrize(("number", "server"), [(1, "A"), (80, "A"), (81, "B"), (100, "B")])
def test_the_documented_example(number, server):
    assert SEED.at(number).server == server


def test_every_number_of_the_documented_example():
    assert [SEED.at(n).server for n in range(1, 101)] == ["A"] * 80 + ["B"] * 20


@pytest.mark.parametrize("number", [0, -1, 101])
def test_a_number_outside_is_refused(number):
    with pytest.raises(ValueError, match=r"is not in 1\.\.100"):
        SEED.at(number)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_the_whole_range_gives_each_member_exactly_its_weight_in_order(weights):
    group = Group(1, tuple(Member(f"s{i}", w) for i, w in enumerate(weights)))
    owners = [group.at(number).server for number in range(1, group.total + 1)]
    assert Counter(owners) == {f"s{i}": w for i, w in enumerate(weights)}
    assert owners == sorted(owners, key=lambda name: int(name[1:]))


def test_one_to_a_million_minus_one_is_exact():
    group = Group(1, (Member("small", 1), Member("large", 999_999)))
    assert [group.at(n).server for n in (1, 2, 1_000_000)] == ["small", "large", "large"]


def test_groups_come_by_priority_and_leave_weight_0_out():
    it = Domain("d", (Member("C", 5, 2), Member("A", 80), Member("Z", 0), Member("B", 20)))
    assert it.groups({"A", "B", "C", "Z"}) == (
        Group(1, (Member("A", 80), Member("B", 20))),
        Group(2, (Member("C", 5, 2),)),
    )
    assert it.groups({"C", "Z"}) == (Group(2, (Member("C", 5, 2),)),)
    assert it.groups({"Z"}) == ()


@pytest.mark.parametrize("weight", [-1, 1_000_001, 0.5, float("nan"), True, "8", None])
def test_a_weight_that_is_no_whole_number_of_its_range_is_refused(weight):
    with pytest.raises(ValueError, match="weight has to be a whole number from 0 to 1,000,000"):
        Member("A", weight)


@pytest.mark.parametrize("priority", [-1, 1_001, 1.5])
def test_a_priority_that_is_no_whole_number_of_its_range_is_refused(priority):
    with pytest.raises(ValueError, match="priority has to be a whole number from 0 to 1,000"):
        Member("A", 1, priority)


def test_a_server_twice_is_refused():
    with pytest.raises(ValueError, match="names a session server twice"):
        Domain("d", (Member("A", 1), Member("A", 2)))


def test_reprs_are_read_aloud():
    it = Domain("d", (Member("A", 80), Member("C", 5, 2)), spill_on_busy=False)
    assert repr(it) == "<Domain 'd' strict [1: A 80; 2: C 5]>"
    assert repr(SEED) == "<Group 1 [A 80, B 20 | total 100]>"
    assert repr(Member("A", 80)) == "<Member A weight 80 priority 1>"
