"""Wide characters in the fields of a 5250: which fields take them, and keeping pairs whole.

Law: pure functions of a field's cells. Where every SO had its SI with whole pairs between them, it is
so after every change; a change that would tear a pair apart is refused. SC30-3533, "Ideographic
support": field control words X'82nn'.
Tested in `tests/sesssrvr/terminal/tn5250/test_pairs.py`.
"""

from typing import Final

from sesssrvr.terminal.codepage import SHIFT_IN, SHIFT_OUT
from sesssrvr.terminal.tn5250 import fields
from sesssrvr.terminal.tn5250.fields import InputField
from sesssrvr.terminal.tn5250.refusals import refused
from sesssrvr.terminal.wide import Stroke, inside, pair_spans, stroke
from verdigris.errors import OperatorError


PAIR: Final = 2  # cells
_EMPTY: Final = b"\0\x40"
_WIDE_BLANK: Final = b"\x40\x40"
_SHIFTS: Final = bytes((SHIFT_OUT, SHIFT_IN))
_SO, _SI = _SHIFTS[:1], _SHIFTS[1:]


# ---- typing ------------------------------------------------------------------------------------


def blank_is_wide(field: InputField, content: bytes) -> bool:
    """Whether a blank that is typed becomes a wide one: nothing else fits between pairs."""
    kind = field.wide
    return kind in (fields.PAIRS, fields.PAIRS_ONLY) or (
        kind == fields.EITHER and content.startswith(_SO)
    )


def judged(field: InputField, content: bytes, at: int, *, wide: bool) -> tuple[bytes, int]:
    """The cells of a field for a character of this kind, and where in them the cursor is.

    A field that takes either kind changes it at its start, where typing the other one empties it
    (asaomaro/ts5250, 20260927-either-field-mode).

    Raises:
        OperatorError: the field does not take the character.
    """
    kind = field.wide
    if not wide and kind in (fields.PAIRS_ONLY, fields.PAIRS):
        raise OperatorError(problem="the field takes wide characters only")
    is_wide = content.startswith(_SO)
    if kind == fields.EITHER and content.strip(_EMPTY) and is_wide != wide:
        if at > is_wide:
            raise refused(60 if is_wide else 61)
        return bytes(len(content)), 0
    return content, at


def typed(
    field: InputField, content: bytes, at: int, character: bytes, *, insert: bool
) -> tuple[bytes, int]:
    """What the cells hold once a character of one byte or two is typed, and where the cursor is then.

    Raises:
        OperatorError: it cannot be typed there, or there is no room.
    """
    size = len(content)
    if insert:
        if field.wide != fields.PAIRS_ONLY and at == size - 1:
            raise refused(12)
        content = _with_room(field, content, at)
    change: Stroke | None
    if len(character) < PAIR:
        at += content[at] == SHIFT_IN  # after the pairs
        if inside(content, at):
            raise OperatorError(problem="only wide characters may be between SO and SI")
        change = Stroke(character, 1, 1)
    elif field.wide == fields.PAIRS_ONLY:
        change = None if at % PAIR else Stroke(character, PAIR, PAIR)
    else:
        on_shift = content[at] == SHIFT_OUT  # the first pair is after it
        insert = insert or (on_shift and field.wide == fields.OPEN)
        at += on_shift
        change = stroke(content, at, character)
    if change is None:
        raise OperatorError(problem="a wide character cannot begin inside another one")
    over = len(change.data) - (change.insert if insert else 0)
    after = content[:at] + change.data + content[at + over :]
    if at + len(change.data) > size or after[size:].strip(_EMPTY):
        raise refused(12)
    return _kept(field, content, after[:size]), at + change.forward


def _with_room(field: InputField, content: bytes, at: int) -> bytes:
    """The cells without the last pair if it is blank: wide blanks at the end give room.

    As IBM's client has it (asaomaro/ts5250, 20260921-dbcs-insert-room); not in fields that mix both kinds.
    """
    end = len(content)
    if field.wide in (fields.PAIRS, fields.EITHER) and content.endswith(_SI):
        end -= 1
    elif field.wide != fields.PAIRS_ONLY:
        return content
    if end - PAIR <= at or content[end - PAIR : end] != _WIDE_BLANK:
        return content
    return content[: end - PAIR] + content[end:] + bytes(PAIR)


def full(content: bytes, at: int) -> bool:
    """Nothing more can be typed from a place on."""
    return at >= len(content) or (at == len(content) - 1 and content[at] == SHIFT_IN)


# ---- removing ----------------------------------------------------------------------------------


def start(field: InputField, content: bytes, at: int) -> int:
    """Where the character begins whose cell this is."""
    if field.wide == fields.PAIRS_ONLY:
        return at - at % PAIR
    for begin, end in pair_spans(content):
        if begin <= at < end:
            return at - (at - begin) % PAIR
    return at


def before(field: InputField, content: bytes, at: int) -> int:
    """Where the character before a place begins; -1 if there is none."""
    at -= 1
    if field.wide != fields.PAIRS_ONLY:
        while at >= 0 and content[at] in _SHIFTS:
            at -= 1
    return start(field, content, at) if at >= 0 else -1


def deleted(field: InputField, content: bytes, at: int) -> tuple[int, int]:
    """What Delete removes: from where, how many cells. The last pair takes its SO and SI along."""
    if field.wide == fields.PAIRS_ONLY:
        return start(field, content, at), PAIR
    for begin, end in pair_spans(content):
        if begin <= at < end:
            if end - begin <= PAIR:
                return begin - 1, end - begin + 2
            return start(field, content, at), PAIR
    return at, 1


def without(field: InputField, content: bytes, at: int, count: int) -> bytes:
    """The cells when some are removed and the rest moves left.

    Raises:
        OperatorError: that tears a pair apart.
    """
    after = content[:at] + content[at + count :]
    return _kept(field, content, after.ljust(len(content), b"\0"))


def nulled(field: InputField, content: bytes, at: int) -> bytes:
    """The cells with nulls from a place on; pairs before it keep an SI."""
    kept = content[: start(field, content, at)]
    for begin, end in () if field.wide == fields.PAIRS_ONLY else pair_spans(content):
        if begin <= at <= end:
            kept = kept + _SI if len(kept) > begin else content[: begin - 1]
    return kept[: len(content)].ljust(len(content), b"\0")


# ---- inside ------------------------------------------------------------------------------------


def whole(content: bytes) -> bool:
    """Every SO has its SI, with whole pairs between them."""
    at = 0
    for begin, end in pair_spans(content):
        if _SI in content[at:begin] or (end - begin) % PAIR or _SO in content[begin:end]:
            return False
        at = end + 1
    return at <= len(content) and _SI not in content[at:]


def _kept(field: InputField, content: bytes, after: bytes) -> bytes:
    if field.wide != fields.PAIRS_ONLY and whole(content) and not whole(after):
        raise OperatorError(problem="half a wide character would be left")
    return after
