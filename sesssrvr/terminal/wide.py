"""Double-byte characters in a field: where their pairs are, and how they are typed.

Law: pairs are between SO and SI, or between SO and the end of the field; what is typed leaves
every SO with its SI and whole pairs between them. GA23-0059, "Double-byte character set".
Tested in `tests/sesssrvr/terminal/test_dbcs.py`.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sesssrvr.terminal.codepage import SHIFT_IN, SHIFT_OUT


def pair_spans(content: bytes) -> Iterator[tuple[int, int]]:
    """The stretches of pairs in a field's characters: begin and end, without SO and SI."""
    begin = content.find(SHIFT_OUT)
    while begin >= 0:
        end = content.find(SHIFT_IN, begin)
        if end < 0:
            end = len(content)
        yield begin + 1, end
        begin = content.find(SHIFT_OUT, end)


class Stroke(NamedTuple):
    """The change that typing one wide character makes.

    Attributes:
        data: bytes written from the cursor on.
        insert: how many cells are made room for, in insert mode.
        forward: how far the cursor goes.
    """

    data: bytes
    insert: int
    forward: int


def stroke(content: Sequence[int], at: int, pair: bytes) -> Stroke | None:
    """How to type a wide character at offset `at` of a field's characters.

    None where it cannot begin: on the second half of a pair, or on SO.
    """
    for begin, end in pair_spans(bytes(content)):
        if at == end < len(content):  # on SI: the run of pairs grows
            return Stroke(pair + bytes((SHIFT_IN,)), 2, 2)
        if begin <= at < end:
            return Stroke(pair, 2, 2) if (at - begin) % 2 == 0 and at + 1 < end else None
        if at == begin - 1:
            return None
    return Stroke(bytes((SHIFT_OUT,)) + pair + bytes((SHIFT_IN,)), 4, 3)


def attribute_pair(sets: Sequence[int], at: int, double: int) -> int | None:
    """Where the pair at an offset begins, in characters of the set of pairs by their own attribute.

    Args:
        sets: the character sets of a field's characters.
        at: the offset.
        double: the set of pairs.

    Returns:
        None if the offset is on no pair.
    """
    begin = at
    while begin >= 0 and sets[begin] == double:
        begin -= 1
    start = at - (at - begin - 1) % 2
    whole = begin < at and start + 1 < len(sets) and sets[start + 1] == double
    return start if whole else None


def inside(content: Sequence[int], at: int) -> bool:
    """Whether the offset is on a pair, where a single byte cannot be."""
    return any(begin <= at < end for begin, end in pair_spans(bytes(content)))
