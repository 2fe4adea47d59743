"""In what a terminal's record differs from the recorded one, in words.

Law: pure functions of two records; words name keys, places and lengths, never what was typed. What
the recording masks (asterisks) is different from nothing.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from hostemul.protocol import ds3270, ds5250


MASKS: Final = frozenset(b"\x5c*")  # asterisks: EBCDIC, ASCII
MASKED: Final = re.compile(rb"\x2a{3,}|\x5c{3,}")
_TN3270E: Final = 5  # bytes of a header (RFC 2355, section 8.1)
_HEADER_FIRST: Final = frozenset((0x00, 0x07))
_3270_HEAD, _5250_HEAD = 3, 3
_WIDEST: Final = 1000  # more columns than a row has


class Answer(NamedTuple):
    """What a key brought: its name, where the cursor was, and fields by their places."""

    key: str
    cursor: str
    fields: dict[str, bytes]


def difference(wanted: bytes, got: bytes) -> str:
    """Words for the difference; "" if there is none.

    Args:
        wanted: the recorded record, without its end-of-record mark.
        got: the terminal's.
    """
    if wanted == got:
        return ""
    first, second = read(wanted), read(got)
    if first is not None and second is not None:
        return "; ".join(_parts(first, second))
    return difference_of_bytes(wanted, got)


def difference_of_bytes(wanted: bytes, got: bytes) -> str:
    """Words for the difference of what is no answer of a key; "" if there is none."""
    if len(wanted) == len(got) and _same(wanted, got):
        return ""
    at = next(
        (n for n, (one, two) in enumerate(zip(wanted, got, strict=False)) if one != two),
        min(len(wanted), len(got)),
    )
    return f"{len(got)} bytes instead of {len(wanted)}, different from byte {at}"


def read(record: bytes) -> Answer | None:
    """The answer of a 3270 or 5250 terminal to a read command; None if it is none."""
    return _read_5250(record) if record[2:4] == b"\x12\xa0" else _read_3270(record)


def _read_5250(record: bytes) -> Answer | None:
    try:
        flags, data = ds5250.split(record)
    except ds5250.DataStream5250Error:
        return None
    if flags or len(data) < _5250_HEAD or data[2] not in ds5250.AIDS:
        return None
    fields, at = {}, _5250_HEAD
    while at + 2 < len(data) and data[at] == ds5250.SBA:
        found = data.find(ds5250.SBA, at + 3)
        end = found if found >= 0 else len(data)
        fields[f"row {data[at + 1]} column {data[at + 2]}"] = data[at + 3 : end]
        at = end
    return Answer(ds5250.AIDS[data[2]], f"row {data[0]} column {data[1]}", fields)


def _read_3270(record: bytes) -> Answer | None:
    if record[:1] and record[0] in _HEADER_FIRST and len(record) > _TN3270E:
        record = record[_TN3270E:]
    if not record or record[0] not in ds3270.AIDS or ds3270.AIDS[record[0]] == "SF":
        return None
    key = ds3270.AIDS[record[0]]
    if len(record) < _3270_HEAD:
        return Answer(key, "", {})
    fields, at = {}, _3270_HEAD
    while at + 2 < len(record) and record[at] == ds3270.SBA:
        found = record.find(ds3270.SBA, at + 3)
        end = found if found >= 0 else len(record)
        fields[_place(record[at + 1], record[at + 2])] = record[at + 3 : end]
        at = end
    return Answer(key, _place(record[1], record[2]), fields)


def _place(high: int, low: int) -> str:
    offset = ds3270.offset_of(high, low)
    row, column = divmod(offset, ds3270.COLUMNS)
    return f"offset {offset} (row {row + 1} column {column + 1} of {ds3270.COLUMNS})"


def _parts(wanted: Answer, got: Answer) -> Iterator[str]:
    if wanted.key != got.key:
        yield f"key {got.key} instead of {wanted.key}"
    if wanted.cursor != got.cursor and not _behind_secret(wanted, got):
        yield f"cursor at {got.cursor or 'no place'} instead of {wanted.cursor or 'no place'}"
    for place, text in wanted.fields.items():
        if place not in got.fields:
            yield f"the field at {place} is not sent"
        elif not _same_text(text, got.fields[place]):
            yield _texts(place, text, got.fields[place])
    for place in got.fields:
        if place not in wanted.fields:
            yield f"a field at {place} is sent that is not in the recording"


def _behind_secret(wanted: Answer, got: Answer) -> bool:
    """Whether both cursors stand where the typing of a masked text ended, whatever its length."""
    return any(
        MASKS.issuperset(text)
        and _offset(wanted.cursor) == _offset(place) + len(text)
        and _offset(got.cursor) == _offset(place) + len(got.fields[place])
        for place, text in wanted.fields.items()
        if text and place in got.fields
    )


def _offset(place: str) -> int:
    """A place as a number that grows by one with each column of a row; -1 without one."""
    numbers = [int(one) for one in re.findall(r"[0-9]+", place)]
    if not numbers:
        return -1
    return numbers[0] if place.startswith("offset") else numbers[0] * _WIDEST + numbers[1]


def _texts(place: str, wanted: bytes, got: bytes) -> str:
    if len(wanted) == len(got):
        return f"other text in the field at {place}"
    return f"{len(got)} characters instead of {len(wanted)} in the field at {place}"


def _same_text(wanted: bytes, got: bytes) -> bool:
    if wanted and MASKS.issuperset(wanted):
        return True  # a password may have any length
    return len(wanted) == len(got) and _same(wanted, got)


def _same(wanted: bytes, got: bytes) -> bool:
    return all(one == two or one in MASKS for one, two in zip(wanted, got, strict=True))
