"""One contract for every store; then what is special to the file."""

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

from mgmtsrvr.store import FileStore, MemoryStore, revision_of
from verdigris.errors import CannotWrite, ConfigurationError, Conflict, Problem


def check(data: bytes) -> None:
    """These tests' documents are broken if they say so."""
    if b"broken" in data:
        raise ConfigurationError.of("x.xml", [Problem("x.xml", 3, "it says so")])


class Seen:
    """A watcher that remembers."""

    def __init__(self):
        self.changes: list[bytes] = []
        self.problems: list[str] = []

    def changed(self, document):
        self.changes.append(document.data)

    def broken(self, problem):
        self.problems.append(str(problem))


class InMemory:
    def __init__(self, folder, keep=20):
        self.store = MemoryStore(b"<one/>", check, keep=keep)

    def edit(self, data: bytes) -> None:
        self.store.edited(data)


class InFile:
    def __init__(self, folder: Path, keep=20):
        self.path = folder / "x.xml"
        self.path.write_bytes(b"<one/>")
        self.clock = Clock()
        self.store = FileStore(self.path, check, self.clock, keep=keep)
        run(self.store.load())

    def edit(self, data: bytes) -> None:
        """As editors do: another file moved over it."""
        other = self.path.with_name("x.xml.tmp")
        other.write_bytes(data)
        other.replace(self.path)
        self.wait()

    def wait(self, seconds: float = 1.0) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)


def run(coroutine):
    """The result of a coroutine that does not wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


@pytest.fixture(params=[InMemory, InFile])
def place(request, tmp_path):
    return request.param(tmp_path)


# ---- the contract --------------------------------------------------------------------------------


def test_load_gives_the_document_and_its_revision(place):
    document = run(place.store.load())
    assert (document.data, document.revision) == (b"<one/>", revision_of(b"<one/>"))


def test_publish_replaces_the_document_of_the_expected_revision(place):
    published = run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert published.revision == revision_of(b"<two/>")
    assert run(place.store.load()) == published


def test_publish_over_another_revision_is_a_conflict_and_changes_nothing(place):
    run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    with pytest.raises(Conflict) as caught:
        run(place.store.publish(b"<three/>", revision_of(b"<one/>")))
    assert caught.value.facts["actual"] == revision_of(b"<two/>")
    assert run(place.store.load()).data == b"<two/>"


def test_publish_over_an_edit_is_a_conflict_even_before_it_was_noticed(place):
    if isinstance(place, InFile):
        place.path.write_bytes(b"<edited/>")
    else:
        place.edit(b"<edited/>")
    with pytest.raises(Conflict):
        run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert run(place.store.load()).data == b"<edited/>"


def test_a_broken_document_is_not_published(place):
    with pytest.raises(ConfigurationError, match="it says so"):
        run(place.store.publish(b"<broken/>", revision_of(b"<one/>")))
    assert run(place.store.load()).data == b"<one/>"


def test_a_watcher_hears_of_every_change_once(place):
    seen = Seen()
    stop = place.store.watch(seen)
    run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    place.edit(b"<three/>")
    place.edit(b"<three/>")
    stop()
    place.edit(b"<four/>")
    assert (seen.changes, seen.problems) == ([b"<two/>", b"<three/>"], [])


def test_a_broken_edit_is_reported_and_the_last_good_document_goes_on(place):
    seen = Seen()
    place.store.watch(seen)
    place.edit(b"<broken/>")
    assert seen.changes == []
    assert seen.problems == ["x.xml cannot be used: line 3: it says so"]
    assert "it says so" in str(place.store.problem)
    assert run(place.store.load()).data == b"<one/>"


def test_a_mended_edit_comes_into_force(place):
    seen = Seen()
    place.store.watch(seen)
    place.edit(b"<broken/>")
    place.edit(b"<mended/>")
    assert seen.changes == [b"<mended/>"]
    assert place.store.problem is None


def test_earlier_versions_stay_but_not_broken_ones(place):
    place.store.watch(Seen())
    run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    place.edit(b"<broken/>")
    place.edit(b"<three/>")
    assert [v.data for v in run(place.store.versions())] == [b"<one/>", b"<two/>", b"<three/>"]


@pytest.mark.parametrize("kind", [InMemory, InFile])
def test_only_the_last_versions_stay(kind, tmp_path):
    place = kind(tmp_path, keep=3)
    last = b"<one/>"
    for i in range(6):
        last = run(place.store.publish(b"<n>%d</n>" % i, revision_of(last))).data
    assert [v.data for v in run(place.store.versions())] == [b"<n>3</n>", b"<n>4</n>", b"<n>5</n>"]


# ---- the file ------------------------------------------------------------------------------------


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
        acknowledged = int(writer.stdout.readline())
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
