"""Clients get sessions, use them, and whatever happens the sessions come back."""

import pytest
from twisted.internet.defer import Deferred

from sesssrvr.deployment.program import Account
from sesssrvr.pool import PoolKey, PoolSettings, Started, Stopped
from verdigris.errors import (
    AtLimit,
    ClaimExpired,
    CredentialsWrong,
    EntityNotReached,
    HostConnectionLost,
    HostPasswordRefused,
    MethodTimedOut,
    NotOffered,
    SessionBusy,
    SessionGone,
    SessionOfAnother,
    UnknownProcedure,
    UnknownVariable,
)
from verdigris.wire import (
    CancelReservation,
    Claim,
    Done,
    GetVariables,
    Login,
    Open,
    Perform,
    Ran,
    Refused,
    Release,
    Reserve,
    Reserved,
    Resume,
    Rows,
    Run,
    SetVariables,
    Suspend,
    Variables,
)


NOBODY = Login()
SEARCH = Perform("", "T", "Search", {"name": "smith"}, {})
OPEN_POOL = Open("pool", "P", NOBODY, {})
OPEN_MODEL = Open("model", "M", NOBODY, {})
RUN_POOL = Run(OPEN_POOL, SEARCH)


def pool(maximum=3, **more):
    more.setdefault("maximum_idle", maximum)
    return PoolSettings(PoolKey("pool", "P"), "M", maximum, **more)


def search(session):
    return Perform(session, "T", "Search", {"name": "smith"}, {})


@pytest.fixture
def one(front):
    """A server with a pool of one ready session, and a client."""
    it = front(pool(maximum=1, initial=1))
    return it, it.client()


# ---- the whole way -------------------------------------------------------------------------


def test_reserve_claim_perform_release(front):
    it = front(pool(initial=1))
    management, client = it.client(), it.client()
    reserved = management.ask(Reserve("pool", "P", "ops", "here", "d"))
    assert isinstance(reserved, Reserved)
    assert it.counts() == {"reserved": 1}
    ran = client.ask(Run(Claim(reserved.session, reserved.claim, NOBODY, {}), SEARCH))
    assert isinstance(ran, Ran)
    assert (ran.opened.entity, ran.opened.session, ran.opened.server) == (
        "HOME",
        reserved.session,
        "vs1",
    )
    assert ran.answer.rows == [[1], [2], [3]]
    assert ran.answer.columns == (("Id", "integer"),)
    it.go()
    assert it.counts() == {"idle": 1}
    assert it.host.sent == ["Enter:ops", "Enter:smith", "PF3:"]
    assert not it.sessions.state.attempts


def test_the_answer_does_not_wait_for_the_walk_back(one):
    it, client = one
    it.host.script["PF3"] = lambda call: None
    assert isinstance(client.ask(RUN_POOL, seconds=3), Ran)
    assert it.counts() == {"active": 1}  # walking


def test_a_model_connects_signs_on_and_is_dropped(front):
    it = front()
    client = it.client()
    ran = client.ask(Run(Open("model", "M", Login("ops", "s3cret"), {"user": "jane"}), SEARCH))
    assert ran.answer.rows == [[1], [2], [3]]
    assert it.host.sent[0] == "Enter:jane"
    it.go()
    assert it.host.open_now() == []
    assert it.sessions.state.size == 0


def test_a_session_serves_many_calls_one_at_a_time(one):
    it, client = one
    session = client.ask(OPEN_POOL).session
    first = client.send(search(session))
    assert isinstance(client.ask(search(session)), SessionBusy)
    assert isinstance(client.ask(Suspend(session, 1)), SessionBusy)
    assert isinstance(client.ask(Release(session)), SessionBusy)
    assert isinstance(first.outcome(), Rows)
    assert isinstance(client.ask(search(session)), Rows)
    client.ask(Release(session))
    it.go()
    assert it.counts() == {"idle": 1}
    assert isinstance(client.ask(search(session)), SessionGone)


