"""A file is replaced as a whole or not at all, and links to it stay."""

import errno
import os
import stat
from pathlib import Path

import pytest

from verdigris.config import atomic
from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"old")
    return path


def test_the_new_content_is_there_and_nothing_else(file):
    write_file(file, b"new")

    assert file.read_bytes() == b"new"
    assert [one.name for one in file.parent.iterdir()] == ["x.xml"]


def test_the_write_is_on_the_disk_before_the_name_changes(file, monkeypatch):
    done = []
    for owner, name in ((atomic.os, "fsync"), (Path, "replace")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, r=real, n=name: done.append(n) or r(*a))
    write_file(file, b"new")

    assert done == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_content_and_no_temporary_file(file, monkeypatch, failing):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os if failing == "fsync" else Path, failing, full)
    with pytest.raises(CannotWrite, match="No space left"):
        write_file(file, b"new")

    assert file.read_bytes() == b"old"
    assert [one.name for one in file.parent.iterdir()] == ["x.xml"]


def test_a_file_keeps_its_permissions_and_a_new_one_gets_those_asked_for(file, tmp_path):
    file.chmod(0o604)
    write_file(file, b"new", mode=0o600)
    write_file(tmp_path / "secret", b"x")

    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_stays_and_the_file_it_names_is_replaced(tmp_path, absolute):
    managed = tmp_path / "managed"
    managed.mkdir()
    (managed / "x.xml").write_bytes(b"old")
    (tmp_path / "second").symlink_to(managed / "x.xml" if absolute else "managed/x.xml")
    link = tmp_path / "x.xml"
    link.symlink_to("second")
    write_file(link, b"new")

    assert link.is_symlink()
    assert (tmp_path / "second").is_symlink()
    assert (managed / "x.xml").read_bytes() == b"new"
    assert [one.name for one in managed.iterdir()] == ["x.xml"]


def test_a_link_whose_file_is_missing_makes_it(tmp_path):
    link = tmp_path / "x.xml"
    link.symlink_to("later.xml")
    write_file(link, b"new")

    assert link.is_symlink()
    assert (tmp_path / "later.xml").read_bytes() == b"new"


def test_what_cannot_be_written_is_an_error_of_its_own(tmp_path):
    loop, fifo = tmp_path / "loop", tmp_path / "fifo"
    loop.symlink_to("loop")
    os.mkfifo(fifo)
    for path in (loop, fifo, tmp_path, tmp_path / "no folder" / "x.xml"):
        with pytest.raises(CannotWrite):
            write_file(path, b"new")

    assert loop.is_symlink()
    assert fifo.is_fifo()


def test_without_replacing_the_first_writer_wins(tmp_path):
    path = tmp_path / "key"
    write_file(path, b"first", replace=False)
    with pytest.raises(FileExistsError):
        write_file(path, b"second", replace=False)

    assert path.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
