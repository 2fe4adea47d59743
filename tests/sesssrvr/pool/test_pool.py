"""Sessions are promised, lent, taken back and healed, and no limit is ever passed."""

import random

import pytest

from sesssrvr.pool import (
    AdminStateSet,
    AttemptCancelled,
    Claimed,
    CloseSession,
    Connect,
    Connected,
    ConnectFailed,
    DenialReason,
    Denied,
    Deployed,
    Granted,
    HostLost,
    HostState,
    InUse,
    Lent,
    NotFound,
    OpenRequested,
    PoolKey,
    Released,
    ReservationCancelled,
    ReservationRequested,
    Resumed,
    Returned,
    ReturnFailed,
    ReturnToStartup,
    SessionUnusable,
    SlotIsFree,
    SlotUse,
    Started,
    Stopped,
    Stopping,
    Suspended,
    TimePassed,
    Undeployed,
)


POOL = PoolKey("pool", "P")
MODEL = PoolKey("model", "M")


def ask(number, key=POOL, attempt=1):
    return ReservationRequested(key, f"r{number}", attempt, f"key{number}", f"claim{number}", "ops")


def connect_all(it):
    """Let every host session under way stand."""
    for number in [n for n in it.server.pool_of if it.server.slot(n).host is HostState.CONNECTING]:
        it(Connected(number))


@pytest.fixture
def pool(machine, settings):
    """A pool of at most 3 with 2 sessions ready."""
    it = machine(settings(maximum=3, initial=2, minimum_idle=1, maximum_idle=2))
    connect_all(it)
    return it


@pytest.fixture
def lent(pool):
    """The pool, and the number of a session that a client has."""
    pool(ask(1))
    pool(Claimed("key1", "claim1"))
    return pool, pool.of(Lent)[0].number


# ---- starting and filling ------------------------------------------------------------------


def test_a_started_pool_connects_its_initial_sessions(machine, settings):
    it = machine(settings(maximum=5, initial=3))
    assert len(it.of(Connect)) == 3
    connect_all(it)
    assert repr(it.pool()) == "<Pool pool 'P' [idle 3 | max 5]>"


def test_a_pool_that_is_not_to_start_stays_empty_until_it_is_started(machine, settings):
    it = machine(settings(initial=2, start=False))
    assert it.effects == ()
    it(ask(1))
    assert it.of(Denied) == [Denied(DenialReason.STOPPED)]
    it(Started(POOL))
    assert len(it.of(Connect)) == 2


def test_filling_keeps_to_the_pending_limit_and_goes_on_when_one_stands(machine, settings):
    it = machine(settings(initial=3, maximum_pending=1))
    assert len(it.of(Connect)) == 1
    it(Connected(it.of(Connect)[0].number))
    assert len(it.of(Connect)) == 1


def test_the_servers_limits_stand_above_the_pools(machine, settings):
    it = machine(settings("A", initial=4), settings("B", initial=4), maximum=6)
    connect_all(it)
    assert (it.server.size, repr(it.server)) == (
        6,
        "<ServerState [6 of 6 sessions, 0 pending, 2 pools]>",
    )
    it = machine(settings("A", initial=4), settings("B", initial=4), maximum_pending=5)
    assert it.server.pending == 5


def test_lending_below_the_minimum_connects_another(pool):
    pool(ask(1))
    assert pool.of(Connect) == []
    pool(ask(2))
    assert len(pool.of(Connect)) == 1


# ---- reserving and claiming ----------------------------------------------------------------


def test_a_reservation_takes_the_session_that_has_waited_longest(pool):
    first = next(iter(pool.pool().idle))
    pool(ask(1))
    assert pool.of(Granted) == [Granted("key1", "claim1", 10.0)]
    assert pool.server.slot(first).use is SlotUse.RESERVED


def test_a_claim_opens_the_session_once(lent):
    it, number = lent
    assert it.server.slot(number).use is SlotUse.ACTIVE
    it(Claimed("key1", "claim1"))
    assert it.of(NotFound)