def test_variables_are_the_clients_until_the_next_client(one):
    it, client = one
    session = client.ask(Open("pool", "P", NOBODY, {"color": "blue"})).session
    assert client.ask(GetVariables(session)) == Variables({"user": "ops", "color": "blue"})
    client.ask(SetVariables(session, {"color": None}))
    assert client.ask(GetVariables(session)).values["color"] == ""
    assert isinstance(client.ask(SetVariables(session, {"size": 1})), UnknownVariable)
    client.ask(Release(session))
    it.go()
    ran = client.ask(Run(OPEN_POOL, GetVariables("")))
    assert ran.answer.values["color"] == "red"


def test_a_session_that_never_left_its_place_can_be_used_and_walked_back_again(one):
    it, client = one
    assert isinstance(client.ask(Run(OPEN_POOL, GetVariables(""))), Ran)
    it.go()
    assert isinstance(client.ask(RUN_POOL), Ran)
    it.go()
    assert it.counts() == {"idle": 1}


def test_a_session_that_is_where_it_should_be_is_idle_the_moment_it_is_let_go(one):
    it, client = one
    sent = list(it.host.sent)
    session = client.ask(OPEN_POOL).session
    assert client.send(Release(session)).found
    assert it.counts() == {"idle": 1}
    assert it.host.sent == sent


def test_unknown_variables_cost_no_session(one):
    it, client = one
    assert isinstance(client.ask(Open("pool", "P", NOBODY, {"size": 1})), UnknownVariable)
    assert it.counts() == {"idle": 1}


def test_a_wrong_variable_at_the_claim_gives_the_session_back(one):
    it, client = one
    reserved = client.ask(Reserve("pool", "P", "ops", "here", "d"))
    claim = Claim(reserved.session, reserved.claim, NOBODY, {"size": 1})
    assert isinstance(client.ask(claim), UnknownVariable)
    it.go()
    assert it.counts() == {"idle": 1}


# ---- refusals ------------------------------------------------------------------------------


def test_a_full_pool_refuses_in_words(one):
    _, client = one
    client.ask(OPEN_POOL)
    error = client.ask(OPEN_POOL)
    assert isinstance(error, AtLimit)
    assert "the pool limit of 1 concurrent sessions has been reached" in str(error)
    refused = client.ask(Reserve("pool", "P", "ops", "here", "d"))
    assert (refused.reason, refused.limit, refused.maximum) == ("busy", "pool", 1)
    assert isinstance(client.ask(Open("pool", "Q", NOBODY, {})), NotOffered)
    assert client.ask(Reserve("pool", "Q", "ops", "here", "d")).reason == "not offered"


def test_a_claim_is_refused_when_it_is_wrong_late_used_or_cancelled(one):
    it, client = one
    ask = Reserve("pool", "P", "ops", "here", "d")
    reserved = client.ask(ask)
    assert isinstance(client.ask(Claim(reserved.session, "guess", NOBODY, {})), ClaimExpired)
    it.go(10.5)
    right = Claim(reserved.session, reserved.claim, NOBODY, {})
    assert isinstance(client.ask(right), ClaimExpired)
    reserved = client.ask(ask, request="r2")
    client.ask(CancelReservation("r2", 1))
    assert isinstance(client.ask(Claim(reserved.session, reserved.claim, NOBODY, {})), ClaimExpired)
    reserved = client.ask(ask, request="r3")
    right = Claim(reserved.session, reserved.claim, NOBODY, {})
    client.ask(right)
    error = client.ask(right)
    assert isinstance(error, ClaimExpired)
    assert reserved.session not in str(error)


