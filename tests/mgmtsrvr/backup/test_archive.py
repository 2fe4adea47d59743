"""The file of a backup: read with distrust, whoever has made it."""

import gzip
import io
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from mgmtsrvr.backup import archive, sealed
from mgmtsrvr.backup.archive import BLOCK, Listed, Manifest, Stored, read_backup, write_backup
from verdigris.errors import BadBackup, PassphraseWrong


FILES = {"mgmtsrvr.xml": b"<mgmtsrvr/>", "authority/key.pem": b"k" * 700, "empty": b""}


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(sealed, "_key", lambda said, salt: (said.encode() + salt + bytes(32))[:32])


def described(files, **changes):
    facts = {
        "format": 1, "product": "0.1", "installation": "bank", "server": "m1",
        "time": "2026-12-01T00:00:00Z", "keys": True, "files": files,
    }  # fmt: skip
    return Manifest(**{**facts, **changes})


def made(path: Path, files=FILES, passphrase=None) -> Path:
    with path.open("wb") as file:
        write_backup(file, [Stored.of(*it) for it in files.items()], described, passphrase)
    return path


def read(path, passphrase=None):
    with read_backup(path, passphrase) as (_, files):
        return dict(files)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_what_was_written_is_read(tmp_path, passphrase):
    path = made(tmp_path / "b", passphrase=passphrase)
    assert read(path, passphrase) == FILES
    with read_backup(path, passphrase) as (manifest, _):
        assert [it.name for it in manifest.files] == [*FILES]
        assert manifest.installation == "bank"


def test_tar_reads_one_that_is_not_sealed(tmp_path):
    path = made(tmp_path / "b")
    listed = subprocess.run(
        ["tar", "-tzf", str(path)], capture_output=True, text=True, check=True, timeout=30
    )
    assert listed.stdout.split() == ["manifest.json", *FILES]


def test_one_that_is_sealed_needs_its_passphrase(tmp_path):
    path = made(tmp_path / "b", passphrase="right one")
    assert b"kkkk" not in path.read_bytes()
    assert archive.is_sealed(path)
    for wrong in (None, "wrong one"):
        with pytest.raises(PassphraseWrong):
            read(path, wrong)


def test_a_cut_or_changed_one_is_refused(tmp_path):
    for passphrase in (None, "right"):
        whole = made(tmp_path / "b", passphrase=passphrase).read_bytes()
        for at in range(0, len(whole) - 1, 7):
            (tmp_path / "b").write_bytes(whole[:at])
            with pytest.raises((BadBackup, PassphraseWrong)):
                read(tmp_path / "b", passphrase)
    for at in range(0, len(whole), 11):
        (tmp_path / "b").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises((BadBackup, PassphraseWrong)):
            read(tmp_path / "b", "right")


# ---- made by somebody else --------------------------------------------------------------------


def member(name, data=b"", *, kind=tarfile.REGTYPE, size=None, link=""):
    header = tarfile.TarInfo(name)
    header.type, header.size, header.linkname = kind, len(data) if size is None else size, link
    return header.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % BLOCK)


def listed(name, data=b"", **changes):
    facts = {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
    return Listed(**{**facts, **changes})


def forged(path, files, *members, end=bytes(1024), **changes):
    manifest = msgspec.json.encode(described(tuple(files), **changes))
    path.write_bytes(gzip.compress(member("manifest.json", manifest) + b"".join(members) + end))
    return path


def refused(path, match):
    with pytest.raises(BadBackup, match=match) as caught:
        read(path)
    assert caught.value.code == 9280


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../x", "a/../../x", "a//b", "./x", ".hidden", "a/.ssh/x", "a\\b", "C:x", "",
     "a/", "x\n", "x\0y", "é", "a/b/c/d/e/f/g", "a" * 81, "manifest.json", "-/../x"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_read(tmp_path, name):
    refused(forged(tmp_path / "b", [listed(name)]), "is not a name of a file in a backup")


def test_names_that_meet_are_refused(tmp_path):
    refused(forged(tmp_path / "b", [listed("a"), listed("A")]), "A is in it twice")
    refused(forged(tmp_path / "b", [listed("a/b"), listed("a")]), "in a folder that is a file")


@pytest.mark.parametrize(
    "one",
    [
        member("a", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("a", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        member("a", kind=tarfile.DIRTYPE),
        member("a", kind=tarfile.FIFOTYPE),
        member("a", kind=tarfile.CHRTYPE),
        member("a", kind=tarfile.GNUTYPE_LONGNAME, size=1 << 40),
        member("a", kind=tarfile.XHDTYPE, size=1 << 40),
    ],
)
def test_what_is_no_ordinary_file_is_refused(tmp_path, one):
    refused(forged(tmp_path / "b", [listed("a")], one), "is not an ordinary file")


def test_another_file_than_the_one_listed_is_refused(tmp_path):
    path = tmp_path / "b"
    refused(forged(path, [listed("a", b"1")], member("b", b"1")), "where its manifest lists a")
    refused(forged(path, [listed("a", b"1")], member("a", b"12")), "where its manifest lists a")
    refused(forged(path, [listed("a", b"1")], member("a", b"2")), "is not the file that")
    refused(forged(path, [], member("a", b"2")), "it has more than its manifest lists")
    refused(forged(path, [listed("a", b"1")]), "it ends too early")
    refused(forged(path, [listed("a", b"1")], member("a", b"1")[:600], end=b""), "ends too early")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "b"
    huge = listed("a", size=1 << 40)
    refused(forged(path, [huge], member("a", size=1 << 40)), "and 67108864 is the limit")
    refused(forged(path, [listed("a", size=-1)]), "has -1 bytes")
    monkeypatch.setattr(archive, "TOTAL", 100)
    refused(forged(path, [listed("a", bytes(99)), listed("b", bytes(2))]), "more than 100 bytes")
    monkeypatch.setattr(archive, "MOST", 1)
    refused(forged(path, [listed("a"), listed("b")]), "it lists 2 files")
    path.write_bytes(gzip.compress(member("manifest.json", size=1 << 40)))
    refused(path, "does not begin with a manifest")
    path.write_bytes(gzip.compress(bytes(100_000_000), 1))
    refused(path, "ends too early")


def test_what_follows_a_backup_is_refused(tmp_path):
    whole = made(tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(whole + gzip.compress(b"more"))
    refused(tmp_path / "b", "more than its manifest")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "ends too early"),
        (b"hello", "damaged, or not a backup"),
        (gzip.compress(b"hello"), "ends too early"),
        (gzip.compress(member("manifest.json", b"{")), "its manifest cannot be read"),
        (gzip.compress(member("manifest.json", b"\xff")), "its manifest cannot be read"),
        (gzip.compress(b"\xff" * 1024), "a header in it is damaged"),
        (gzip.compress(member("manifest", b"{}")), "does not begin with a manifest"),
    ],
)
def test_what_is_no_backup_is_said(tmp_path, data, match):
    (tmp_path / "b").write_bytes(data)
    refused(tmp_path / "b", match)


def test_a_later_format_is_said(tmp_path):
    refused(forged(tmp_path / "b", [], format=2), "format 2, and this version reads format 1")


def test_a_large_file_is_written_in_pieces(tmp_path):
    data = bytes(range(256)) * 4000
    path = made(tmp_path / "b", {"packages/x": data}, "right")
    assert read(path, "right") == {"packages/x": data}
    assert io.BytesIO(path.read_bytes()).read(9) == b"verdigris"
