"""A file sealed with a passphrase: any change of it is found."""

import io

import pytest

from mgmtsrvr.backup import sealed
from mgmtsrvr.backup.sealed import MAGIC, SALT, TAG, Broken, OpeningReader, SealingWriter


PIECE = 100
HEAD = len(MAGIC) + SALT


@pytest.fixture(autouse=True)
def _small_and_fast(monkeypatch):
    monkeypatch.setattr(sealed, "PIECE", PIECE)
    monkeypatch.setattr(sealed, "_key", lambda said, salt: (said.encode() + salt + bytes(32))[:32])


def seal(data, passphrase="right"):
    file = io.BytesIO()
    with SealingWriter(file, passphrase) as writer:
        for start in range(0, len(data), 33):
            writer.write(data[start : start + 33])
    return file.getvalue()


def unseal(found, passphrase="right"):
    file = io.BytesIO(found)
    assert file.read(len(MAGIC)) == MAGIC
    return OpeningReader(file, passphrase).readall()


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 250, 1000])
def test_it_comes_back_as_it_was(size):
    data = bytes(range(256)) * 4
    assert unseal(seal(data[:size])) == data[:size]


def test_nothing_of_it_can_be_read_and_no_two_are_the_same():
    data = b"secret" * 100
    found = seal(data)
    assert b"secret" not in found
    assert found != seal(data)


@pytest.mark.parametrize("size", [0, 100, 250])
def test_every_byte_counts(size):
    found = seal(bytes(size))
    for at in range(len(MAGIC), len(found)):
        changed = found[:at] + bytes([found[at] ^ 1]) + found[at + 1 :]
        with pytest.raises(Broken):
            unseal(changed)


@pytest.mark.parametrize("size", [100, 250, 300])
def test_a_cut_at_any_place_is_found(size):
    found = seal(bytes(size))
    for end in range(len(MAGIC), len(found)):
        with pytest.raises(Broken):
            unseal(found[:end])


def test_pieces_cannot_be_moved_repeated_or_added():
    found = seal(bytes(300))
    one = PIECE + TAG
    head, pieces = found[:HEAD], [found[at : at + one] for at in range(HEAD, len(found), one)]
    assert len(pieces) == 3
    for changed in (
        [pieces[1], pieces[0], pieces[2]], [pieces[0], *pieces], [*pieces, pieces[2]],
        [pieces[0], pieces[2]], [*pieces, b"x"],
    ):  # fmt: skip
        with pytest.raises(Broken):
            unseal(head + b"".join(changed))


def test_a_wrong_passphrase_is_known_at_the_first_piece():
    with pytest.raises(Broken) as caught:
        unseal(seal(b"data"), "wrong")
    assert caught.value.first


def test_the_key_is_slow_to_guess(monkeypatch):
    monkeypatch.undo()
    assert sealed._key("a", bytes(16)) != sealed._key("b", bytes(16))
    assert len(sealed._key("a", bytes(16))) == 32