def test_a_grant_that_is_given_back_is_free_at_once_and_a_claimed_one_stays(one):
    it, client = one
    ask = Reserve("pool", "P", "ops", "here", "d")
    reserved = client.ask(ask)
    client.ask(CancelReservation("", 0, reserved.session, "guess"))
    assert it.counts() == {"reserved": 1}
    client.ask(CancelReservation("", 0, reserved.session, reserved.claim))
    assert it.counts() == {"idle": 1}
    reserved = client.ask(ask, request="r2")
    client.ask(Claim(reserved.session, reserved.claim, NOBODY, {}))
    client.ask(CancelReservation("", 0, reserved.session, reserved.claim))
    assert it.counts() == {"active": 1}


def test_a_claim_whose_login_is_refused_does_not_keep_the_session(one, monkeypatch):
    it, client = one

    def refuse(*_):
        raise CredentialsWrong

    monkeypatch.setattr(it.clients._authenticator, "claim", refuse)
    reserved = client.ask(Reserve("pool", "P", "ops", "here", "d"))
    claim = Claim(reserved.session, reserved.claim, NOBODY, {})
    assert isinstance(client.ask(claim), CredentialsWrong)
    assert it.counts() == {"idle": 1}


def test_nobody_uses_the_session_of_another(one):
    it, client = one
    session = client.ask(OPEN_POOL).session
    other = it.client()
    for body in (search(session), GetVariables(session), Suspend(session, 1), Release(session)):
        assert isinstance(other.ask(body), SessionGone)
    for strange in ("", "vs1", "vs2~00000000000000000000000000000001", "vs1~ffffffff"):
        assert isinstance(client.ask(search(strange)), SessionGone)


# ---- suspend and resume --------------------------------------------------------------------


def test_any_gateway_carries_on_a_suspended_session(one):
    it, client = one
    ran = client.ask(Run(OPEN_POOL, SEARCH, "suspend", 5))
    client.leave()
    other = it.client()
    resume = Resume(ran.opened.session, NOBODY, {"color": "green"})
    again = other.ask(Run(resume, GetVariables(""), "suspend", 5))
    assert again.answer.values["color"] == "green"
    assert again.opened.id == ran.opened.id
    other.ask(Release(ran.opened.session))
    it.go()
    assert it.counts() == {"idle": 1}


def test_a_suspended_session_is_ended_by_its_user_alone(one):
    it, client = one
    ops, dev = Login("ops", "s3cret"), Login("dev", "s3cret")
    session = client.ask(Run(Open("pool", "P", ops, {}), None, "suspend", 5)).opened.session
    for stranger in (Release(session), Release(session, dev)):
        assert isinstance(it.client().ask(stranger), SessionOfAnother)
    assert it.counts() == {"suspended": 1}
    assert it.client().ask(Release(session, ops)) == Done()
    it.go()
    assert it.counts() == {"idle": 1}


def test_a_session_made_with_credentials_is_carried_on_by_its_user_alone(one):
    it, client = one
    ops, dev = Login("ops", "s3cret"), Login("dev", "s3cret")
    session = client.ask(Run(Open("pool", "P", ops, {}), None, "suspend", 5)).opened.session
    for stranger in (dev, NOBODY):
        assert isinstance(it.client().ask(Resume(session, stranger, {})), SessionOfAnother)
    assert it.counts() == {"suspended": 1}
    assert it.client().ask(Run(Resume(session, ops, {}), SEARCH, "suspend", 5)).opened.session


def test_a_resumed_session_is_busy_for_others_and_kept_when_its_call_fails(one):
    it, client = one
    session = client.ask(Run(OPEN_POOL, None, "suspend", 5)).opened.session
    it.host.script["Enter:smith"] = lambda call: None
    slow = client.send(Run(Resume(session, NOBODY, {}), SEARCH, "suspend", 5), seconds=3)
    assert isinstance(it.client().ask(Resume(session, NOBODY, {})), SessionBusy)
    assert isinstance(slow.outcome(), MethodTimedOut)
    assert it.counts() == {"suspended": 1}
    it.go(301)
    assert it.counts() == {"idle": 1}
    assert isinstance(client.ask(Resume(session, NOBODY, {})), SessionGone)


