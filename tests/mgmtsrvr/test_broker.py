"""Allocations against fake session servers: asks, answers, cancels, records."""

import pytest
from twisted.internet.defer import CancelledError
from twisted.logger import globalLogPublisher

from verdigris.config.installation import parse
from verdigris.errors import (
    AtLimit,
    Cancelled,
    Draining,
    InternalError,
    MethodTimedOut,
    NoServerAvailable,
    NotOffered,
    PoolStopped,
    ServerUnreachable,
    UnknownDomain,
    Warming,
)
from verdigris.wire import Allocated, Done, Refused, Reserved


SEED = [("A", 80), ("B", 20), ("C", 100, 2)]


def test_a_session_is_granted_with_address_claim_and_trail(cell):
    it = cell(SEED, numbers=[81])
    for name in "ABC":
        it.join(name)
    granted = it.allocate()
    assert isinstance(granted, Allocated)
    assert (granted.server, granted.session, granted.claim) == ("B", "B~00000001", "claim")
    assert granted.address == "10.0.0.1:1"
    assert [(t.server, t.draw, t.total, t.answer) for t in granted.trail] == [
        ("B", 81, 100, "granted")
    ]


def test_the_ask_carries_all_the_session_server_needs(cell):
    it = cell(SEED, numbers=[1])
    it.join("A")
    it.allocate("Pool-1", "pool")
    ((body, request_id, seconds),) = it.servers["A"].calls
    assert (body.kind, body.name, body.user, body.location, body.domain, body.attempt) == (
        "pool", "Pool-1", "bob", "pc1", "d", 1
    )  # fmt: skip
    assert (request_id, seconds) == ("r1", 0.4)


def test_a_refusal_is_2643_with_all_four_names_and_the_whole_story(cell):
    it = cell(SEED, numbers=[1, 1])
    it.join("A", "busy")
    it.join("B", "busy")
    error = it.allocate()
    assert isinstance(error, NoServerAvailable)
    assert str(error) == (
        "User bob at pc1 was refused a connection to BankDemo. No servers in domain d are able "
        "to provide a session because they are either busy or offline."
    )
    assert error.details["reason"] == "busy or offline"
    assert [(t.server, t.answer, t.reason) for t in error.details["trail"]] == [
        ("A", "busy", "server limit of 5"),
        ("B", "busy", "server limit of 5"),
    ]
    assert [(e.server, e.reason) for e in error.details["left"]] == [
        ("C", "offline: never registered")
    ]


def test_the_advice_of_a_refusal_ends_with_the_last_answer(cell):
    it = cell([("A", 1), ("B", 1)], numbers=[1])
    it.join("A", Refused("busy", "host", 0, "Pool P has no session ready: the host is down."))
    said = "Start a session server of this domain, or raise its limit. The trail shows what each server answered."
    error = it.allocate()
    assert (
        error.next_step
        == f"{said} The last answer was: Pool P has no session ready: the host is down."
    )
    assert cell([("A", 1)]).allocate().next_step == said


@pytest.mark.parametrize(("request_id", "level"), [("r1", "warn"), ("r1.2", "debug")])
def test_a_refusal_is_in_the_log_once_however_often_its_connector_asks(cell, request_id, level):
    it, seen = cell([("A", 1)]), []
    globalLogPublisher.addObserver(seen.append)
    try:
        it.allocate(request_id=request_id)
    finally:
        globalLogPublisher.removeObserver(seen.append)
    (told,) = [event for event in seen if "was refused" in (event.get("log_format") or "")]
    assert told["log_level"].name == level


def test_a_refusal_names_what_a_server_does_not_have(cell):
    it = cell([("A", 1)])
    it.join("A")
    error = it.allocate("Pool-9", "pool")
    assert [e.reason for e in error.details["left"]] == ["has no started pool Pool-9"]
    assert error.details["reason"] == "not offered"


def test_trails_of_very_large_groups_travel_light_and_are_kept_whole(cell):
    it = cell([(f"s{i}", 1) for i in range(101)])
    for i in range(101):
        it.join(f"s{i}")
    granted = it.allocate()
    assert granted.trail[0].candidates == ((granted.server, 1),)
    assert granted.trail[0].total == 101
    assert len(it.decisions.last(1)[0].trail[0].candidates) == 101