def test_a_wrong_claim_opens_nothing_and_costs_the_client_nothing(pool):
    pool(ask(1))
    pool(Claimed("key1", "guess"))
    assert pool.of(NotFound)
    pool(Claimed("key1", "claim1"))
    assert pool.of(Lent)


def test_a_claim_after_the_time_is_refused_even_before_the_clock_ticks(pool):
    pool(ask(1))
    pool.now += 10.01
    pool(Claimed("key1", "claim1"))
    assert pool.of(NotFound)


def test_an_unclaimed_session_is_idle_again(pool):
    pool(ask(1))
    pool.now += 10.01
    pool(TimePassed())
    assert pool.pool().counts["idle"] == 2
    assert pool.of(ReturnToStartup) == []  # nobody touched it


def test_the_same_attempt_is_answered_with_the_same_session(pool):
    pool(ask(1))
    pool.now += 4
    pool(ReservationRequested(POOL, "r1", 1, "other", "other", "ops"))
    assert pool.of(Granted) == [Granted("key1", "claim1", 6.0)]
    pool(Claimed("key1", "claim1"))
    pool(ReservationRequested(POOL, "r1", 1, "other", "other", "ops"))
    assert pool.of(Granted) == [Granted("key1", "claim1", 0.0)]
    assert len(pool.server.attempts) == 1


def test_a_cancelled_reservation_is_idle_again_and_its_late_ask_is_void(pool):
    pool(ask(1))
    pool(ReservationCancelled("r1", 1))
    assert pool.pool().counts["idle"] == 2
    pool(ask(1))
    assert pool.of(AttemptCancelled)


def test_a_cancel_before_its_ask_makes_the_ask_void_but_not_the_next_attempt(pool):
    pool(ReservationCancelled("r1", 1))
    pool(ask(1))
    assert pool.of(AttemptCancelled)
    pool(ask(1, attempt=2))
    assert pool.of(Granted)


def test_a_tombstone_is_forgotten_after_thirty_seconds(pool):
    pool(ReservationCancelled("r1", 1))
    pool.now += 30.1
    pool(TimePassed())
    assert not pool.server.tombstones


def test_a_cancel_does_not_take_a_session_from_the_client_who_has_it(lent):
    it, number = lent
    it(ReservationCancelled("r1", 1))
    assert it.server.slot(number).use is SlotUse.ACTIVE


def test_what_is_full_refuses_with_its_limit_and_says_when_that_is_over(pool):
    for number in (1, 2, 3):
        pool(ask(number))
        assert pool.of(Granted)
    pool(ask(4))
    assert pool.of(Denied) == [Denied(DenialReason.POOL, 3)]
    pool(ReservationCancelled("r3", 1))
    assert pool.of(SlotIsFree)
    pool(ReservationCancelled("r2", 1))
    assert pool.of(SlotIsFree)  # each one: the next of those who wait asks
    pool.now += 10  # who waits asks again meanwhile
    pool(ReservationCancelled("r1", 1))
    assert not pool.of(SlotIsFree)


@pytest.mark.parametrize(
    ("limits", "more", "denied"),
    [
        ({"maximum": 1}, {}, Denied(DenialReason.SERVER, 1)),
        ({}, {"rows": 1, "row_list": "Users"}, Denied(DenialReason.ROWS, 1)),
        ({}, {"maximum": 1}, Denied(DenialReason.POOL, 1)),
    ],
)
def test_each_limit_refuses_in_its_own_name(machine, settings, limits, more, denied):
    it = machine(settings(**more), **limits)
    it(ask(1))
    it(ask(2))
    assert it.of(Denied) == [denied]


def test_what_is_not_here_is_not_offered(machine):
    it = machine()
    it(ask(1))
    assert it.of(Denied) == [Denied(DenialReason.NOT_OFFERED)]


def test_a_session_that_is_coming_is_taken_before_another_is_connected(machine, settings):
    it = machine(settings(initial=1))
    it(ask(1))
    assert it.of(Connect) == []
    assert it.pool().counts["reserved"] == 1


