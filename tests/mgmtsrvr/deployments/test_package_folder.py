"""The folder of packages: what is read is what was named, and it has a limit."""

import os
import stat

import pytest

from mgmtsrvr.deployments import package_folder
from mgmtsrvr.deployments.package_folder import UNNAMED, PackageFolder
from tests.support.following import digest
from verdigris.errors import CannotWrite


@pytest.fixture
def place(tmp_path):
    return tmp_path / "packages"


def test_a_package_is_found_by_its_content(place):
    folder = PackageFolder(place)
    assert folder.read(digest(b"1")) is None
    name = folder.put(b"1")
    assert name == digest(b"1")
    assert PackageFolder(place).read(name) == b"1"
    assert folder.has(name)


def test_nobody_else_may_read_packages_which_hold_accounts(place):
    name = PackageFolder(place).put(b"1")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / f"{name}.zip").stat().st_mode) == 0o600


def test_a_damaged_package_is_none_and_is_replaced(place):
    folder = PackageFolder(place)
    name = folder.put(b"1")
    (place / f"{name}.zip").write_bytes(b"2")
    assert folder.read(name) is None
    folder.put(b"1")
    assert folder.read(name) == b"1"


def test_what_no_version_names_goes_after_a_while(place):
    folder = PackageFolder(place)
    old, new, named = (folder.put(data) for data in (b"old", b"new", b"named"))
    for name in (old, named):
        os.utime(place / f"{name}.zip", (0, 0))
    (place / ".x.zip.0123.new").write_bytes(b"of a process that was killed")
    os.utime(place / ".x.zip.0123.new", (0, 0))
    folder.collect({named}, (place / f"{new}.zip").stat().st_mtime + UNNAMED / 2)
    assert {it.stem for it in place.iterdir()} == {new, named}


def test_the_folder_has_a_limit_which_unnamed_packages_give_way_to(place):
    folder = PackageFolder(place, limit=10)
    first, second = folder.put(b"1234"), folder.put(b"5678")
    os.utime(place / f"{first}.zip", (0, 0))
    folder.collect({first}, UNNAMED)
    third = folder.put(b"abcd")
    assert {it.stem for it in place.iterdir()} == {first, third}
    assert second != third
    folder.collect({first, third}, UNNAMED)
    with pytest.raises(CannotWrite, match="more than 10 bytes"):
        folder.put(b"efgh")
    assert {it.stem for it in place.iterdir()} == {first, third}


def test_a_full_disk_is_an_error_and_leaves_nothing(place, monkeypatch):
    def full(*_args, **_more):
        raise CannotWrite(file="x", reason="No space left on device")

    monkeypatch.setattr(package_folder, "write_file", full)
    with pytest.raises(CannotWrite):
        PackageFolder(place).put(b"1")
    assert list(place.iterdir()) == []


def test_a_place_that_is_no_folder_is_an_error(tmp_path):
    (tmp_path / "packages").write_text("a file")
    with pytest.raises(CannotWrite):
        PackageFolder(tmp_path / "packages").put(b"1")
