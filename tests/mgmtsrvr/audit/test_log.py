"""The audit log in files: appended, durable, mended after a crash, and refused when the disk is full."""

import os

import pytest

from mgmtsrvr.audit import AuditLog, Entry
from mgmtsrvr.audit import log as module
from tests.support.access import NOW, now
from verdigris.audit_record import breaks
from verdigris.config.watch import at_once
from verdigris.errors import CannotWrite


@pytest.fixture
def audit(tmp_path):
    return started(tmp_path)


def started(folder):
    log = AuditLog(folder / "audit", "m1", at_once, lambda: NOW)
    now(log.start())
    return log


def records(log):
    return now(log.read(0, 1_000))


def test_records_are_a_chain_over_restarts(audit, tmp_path):
    for number in range(3):
        now(audit.append(Entry("drain", "alice", "192.0.2.1", f"vs{number}")))
    again = started(tmp_path)
    now(again.append(Entry("resume", "bob")))
    found = records(again)
    assert [it.number for it in found] == [1, 2, 3, 4]
    assert found[0].time == "2027-01-15T08:00:00.000+00:00"
    assert not list(breaks(found))
    assert repr(again) == "<AuditLog 'm1' [4 records]>"


def test_files_are_for_their_owner_alone_and_of_a_bounded_size(audit, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 2_000)
    for number in range(20):
        now(audit.append(Entry("drain", about=f"vs{number}")))
    files = sorted((tmp_path / "audit").iterdir())
    assert len(files) > 2
    assert all(it.stat().st_mode & 0o777 == 0o600 and it.stat().st_size <= 2_000 for it in files)
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o700
    assert not list(breaks(records(audit)))
    for after in (0, 5, 12, 19, 20):
        assert [it.number for it in now(audit.read(after, 3))] == list(
            range(after + 1, min(after + 4, 21))
        )
    assert not list(breaks(records(started(tmp_path))))


def test_the_last_records_of_a_kind_newest_first(audit):
    for number in range(10):
        now(audit.append(Entry("drain" if number % 2 else "login")))
    assert [it.number for it in now(audit.last(3, lambda it: it.act == "drain"))] == [10, 8, 6]


def test_what_a_crash_left_half_written_is_cut_off(audit, tmp_path):
    now(audit.append(Entry("drain")))
    (file,) = (tmp_path / "audit").iterdir()
    whole = file.read_bytes()
    for cut in (1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole + whole[:cut])
        again = started(tmp_path)
        assert file.read_bytes() == whole
        assert len(records(again)) == 1


def test_a_damaged_end_stops_the_start_in_words(audit, tmp_path):
    now(audit.append(Entry("drain")))
    (file,) = (tmp_path / "audit").iterdir()
    file.write_bytes(b"{}\n")
    with pytest.raises(CannotWrite, match="audit"):
        started(tmp_path)


def test_while_nothing_can_be_recorded_acts_are_refused_and_then_go_on(audit, monkeypatch):
    now(audit.append(Entry("drain")))

    def full(_handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        now(audit.append(Entry("drain")))
        assert "No space left on device" in str(audit.problem)
        with pytest.raises(CannotWrite):
            now(audit.require())
    now(audit.require())
    assert audit.problem is None
    now(audit.append(Entry("drain")))
    found = records(audit)
    assert [it.act for it in found] == ["drain", "resume the audit log", "drain"]
    assert not list(breaks(found))


def test_values_are_short_and_of_one_line(audit):
    now(audit.append(Entry("login", "a\nb\0" + "x" * 10_000)))
    (record,) = records(audit)
    assert record.who.startswith("a?b?xxx")
    assert len(record.who) == 512
