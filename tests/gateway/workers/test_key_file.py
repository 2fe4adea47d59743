"""The file of Idempotency-Keys: what is found in it after the gateway was ended, and its bounds."""

import sqlite3
import stat
import threading
from types import SimpleNamespace

import pytest
from twisted.internet.defer import DeferredList

from gateway.workers import key_file
from gateway.workers.idempotency_messages import Claim, Kept
from gateway.workers.key_file import KeyFile
from gateway.workers.key_store import PlainStore, ThreadedStore
from verdigris.errors import KeyStoreUnavailable


REPLY = Kept(200, "application/json", b'{"affected":1}', ())


def claim(key=b"k", fingerprint=b"f", request="r-1", seconds=600.0, client=b"c", **more):
    return Claim(0, key, fingerprint, seconds, more.pop("limit", 10), client, more.pop("share", 10), request)  # fmt: skip


@pytest.fixture
def disk(tmp_path):
    """A file of keys: `disk.file`, `disk.again()` as a gateway that was killed and started again."""
    found = SimpleNamespace(path=tmp_path / "data" / "keys.sqlite", now=1_000.0)

    def again():
        found.file = KeyFile(found.path, lambda: found.now)
        return found.file

    found.again = again
    found.again()
    return found


def begin(file, asked=None):
    with file.transaction():
        return file.begin(asked or claim())


def settle(file, reply=REPLY, *, free=False, key=b"k"):
    with file.transaction():
        file.settle(claim(key), reply, free=free)


def test_what_was_under_way_when_the_gateway_was_killed_is_not_performed_again(disk):
    assert begin(disk.file)[0] == "yours"
    assert begin(disk.again(), claim(request="r-2")) == ("lost", None, "r-1")


def test_an_answer_is_found_again(disk):
    begin(disk.file)
    settle(disk.file)
    assert begin(disk.again()) == ("kept", REPLY, "r-1")
    assert begin(disk.file, claim(fingerprint=b"g"))[0] == "another"


def test_keys_end_with_their_time_also_while_the_gateway_is_away(disk):
    begin(disk.file)
    settle(disk.file)
    disk.now += 599
    assert begin(disk.again())[0] == "kept"
    disk.now += 2
    assert begin(disk.again())[0] == "yours"
    assert "[1 keys]" in repr(disk.file)


def test_a_key_after_which_nothing_was_done_is_free(disk):
    begin(disk.file)
    settle(disk.file, free=True)
    assert begin(disk.again())[0] == "yours"


def test_bounds_hold_after_a_restart(disk):
    for number in range(3):
        begin(disk.file, claim(b"%d" % number, limit=3))
    file = disk.again()
    assert begin(file, claim(limit=3))[0] == "full"
    assert begin(file, claim(share=3))[0] == "share"
    assert begin(file, claim(share=3, client=b"d"))[0] == "yours"


def test_replies_beyond_the_room_are_given_once_and_the_keys_kept(disk, monkeypatch):
    monkeypatch.setattr(key_file, "ROOM", 5_000)
    large = Kept(200, "t", b"x" * 4_000, ())
    for key in (b"1", b"2"):
        begin(disk.file, claim(key))
        settle(disk.file, large, key=key)
    assert [begin(disk.file, claim(key))[0] for key in (b"1", b"2")] == ["kept", "large"]
    disk.now += 601
    begin(disk.file, claim(b"3"))
    settle(disk.file, large, key=b"3")
    assert begin(disk.file, claim(b"3"))[0] == "kept", "room is given back"


def test_a_full_file_refuses_keys_and_works_again_with_room(disk, monkeypatch):
    monkeypatch.setattr(key_file, "MAX_FILE", 30 * 4_096)

    def fill():
        for key in range(1_000):
            begin(disk.file, claim(b"%d" % key, limit=10_000, share=10_000))

    with pytest.raises(KeyStoreUnavailable, match="full"):
        fill()
    disk.now += 4_000
    assert begin(disk.file, claim(b"one more"))[0] == "yours"


