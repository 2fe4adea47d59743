"""Counts of several processes: the laws of buckets and digests, and nothing lost between processes."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.workers.counters import SharedCounters


@pytest.fixture
def path(tmp_path):
    SharedCounters.make(tmp_path / "counts")
    return tmp_path / "counts"


@pytest.fixture
def tally(path):
    found = SharedCounters(path)
    yield found
    found.close()


def test_a_client_has_its_rate_at_once_and_then_one_by_one(tally):
    assert [tally.take("10.0.0.1", 3, 5.0) for _ in range(4)] == [True, True, True, False]
    assert not tally.take("10.0.0.1", 3, 5.2)
    assert tally.take("10.0.0.1", 3, 5.4)
    assert not tally.take("10.0.0.1", 3, 5.4)
    assert tally.take("10.0.0.2", 3, 5.4)
    assert [tally.take("10.0.0.1", 3, 50.0) for _ in range(4)] == [True, True, True, False]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 48).map(lambda it: it / 16)), max_size=40
    )
)
def test_it_counts_as_a_gateway_of_one_process_does(tmp_path_factory, steps):
    from twisted.internet.task import Clock  # noqa: PLC0415 - only here

    from gateway.workers.shared_state import LocalState  # noqa: PLC0415 - likewise

    path = tmp_path_factory.mktemp("counts") / "counts"
    SharedCounters.make(path)
    tally, clock = SharedCounters(path), Clock()
    clock.advance(1_000)
    local = LocalState(clock)
    for who, seconds in steps:
        clock.advance(seconds)
        now = clock.seconds()
        assert tally.take(who, 2, now) == local.take(who, 2, now)
    tally.close()


def test_a_name_is_first_once_until_its_time(tally):
    assert tally.first(b"x", 100.0, 700.0)
    assert not tally.first(b"x", 100.0, 700.0)
    assert tally.first(b"y", 100.0, 700.0)
    assert not tally.first(b"x", 699.0, 1_299.0)
    assert tally.first(b"x", 700.0, 1_300.0)


def test_two_processes_have_one_count_and_one_secret(path, tally):
    other = SharedCounters(path)

    assert other.secret == tally.secret
    assert len(set(other.secret)) > 8
    assert tally.first(b"x", 1.0, 9.0)
    assert not other.first(b"x", 1.0, 9.0)
    other.close()
    assert "secret" not in repr(tally)
    assert path.stat().st_mode & 0o77 == 0


def test_100_000_digests_have_room_and_a_full_row_forgets_nothing(tally, monkeypatch):
    refused = sum(not tally.first(b"%d" % n, 1.0, 9.0) for n in range(100_000))
    assert refused < 50
    monkeypatch.setattr("gateway.workers.counters.DIGEST_ROWS", 1)
    for n in range(100):
        tally.first(b"more %d" % n, 1.0, 9.0)
    assert not tally.first(b"one more", 1.0, 9.0)
    assert tally.first(b"one more", 9.0, 18.0)


def test_beyond_the_room_for_clients_the_quietest_is_forgotten(tally, monkeypatch):
    monkeypatch.setattr("gateway.workers.counters.CLIENT_ROWS", 1)
    assert tally.take("first", 1, 1.0)
    for n in range(16):
        assert tally.take(f"client {n}", 1, 1.1)
    assert tally.take("first", 1, 1.2)
    assert not tally.take("client 5", 1, 1.2)


@pytest.mark.parametrize("which", ["wrong", "known"])
def test_a_name_is_counted_until_it_is_forgotten(tally, monkeypatch, which):
    counts = getattr(tally, which)
    assert counts.tallied(b"x") == (0, 0.0)
    for now in (1.0, 2.0, 12.0):
        counts.tally(b"x", now, 10.0)
    assert counts.tallied(b"x") == (3, 12.0)
    counts.recant(b"x")
    assert counts.tallied(b"x") == (2, 12.0)
    counts.tally(b"x", 22.5, 10.0)
    assert counts.tallied(b"x") == (1, 22.5)
    counts.recant(b"x")
    counts.recant(b"y")
    assert counts.tallied(b"x") == (0, 0.0)
    counts.tally(b"x", 23.0, 10.0)
    counts.untally(b"x")
    counts.untally(b"y")
    assert counts.tallied(b"x") == (0, 0.0)
    monkeypatch.setattr("gateway.workers.counters.TALLY_ROWS", 1)
    for n in range(17):
        counts.tally(b"%d" % n, 30.0 + n, 10.0)
    assert counts.tallied(b"0") == (0, 0.0)
    assert counts.tallied(b"16") == (1, 46.0)


def test_wrong_passwords_and_logins_are_counted_apart(tally):
    tally.wrong.tally(b"x", 1.0, 10.0)
    assert tally.known.tallied(b"x") == (0, 0.0)


def test_what_many_processes_take_at_once_adds_up(path):
    program = (
        "import sys; from pathlib import Path; from gateway.workers.counters import SharedCounters;"
        "tally = SharedCounters(Path(sys.argv[1]));"
        "print(sum(tally.take('one', 100000, 5.0) for _ in range(5000)),"
        "sum(tally.first(b'%d' % n, 1.0, 9.0) for n in range(2000)))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [[int(it) for it in process.communicate(timeout=60)[0].split()] for process in running]

    left = 0
    tally = SharedCounters(path)
    while tally.take("one", 100_000, 5.0):
        left += 1
    tally.close()
    assert [taken for taken, _ in said] == [5_000] * 4
    assert left == 80_000
    assert sum(firsts for _, firsts in said) == 2_000