def test_an_unknown_domain_is_an_error_of_its_own(cell):
    assert isinstance(cell(SEED).allocate(domain="nowhere"), UnknownDomain)


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (Refused("busy", "pool", 3), "busy"),
        (Refused("not offered"), "not offered"),
        (Refused("draining"), "draining"),
        (AtLimit(server="A", name="x", limit="pool", maximum=1), "busy"),
        (NotOffered(kind="model", name="x", where="A"), "not offered"),
        (PoolStopped(pool="x", server="A"), "not offered"),
        (Draining(server="A", state="draining"), "draining"),
        (InternalError(what="KeyError"), "unknown"),
        (Done(), "unknown"),
        ("gone", "offline"),
    ],
    ids=repr,
)
def test_every_answer_of_a_server_has_its_meaning(cell, says, word):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    it.join("A", says)
    it.join("B")
    granted = it.allocate()
    assert [t.answer for t in granted.trail] == [word, "granted"]


def test_busy_excludes_for_this_request_only(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    it.join("A", "busy")
    it.join("B")
    for _ in range(2):
        assert [t.server for t in it.allocate().trail] == ["A", "B"]
    it.servers["A"].says = "granted"
    assert it.allocate().server == "A"


def test_offline_excludes_for_everybody_until_it_is_online_again(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    it.join("A", "gone")
    it.join("B")
    assert [t.server for t in it.allocate().trail] == ["A", "B"]
    assert [t.server for t in it.allocate().trail] == ["B"]
    it.join("A")
    assert it.allocate().server == "A"


def test_silence_makes_it_suspect_until_the_next_heartbeat_and_is_cancelled(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    a = it.join("A", "silent")
    it.join("B")
    found = it.start()
    assert found == []
    it.clock.advance(0.4)
    a.silent[0].errback(MethodTimedOut())
    assert [t.answer for t in found[0].trail] == ["unknown", "granted"]
    assert found[0].trail[0].reason == "no answer within 0.4 seconds"
    assert found[0].trail[0].milliseconds == pytest.approx(400)
    assert a.cancels == [("r1", 1)]
    assert [t.server for t in it.allocate().trail] == ["B"]
    a.says = "granted"
    it.beat("A")
    assert it.allocate().server == "A"


def test_an_unclear_error_is_cancelled_too(cell):
    it = cell([("A", 1)])
    a = it.join("A", InternalError(what="X"))
    it.allocate()
    assert a.cancels == [("r1", 1)]


def test_nothing_else_is_cancelled(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    a, b = it.join("A", "busy"), it.join("B")
    it.allocate()
    assert (a.cancels, b.cancels) == ([], [])


def test_not_offered_reads_the_servers_list_again(cell, make):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    a = it.join("A", "not offered")
    it.join("B")
    a.offers = (make.POOL,)
    it.allocate()
    assert it.registry.server("A").has("model", "BankDemo") is False
    assert [t.server for t in it.allocate().trail] == ["B"]


def test_draining_counts_until_the_next_heartbeat(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    it.join("A", "draining")
    it.join("B")
    it.allocate()
    assert [t.server for t in it.allocate().trail] == ["B"]
    it.beat("A")
    assert [t.server for t in it.allocate().trail] == ["A", "B"]


def test_the_second_turn_asks_under_another_attempt(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    a = it.join("A", "busy")
    it.on_wake_up = lambda: it.join("B", "busy")
    it.allocate()
    assert [body.attempt for body in a.asked] == [1, 2]
    it.on_wake_up = lambda: None
    it.allocate(attempt=2)
    it.allocate(attempt=2)
    assert len({body.attempt for body in a.asked}) == 4, "clients may share a request id"
    assert it.wake_ups[0] == ("B",)


def test_a_client_that_goes_away_has_its_request_cancelled(cell):
    it = cell([("A", 1)])
    a = it.join("A", "silent")
    found = it.start()
    it.job.cancel()
    assert isinstance(found[0], CancelledError)
    assert a.cancels == [("r1", 1)]
    assert it.decisions.last(1)[0].outcome == "cancelled"
    assert it.registry.server("A").health.online


def test_a_session_granted_to_a_client_that_has_gone_is_cancelled(cell):
    it = cell([("A", 1)])
    a = it.join("A", "silent")
    found = it.start()
    it.client.open = False
    a.silent[0].callback(Reserved("A~00000001", "claim", 10.0))
    assert isinstance(found[0], Cancelled)
    assert a.cancels == [("r1", 1)]


def test_a_server_that_leaves_the_installation_while_it_grants_still_serves(cell, make):
    it = cell([("A", 1)])
    a = it.join("A", "silent")
    found = it.start()
    address = it.registry.server("A").address
    it.registry.configure(parse(make.xml([("B", 1)])), "rev-2")
    it.lose("A")
    assert "A" not in it.registry.servers
    a.silent[0].callback(Reserved("A~00000001", "claim", 10.0))
    assert (found[0].server, found[0].address) == ("A", address)


def test_the_clients_deadline_ends_the_search(cell):
    it = cell([("A", 1, 1), ("B", 1, 2)])
    a = it.join("A", "silent")
    it.join("B")
    found = it.start(seconds=0.3)
    assert a.calls[0][2] == 0.3
    it.clock.advance(0.31)
    a.silent[0].errback(MethodTimedOut())
    assert isinstance(found[0], MethodTimedOut)
    assert it.servers["B"].asked == []
    assert it.decisions.last(1)[0].outcome == "late"


def test_no_second_turn_without_time(cell):
    it = cell([("A", 1)])
    it.join("A", "busy")

    def slow():
        it.clock.advance(31)
        it.join("B")

    it.on_wake_up = slow
    assert isinstance(it.allocate(), NoServerAvailable)
    assert len(it.servers["A"].asked) == 1


def test_while_warming_the_error_is_not_a_false_2643(cell):
    it = cell(SEED, warming=True)
    it.join("B", "busy")
    it.join("C")
    error = it.allocate()
    assert isinstance(error, Warming)
    assert it.servers["C"].asked == []
    assert it.decisions.last(1)[0].outcome == "warming"
    it.registry.set_warming(warming=False)
    assert it.allocate().server == "C"


def test_a_server_that_is_gone_between_view_and_ask_is_offline(cell):
    it = cell([("A", 1)])
    it.join("A", ServerUnreachable(server="A", address="x", reason="y"))
    assert it.allocate().details["reason"] == "offline"


# ---- records -----------------------------------------------------------------------------------


def test_every_request_leaves_one_record(cell):
    it = cell([("A", 80), ("B", 20)], numbers=[81, 5, 1, 1])
    it.join("A")
    it.join("B", "busy")
    it.allocate()
    it.servers["A"].says = "busy"
    it.allocate()
    granted, refused = it.decisions.of("r1")[0], it.decisions.of("r2")[0]
    assert (granted.outcome, granted.server, granted.domain, granted.user) == (
        "granted",
        "A",
        "d",
        "bob",
    )
    assert [(s.server, s.draw, s.total, s.answer) for s in granted.trail] == [
        ("B", 81, 100, "busy"),
        ("A", 5, 80, "granted"),
    ]
    assert (granted.first_draw, refused.first_draw, granted.revision) == (0, 2, "rev-1")
    assert (refused.outcome, refused.reason, refused.server) == ("refused", "busy", "")
    assert it.decisions.counts == {"granted": 1, "refused": 1}
    assert [decision.request_id for decision in it.decisions.last(5)] == ["r2", "r1"]


def test_an_internal_error_leaves_a_record_too(cell):
    it = cell([("A", 1)], numbers=[])
    it.join("A")
    assert isinstance(it.allocate(), RuntimeError)
    assert it.decisions.of("r1")[0].outcome == "failed"


def test_records_never_hold_the_claim(cell):
    import msgspec  # noqa: PLC0415 - only here

    it = cell([("A", 1)])
    it.join("A")
    it.allocate()
    assert b"claim" not in msgspec.json.encode(it.decisions.last(1))


def test_only_the_last_records_stay(cell):
    it = cell([("A", 1)])
    it.join("A")
    for _ in range(1005):
        it.allocate()
    assert len(it.decisions) == 1000
    assert it.decisions.of("r5") == []
    assert it.decisions.counts == {"granted": 1005}


def test_each_domain_draws_from_a_source_of_its_own(cell):
    made = []
    it = cell([("A", 1)], extra='<domain name="e"><member server="A" weight="1"/></domain>')
    new_source = it.broker._new_source
    it.broker._new_source = lambda name: made.append(name) or new_source(name)
    it.join("A")
    for domain in "dede":
        it.allocate(domain=domain)
    assert made == ["d", "e"]