def test_every_row_of_a_list_is_with_one_session(machine, settings):
    it = machine(settings(initial=3, rows=3, row_list="Users"))
    assert sorted(effect.row for effect in it.of(Connect)) == [0, 1, 2]
    it(HostLost(1, "?"))
    it(ConnectFailed(1, "refused"))
    assert it.pool().free_rows == (0,)


# ---- connecting directly -------------------------------------------------------------------


def test_a_model_connects_for_its_client_and_counts_like_all(machine, settings):
    it = machine(settings("M", maximum=5, kind="model"))
    it(OpenRequested(MODEL, "key1", "ops"))
    (effect,) = it.of(Connect)
    assert it.of(Lent) == [Lent(effect.number)]
    assert it.pool("M", "model").counts["pending"] == 1
    it(Connected(effect.number))
    it(Released(effect.number))
    assert it.of(CloseSession)
    assert it.server.size == 0


def test_a_reserved_model_connects_at_its_claim(machine, settings):
    it = machine(settings("M", kind="model", maximum_pending=1))
    it(ask(1, MODEL))
    assert it.of(Connect) == []
    it(ask(2, MODEL))
    assert it.of(Denied) == [Denied(DenialReason.PENDING, 1)]  # the promise of a connect counts
    it(Claimed("key1", "claim1"))
    assert len(it.of(Connect)) == 1


def test_an_unclaimed_model_leaves_nothing(machine, settings):
    it = machine(settings("M", kind="model"))
    it(ask(1, MODEL))
    it.now += 11
    it(TimePassed())
    assert it.server.size == 0
    assert it.of(CloseSession) == []


# ---- giving back ---------------------------------------------------------------------------


def test_a_freed_session_walks_back_and_is_idle(lent):
    it, number = lent
    it(Released(number))
    assert it.of(ReturnToStartup) == [ReturnToStartup(number)]
    assert it.pool().counts["active"] == 1  # nobody else may have it yet
    it(Returned(number))
    assert number in it.pool().idle


def test_idle_sessions_beyond_the_maximum_are_given_up(pool):
    for n in (1, 2, 3):
        pool(OpenRequested(POOL, f"key{n}"))
    connect_all(pool)
    for number in (1, 2, 3):
        pool(Released(number))
        pool(Returned(number))
    assert pool.of(CloseSession) == []
    assert pool.pool().counts["idle"] == 2
    assert pool.server.size == 2


def test_a_client_who_leaves_while_connecting_leaves_the_session_to_the_pool(machine, settings):
    it = machine(settings(maximum_idle=1))
    it(OpenRequested(POOL, "key1"))
    it(Released(1))
    assert it.of(CloseSession) == []
    it(Connected(1))
    assert 1 in it.pool().idle


def test_a_suspended_session_is_resumed_once_at_a_time(lent):
    it, number = lent
    it(Suspended(number, 5))
    it(Resumed("key1"))
    assert it.of(Lent) == [Lent(number)]
    it(Resumed("key1"))
    assert it.of(InUse)


def test_a_suspended_session_ends_with_its_minutes(lent):
    it, number = lent
    it(Suspended(number, 5))
    it.now += 300.1
    it(Resumed("key1"))
    assert it.of(NotFound)
    it(TimePassed())
    assert it.of(ReturnToStartup) == [ReturnToStartup(number)]


def test_nobody_suspends_for_longer_than_allowed(lent):
    it, number = lent
    it(Suspended(number, 1e9))
    assert it.server.slot(number).until == it.now + 3600


def test_a_session_that_strays_is_quarantined_replaced_and_given_up(lent):
    it, number = lent
    it(Released(number))
    it(ReturnFailed(number, "unknown screen"))
    assert it.pool().counts["quarantined"] == 1
    assert it.pool().problem == "unknown screen"
    assert len(it.of(Connect)) == 1
    it.now += 300.1
    it(TimePassed())
    assert it.of(CloseSession) == [CloseSession(number)]


