"""Rotation of keys, by a simulation of three management servers over months."""

from hypothesis import given, settings
from hypothesis import strategies as st

from verdigris.tokens import PublicKey, SigningKey, rotation
from verdigris.tokens.rotation import LIFETIME, LONGEST_TOKEN, PERIOD, SPREAD


def key(number: int, server: str, since: int) -> PublicKey:
    raw = SigningKey(number.to_bytes(32, "big")).public
    return PublicKey(server, raw, since, since + LIFETIME)


def test_the_first_key_is_made_at_once_and_used_at_once():
    assert rotation([], "a", (), 0).make
    first = key(1, "a", 100)
    assert rotation([first], "a", {first.id}, 100) == rotation(
        [first], "a", {first.id}, 100 + SPREAD
    )
    assert rotation([first], "a", {first.id}, 100).sign_with == first.id


def test_a_new_key_signs_only_after_all_had_time_to_learn_of_it():
    old, new = key(1, "a", 0), key(2, "a", PERIOD)
    both = {old.id, new.id}
    assert rotation([old], "a", both, PERIOD - 1).make is False
    assert rotation([old], "a", both, PERIOD).make is True
    assert rotation([old, new], "a", both, PERIOD + SPREAD - 1).sign_with == old.id
    assert rotation([old, new], "a", both, PERIOD + SPREAD).sign_with == new.id


def test_keys_of_others_and_keys_without_their_private_halves_do_not_sign():
    mine, other = key(1, "a", 0), key(2, "b", 0)
    found = rotation([mine, other], "a", {other.id}, 10)
    assert (found.sign_with, found.make) == ("", True)


def test_a_key_is_forgotten_when_nothing_that_it_signed_can_count():
    old = key(1, "b", 0)
    assert not rotation([old], "a", (), LIFETIME + LONGEST_TOKEN).forget
    assert rotation([old], "a", (), LIFETIME + LONGEST_TOKEN + 1).forget == {old.id}


@settings(max_examples=50)
@given(st.lists(st.integers(1, 40 * 86_400), min_size=1, max_size=60))
def test_whenever_it_looks_there_is_a_key_and_what_was_signed_stays_readable(steps: list[int]):
    known: dict[str, PublicKey] = {}
    private: set[str] = set()
    now = made = 0
    signed: list[tuple[str, int]] = []
    for step in steps:
        now += step
        decided = rotation(known.values(), "a", private, now)
        if decided.make:
            made += 1
            new = key(made, "a", now)
            known[new.id] = new
            private.add(new.id)
        decided = rotation(known.values(), "a", private, now)
        assert decided.sign_with in known
        assert not decided.make
        signed.append((decided.sign_with, now))
        for id_ in decided.forget:
            del known[id_]
        for id_, at in signed:
            if now <= at + LONGEST_TOKEN:
                assert known[id_].until >= at + LONGEST_TOKEN
