"""Hashes of passwords."""

import pytest

from verdigris.passwords import (
    LONGEST,
    NOBODY,
    PasswordHash,
    generated,
    hashed,
    matches,
    problem_of,
)


def test_a_password_matches_its_hash_and_no_other_does():
    known = hashed("correct horse")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not known.weak
    assert matches("correct horse", known)
    assert not matches("correct horsf", known)
    assert not matches("", known)
    assert hashed("correct horse") != known


def test_two_ways_to_type_a_letter_are_one_password():
    assert matches("Zo\u00eb is here", hashed("Zoe\u0308 is here"))


def test_what_follows_the_longest_password_counts():
    known = hashed("x" * LONGEST)
    assert matches("x" * LONGEST, known)
    assert not matches("x" * (LONGEST + 1), known)
    assert not matches("x" * (LONGEST + 50), known)


def test_nobody_has_a_hash_that_costs_as_much_as_any_and_fits_nothing():
    assert not PasswordHash.parse(NOBODY).weak
    assert not matches("", NOBODY)
    assert not matches("nobody", NOBODY)


SALT_AND_HASH = "$bm9ib2R5IGF0IGFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an argon2id hash"),
        ("secret", "not an argon2id hash"),
        ("$argon2i$v=19$m=19456,t=2,p=1" + SALT_AND_HASH, "not an argon2id hash"),
        ("$argon2id$v=16$m=19456,t=2,p=1" + SALT_AND_HASH, "not an argon2id hash"),
        ("$argon2id$v=19$m=9999999,t=2,p=1" + SALT_AND_HASH, "costs more than"),
        ("$argon2id$v=19$m=19456,t=99,p=1" + SALT_AND_HASH, "costs more than"),
        ("$argon2id$v=19$m=19456,t=2,p=99" + SALT_AND_HASH, "costs more than"),
        ("$argon2id$v=19$m=7,t=2,p=1" + SALT_AND_HASH, "not valid"),
        ("$argon2id$v=19$m=19456,t=0,p=1" + SALT_AND_HASH, "not valid"),
        ("$argon2id$v=19$m=19456,t=2,p=1" + SALT_AND_HASH + "\n", "not an argon2id hash"),
    ],
)
def test_what_is_no_hash_or_costs_too_much_is_refused(text: str, said: str):
    with pytest.raises(ValueError, match=said):
        PasswordHash.parse(text)


def test_a_cheap_hash_is_weak_and_none_is_shown():
    cheap = PasswordHash.parse("$argon2id$v=19$m=8,t=1,p=1" + SALT_AND_HASH)
    assert cheap.weak
    assert repr(cheap) == "<PasswordHash hidden>"


def test_new_passwords_have_a_shortest_and_a_longest():
    assert problem_of("short") == "the password has fewer than 8 characters"
    assert problem_of("x" * 1025) == "the password has more than 1024 characters"
    assert problem_of("x" * 8) == problem_of(generated()) == ""
    assert generated() != generated()
