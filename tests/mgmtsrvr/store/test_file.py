"""What is special to the store in a file; the contract of all stores is in test_contract.py."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from mgmtsrvr.store import FileStore, revision_of
from tests.support.lines import next_line
from tests.support.stores import InFile, Seen, check, run
from verdigris.errors import CannotWrite, ConfigurationError


@pytest.fixture
def at(tmp_path):
    return InFile(tmp_path)


def test_a_slow_copy_is_read_only_when_it_stands_still(at):
    seen = Seen()
    at.store.watch(seen)
    for i in range(6):
        with at.path.open("ab" if i else "wb") as file:
            file.write(b"<piece/>")
        at.wait(0.15)
    assert seen.changes == []
    at.wait(0.4)
    assert seen.changes == [b"<piece/>" * 6]


def test_an_edit_is_in_force_within_400_milliseconds(at):
    seen = Seen()
    at.store.watch(seen)
    at.wait(0.3)
    at.path.write_bytes(b"<edited/>")
    at.wait(0.4)
    assert seen.changes == [b"<edited/>"]


def test_a_file_that_is_gone_is_reported_and_its_return_noticed(at):
    seen = Seen()
    at.store.watch(seen)
    at.path.unlink()
    at.wait()
    assert "No such file" in seen.problems[0]
    at.edit(b"<back/>")
    assert seen.changes == [b"<back/>"]


def test_a_file_that_comes_back_as_it_was_is_no_problem_any_more(at):
    seen = Seen()
    at.store.watch(seen)
    at.path.unlink()
    at.wait()
    at.edit(b"<one/>")
    assert at.store.problem is None


def test_after_a_restart_with_a_broken_file_the_last_good_version_goes_on(at):
    at.path.write_bytes(b"<broken/>")
    again = FileStore(at.path, check, Clock())
    assert run(again.load()).data == b"<one/>"
    assert "it says so" in str(again.problem)


def test_without_any_good_version_there_is_no_start(tmp_path):
    path = tmp_path / "x.xml"
    with pytest.raises(ConfigurationError, match="No such file"):
        run(FileStore(path, check, Clock()).load())
    path.write_bytes(b"<broken/>")
    with pytest.raises(ConfigurationError, match="it says so"):
        run(FileStore(path, check, Clock()).load())


def test_a_full_disk_leaves_the_old_document(at, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("verdigris.config.atomic.os.fsync", full)
    with pytest.raises(CannotWrite, match="No space left"):
        run(at.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert run(at.store.load()).data == b"<one/>"


def test_a_linked_file_stays_linked_and_is_watched_all_the_same(at):
    managed = at.path.with_name("managed.xml")
    at.path.rename(managed)
    at.path.symlink_to(managed.name)
    seen = Seen()
    at.store.watch(seen)
    run(at.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert at.path.is_symlink()
    assert managed.read_bytes() == b"<two/>"
    managed.write_bytes(b"<three/>")
    at.wait()
    assert seen.changes == [b"<two/>", b"<three/>"]


def test_trouble_with_earlier_versions_does_not_stop_a_write(at, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    run(at.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert at.path.read_bytes() == b"<two/>"


WRITER = """
import sys
from pathlib import Path
from twisted.internet.task import Clock
from mgmtsrvr.store import FileStore
def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
store = FileStore(Path(sys.argv[1]), lambda data: None, Clock(), keep=2)
document = run(store.load())
number = int(document.data.split()[1])
while True:
    number += 1
    document = run(store.publish(b"<n> %d " % number + b"x" * 200_000 + b" </n>", document.revision))
    print(number, flush=True)
"""


@pytest.mark.processes
def test_a_writer_killed_at_any_moment_damages_nothing_and_loses_nothing_acknowledged(tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<n> 0 " + b"x" * 200_000 + b" </n>")
    for i in range(15):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        acknowledged = int(next_line(writer))
        time.sleep(0.003 * i)  # the moment of the kill varies; nothing is waited for
        os.kill(writer.pid, signal.SIGKILL)
        for line in writer.stdout.read().splitlines():
            with contextlib.suppress(ValueError):
                acknowledged = int(line)
        writer.wait(60)
        writer.stdout.close()
        _, number, filler, _ = path.read_bytes().split()
        assert len(filler) == 200_000
        assert int(number) in (acknowledged, acknowledged + 1)


@pytest.mark.processes
def test_two_writers_on_one_file_never_overwrite_each_other(tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<n>0</n>")
    script = (
        WRITER.split("number = int", maxsplit=1)[0]
        + """
from verdigris.errors import Conflict
done = 0
while done < 40:
    document = run(store.load())
    number = int(document.data[3:-4]) + 1
    try:
        run(store.publish(b"<n>%d</n>" % number, document.revision))
        done += 1
    except Conflict:
        pass
"""
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, path]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert path.read_bytes() == b"<n>120</n>"
