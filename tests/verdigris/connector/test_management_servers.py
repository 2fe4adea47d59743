"""The list of management servers: start anywhere, stay where it works, come back to the bad ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.connector.management_servers import AVOID, ManagementServers
from verdigris.values import Endpoint


A, B, C = (Endpoint(f"10.0.0.{n}", 9641) for n in (1, 2, 3))


@pytest.mark.parametrize(("drawn", "expected"), [(0, (A, B, C)), (1, (B, C, A)), (2, (C, A, B))])
def test_it_starts_at_a_drawn_one_and_goes_round(drawn, expected):
    asked = []
    book = ManagementServers([A, B, C], lambda n: asked.append(n) or drawn)
    book.learn([A, B, C], 0)
    assert book.order(0) == expected
    assert asked == [3]


def test_it_stays_with_the_one_that_works(book):
    book.learn([A, B, C], 0)
    book.worked(B)
    assert book.order(0) == (B, C, A)


def test_a_bad_one_comes_last_for_five_seconds_and_then_takes_its_place_again(book):
    book.learn([A, B, C], 0)
    book.failed(A, 10)
    assert book.order(10) == (B, C, A)
    assert book.order(10 + AVOID - 0.01) == (B, C, A)
    assert book.order(10 + AVOID) == (A, B, C)


def test_when_all_are_bad_the_one_that_failed_first_is_asked_first(book):
    book.learn([A, B, C], 0)
    for at, when in ((C, 1), (A, 2), (B, 3)):
        book.failed(at, when)
    assert book.order(3) == (C, A, B)


def test_they_are_silent_from_when_the_last_has_failed_until_one_works(book):
    assert not book.silent  # nobody has been asked
    book.learn([A, B], 0)
    book.failed(A, 1)
    assert not book.silent
    book.failed(B, 2)
    assert book.silent
    book.learn([A, B], 30)
    assert book.silent
    book.worked(A)
    assert not book.silent


def test_a_new_address_may_answer(book):
    book.learn([A], 0)
    book.failed(A, 1)
    book.learn([A, B], 2)
    assert not book.silent


def test_names_that_stand_for_nothing_are_silent(book):
    book.learn([], 0)
    assert book.silent


def test_names_are_looked_up_first_and_again_after_a_while_or_when_all_are_bad(book):
    assert book.unresolved(0)
    book.learn([A, B], 0)
    assert not book.unresolved(29)
    assert book.unresolved(30)
    book.learn([A, B], 30)
    book.failed(A, 31)
    assert not book.unresolved(31)
    book.failed(B, 31)
    assert book.unresolved(31)


def test_a_lookup_that_finds_nothing_keeps_what_was_known_and_is_repeated(book):
    book.learn([A, B], 0)
    book.learn([], 30)
    assert book.order(30) == (A, B)
    assert book.unresolved(30)


def test_one_that_dns_no_longer_names_is_forgotten(book):
    book.learn([A, B], 0)
    book.worked(A)
    book.learn([B, C], 30)
    assert set(book.order(30)) == {B, C}
    book.worked(A)
    assert set(book.order(30)) == {B, C}


def test_it_prints_its_state(book):
    book.learn([A, B, C], 0)
    book.failed(B, 0)
    assert str(book) == "10.0.0.1:9641, 10.0.0.2:9641, 10.0.0.3:9641"
    assert repr(book) == f"<ManagementServers {book} [current 10.0.0.1:9641, avoided 1]>"
    assert str(ManagementServers([], lambda n: 0)) == "none configured"


@given(
    st.lists(
        st.tuples(st.sampled_from(["worked", "failed"]), st.sampled_from([A, B, C])), max_size=12
    )
)
def test_every_address_is_named_exactly_once_whatever_happened(events):
    book = ManagementServers([A, B, C], lambda n: n - 1)
    book.learn([A, B, C], 0)
    for now, (what, at) in enumerate(events):
        book.worked(at) if what == "worked" else book.failed(at, now)
        assert sorted(book.order(now)) == [A, B, C]
        if what == "worked":
            assert book.order(now)[0] == at
