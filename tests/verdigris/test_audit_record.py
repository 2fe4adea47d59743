"""The chain of audit records: what is changed afterwards is found."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.audit_record import BEGINNING, AuditRecord, breaks, line_of, read_line, sealed


def chain(length: int) -> list[AuditRecord]:
    found: list[AuditRecord] = []
    for number in range(1, length + 1):
        previous = found[-1].digest if found else BEGINNING
        found.append(
            sealed(AuditRecord(number, "t", "m1", "alice", "a", "drain", f"vs{number}", "", "", "done", "r", previous))
        )  # fmt: skip
    return found


def test_an_honest_chain_has_no_breaks_nor_has_its_end():
    records = chain(20)
    assert not list(breaks(records))
    assert not list(breaks(records[7:]))
    assert not list(breaks([]))


@pytest.mark.parametrize("name", list(AuditRecord.__struct_fields__))
def test_any_changed_value_is_found(name: str):
    records = chain(5)
    value = 99 if name == "number" else "changed"
    records[2] = msgspec.structs.replace(records[2], **{name: value})
    assert list(breaks(records))


@given(st.integers(2, 12), st.data())
def test_what_is_left_out_moved_or_put_in_between_is_found(length: int, data: st.DataObject):
    records = chain(length)
    at = data.draw(st.integers(1, length - 1))
    if at < length - 1:
        assert list(breaks(records[:at] + records[at + 1 :]))
        assert list(breaks([*records[:at], records[at + 1], records[at], *records[at + 2 :]]))
    assert list(breaks([*records[:at], records[at - 1], *records[at:]]))


def test_a_record_that_was_sealed_anew_breaks_what_follows():
    records = chain(5)
    records[2] = sealed(msgspec.structs.replace(records[2], who="mallory"))
    assert list(breaks(records)) == ["record 4 does not follow record 3"]


def test_a_chain_that_does_not_begin_at_its_beginning_is_found():
    records = chain(3)
    records[0] = sealed(msgspec.structs.replace(records[0], previous="f" * 64))
    assert next(breaks(records)) == "record 1 follows something that is not there"


@given(st.text(), st.text())
def test_a_record_survives_its_line(who: str, about: str):
    record = sealed(AuditRecord(1, "t", "m1", who, "a", "x", about, "", "", "done", "r", BEGINNING))
    line = line_of(record)
    assert line.count(b"\n") == 1
    assert read_line(line) == record
