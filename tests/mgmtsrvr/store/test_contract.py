"""One contract for every store."""

import pytest

from mgmtsrvr.store import Note, revision_of
from tests.support.stores import InEtcd, InFile, InMemory, InRealEtcd, Seen
from verdigris.errors import ConfigurationError, Conflict


KINDS = [InMemory, InFile, InEtcd, pytest.param(InRealEtcd, marks=pytest.mark.processes)]


@pytest.fixture
def make(request, tmp_path):
    made = []

    def make(kind, **options):
        if kind is InRealEtcd:
            cluster, reactor = (
                request.getfixturevalue("etcd"),
                request.getfixturevalue("_reactor_thread"),
            )
            made.append(kind(tmp_path, cluster, reactor, **options))
        else:
            made.append(kind(tmp_path, **options))
        return made[-1]

    yield make
    for place in made:
        place.close()


@pytest.fixture(params=KINDS)
def place(request, make):
    return make(request.param)


def test_load_gives_the_document_and_its_revision(place):
    document = place.run(place.store.load())
    assert (document.data, document.revision) == (b"<one/>", revision_of(b"<one/>"))


def test_publish_replaces_the_document_of_the_expected_revision(place):
    published = place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert published.revision == revision_of(b"<two/>")
    assert place.run(place.store.load()) == published


def test_publish_over_another_revision_is_a_conflict_and_changes_nothing(place):
    place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    with pytest.raises(Conflict) as caught:
        place.run(place.store.publish(b"<three/>", revision_of(b"<one/>")))
    assert caught.value.facts["actual"] == revision_of(b"<two/>")
    assert place.run(place.store.load()).data == b"<two/>"


def test_publish_over_an_edit_is_a_conflict_even_before_it_was_noticed(place):
    if isinstance(place, InFile):
        place.path.write_bytes(b"<edited/>")
    else:
        place.edit(b"<edited/>")
    with pytest.raises(Conflict):
        place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert place.run(place.store.load()).data == b"<edited/>"


def test_a_broken_document_is_not_published(place):
    with pytest.raises(ConfigurationError, match="it says so"):
        place.run(place.store.publish(b"<broken/>", revision_of(b"<one/>")))
    assert place.run(place.store.load()).data == b"<one/>"


def test_a_watcher_hears_of_every_change_once(place):
    seen = Seen()
    stop = place.watch(seen)
    place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    place.edit(b"<three/>")
    place.edit(b"<three/>")
    stop()
    place.edit(b"<four/>")
    assert (seen.changes, seen.problems) == ([b"<two/>", b"<three/>"], [])


def test_a_broken_edit_is_reported_and_the_last_good_document_goes_on(place):
    seen = Seen()
    place.watch(seen)
    place.edit(b"<broken/>")
    assert seen.changes == []
    assert seen.problems == ["x.xml cannot be used: line 3: it says so"]
    assert "it says so" in str(place.store.problem)
    assert place.run(place.store.load()).data == b"<one/>"


def test_a_mended_edit_comes_into_force(place):
    seen = Seen()
    place.watch(seen)
    place.edit(b"<broken/>")
    place.edit(b"<mended/>")
    assert seen.changes == [b"<mended/>"]
    assert place.store.problem is None


def test_earlier_versions_stay(place):
    place.watch(Seen())
    place.run(place.store.publish(b"<two/>", revision_of(b"<one/>"), Note("ann", "why not")))
    place.edit(b"<three/>")
    found = place.run(place.store.versions())
    assert [v.data for v in found] == [b"<one/>", b"<two/>", b"<three/>"]
    assert found[1].note == Note("ann", "why not")


@pytest.mark.parametrize("kind", [InMemory, InFile])
def test_what_was_never_in_use_is_no_version(kind, make):
    place = make(kind)
    place.watch(Seen())
    place.edit(b"<broken/>")
    assert [v.data for v in place.run(place.store.versions())] == [b"<one/>"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_last_versions_stay(kind, make):
    place = make(kind, keep=3)
    last = b"<one/>"
    for i in range(6):
        last = place.run(place.store.publish(b"<n>%d</n>" % i, revision_of(last))).data
    found = place.run(place.store.versions())
    assert [v.data for v in found] == [b"<n>3</n>", b"<n>4</n>", b"<n>5</n>"]


def test_a_version_that_was_in_use_before_can_be_published_again(place):
    seen = Seen()
    place.watch(seen)
    two = place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    place.run(place.store.publish(b"<one/>", two.revision))
    place.run(place.store.publish(b"<two/>", revision_of(b"<one/>")))
    assert seen.changes == [b"<two/>", b"<one/>", b"<two/>"]


def test_a_lease_has_one_holder_and_each_holder_a_greater_number(place):
    first = place.run(place.store.lease("job", 2.0))
    assert first is not None
    assert first.held
    assert place.run(place.store.lease("job", 2.0)) is None
    assert place.run(place.store.lease("another", 2.0)) is not None
    place.run(first.release())
    assert not first.held
    second = place.run(place.store.lease("job", 2.0))
    assert second is not None
    assert second.number > first.number
