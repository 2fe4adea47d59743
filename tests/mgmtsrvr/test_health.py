"""The health of one session server: online, suspect, held, offline."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgmtsrvr.health import (
    UNKNOWN,
    Drains,
    Foreign,
    Health,
    Heard,
    Lost,
    Registered,
    Rules,
    State,
    Ticked,
    Unanswered,
    due,
    step,
)
from mgmtsrvr.health_diagram import diagram, transitions


RULES = Rules()
TRANSITIONS = transitions(RULES)


def story(*events, start=UNKNOWN, rules=RULES) -> Health:
    """The health after (time, event)s."""
    health = start
    for now, event in events:
        health = step(health, event, now, rules)
    return health


def fallen(times: int, every: float = 1.0, start: float = 0.0):
    """Registered, then lost and registered again, so many times."""
    yield start, Registered("b")
    for i in range(times):
        yield start + (i + 0.5) * every, Lost("EOF")
        yield start + (i + 1) * every, Registered("b")


def test_a_server_that_never_registered_is_offline():
    assert (UNKNOWN.state, UNKNOWN.reason, UNKNOWN.online) == (
        State.OFFLINE,
        "never registered",
        False,
    )


def test_registered_is_online_at_once():
    health = story((5.0, Registered("boot-1")))
    assert (health.state, health.reason, health.boot, health.since) == ("online", "", "boot-1", 5.0)


def test_a_lost_connection_is_offline_at_once():
    health = story((0, Registered("b")), (1, Lost("connection lost: EOF")))
    assert (health.state, health.reason) == ("offline", "connection lost: EOF")


@pytest.mark.parametrize(
    ("silence", "state"), [(0.5, "online"), (1.49, "online"), (1.5, "offline"), (9, "offline")]
)
def test_three_missing_heartbeats_are_offline(silence, state):
    health = story((0, Registered("b")), (10, Heard()), (10 + silence, Ticked()))
    assert health.state == state


def test_the_reason_says_how_long_it_was_silent():
    health = story((0, Registered("b")), (1.6, Ticked()))
    assert health.reason == "no heartbeat for 1.6 seconds"


def test_the_limit_of_silence_is_heartbeat_times_misses():
    rules = Rules(heartbeat=2, misses=5)
    assert story((0, Registered("b")), (9.9, Ticked()), rules=rules).online
    assert not story((0, Registered("b")), (10.1, Ticked()), rules=rules).online


def test_time_in_which_this_process_was_stopped_is_not_silence():
    health = story((0, Registered("b")), (60, Ticked(overslept=59.5)))
    assert health.online
    assert not story((61.6, Ticked()), start=health).online


def test_a_heartbeat_brings_an_offline_server_back():
    health = story((0, Registered("b")), (2, Ticked()), (3, Heard()))
    assert (health.state, health.reason) == ("online", "")


def test_an_unanswered_ask_makes_it_suspect_until_it_is_heard():
    suspect = story((0, Registered("b")), (0.4, Unanswered()))
    assert (suspect.state, suspect.reason, suspect.online) == (
        "suspect",
        "left an ask unanswered",
        False,
    )
    assert story((0.5, Ticked()), start=suspect).state == "suspect"
    assert story((0.5, Heard()), start=suspect).online


def test_a_suspect_that_stays_silent_goes_offline():
    assert story((0, Registered("b")), (0.4, Unanswered()), (1.6, Ticked())).state == "offline"


def test_an_offline_server_does_not_become_suspect():
    health = story((0, Registered("b")), (1, Lost("EOF")), (2, Unanswered()))
    assert (health.state, health.reason) == ("offline", "EOF")


def test_the_server_reports_the_beginning_and_the_end_of_draining():
    health = story((0, Registered("b")), (1, Heard(draining=True)))
    assert (health.online, health.draining) == (True, True)
    assert not story((2, Heard()), start=health).draining
    assert story((2, Drains()), start=story((0, Registered("b")))).draining
    assert story((0, Registered("b", draining=True))).draining


def test_a_foreign_server_of_the_same_name_is_shown_and_changes_nothing_for_a_living_server():
    assert story((0, Foreign("other"))).reason == "other installation: other"
    living = story((0, Registered("b")), (1, Foreign("other")))
    assert (living.state, living.reason) == ("online", "")


def test_two_falls_are_forgiven_three_are_held():
    assert story(*fallen(2)).online
    held = story(*fallen(3))
    assert (held.state, held.online, held.hold) == ("held", False, 10)
    assert "fell 3 times in 60 seconds" in held.reason


def test_a_hold_ends_by_itself():
    held = story(*fallen(3))  # held at 3.0
    assert story((12.9, Heard()), (12.95, Ticked()), start=held).state == "held"
    assert story((12.9, Heard()), (13.0, Ticked()), start=held).online
    assert story((12.9, Heard()), (13.0, Heard()), start=held).online


def test_a_hold_does_not_end_by_registering_again():
    held = story(*fallen(3))
    again = story((4, Lost("EOF")), (5, Registered("b")), start=held)
    assert (again.state, again.hold) == ("held", 10)
    assert story((12.5, Heard()), (13.1, Heard()), start=again).online


def test_a_held_server_that_falls_silent_is_offline():
    assert story((4.6, Ticked()), start=story(*fallen(3))).state == "offline"


def test_falls_far_apart_are_not_flapping():
    assert story(*fallen(10, every=30)).online


def test_each_further_hold_is_twice_as_long_up_to_the_longest():
    holds, health, now = [], UNKNOWN, 0.0
    for _ in range(6):
        for at, event in fallen(3, start=now):
            health = step(health, event, at, RULES)
        assert health.state is State.HELD
        holds.append(health.hold)
        now = health.until
        health = step(health, Heard(), now, RULES)
        assert health.online
    assert holds == [10, 20, 40, 80, 120, 120]


def test_after_a_quiet_minute_the_holds_start_over():
    health = story(*fallen(3))
    health = step(health, Heard(), 13.0, RULES)
    health = story(*fallen(3, start=100.0), start=health)
    assert (health.state, health.hold) == ("held", 10)


def test_a_server_that_heartbeats_and_never_answers_asks_is_held():
    health = story((0, Registered("b")))
    for i in range(3):
        health = step(health, Unanswered(), i + 0.4, RULES)
        health = step(health, Heard(), i + 0.5, RULES)
    assert health.state is State.HELD


def test_being_suspect_and_then_offline_is_one_fall():
    health = story((0, Registered("b")), (0.4, Unanswered()), (1.6, Ticked()))
    assert len(health.flaps) == 1


EVENTS = st.sampled_from(
    [Registered("b"), Heard(), Heard(draining=True), Unanswered(), Lost("x"), Drains(),
     Foreign("y"), Ticked(), Ticked(3.0)]
)  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 5), EVENTS), max_size=60), st.floats(0, 5))
def test_what_is_not_due_does_not_change_with_time(steps, wait):
    now, health = 0.0, UNKNOWN
    for pause, event in steps:
        now += pause
        health = step(health, event, now, RULES)
    now += wait
    after = step(health, Ticked(), now, RULES)
    assert after == health or due(health, now, RULES)


@given(st.lists(st.tuples(st.floats(0, 30), EVENTS), max_size=60))
def test_whatever_happens_its_law_holds(steps):
    now, health = 0.0, UNKNOWN
    for wait, event in steps:
        now += wait
        before, health = health, step(health, event, now, RULES)
        assert before.state is health.state or (before.state, health.state) in TRANSITIONS
        assert (health.reason == "") == (health.state is State.ONLINE)
        assert health.hold <= RULES.longest_hold
        assert len(health.flaps) <= RULES.flaps
        if health.online and not before.online:
            assert isinstance(event, Registered | Heard) or before.state is State.HELD
            assert now >= before.until
        if isinstance(event, Lost):
            assert health.state is State.OFFLINE
        if isinstance(event, Ticked) and health.state in (State.ONLINE, State.HELD):
            assert now - health.heard < RULES.patience


def test_the_page_shows_the_diagram_of_the_code():
    page = Path(__file__).parents[2] / "docs" / "allocation.md"
    if not page.exists():
        pytest.skip("the documentation is not here (a copy made by scripts/mutants)")
    assert diagram() in page.read_text(encoding="utf-8"), "python -m mgmtsrvr.health_diagram"


def test_every_state_of_the_diagram_can_be_reached_and_left():
    assert {before for before, _ in TRANSITIONS} == {after for _, after in TRANSITIONS}
    assert {before for before, _ in TRANSITIONS} == set(State)


def test_representations_are_sentences():
    assert repr(UNKNOWN) == "<Health offline: never registered>"
    assert repr(story((0, Registered("b", draining=True)))) == "<Health online draining>"