def test_only_the_latest_quarantined_sessions_are_kept(machine, settings):
    it = machine(settings(initial=3, maximum=10), quarantine_keep=2)
    connect_all(it)
    for n in range(3):
        it(OpenRequested(POOL, f"key{n}"))
        number = it.of(Lent)[0].number
        it(Released(number))
        it.now += 1
        it(ReturnFailed(number, "?"))
        connect_all(it)
    assert it.pool().counts["quarantined"] == 2
    assert it.server.slot(1) is None


def test_a_quarantined_session_gives_way_when_its_place_is_needed(machine, settings):
    it = machine(settings(maximum=1, maximum_idle=1))
    it(OpenRequested(POOL, "key1"))
    it(Connected(1))
    it(Released(1))
    it(ReturnFailed(1, "?"))
    it(ask(2))
    assert it.of(CloseSession) == [CloseSession(1)]
    assert it.of(Granted)


# ---- losing the host -----------------------------------------------------------------------


def test_a_lost_idle_session_is_replaced(pool):
    pool(HostLost(1, "closed by the host"))
    assert pool.of(CloseSession) == [CloseSession(1)]
    assert len(pool.of(Connect)) == 1


def test_a_lost_session_that_is_reserved_connects_again_for_its_client(pool):
    pool(ask(1))
    pool(HostLost(1, "closed"))
    assert [type(effect) for effect in pool.effects] == [CloseSession, Connect]
    pool(Claimed("key1", "claim1"))
    assert pool.of(Lent) == [Lent(1)]


def test_a_replacement_keeps_to_the_pending_limit_and_waits_for_its_turn(machine, settings):
    it = machine(settings(initial=2, maximum_pending=1))
    connect_all(it)
    connect_all(it)
    for number in (1, 2):
        it(ask(number))
    it(HostLost(1, "closed"))
    assert it.of(Connect)
    it(HostLost(2, "closed"))
    assert it.of(Connect) == []
    it(Claimed("key2", "claim2"))
    assert it.of(Lent)
    it(Connected(1))
    assert [effect.number for effect in it.of(Connect)] == [2]


@pytest.mark.parametrize("limited", ["pool", "server"])
def test_beyond_the_pending_limit_a_pools_clients_wait_in_their_order(machine, settings, limited):
    few = {"maximum_pending": 2}
    it = machine(
        settings(maximum=5, **(few if limited == "pool" else {})),
        **(few if limited == "server" else {}),
    )
    for number in (1, 2, 3, 4, 5):
        it(ask(number))
        assert it.of(Granted)
    assert list(it.pool().queued) == [3, 4, 5]
    it(ask(6))
    assert it.of(Denied) == [Denied(DenialReason.POOL, 5)]
    it(Claimed("key4", "claim4"))
    assert it.of(Lent)
    it(ReservationCancelled("r3", 1))
    assert it.of(CloseSession)
    it(ConnectFailed(1, "refused"))
    assert [effect.number for effect in it.of(Connect)] == [4]
    it(Connected(2))
    assert [effect.number for effect in it.of(Connect)] == [5]


def test_a_client_who_leaves_the_queue_leaves_nothing(machine, settings):
    it = machine(settings(maximum_pending=1))
    it(ask(1))
    it(OpenRequested(POOL, "key2"))
    assert list(it.pool().queued) == [2]
    it(Released(2))
    assert (it.server.size, dict(it.pool().queued)) == (1, {})


def test_a_reservation_in_the_queue_ends_with_its_time(machine, settings):
    it = machine(settings(maximum_pending=1), claim_seconds=10.0)
    it(ask(1))
    it.now += 5
    it(ask(2))
    it.now += 10.5
    it(TimePassed())
    assert "key2" not in it.server.keys


def test_whose_host_broke_the_promise_is_remembered_as_long_as_the_promise(machine, settings):
    it = machine(settings(), claim_seconds=10.0)
    it(ask(1))
    it(ConnectFailed(1, "refused"))
    broken = it.server.broken["key1"]
    assert (broken.pool, broken.claim, broken.reason) == (POOL, "claim1", "refused")
    it.now += 10.5
    it(TimePassed())
    assert it.server.broken == {}