# ---- clients that leave --------------------------------------------------------------------


def test_a_client_that_leaves_gives_its_sessions_back(front):
    it = front(pool(initial=2))
    client = it.client()
    session = client.ask(OPEN_POOL).session
    client.ask(OPEN_POOL)
    client.send(search(session))  # in the middle of a call
    client.leave()
    it.go()
    assert it.counts() == {"idle": 2}


def test_a_cancelled_call_leaves_a_session_that_works(one):
    it, client = one
    it.host.script["Enter:smith"] = lambda call: None
    sent = client.send(RUN_POOL)
    it.go()
    sent.call.cancel()
    client.pump()
    it.host.script.clear()
    it.go()
    assert it.counts() == {"idle": 1}
    assert isinstance(client.ask(RUN_POOL), Ran)


def test_a_client_that_leaves_while_its_model_connects_leaves_nothing(front):
    it = front()
    it.host.auto = False
    client = it.client()
    client.send(OPEN_MODEL)
    it.go()
    assert len(it.host.open_now()) == 1
    client.leave()
    it.go()
    assert it.host.open_now() == []
    assert it.sessions.state.size == 0


def test_a_client_that_leaves_while_its_host_is_dialled_ends_the_dialling(front):
    it = front()
    given_up = []
    it.host.connect = lambda factory: Deferred(given_up.append)
    client = it.client()
    client.send(OPEN_MODEL)
    it.go()
    client.leave()
    assert len(given_up) == 1
    assert it.sessions.state.size == 0


def test_a_pool_stopped_by_force_does_not_leave_its_waiting_clients_waiting(front):
    it = front(pool())
    it.host.auto = False
    client = it.client()
    waiting = client.send(OPEN_POOL)
    it.go()
    it.sessions.decide(Stopped(PoolKey("pool", "P"), force=True))
    assert isinstance(waiting.outcome(1), HostConnectionLost)


# ---- hosts that misbehave ------------------------------------------------------------------


def test_the_method_timeout_tells_what_was_awaited_before_the_caller_gives_up(one):
    it, client = one
    it.host.script["Enter:smith"] = b"ODD SCREEN"
    error = client.ask(RUN_POOL, seconds=3)
    assert isinstance(error, MethodTimedOut)
    assert str(error) == "Timed out while waiting for data."
    assert (error.details["awaited"], error.details["nearest"]) == ("entity ROWS", "ODD")
    assert error.details["screen"].startswith("ODD SCREEN")
    assert it.clock.seconds() < 1 + 3


def test_a_lost_host_ends_the_call_and_the_session_is_replaced(one):
    it, client = one
    it.host.script["Enter:smith"] = lambda call: call.drop()
    error = client.ask(RUN_POOL)
    assert isinstance(error, HostConnectionLost)
    assert "toy:23" in str(error)
    it.go(1)
    assert it.counts() == {"idle": 1}


def test_a_session_that_lost_its_host_between_calls_says_so(one):
    it, client = one
    session = client.ask(OPEN_POOL).session
    it.host.open_now()[0].drop()
    assert isinstance(client.ask(search(session)), HostConnectionLost)
    client.ask(Release(session))
    it.go(1)
    assert it.counts() == {"idle": 1}


def test_a_session_that_cannot_go_back_is_quarantined_and_replaced(front):
    it = front(pool(maximum=2, initial=1))
    client = it.client()
    it.host.script["PF3"] = b"ODD SCREEN"
    client.ask(RUN_POOL)
    it.go(6)
    assert it.counts() == {"quarantined": 1, "idle": 1}
    problem = it.sessions.state.pools[PoolKey("pool", "P")].problem
    assert "Entity HOME was not reached" in problem
    it.go(301)
    assert it.counts() == {"idle": 1}
    assert len(it.host.open_now()) == 1