@pytest.mark.parametrize("wreck", [b"this is no database" * 400, b""])
def test_a_file_that_cannot_be_read_is_moved_aside_and_said(disk, wreck, logged):
    begin(disk.file)
    disk.file.close()
    data = disk.path.read_bytes()
    disk.path.write_bytes(wreck or data[:5_000] + b"\xff" * (len(data) - 5_000))
    assert begin(disk.again())[0] == "yours"
    aside = [it.name for it in disk.path.parent.iterdir() if "corrupt-1000" in it.name]
    assert aside
    assert "is moved to keys.sqlite.corrupt-1000" in "".join(logged())
    assert begin(disk.file)[0] == "lost", "the new file keeps keys"


def test_a_file_of_a_newer_version_is_left_alone(disk):
    begin(disk.file)
    disk.file.close()
    base = sqlite3.connect(disk.path)
    base.execute("PRAGMA user_version = 2")
    base.close()
    with pytest.raises(KeyStoreUnavailable, match="version 2"):
        begin(disk.again())
    assert not list(disk.path.parent.glob("*corrupt*"))


def test_a_folder_that_keys_cannot_be_kept_in_is_told_at_the_start(disk, logged):
    disk.path.parent.write_text("no folder")
    disk.file.open()
    assert any("Idempotency-Keys cannot be kept in" in line for line in logged())


def test_a_folder_that_cannot_be_made_refuses_keys(disk):
    disk.path.parent.write_text("a file")
    with pytest.raises(KeyStoreUnavailable, match=r"keys\.sqlite") as found:
        begin(disk.file)
    assert (found.value.effect or found.value.usual_effect) == "none"


def test_only_the_owner_reads_it_and_there_is_no_key_in_it(disk):
    begin(disk.file, claim(b"my-secret-key", b"my-request"))
    disk.file.close()
    assert stat.S_IMODE(disk.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(disk.path.parent.stat().st_mode) == 0o700
    found = b"".join(it.read_bytes() for it in disk.path.parent.iterdir())
    assert b"my-secret-key" not in found
    assert b"my-request" not in found


def test_a_start_without_a_file_makes_none(disk):
    disk.file.open()
    assert not disk.path.exists()


def test_two_gateways_with_one_file_perform_a_key_once(disk):
    other = KeyFile(disk.path, lambda: disk.now)
    assert begin(disk.file)[0] == "yours"
    assert begin(other)[0] == "lost", "of another gateway it is not known whether it lives"
    settle(disk.file)
    assert begin(other)[0] == "kept"


# ---- the thread ------------------------------------------------------------------------------


class Reactor:
    """Takes results from the thread; `turn` hands them on."""

    def __init__(self):
        self.calls, self.came = [], threading.Semaphore(0)

    def callFromThread(self, call, *arguments):  # noqa: N802 - Twisted's name
        self.calls.append((call, arguments))
        self.came.release()

    def turn(self):
        assert self.came.acquire(timeout=20)
        call, arguments = self.calls.pop(0)
        call(*arguments)


def test_calls_that_wait_together_are_committed_together_and_in_order(disk, monkeypatch):
    reactor, commits = Reactor(), []
    plain = KeyFile.transaction
    monkeypatch.setattr(KeyFile, "transaction", lambda self: commits.append(1) or plain(self))
    held = threading.Event()
    monkeypatch.setattr(KeyFile, "open", lambda self: held.wait(20))
    store = ThreadedStore(reactor, disk.file)
    found = DeferredList(
        [store.begin(claim(b"%d" % (number % 25), limit=99, share=99)) for number in range(50)]
    )
    held.set()
    while not found.called:
        reactor.turn()
    outcomes = [it[0] for _, it in found.result]
    assert outcomes == ["yours"] * 25 + ["lost"] * 25
    assert len(commits) < 10
    store.end()
    assert begin(disk.again(), claim(b"7"))[0] == "lost"


def test_a_store_that_cannot_write_says_so_to_each_of_a_group(disk):
    disk.path.parent.write_text("a file")
    store = PlainStore(disk.file)
    failed = []
    store.begin(claim()).addErrback(failed.append)
    assert failed[0].check(KeyStoreUnavailable)