def test_a_promise_taken_back_is_not_a_broken_one(machine, settings):
    it = machine(settings())
    it(ask(1))
    it(ReservationCancelled("r1", 1))
    assert it.server.broken == {}


def test_a_pool_an_administrator_started_goes_on_when_it_is_deployed_anew(machine, settings):
    it = machine(settings(start=False))
    it(Started(POOL))
    it(Deployed(settings(start=False)))
    assert it.of(Connect) == []
    it(ask(1))
    assert it.of(Granted)
    it(Undeployed(POOL))
    it(Deployed(settings(start=False)))
    it(ask(2))
    assert it.of(Denied) == [Denied(DenialReason.STOPPED)]


def test_rows_whose_sessions_have_just_ended_are_given_last(machine, settings):
    it = machine(settings(initial=2, maximum_idle=2, rows=4, row_list="Users"))
    it(Deployed(settings(initial=3, maximum_idle=3, rows=5, row_list="Users")))
    assert [effect.row for effect in it.of(Connect)] == [2, 3, 0]


def test_a_client_who_went_away_is_owed_nothing(machine, settings):
    it = machine(settings(maximum_idle=2))
    it(OpenRequested(POOL, "key1"))
    it(Released(1))
    it(ConnectFailed(1, "refused"))
    it.now += 100
    it(TimePassed())
    assert it.of(Connect) == []
    assert it.server.size == 0


def test_nobody_frees_what_is_promised_to_another_or_on_its_way_back(lent):
    it, number = lent
    it(ask(2))
    promised = it.server.keys["key2"]
    for late in (Released, Returned):
        it(late(promised))
        assert it.server.slot(promised).use is SlotUse.RESERVED
    it(Released(number))
    assert it.of(ReturnToStartup)
    it(Released(number))
    assert it.of(ReturnToStartup) == []


def test_a_lost_session_that_is_used_is_replaced(lent):
    it, number = lent
    it(HostLost(number, "closed"))
    assert it.server.slot(number) is None
    assert len(it.of(Connect)) == 1


def test_a_spoiled_session_is_replaced_under_its_client(lent):
    it, number = lent
    it(SessionUnusable(number, "unknown screen"))
    assert [type(effect) for effect in it.effects] == [CloseSession, Connect]
    assert it.server.slot(number).use is SlotUse.ACTIVE


def test_failed_connects_are_tried_again_more_and_more_slowly(machine, settings):
    it = machine(settings(initial=1), backoff_first=1.0, backoff_last=4.0)
    waits = []
    for _ in range(4):
        (effect,) = it.of(Connect)
        it(ConnectFailed(effect.number, "refused"))
        assert it.of(Connect) == []
        waits.append(it.pool().retry_at - it.now)
        it.now = it.pool().retry_at
        it(TimePassed())
    assert waits == [1.0, 2.0, 4.0, 4.0]
    it(Connected(it.of(Connect)[0].number))
    assert (it.pool().failures, it.pool().problem) == (0, "")


def test_a_pool_whose_host_refuses_promises_nothing_until_it_has_waited(machine, settings):
    it = machine(settings(initial=1))
    it(ConnectFailed(1, "refused"))
    it(ask(1))
    assert it.of(Denied) == [Denied(DenialReason.HOST)]
    it.now = it.pool().retry_at
    it(ask(2))  # is refused too: other servers' hosts may answer, this one's is tried
    assert it.of(Denied) == [Denied(DenialReason.HOST)]
    assert it.of(Connect)


def test_a_failure_of_long_ago_refuses_nobody(machine, settings):
    it = machine(settings())
    it(ask(1))
    it(ConnectFailed(1, "refused"))
    it.now += 10
    it(ask(2))
    assert it.of(Granted)
    assert it.of(Connect)


# ---- the host is back ----------------------------------------------------------------------


