"""Ended logins: remembered until they expire, over a restart, and counted for others."""

import pytest

from mgmtsrvr.access import ended_logins
from mgmtsrvr.access.ended_logins import LEEWAY, EndedLogins
from tests.support.access import now
from verdigris.config.watch import at_once
from verdigris.errors import CannotWrite


def ended(tmp_path, time=lambda: 1000.0):
    return EndedLogins(tmp_path / "ended.json", at_once, time)


def test_they_are_kept_over_a_restart_by_their_owner_alone(tmp_path):
    first = ended(tmp_path)
    assert first.add({"a": 2000})
    now(first.keep())
    assert (tmp_path / "ended.json").stat().st_mode & 0o777 == 0o600
    again = ended(tmp_path)
    assert "a" in again
    assert "b" not in again


def test_others_are_told_what_they_do_not_know(tmp_path):
    them = ended(tmp_path)
    them.add({"a": 2000})
    known = them.last
    assert not them.add({"a": 2000})
    them.add({"b": 2100})
    assert them.after(known) == {"b": 2100}
    assert them.after(0) == {"a": 2000, "b": 2100}
    assert them.after(them.last) == {}


def test_what_has_expired_is_forgotten_and_not_taken(tmp_path):
    time = [1000.0]
    them = ended(tmp_path, lambda: time[0])
    them.add({"a": 1100})
    time[0] = 1100.0 + LEEWAY - 1
    them.add({"b": 5000})
    assert "a" in them
    time[0] += 1
    assert not them.add({"late": 1100})
    them.add({"c": 5000})
    assert "a" not in them


def test_there_is_an_upper_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(ended_logins, "MOST", 3)
    them = ended(tmp_path)
    them.add({str(it): 2000 for it in range(5)})
    assert len(them) == 3


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"a": "x"}', b"\xff"])
def test_a_damaged_file_is_said_and_not_in_the_way(tmp_path, data):
    (tmp_path / "ended.json").write_bytes(data)
    them = ended(tmp_path)
    assert len(them) == 0
    them.add({"a": 2000})
    now(them.keep())
    assert "a" in ended(tmp_path)


def test_a_full_disk_is_said_and_the_login_is_refused(tmp_path, monkeypatch):
    def full(*_, **__):
        raise CannotWrite(file="x", reason="No space left on device")

    monkeypatch.setattr(ended_logins, "write_file", full)
    them = ended(tmp_path)
    them.add({"a": 2000})
    now(them.keep())
    assert "a" in them
