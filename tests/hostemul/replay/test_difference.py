"""What a terminal did otherwise is said with its key and its places, and without its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.replay.difference import difference


def e(text):
    return text.encode("cp037")


def r3270(aid=0x7D, cursor=b"\x40\x40", **fields):
    places = {"user": b"\x4c\x50", "word": b"\x4d\x60"}
    return bytes((aid,)) + cursor + b"".join(b"\x11" + places[n] + v for n, v in fields.items())


def r5250(aid=0xF1, cursor=(5, 53), flags=0, **fields):
    places = {"user": (6, 53), "word": (17, 17)}
    data = bytes((*cursor, aid)) + b"".join(
        bytes((0x11, *places[n])) + v for n, v in fields.items()
    )
    return b"\0\x30\x12\xa0\0\0\x04" + flags.to_bytes(2) + b"\0" + data


USER_3270 = "offset 784 (row 10 column 65 of 80)"
CASES = {
    "equal": ({"user": e("AB")}, {"user": e("AB")}, ""),
    "other text": ({"user": e("AB")}, {"user": e("AC")}, "other text in the field at {user}"),
    "other length": (
        {"user": e("AB")},
        {"user": e("ABC")},
        "3 characters instead of 2 in the field at {user}",
    ),
    "not sent": ({"user": e("AB")}, {}, "the field at {user} is not sent"),
    "not recorded": ({}, {"user": e("A")}, "a field at {user} is sent that is not in the recording"),
    "masked": ({"word": e("****")}, {"word": e("S3CRET")}, ""),
    "masked by a ring": ({"word": b"****"}, {"word": e("S3CRET")}, ""),
    "a masked part": ({"user": e("A*C")}, {"user": e("ABC")}, ""),
    "masked and not sent": ({"word": e("***")}, {}, "the field at {word} is not sent"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("make", "user", "word"),
    [
        (r3270, USER_3270, "offset 864 (row 11 column 65 of 80)"),
        (r5250, "row 6 column 53", "row 17 column 17"),
    ],
)
def test_fields(make, user, word, name):
    wanted, got, words = CASES[name]
    assert difference(make(**wanted), make(**got)) == words.format(user=user, word=word)


def test_keys_and_cursors():
    assert difference(r3270(), r3270(0xF3)) == "key PF3 instead of ENTER"
    assert difference(r5250(), r5250(0x33)) == "key F3 instead of ENTER"
    assert difference(r3270(b"\x6d"[0]), r3270()) == ("key ENTER instead of CLEAR")
    assert difference(b"\x6d", r3270()) == (
        "key ENTER instead of CLEAR; cursor at offset 0 (row 1 column 1 of 80) instead of no place"
    )
    assert difference(r5250(), r5250(cursor=(6, 1))) == (
        "cursor at row 6 column 1 instead of row 5 column 53"
    )
    header = b"\0\0\0\0\1"
    assert difference(header + r3270(), header + r3270(0xF3)) == "key PF3 instead of ENTER"


@pytest.mark.parametrize(
    ("wanted", "got", "words"),
    [
        (r5250(flags=0x4000), r5250(), "different from byte 7"),
        (b"\x88\0\x06\x81\x80", b"\x88\0\x06\x81\x81", "5 bytes instead of 5, different from byte 4"),
        (b"abc", b"abcd", "4 bytes instead of 3, different from byte 3"),
        (b"", b"x", "1 bytes instead of 0, different from byte 0"),
        (b"\xaa***", b"\xaaabc", ""),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_a_key(wanted, got, words):
    assert words in difference(wanted, got)
    assert bool(words) == bool(difference(wanted, got))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_two_records_are_compared_and_their_text_is_not_told(one, two):
    assert difference(one, one) == ""
    words = difference(r5250(user=b"QQQQ" + one), r5250(user=b"ZZZZ" + two))
    assert words
    assert "QQQQ" not in words
    assert "ZZZZ" not in words
    assert isinstance(difference(one, two), str)


@pytest.mark.parametrize("behind", [0, 1])
def test_the_cursor_behind_a_masked_text_of_another_length_is_no_difference(behind):
    # "word" is at offset 864 (4d60) of the 3270, at row 17 column 17 of the 5250.
    wanted = r3270(cursor=b"\x4d\xe4", word=e("****"))
    got = r3270(cursor=b"\x4d\xe6" if not behind else b"\x4d\xe7", word=e("S3CRET"))
    assert bool(difference(wanted, got)) is bool(behind)
    wanted = r5250(cursor=(17, 21), word=e("****"))
    got = r5250(cursor=(17, 23 + behind), word=e("S3CRET"))
    assert bool(difference(wanted, got)) is bool(behind)
