"""Keys of tokens: made, kept, published, rotated; and what happens when they cannot be."""

import pytest
from twisted.internet.task import Clock

from mgmtsrvr.access import TokenKeys
from mgmtsrvr.access.token_keys import LOOK
from mgmtsrvr.store import MemoryStore
from tests.support.access import NOW, now
from verdigris.config.token_keys import EMPTY, parse
from verdigris.errors import CannotWrite, NoSigningKey, StoreUnavailable
from verdigris.tokens.rotation import LIFETIME, LONGEST_TOKEN, PERIOD, SPREAD


class World:
    def __init__(self, folder, store=None, server="m1"):
        self.time, self.clock = NOW, Clock()
        self.folder = folder / f"{server}-keys"
        self.store = store or MemoryStore(EMPTY, parse)
        self.keys = TokenKeys(server, self.folder, self.clock, lambda: self.time)

    def start(self):
        now(self.keys.start(self.store))
        return self

    def later(self, seconds):
        self.time += seconds
        self.clock.advance(LOOK)

    @property
    def published(self):
        return parse(self.store._versions[-1].data)

    @property
    def files(self):
        return {it.stem: it for it in self.folder.glob("*.pem")}


def test_the_first_start_makes_a_key_and_the_next_takes_it(tmp_path):
    world = World(tmp_path).start()
    assert set(world.published) == set(world.files) == {world.keys.signing.id}
    (file,) = world.files.values()
    assert file.stat().st_mode & 0o777 == 0o600
    assert world.folder.stat().st_mode & 0o777 == 0o700
    again = World(tmp_path, world.store).start()
    assert again.keys.signing.id == world.keys.signing.id
    assert len(again.published) == 1


def test_keys_roll_and_old_ones_go_with_their_files(tmp_path):
    world = World(tmp_path).start()
    first = world.keys.signing.id
    world.later(PERIOD)
    assert len(world.published) == 2
    assert world.keys.signing.id == first
    world.later(SPREAD)
    second = world.keys.signing.id
    assert second != first
    world.later(LIFETIME - PERIOD - SPREAD + LONGEST_TOKEN + 1)
    assert first not in world.published
    assert first not in world.files
    assert second in world.files


def test_two_servers_publish_into_one_document(tmp_path):
    one = World(tmp_path).start()
    two = World(tmp_path, one.store, "m2").start()
    assert (
        set(one.keys.public) == set(two.keys.public) == {one.keys.signing.id, two.keys.signing.id}
    )


class Unavailable(MemoryStore):
    """A store that takes nothing for now."""

    away = True

    async def publish(self, data, expected, note=None):
        if self.away:
            raise StoreUnavailable(store="etcd", reason="no quorum")
        return await super().publish(data, expected)


def test_without_the_store_logins_are_good_here_and_one_key_waits(tmp_path):
    world = World(tmp_path, Unavailable(EMPTY, parse)).start()
    signing = world.keys.signing.id
    assert signing in world.keys.public
    assert world.published == {}
    for _ in range(5):
        world.later(LOOK)
    assert set(world.files) == {signing}
    world.store.away = False
    world.later(LOOK)
    assert set(world.published) == {signing} == set(world.files)


def test_without_the_disk_there_are_no_logins_but_the_server_runs(tmp_path, monkeypatch):
    def full(*_, **__):
        raise CannotWrite(file="x", reason="No space left on device")

    monkeypatch.setattr("mgmtsrvr.access.token_keys.write_file", full)
    world = World(tmp_path).start()
    with pytest.raises(NoSigningKey):
        _ = world.keys.signing


def test_files_that_are_no_keys_are_left_alone(tmp_path):
    world = World(tmp_path)
    world.folder.mkdir()
    (world.folder / "damaged.pem").write_text("x")
    world.start()
    assert "damaged" in world.files
    assert world.keys.signing.id


def test_nothing_shows_a_key(tmp_path):
    world = World(tmp_path).start()
    secret = world.keys.signing.raw.hex()
    assert secret not in repr(world.keys) + repr(vars(world.keys))
    assert secret.encode() not in world.store._versions[-1].data