def fail_all(it, **more):
    """Have every host session under way fail; returns how many there were."""
    under_way = [
        number
        for number in it.server.pool_of
        if it.server.slot(number).host is HostState.CONNECTING
    ]
    for number in under_way:
        it(ConnectFailed(number, "refused", **more))
    return len(under_way)


@pytest.mark.parametrize("initial", [1, 4, 10])
def test_connects_that_fail_in_parallel_count_once(machine, settings, initial):
    it = machine(settings(maximum=10, initial=initial), backoff_first=1.0, backoff_last=60.0)
    assert fail_all(it) == initial
    assert it.pool().failures == 1
    assert it.pool().retry_at == it.now + 1.0
    assert it.pool().connects_due == initial


def test_a_host_that_has_failed_is_tried_with_one_session(machine, settings):
    it = machine(settings(maximum=10, initial=10))
    fail_all(it)
    it.now = it.pool().retry_at
    it(TimePassed())
    assert len(it.of(Connect)) == 1
    it(Connected(it.of(Connect)[0].number))
    assert len(it.of(Connect)) == 9


@pytest.mark.parametrize("initial", [1, 10])
def test_a_client_has_a_host_that_has_failed_tried_long_before_the_pool_would(
    machine, settings, initial
):
    it = machine(settings(maximum=10, initial=initial, maximum_idle=5), backoff_first=0.5)
    for _ in range(8):
        fail_all(it)
        it.now = it.pool().retry_at
        it(TimePassed())
    fail_all(it)
    own = it.pool().retry_at
    assert own - it.now == 60
    it.now += 5
    it(ask(1))
    assert it.of(Denied) == [Denied(DenialReason.HOST)]
    (tried,) = it.of(Connect)
    it(ask(2))
    assert (len(it.of(Denied)), it.of(Connect)) == (1, [])  # one try at a time
    it(Connected(tried.number))
    assert it.of(SlotIsFree)
    assert it.pool().failures == 0
    assert len(it.of(Connect)) == initial - 1
    it(ask(3))
    assert it.of(Granted)


def test_a_host_that_goes_on_failing_is_not_stormed_by_clients(machine, settings):
    it = machine(settings(maximum=10, initial=3), backoff_first=0.5)
    fail_all(it)
    tries = 0
    for number in range(1000):  # ten seconds, a hundred clients a second
        it(ask(number))
        tries += fail_all(it)
        it.now += 0.01
    assert 35 < tries < 45  # every quarter of a second
    own = it.pool().retry_at
    it.now += 3  # nobody asks any more
    it(TimePassed())
    assert it.pool().retry_at == own or fail_all(it) <= 1


def test_the_clients_tries_do_not_make_the_pools_own_wait_longer(machine, settings):
    it = machine(settings(initial=1), backoff_first=1.0, backoff_last=60.0)
    for _ in range(3):
        it.now = it.pool().retry_at or it.now
        it(TimePassed())
        fail_all(it)
    own, tries = it.pool().retry_at, 0
    assert own == it.now + 4.0
    while it.now + 0.5 < own:
        it.now += 0.5
        it(ask(it.now))
        tries += fail_all(it)
    assert tries == 7
    assert (it.pool().retry_at, it.pool().failures, it.pool().connects_due) == (own, 3, 1)


def test_a_session_that_was_made_for_a_client_is_due_once_the_pool_had_it(machine, settings):
    it = machine(settings(maximum_idle=2))
    it(OpenRequested(POOL, "key1"))
    for event in (Connected(1), Released(1), Returned(1), ask(2), HostLost(1, "gone")):
        it(event)
    it(ConnectFailed(1, "refused"))
    assert it.pool().connects_due == 1


