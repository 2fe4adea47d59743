"""Rows of variable lists: used once, only while granted, and given up when others need them."""

import pytest

from sesssrvr.pool import (
    Claimed,
    CloseSession,
    Connect,
    Connected,
    DenialReason,
    Denied,
    Deployed,
    Lent,
    NotFound,
    OpenRequested,
    PoolKey,
    PoolSettings,
    Released,
    ReservationRequested,
    Returned,
    ReturnFailed,
    RowNeed,
    RowsGranted,
    RowsRecalled,
    Stopped,
    row_needs,
)
from tests.support.pools import Machine


GROUP = "M/Users"
KEYS = ("a", "b", "c", "d")


def pool(name="P", keys=KEYS, group=GROUP, **more):
    settings = {"maximum": 4, "maximum_idle": 4, "rows": len(keys), "row_list": "Users", **more}
    return PoolSettings(PoolKey("pool", name), "M", row_keys=keys, row_group=group, **settings)


def lend(machine, name="P", key="k"):
    """The slot of one more client, connected; None if there is none."""
    (reply,) = [
        it
        for it in machine(OpenRequested(PoolKey("pool", name), f"{key}{machine.now}"))
        if isinstance(it, Lent | Denied)
    ]
    machine.now += 1
    if isinstance(reply, Denied):
        assert reply.reason is DenialReason.ROWS
        return None
    machine(Connected(reply.number))
    return reply.number


def key_of(machine, number):
    return machine.server.slot(number).row_key[1]


def test_pools_that_share_a_list_never_use_a_row_at_one_time():
    machine = Machine(pool("P"), pool("Q"))
    lent = [lend(machine, name) for name in "PQPQ"]
    assert sorted(key_of(machine, number) for number in lent) == list(KEYS)
    assert lend(machine, "P") is lend(machine, "Q") is None


def test_pools_of_other_groups_use_rows_of_the_same_names():
    machine = Machine(pool("P"), pool("Q", group=""))
    assert all(lend(machine, name) for name in "PQPQPQPQ")


def test_only_granted_rows_are_used_and_the_pool_fills_itself_as_they_come():
    machine = Machine()
    machine(RowsGranted(GROUP, frozenset()))
    machine(Deployed(pool(initial=2)))
    assert not machine.of(Connect)
    machine(RowsGranted(GROUP, frozenset("b")))
    assert len(machine.of(Connect)) == 1
    machine(RowsGranted(GROUP, frozenset("bd")))
    assert {key for _, key in machine.server.rows_used} == {"b", "d"}
    assert [lend(machine), lend(machine)].count(None) == 0
    assert lend(machine) is None


def test_a_session_ends_with_its_row_whoever_has_it():
    machine = Machine(pool())
    lent = lend(machine)
    machine(ReservationRequested(PoolKey("pool", "P"), "r1", 1, "k9", "c9"))
    machine(RowsGranted(GROUP, frozenset("cd")))
    assert lent in {effect.number for effect in machine.of(CloseSession)}
    assert {key for _, key in machine.server.rows_used} <= {"c", "d"}
    assert machine(Claimed("k9", "c9"))[0] == NotFound()
    assert "not this server's any more" in machine.server.broken["k9"].reason


def test_what_is_recalled_is_unused_first_then_idle_then_quarantined_and_never_a_clients():
    machine = Machine(pool(keys=(*KEYS, "e")))
    machine(RowsGranted(GROUP, frozenset((*KEYS, "e"))))
    used, idle, stuck = lend(machine), lend(machine), lend(machine)
    for number, event in ((idle, Returned(idle)), (stuck, ReturnFailed(stuck, "?"))):
        machine(Released(number))
        machine(event)
    assert len(machine.server.pool_of) == 4  # the one that is stuck is replaced
    machine(RowsRecalled(GROUP, 1))
    assert machine.server.granted[GROUP] == frozenset(KEYS)
    machine(RowsRecalled(GROUP, 2))
    assert set(machine.server.pool_of) == {used, stuck}
    machine(RowsRecalled(GROUP, 5))
    assert set(machine.server.pool_of) == {used}
    assert machine.server.granted[GROUP] == {key_of(machine, used)}


def test_equal_rows_are_one_and_a_redeployment_knows_a_row_by_its_key():
    machine = Machine(pool(keys=("a", "", "b", "c")))
    lent = lend(machine)
    assert key_of(machine, lent) == "a"
    machine(Deployed(pool(keys=("c", "b", "a"))))
    others = [lend(machine), lend(machine)]
    assert sorted(key_of(machine, number) for number in others) == ["b", "c"]
    assert lend(machine) is None
    machine(Released(lent))  # of the old deployment: ends, and its row is free under its new number
    again = lend(machine)
    assert (key_of(machine, again), machine.server.slot(again).row) == ("a", 2)


def need(machine):
    return row_needs(machine.server, machine.now).get(GROUP)


def test_needs_count_clients_those_who_were_refused_and_idle_sessions():
    machine = Machine(pool(initial=2))
    assert need(machine) is None  # not shared with other servers
    machine(RowsGranted(GROUP, frozenset("ab")))
    assert need(machine) == RowNeed(0, 0, 2, 4)
    numbers = [lend(machine), lend(machine)]
    assert need(machine) == RowNeed(2, 2, 3, 4)
    assert lend(machine) is None
    assert need(machine).needed == 3
    machine.now += 5
    assert need(machine).needed == 2
    machine(Stopped(PoolKey("pool", "P")))
    assert need(machine) == RowNeed(2, 2, 2, 2)
    for number in numbers:
        machine(Released(number))
    assert need(machine) == RowNeed()


@pytest.mark.parametrize(("row", "key"), [(0, "1"), (2, "3"), (3, ""), (-1, "")])
def test_rows_without_keys_are_known_by_their_number(row, key):
    settings = PoolSettings(PoolKey("pool", "P"), "M", 4, rows=3)
    assert settings.row_key(row) == key
    assert settings.row_of(key) == (row if key else -1)