def test_a_session_whose_host_sent_rubbish_is_not_believed_any_more(front):
    it = front(pool(maximum=3, initial=2))
    client = it.client()
    it.host.script["Enter:smith"] = b"\xff"  # the screen still says HOME
    error = client.ask(RUN_POOL, seconds=3)
    assert "not valid toy: rubbish" in error.details["host_data"]
    it.host.script.clear()
    it.go()
    assert it.counts() == {"quarantined": 1, "idle": 2}
    it.host.open_now()[1].say(b"\xff")
    assert isinstance(client.ask(RUN_POOL), Ran)  # by another host session
    it.go()
    assert len(it.host.calls) == 4


def test_a_stale_idle_session_is_replaced_under_its_client(one):
    it, client = one
    it.host.open_now()[0].say(b"SESSION ENDED")
    it.host.script["PF3"] = lambda call: None
    ran = client.ask(RUN_POOL)
    assert isinstance(ran, Ran)
    assert it.counts() == {"active": 1}
    assert len(it.host.calls) == 2


def test_a_host_that_is_down_is_a_clear_error_and_costs_nothing(front):
    it = front(pool())
    client = it.client()
    it.host.refuse = ConnectionRefusedError("Connection refused")
    for body in (OPEN_MODEL, OPEN_POOL):
        error = client.ask(body)
        assert str(error) == "Host toy:23 cannot be reached: Connection refused."
    assert it.sessions.state.size == 0


@pytest.mark.parametrize(
    ("problem", "tries"),
    [
        (ConnectionRefusedError("Connection refused"), 4),
        (HostPasswordRefused(host="toy:23", user="clerk", reason=""), 1),
    ],
)
def test_a_pool_whose_password_is_refused_does_not_lock_its_account(
    front, problem, tries, signs_on
):
    it = front(pool(), backoff_first=1.0, backoff_last=60.0)
    it.host.refuse, tried = problem, []
    connect = it.host.connect
    it.host.connect = lambda factory: tried.append(it.clock.seconds()) or connect(factory)
    it.sessions.deploy(pool(initial=1, minimum_idle=1), next(iter(it.sessions.deployed.values())))
    it.go(10)
    assert len(tried) == tries


@pytest.fixture
def signs_on(monkeypatch, toys):
    """The toy model has a password; changing it is allowed."""
    proof = [b"wrong"]
    _, _, program = toys
    monkeypatch.setattr(program, "account", lambda _, values: Account(values["user"], proof[0]))
    return proof


def refusing(it):
    """Have the host refuse each user; gives the times of the tries."""
    it.host.refuse, tried = HostPasswordRefused(host="toy:23", user="ops", reason=""), []
    connect = it.host.connect
    it.host.connect = lambda factory: tried.append(it.clock.seconds()) or connect(factory)
    return tried


def test_ten_sessions_of_one_account_try_a_wrong_password_once(front, signs_on):
    it = front(pool(maximum=10), backoff_last=60.0)
    tried = refusing(it)
    it.sessions.deploy(pool(maximum=10, initial=10), next(iter(it.sessions.deployed.values())))
    it.go(50)
    client = it.client()
    for body in (OPEN_POOL, OPEN_MODEL):  # neither costs the user another try
        error = client.ask(body)
        assert "password of user ops; this user is not tried again for" in str(error), body
    assert len(tried) == 1
    assert "password of user ops" in it.sessions.state.pools[PoolKey("pool", "P")].problem


def test_a_user_that_is_refused_again_is_left_alone_for_longer_each_time(front, signs_on):
    it = front(pool(maximum=10), backoff_last=60.0)
    tried = refusing(it)
    it.sessions.deploy(pool(initial=1), next(iter(it.sessions.deployed.values())))
    it.go(3600)
    assert [round(at, -1) for at in tried] == [0, 60, 660]


