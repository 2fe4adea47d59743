"""The installation in force: followed, guarded, edited."""

import pytest

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.store import MemoryStore
from verdigris.errors import ConfigurationError, Conflict, UnknownServer


FIVE = [(name, 20) for name in "ABCDE"]


@pytest.fixture
def begin(make):
    """Makes a started configuration of these members."""

    def started(members=FIVE):
        configuration = Configuration("installation.xml")
        configuration.store_ = MemoryStore(make.xml(members), configuration.check)
        run(configuration.start(configuration.store_))
        configuration.seen = []
        configuration.followers.append(lambda it, revision: configuration.seen.append(revision))
        return configuration

    return started


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def test_followers_hear_of_a_new_installation(begin, make):
    it = begin()
    revision = run(it.publish(make.xml(FIVE[:4]), it.revision))
    assert it.seen == [revision] == [it.revision]
    assert [server.name for server in it.installation.servers] == list("ABCD")


def test_a_broken_edit_leaves_the_last_good_one_in_force(begin):
    it = begin()
    it.store_.edited(b"<installation")
    assert it.seen == []
    assert len(it.installation.servers) == 5
    assert "installation.xml" in str(it.problem)


def test_removing_more_than_half_of_the_servers_has_to_be_meant(begin, make):
    it = begin()
    with pytest.raises(
        ConfigurationError, match=r"3 of 5 session servers would be removed \(C, D, E\)"
    ):
        run(it.publish(make.xml(FIVE[:2]), it.revision))
    assert it.seen == []
    run(it.publish(make.xml(FIVE[:2]), it.revision, force=True))
    assert len(it.installation.servers) == 2


def test_the_same_holds_for_an_edit_of_the_file(begin, make):
    it = begin()
    it.store_.edited(make.xml(FIVE[:2]))
    assert len(it.installation.servers) == 5
    assert "use force" in str(it.problem)
    it.store_.edited(make.xml(FIVE[:2]).replace(b'id="test"', b'id="test" force="true"'))
    assert len(it.installation.servers) == 2
    assert it.problem is None


def test_what_was_written_for_an_older_document_is_a_conflict_not_a_removal(begin, make):
    """Parts that join at the same time: each edit lacks what the other one has added."""
    it = begin(FIVE[:1])
    old = it.revision
    run(it.publish(make.xml(FIVE), old))
    with pytest.raises(Conflict):
        run(it.publish(make.xml(FIVE[:2]), old))
    assert len(it.installation.servers) == 5


def test_half_of_them_may_go(begin, make):
    it = begin(FIVE[:4])
    run(it.publish(make.xml(FIVE[:2]), it.revision))
    assert len(it.installation.servers) == 2


def test_force_is_for_one_publish_only(begin, make):
    it = begin()
    run(it.publish(make.xml(FIVE), it.revision, force=True))
    with pytest.raises(ConfigurationError):
        run(it.publish(make.xml(FIVE[:1]), it.revision))


def test_the_id_does_not_change_while_running(begin, make):
    it = begin()
    with pytest.raises(ConfigurationError, match="the id was test"):
        run(it.publish(make.xml(FIVE).replace(b'id="test"', b'id="other"'), it.revision))


def test_a_state_is_changed_in_place(begin):
    it = begin()
    revision = run(it.set_state("B", "drain"))
    assert revision == it.revision
    assert [server.state for server in it.installation.servers] == ["up", "drain", "up", "up", "up"]


def test_a_state_that_is_so_already_changes_nothing(begin):
    it = begin()
    first = run(it.set_state("B", "drain"))
    assert run(it.set_state("B", "drain")) == first
    assert it.seen == [first]


def test_a_state_of_an_unknown_server_is_an_error(begin):
    with pytest.raises(UnknownServer):
        run(begin().set_state("X", "drain"))


def test_a_change_of_state_meets_other_writers_and_wins_in_the_end(begin):
    it = begin()
    publish, conflicts = it.publish, iter([True, True, False])

    async def contested(data, expected, *, force=False):
        if next(conflicts):
            raise Conflict(actual="x", expected=expected)
        return await publish(data, expected, force=force)

    it.publish = contested
    run(it.set_state("B", "drain"))
    assert it.installation.servers[1].state == "drain"


def test_it_does_not_try_for_ever(begin):
    it = begin()
    tries = []

    async def never(data, expected, *, force=False):
        tries.append(expected)
        raise Conflict(actual="x", expected=expected)

    it.publish = never
    with pytest.raises(Conflict):
        run(it.set_state("B", "drain"))
    assert len(tries) == 5


def test_a_state_is_not_written_over_a_broken_edit_which_is_told(begin):
    it = begin()
    it.store_.edited(b"<installation")
    with pytest.raises(ConfigurationError, match=r"installation\.xml cannot be used: line 1"):
        run(it.set_state("B", "drain"))
    assert it.seen == []