@pytest.mark.parametrize("seed", range(20))
def test_after_an_outage_a_pool_has_the_sessions_it_had(machine, settings, seed):
    """Whoever was promised or lent one of them when it was lost, or while it was connected anew."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    it = machine(settings(maximum=20, initial=10, maximum_idle=12, maximum_pending=3))
    while any(slot.pending for slot in it.pool().slots.values()):
        connect_all(it)
    for number in range(60):
        it(ask(number))
        if chance.random() < 0.7:
            it(Claimed(f"key{number}", f"claim{number}"))
        elif chance.random() < 0.5:
            it(ReservationCancelled(f"r{number}", 1))
        for slot in list(it.pool().slots.values()):
            if chance.random() < 0.5:
                it(HostLost(slot.number, "gone"))
                it(ConnectFailed(slot.number, "refused"))
            elif slot.use is SlotUse.ACTIVE and chance.random() < 0.5:
                it(SessionUnusable(slot.number, "unknown screen"))
                it(Released(slot.number))
        it.now += chance.random()
        it(TimePassed())
    for _ in range(60):
        connect_all(it)
        it.now += 10
        it(TimePassed())
        for number in tuple(it.pool().slots):
            it(Released(number))
            it(Returned(number))
    assert len(it.pool().idle) >= 10


def test_pools_of_one_host_try_it_in_turn_and_its_return_is_known_to_all(machine, settings):
    there = {"initial": 1, "host": "bank:23"}
    it = machine(settings("A", **there), settings("B", **there), settings("C", initial=1))
    fail_all(it)
    for name in "ABC":
        it(ask(ord(name), PoolKey("pool", name)))
    it.now += 0.3
    it(TimePassed())
    assert [effect.pool.name for effect in it.of(Connect)] == ["A", "C"]
    it(Connected(it.of(Connect)[0].number))
    assert [effect.pool.name for effect in it.of(Connect)] == ["B"]


def test_a_session_by_model_tells_the_pools_of_its_host_that_it_is_back(machine, settings):
    at = {"host": "bank:23"}
    it = machine(
        settings("P", initial=2, **at), settings("M", kind="model", **at), settings("Q", initial=1)
    )
    fail_all(it)
    it(OpenRequested(MODEL, "key1"))
    (by_model,) = it.of(Connect)
    it(Connected(by_model.number))
    assert [effect.pool.name for effect in it.of(Connect)] == ["P"]


def test_a_try_of_a_pool_that_keeps_no_session_is_not_kept(machine, settings):
    it = machine(settings(maximum=3))
    it(ask(1))
    fail_all(it)
    it.now += 0.3
    it(ask(2))
    (tried,) = it.of(Connect)
    it(Connected(tried.number))
    assert it.of(CloseSession) == [CloseSession(tried.number)]
    it(ask(3))
    assert it.of(Granted)


@pytest.mark.parametrize("reason", ["full", "stopped"])
def test_no_try_is_made_where_no_session_could_be_had(machine, settings, reason):
    it = machine(settings(maximum=2, initial=1, maximum_idle=1))
    connect_all(it)
    it(ask(1))
    it(OpenRequested(POOL, "key2"))
    fail_all(it)
    it.now += 0.3
    if reason == "full":
        it(Deployed(settings(maximum=1, initial=1)))
    else:
        it(Stopped(POOL))
    it(ask(3))
    assert (len(it.of(Denied)), it.of(Connect)) == (1, [])


def test_clients_do_not_have_a_refused_password_tried_again(machine, settings):
    it = machine(settings(initial=1), backoff_last=60.0)
    fail_all(it, wait=60.0)
    tries = 0
    for number in range(59):
        it.now += 1
        it(ask(number))
        tries += fail_all(it, wait=60.0)
    assert tries == 0


def test_an_idle_session_is_lent_although_the_host_refuses_new_ones(machine, settings):
    it = machine(settings(initial=2))
    first, second = it.of(Connect)
    it(Connected(first.number))
    it(ConnectFailed(second.number, "refused"))
    it(ask(1))
    assert it.of(Granted)


# ---- administration ------------------------------------------------------------------------


def test_drain_takes_nothing_new_and_honours_what_was_promised(pool):
    pool(ask(1))
    pool(AdminStateSet("drain"))
    pool(ask(2))
    assert pool.of(Denied) == [Denied(DenialReason.DRAINING)]
    pool(Claimed("key1", "claim1"))
    assert pool.of(Lent)
    assert pool.pool().counts["idle"] == 1


def test_maintenance_closes_idle_sessions_and_up_fills_again(pool):
    pool(AdminStateSet("maintenance"))
    assert len(pool.of(CloseSession)) == 2
    pool(AdminStateSet("up"))
    assert len(pool.of(Connect)) == 2


def test_stopping_the_server_closes_what_comes_back(lent):
    it, number = lent
    it(Stopping())
    it(Released(number))
    assert it.of(CloseSession) == [CloseSession(number)]
    assert it.server.size == 0


def test_a_stopped_pool_lets_used_sessions_finish(lent):
    it, number = lent
    it(Stopped(POOL))
    assert it.of(CloseSession) == [CloseSession(2)]
    it(Released(number))
    assert it.server.size == 0


def test_force_ends_used_sessions_too(lent):
    it, number = lent
    it(Stopped(POOL, force=True))
    assert CloseSession(number) in it.of(CloseSession)
    assert it.server.size == 0


def test_a_redeployed_pool_replaces_idle_sessions_and_lets_used_ones_finish(lent, settings):
    it, number = lent
    it(Deployed(settings(maximum=3, initial=1, maximum_idle=2)))
    assert it.of(CloseSession) == [CloseSession(2)]
    assert [effect.generation for effect in it.of(Connect)] == [2]
    it(Released(number))
    assert it.of(CloseSession) == [CloseSession(number)]


def test_an_undeployed_pool_is_gone_with_its_last_session(lent):
    it, number = lent
    it(Undeployed(POOL))
    it(ask(9))
    assert it.of(Denied) == [Denied(DenialReason.NOT_OFFERED)]
    assert POOL in it.server.pools
    it(Released(number))
    assert POOL not in it.server.pools


def test_a_lowered_maximum_ends_nobody_and_admits_nobody(lent, settings):
    it, _ = lent
    it(OpenRequested(POOL, "key2"))
    it(Deployed(settings(maximum=1)))
    assert it.server.size == 2
    it(ask(5))
    assert it.of(Denied) == [Denied(DenialReason.POOL, 1)]


# ---- races ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_two_hundred_clients_race_for_the_last_sessions(machine, settings, seed):
    chance = random.Random(seed)  # noqa: S311 - a repeatable race
    it = machine(
        settings("A", maximum=20, initial=5, maximum_pending=20),
        settings("B", maximum=20, initial=5, maximum_pending=20),
        maximum=25,
    )
    connect_all(it)
    clients = [(n, PoolKey("pool", chance.choice("AB"))) for n in range(200)]
    granted = []
    for n, key in clients:
        it(ask(n, key))
        granted += [n] * len(it.of(Granted))
        if granted and chance.random() < 0.3:
            it(Claimed(f"key{chance.choice(granted)}", "guess"))
    assert it.server.size == 25
    assert len(granted) <= 25
    lent = 0
    for n in granted * 2:
        it(Claimed(f"key{n}", f"claim{n}"))
        lent += len(it.of(Lent))
    assert lent == len(granted)
    connect_all(it)
    for number in list(it.server.pool_of):
        it(Released(number))
        it(Returned(number))
    assert not it.server.attempts
    assert all(not pool.counts.get("active") for pool in it.server.pools.values())


@pytest.mark.parametrize(("rows", "waits"), [(None, 60), (5, 1)])
def test_a_refused_password_is_not_tried_again_soon_unless_the_next_one_is_another(
    machine, settings, rows, waits
):
    it = machine(settings(minimum_idle=1, rows=rows), backoff_first=1.0, backoff_last=60.0)
    assert it.of(Connect)
    it(ConnectFailed(1, "wrong password", wait=60.0))
    it.now += waits - 0.1
    it(TimePassed())
    assert it.of(Connect) == []
    it.now += 0.2
    it(TimePassed())
    assert it.of(Connect)