def test_another_password_is_tried_at_once_and_a_good_one_ends_the_wait(front, signs_on):
    it = front(backoff_last=60.0)
    tried = refusing(it)
    client = it.client()
    assert isinstance(client.ask(OPEN_MODEL), HostPasswordRefused)
    it.host.refuse, signs_on[0] = None, b"right"
    assert not isinstance(client.ask(OPEN_MODEL), Exception)
    assert len(tried) == 2


def test_a_start_by_an_administrator_has_the_password_tried_again(front, signs_on):
    it = front(pool(), backoff_last=60.0)
    tried = refusing(it)
    it.sessions.deploy(pool(initial=1), next(iter(it.sessions.deployed.values())))
    it.go(5)
    it.sessions.decide(Stopped(PoolKey("pool", "P")))
    it.sessions.decide(Started(PoolKey("pool", "P")))
    it.go(5)
    assert len(tried) == 2


def test_sessions_wait_for_the_first_sign_on_of_their_account_only(front, signs_on):
    it = front(pool(maximum=10))
    tried = refusing(it)
    it.host.refuse = None
    it.sessions.deploy(pool(maximum=10, initial=10), next(iter(it.sessions.deployed.values())))
    it.go(5)
    assert len(tried) == 10
    assert it.counts() == {"idle": 10}


def test_a_host_that_takes_the_connection_and_is_silent_is_a_clear_error(front):
    it = front(pool())
    it.host.auto = False
    client = it.client()
    error = client.ask(OPEN_MODEL, seconds=60)
    assert "no terminal session came of it in 20 s" in str(error)
    error = client.ask(OPEN_POOL, seconds=5)
    assert isinstance(error, MethodTimedOut)
    assert error.details["awaited"] == "a session of P to connect"
    it.go(20)
    assert it.sessions.state.size == 0
    assert it.host.open_now() == []


@pytest.mark.parametrize("rubbish", [b"\xff", b"\xfe"])
@pytest.mark.parametrize("step", ["Enter:ops", "Enter:smith", "PF3"])
def test_rubbish_from_the_host_never_costs_more_than_the_session(front, rubbish, step):
    it = front(pool(maximum=2))
    it.host.script[step] = rubbish
    client = it.client()
    outcome = client.ask(RUN_POOL, seconds=20)
    assert isinstance(outcome, Ran if step == "PF3" else Exception)
    it.host.script.clear()
    it.go(310)
    assert isinstance(client.ask(RUN_POOL), Ran)
    it.go(1)
    assert set(it.counts()) == {"idle"}


def test_a_refused_request_leaves_the_session_as_it_was(one):
    _, client = one
    session = client.ask(OPEN_POOL).session
    assert isinstance(client.ask(Perform(session, "T", "Nothing", {}, {})), UnknownProcedure)
    assert isinstance(client.ask(search(session)), Rows)


def test_an_entity_that_is_not_reached_in_time_is_the_models_error(one):
    it, client = one
    session = client.ask(OPEN_POOL).session
    it.host.script["Enter:smith"] = b"ODD SCREEN"
    error = client.ask(search(session), seconds=90)
    assert isinstance(error, EntityNotReached)
    assert error.details["screen"].startswith("ODD SCREEN")
    client.ask(Release(session))
    it.go()
    assert it.counts() == {"idle": 1}


# ---- races ---------------------------------------------------------------------------------


def test_a_cold_pool_lets_its_clients_wait_for_their_turn_to_connect(front):
    it = front(pool(maximum=10, maximum_pending=2))
    clients = [it.client() for _ in range(10)]
    calls = [
        one.send(Reserve("pool", "P", "u", "l", "d", n), request=f"r{n}")
        for n, one in enumerate(clients)
    ]
    granted = [call.found[0] for call in calls]
    assert all(isinstance(one, Reserved) for one in granted)
    runs = [
        client.send(Run(Claim(one.session, one.claim, NOBODY, {}), SEARCH))
        for client, one in zip(clients, granted, strict=True)
    ]
    assert len(it.host.calls) <= 2
    assert [isinstance(run.outcome(), Ran) for run in runs] == [True] * 10


