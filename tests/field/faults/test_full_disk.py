"""A temporary folder without room."""

import os
from errno import ENOSPC

import pytest

from gateway.http import spool
from gateway.http.spool import Spool
from gateway.telemetry.metrics import _occupy_files
from gateway.workers.counters import SharedCounters


BODY = b"x" * (spool.IN_MEMORY * 4)


def post(bank, body, path="/vhi-rs/model/BankDemo/Ping"):
    connection = bank.connect()
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connection.send(head)
    for at in range(0, len(body), 60_000):
        if connection.wire.value():
            break
        connection.send(body[at : at + 60_000])
    found = connection.response()
    connection.lose()
    return found


def full(*_):
    raise OSError(ENOSPC, os.strerror(ENOSPC))


def test_a_body_that_cannot_be_kept_is_refused_by_a_coded_error(bank, monkeypatch):
    """It was a reset connection and a traceback."""
    monkeypatch.setattr(spool.SpooledTemporaryFile, "rollover", full)
    found = post(bank, BODY)

    assert (found.status, b'"code":9222' in found.body.replace(b" ", b"")) == (503, True)
    assert b"No space left" in found.body
    assert Spool.total == 0


def test_all_spools_of_a_process_are_bounded(bank, monkeypatch):
    monkeypatch.setattr(spool, "MOST", len(BODY) - 1)

    assert post(bank, BODY).status == 503
    assert Spool.total == 0
    assert post(bank, BODY[: len(BODY) // 2]).status != 503
    assert Spool.total == 0


def test_mapped_files_have_all_their_room_before_they_are_used(tmp_path):
    """A page of a sparse file on a full disk is SIGBUS, and the end of a worker (mmap(2))."""
    SharedCounters.make(tmp_path / "tally")
    _occupy_files(tmp_path)

    for path in tmp_path.iterdir():
        about = path.stat()
        assert about.st_blocks * 512 >= about.st_size > 0


def test_a_gateway_whose_mapped_files_have_no_room_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", full)

    with pytest.raises(OSError, match="No space left"):
        SharedCounters.make(tmp_path / "tally")