def test_a_client_in_the_queue_waits_no_longer_than_it_wants_to(front):
    it = front(pool(maximum=2, maximum_pending=1))
    it.host.auto = False
    first, second = it.client(), it.client()
    first.send(OPEN_POOL)
    began = it.clock.seconds()
    error = second.ask(OPEN_POOL, seconds=3)
    assert isinstance(error, MethodTimedOut)
    assert error.details["awaited"] == "a session of P to connect"
    assert it.clock.seconds() - began <= 3.1
    assert it.counts() == {"pending": 1}


def test_a_queued_client_hears_that_its_pool_is_stopped(front):
    it = front(pool(maximum=2, maximum_pending=1))
    it.host.auto = False
    it.client().send(OPEN_POOL)
    waiting = it.client().send(OPEN_POOL)
    it.go()
    it.sessions.decide(Stopped(PoolKey("pool", "P"), force=True))
    assert isinstance(waiting.outcome(1), HostConnectionLost)
    assert it.sessions.state.size == 0


def test_a_promise_that_the_host_broke_is_the_hosts_error(front):
    it = front(pool())
    client = it.client()
    it.host.refuse = ConnectionRefusedError("Connection refused")
    got = client.ask(Reserve("pool", "P", "u", "l", "d"))
    it.go()
    error = client.ask(Claim(got.session, got.claim, NOBODY, {}))
    assert isinstance(error, HostConnectionLost)
    assert "toy:23 cannot be reached: Connection refused" in str(error)
    error = client.ask(Claim(got.session, "another", NOBODY, {}))
    assert isinstance(error, ClaimExpired)


def test_two_hundred_clients_race_for_the_last_sessions(front):
    it = front(pool(maximum=10, initial=10), maximum=10, maximum_pending=10)
    clients = [it.client() for _ in range(20)]
    sent = [
        clients[n % 20].send(
            RUN_POOL if n % 2 else Reserve("pool", "P", "u", "h", "d"), request=f"r{n}"
        )
        for n in range(200)
    ]
    most = 0
    for _ in range(20):
        it.go(0.02)
        for client in clients:
            client.pump()
        most = max(most, len(it.host.open_now()))
    outcomes = [one.found[0] for one in sent]
    assert most <= 10
    won = [one for one in outcomes if isinstance(one, Ran | Reserved)]
    assert len(won) >= 10
    assert all(isinstance(one, Ran | Reserved | Refused | AtLimit) for one in outcomes)
    for client in clients:
        client.leave()
    it.go(11)
    assert it.counts() == {"idle": 10}


def test_a_suspension_without_minutes_lasts_as_long_as_the_server_allows(one):
    it, client = one
    session = client.ask(OPEN_POOL).session
    assert isinstance(client.ask(Suspend(session, 0)), Done)
    it.go(59 * 60)
    assert client.ask(Resume(session, NOBODY, {})).session == session


def test_what_a_host_garbled_before_its_startup_entity_counts_no_more(front):
    it = front(pool(maximum=1))
    it.host.auto = False
    deployed = it.sessions.deployed[PoolKey("pool", "P")]
    it.sessions.deploy(pool(maximum=1, initial=1), deployed)
    it.go(0.2)
    (call,) = it.host.calls
    for data in (b"READY", b"\xff", b"LOGON"):
        call.say(data)
    it.go(1)
    assert it.counts() == {"idle": 1}
    assert it.client().ask(OPEN_POOL).entity == "HOME"
    assert len(it.host.calls) == 1


def test_a_return_without_a_step_leaves_the_session_ready_for_the_next_one(one, toys, monkeypatch):
    _, _, program = toys
    monkeypatch.setattr(program, "rests", lambda *_: False)
    it, client = one
    for _ in range(3):
        client.ask(Release(client.ask(OPEN_POOL).session))
        it.go(1)
        assert it.counts() == {"idle": 1}
