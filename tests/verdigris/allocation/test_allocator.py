"""The allocator as stories: who is asked, in which order, and what a refusal says."""

import itertools
from dataclasses import replace

import pytest

from verdigris.allocation.allocator import Answer, Ask, Look, Verdict, WakeUp, allocate
from verdigris.allocation.eligibility import Availability, Condition, Snapshot


OFFLINE = Availability(Condition.OFFLINE, reason="connection lost")
SUSPECT = Availability(Condition.SUSPECT)
DRAINING = Availability(Condition.DRAINING)
WITHOUT = Availability(Condition.ONLINE, offers=False)
WARMING = Availability(Condition.WARMING, offers=None)
SEED = (("A", 80), ("B", 20), ("C", 100, 2))


@pytest.fixture
def seed(by_hand):
    """The documented example: A 80 and B 20 at priority 1, C on standby."""
    return by_hand.domain(*SEED)


# ---- steps 4 to 8 of docs/allocation.md --------------------------------------------------------

TRAILS = [
    # numbers drawn, answers, expected trail
    ([1], {"A": "granted"}, [("A", 1, 100, "granted")]),
    ([80], {"A": "granted"}, [("A", 80, 100, "granted")]),
    ([81], {"B": "granted"}, [("B", 81, 100, "granted")]),
    ([100], {"B": "granted"}, [("B", 100, 100, "granted")]),
    ([81, 80], {"B": "busy", "A": "granted"}, [("B", 81, 100, "busy"), ("A", 80, 80, "granted")]),
    ([5, 20], {"A": "busy", "B": "granted"}, [("A", 5, 100, "busy"), ("B", 20, 20, "granted")]),
    (
        [5, 1, 100],
        {"A": "busy", "B": "busy", "C": "granted"},
        [("A", 5, 100, "busy"), ("B", 1, 20, "busy"), ("C", 100, 100, "granted")],
    ),
    (
        [99, 7, 3],
        {"A": "offline", "B": "unknown", "C": "busy"},
        [("B", 99, 100, "unknown"), ("A", 7, 80, "offline"), ("C", 3, 100, "busy")],
    ),
    (
        [1, 1, 1],
        {"A": "not offered", "B": "draining", "C": "granted"},
        [("A", 1, 100, "not offered"), ("B", 1, 20, "draining"), ("C", 1, 100, "granted")],
    ),
]


@pytest.mark.parametrize(("numbers", "answers", "expected"), TRAILS)
def test_the_trail_says_who_was_drawn_with_which_number_of_what_total(
    by_hand, seed, numbers, answers, expected
):
    world = by_hand.World(by_hand.snapshot(seed), answers)
    outcome = world.run(by_hand.draws(*numbers))
    assert by_hand.trail(outcome) == expected
    granted = [server for server, word in answers.items() if word == "granted"]
    assert outcome.server == (granted[0] if granted else "")


def test_the_trail_lists_the_candidates_of_each_draw(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed), {"A": "busy", "B": "granted"})
    outcome = world.run(by_hand.draws(1, 1))
    assert [(t.priority, t.candidates) for t in outcome.trail] == [
        (1, (("A", 80), ("B", 20))),
        (1, (("B", 20),)),
    ]


def test_the_source_is_asked_for_the_total_of_those_left(by_hand, seed):
    source = by_hand.draws(1, 20, 100)
    by_hand.World(by_hand.snapshot(seed), dict.fromkeys("ABC", "busy")).run(source)
    assert source.totals == [100, 20, 100]


def test_with_a_down_b_takes_everything_and_c_nothing(by_hand, seed):
    seen = by_hand.snapshot(seed, A=OFFLINE)
    for number in range(1, 21):
        world = by_hand.World(seen, {"B": "granted"})
        assert world.run(by_hand.draws(number)).server == "B"
        assert world.asked == ["B"]


def test_c_is_used_only_when_a_and_b_are_both_out(by_hand, seed):
    seen = by_hand.snapshot(seed, A=OFFLINE, B=SUSPECT)
    world = by_hand.World(seen, {"C": "granted"})
    assert world.run(by_hand.draws(50)).server == "C"


def test_the_first_choice_takes_every_number_of_the_range_by_weight(by_hand):
    members = by_hand.domain(("A", 3), ("B", 0), ("C", 2), ("D", 7), ("E", 9, 2))
    seen = by_hand.snapshot(members)
    chosen = [
        by_hand.World(seen, dict.fromkeys("ACD", "granted")).run(by_hand.draws(n)).server
        for n in range(1, 13)
    ]
    assert "".join(chosen) == "AAACCDDDDDDD"


def test_the_granted_session_and_claim_are_the_servers_answer(by_hand, seed):
    outcome = by_hand.World(by_hand.snapshot(seed), {"A": "granted"}).run(by_hand.draws(1))
    assert outcome.answer == Answer(Verdict.GRANTED, session="vs~00ff00ff", claim="secret")
    assert "secret" not in repr(outcome.answer) + repr(outcome)


# ---- eligibility ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "standing",
    [OFFLINE, SUSPECT, DRAINING, WITHOUT, Availability(Condition.MAINTENANCE), WARMING],
    ids=str,
)
def test_a_member_that_is_not_eligible_is_not_asked(by_hand, standing):
    members = by_hand.domain(("A", 999_999), ("B", 1))
    world = by_hand.World(by_hand.snapshot(members, A=standing), {"B": "granted"})
    assert world.run(by_hand.draws(1)).server == "B"
    assert world.asked == ["B"]


def test_weight_0_is_not_drawn_even_as_the_only_member(by_hand):
    world = by_hand.World(by_hand.snapshot(by_hand.domain(("A", 0))), {})
    outcome = world.run(by_hand.draws())
    assert (outcome.server, outcome.reason) == ("", "no servers configured")
    assert [(left.server, left.reason) for left in outcome.left] == [("A", "weight 0")]


def test_a_group_of_weights_0_is_skipped(by_hand):
    members = by_hand.domain(("A", 0, 1), ("B", 0, 1), ("C", 5, 2))
    world = by_hand.World(by_hand.snapshot(members), {"C": "granted"})
    assert world.run(by_hand.draws(5)).server == "C"


def test_a_priority_1_group_without_the_model_is_skipped(by_hand, seed):
    seen = by_hand.snapshot(seed, A=WITHOUT, B=WITHOUT)
    assert by_hand.World(seen, {"C": "granted"}).run(by_hand.draws(1)).server == "C"


def test_a_member_that_never_registered_is_offline(by_hand):
    seen = Snapshot(by_hand.domain(("A", 1)), {})
    outcome = by_hand.World(seen, {}).run(by_hand.draws())
    assert outcome.reason == "offline"
    assert outcome.left[0].reason == "offline: never registered"


def test_a_domain_without_members_has_no_servers_configured(by_hand):
    outcome = by_hand.World(by_hand.snapshot(by_hand.domain()), {}).run(by_hand.draws())
    assert outcome.reason == "no servers configured"


def test_spill_on_busy_false_keeps_requests_off_the_standby(by_hand):
    strict = by_hand.domain(*SEED, spill_on_busy=False)
    world = by_hand.World(by_hand.snapshot(strict), dict.fromkeys("AB", "busy"))
    outcome = world.run(by_hand.draws(1, 1))
    assert (world.asked, outcome.reason) == (["A", "B"], "busy")
    assert [(left.server, left.reason) for left in outcome.left] == [("C", "not reached")]


def test_spill_on_busy_false_still_falls_to_the_standby_when_all_are_offline(by_hand):
    strict = by_hand.domain(*SEED, spill_on_busy=False)
    seen = by_hand.snapshot(strict, A=OFFLINE)
    world = by_hand.World(seen, {"B": "offline", "C": "granted"})
    assert world.run(by_hand.draws(1, 1)).server == "C"


def test_spill_on_busy_false_with_one_busy_and_one_offline_is_still_busy(by_hand):
    strict = by_hand.domain(*SEED, spill_on_busy=False)
    world = by_hand.World(by_hand.snapshot(strict), {"A": "busy", "B": "offline"})
    outcome = world.run(by_hand.draws(1, 1))
    assert (world.asked, outcome.reason) == (["A", "B"], "busy or offline")


# ---- the view is looked at again (architecture 4) ----------------------------------------------


def test_a_server_that_goes_offline_meanwhile_is_not_asked(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed), {"A": "busy", "C": "granted"})

    def goes(server):
        world.seen = by_hand.snapshot(seed, B=OFFLINE)

    world.on_ask = goes
    assert world.run(by_hand.draws(1, 1)).server == "C"
    assert world.asked == ["A", "C"]


@pytest.mark.parametrize("standing", [SUSPECT, DRAINING, WITHOUT], ids=str)
def test_suspect_draining_and_undeployed_meanwhile_count_as_well(by_hand, seed, standing):
    world = by_hand.World(by_hand.snapshot(seed), {"A": "busy", "C": "granted"})
    world.on_ask = lambda _: setattr(world, "seen", by_hand.snapshot(seed, B=standing))
    world.run(by_hand.draws(1, 1))
    assert world.asked == ["A", "C"]


def test_a_server_that_comes_online_joins_at_the_next_group(by_hand):
    members = by_hand.domain(("A", 1, 1), ("B", 1, 2), ("C", 1, 2))
    world = by_hand.World(by_hand.snapshot(members, C=OFFLINE), {"A": "busy", "C": "granted"})
    world.on_ask = lambda _: setattr(world, "seen", by_hand.snapshot(members, arrivals=1))
    outcome = world.run(by_hand.draws(1, 2))
    assert by_hand.trail(outcome)[-1] == ("C", 2, 2, "granted")


def test_a_server_that_comes_online_does_not_join_the_group_being_asked(by_hand):
    members = by_hand.domain(("A", 1), ("B", 1), ("C", 1))
    world = by_hand.World(by_hand.snapshot(members, C=OFFLINE), {"A": "busy", "B": "granted"})
    world.on_ask = lambda _: setattr(world, "seen", by_hand.snapshot(members, arrivals=1))
    source = by_hand.draws(1, 1)
    world.run(source)
    assert source.totals == [2, 1]


def test_everything_is_tried_once_more_if_a_server_came_online_meanwhile(by_hand, seed):
    world = by_hand.World(
        by_hand.snapshot(seed, A=OFFLINE),
        {"B": ["busy", "granted"], "C": "busy"},
        wake_up=by_hand.snapshot(seed, arrivals=1),
    )
    outcome = world.run(by_hand.draws(1, 1, 90))
    assert world.asked == ["B", "C", "B"]
    assert outcome.server == "B"
    turns = [wish.turn for wish in world.wishes if isinstance(wish, Ask)]
    assert turns == [0, 0, 1]


def test_not_more_than_once_more(by_hand, seed):
    arrivals = itertools.count(1)
    world = by_hand.World(
        by_hand.snapshot(seed),
        dict.fromkeys("ABC", "busy"),
        wake_up=lambda: by_hand.snapshot(seed, arrivals=next(arrivals)),
    )
    world.run(by_hand.draws(1, 1, 1, 1, 1, 1))
    assert len(world.asked) == 6
    assert sum(isinstance(wish, WakeUp) for wish in world.wishes) == 1


def test_without_an_arrival_nothing_is_tried_again(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed), dict.fromkeys("ABC", "busy"))
    world.run(by_hand.draws(1, 1, 1))
    assert len(world.asked) == 3


def test_without_time_nothing_is_tried_again(by_hand, seed):
    world = by_hand.World(
        by_hand.snapshot(seed), dict.fromkeys("ABC", "busy"), wake_up=lambda: None
    )
    outcome = world.run(by_hand.draws(1, 1, 1))
    assert (len(world.asked), outcome.reason) == (3, "busy")


def test_wake_up_calls_go_to_servers_that_could_help_best_priority_first(by_hand, seed):
    members = by_hand.domain(*SEED, ("D", 1, 1), ("E", 0, 1), ("F", 1, 1), ("G", 1, 1))
    seen = by_hand.snapshot(
        members, C=OFFLINE, D=SUSPECT, E=OFFLINE, F=DRAINING, G=replace(OFFLINE, offers=False)
    )
    world = by_hand.World(seen, dict.fromkeys("AB", "busy"))
    world.run(by_hand.draws(1, 1))
    assert [wish.offline for wish in world.wishes if isinstance(wish, WakeUp)] == [("D", "C")]


def test_wake_up_calls_go_to_servers_that_have_not_reported_after_a_start_too(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed, A=OFFLINE, B=WARMING), {})
    world.run(by_hand.draws())
    assert [wish.offline[:2] for wish in world.wishes if isinstance(wish, WakeUp)] == [("A", "B")]


# ---- reasons ----------------------------------------------------------------------------------

REASONS = [
    ({"A": "busy", "B": "busy"}, {}, "busy"),
    ({"A": "offline", "B": "offline"}, {}, "offline"),
    ({"A": "unknown", "B": "offline"}, {}, "offline"),
    ({"A": "busy", "B": "unknown"}, {}, "busy or offline"),
    ({"A": "not offered", "B": "not offered"}, {}, "not offered"),
    ({"A": "not offered", "B": "busy"}, {}, "busy"),
    ({"A": "not offered", "B": "offline"}, {}, "offline"),
    ({"A": "draining", "B": "draining"}, {}, "offline"),
    ({"A": "draining", "B": "busy"}, {}, "busy"),
    # members left out beforehand count as well (trap 1)
    ({"A": "busy"}, {"B": OFFLINE}, "busy or offline"),
    ({"A": "busy"}, {"B": SUSPECT}, "busy or offline"),
    ({"A": "busy"}, {"B": Availability(Condition.OFFLINE, None)}, "busy or offline"),
    # but only those that could have helped (trap 3)
    ({"A": "busy"}, {"B": Availability(Condition.OFFLINE, offers=False)}, "busy"),
    ({"A": "busy"}, {"B": DRAINING}, "busy"),
    ({"A": "busy"}, {"B": WITHOUT}, "busy"),
    ({}, {"A": WITHOUT, "B": WITHOUT}, "not offered"),
    ({}, {"A": OFFLINE, "B": WITHOUT}, "offline"),
    ({}, {"A": DRAINING, "B": Availability(Condition.MAINTENANCE)}, "offline"),
    ({"A": "busy"}, {"B": WARMING}, "warming"),
    ({}, {"A": OFFLINE, "B": WARMING}, "warming"),
]


@pytest.mark.parametrize(("answers", "standings", "reason"), REASONS)
def test_the_reason_counts_every_member(by_hand, answers, standings, reason):
    members = by_hand.domain(("A", 1), ("B", 1))
    world = by_hand.World(by_hand.snapshot(members, **standings), answers)
    outcome = world.run(lambda _: 1)
    assert (outcome.server, outcome.reason) == ("", reason)


def test_weight_0_and_offline_is_no_reason_to_hope(by_hand):
    members = by_hand.domain(("A", 1), ("B", 0))
    world = by_hand.World(by_hand.snapshot(members, B=OFFLINE), {"A": "busy"})
    assert world.run(lambda _: 1).reason == "busy"


def test_the_newest_answer_of_a_server_counts(by_hand):
    members = by_hand.domain(("A", 1))
    world = by_hand.World(
        by_hand.snapshot(members),
        {"A": ["offline", "busy"]},
        wake_up=by_hand.snapshot(members, arrivals=1),
    )
    assert world.run(lambda _: 1).reason == "busy"


def test_a_refusal_says_of_every_member_not_asked_why(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed, A=OFFLINE, C=DRAINING), {"B": "busy"})
    outcome = world.run(by_hand.draws(1))
    assert [(e.server, e.priority, e.weight, e.reason) for e in outcome.left] == [
        ("A", 1, 80, "offline: connection lost"),
        ("C", 2, 100, "draining"),
    ]


# ---- warming -----------------------------------------------------------------------------------


def test_while_warming_the_standby_is_not_used_for_a_server_that_may_yet_report(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed, A=WARMING), {"B": "busy"})
    outcome = world.run(by_hand.draws(1))
    assert (world.asked, outcome.reason) == (["B"], "warming")


def test_while_warming_those_of_the_best_priority_serve(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed, A=WARMING), {"B": "granted"})
    assert world.run(by_hand.draws(1)).server == "B"


def test_a_standby_that_has_not_reported_delays_no_request(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed, C=WARMING), {"A": "granted"})
    assert world.run(by_hand.draws(1)).server == "A"


# ---- all answers, all interruptions ------------------------------------------------------------

WORDS = ("granted", "busy", "offline", "unknown", "not offered", "draining")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_all_answers_of_up_to_five_servers(by_hand, size):
    """Whatever the answers: no server is asked twice, no group before a better one is exhausted."""
    names = "ABCDE"[:size]
    for split in range(size + 1):
        members = by_hand.domain(*((n, 1 + i, 1 + (i >= split)) for i, n in enumerate(names)))
        seen = by_hand.snapshot(members)
        words = WORDS if size < 5 else WORDS[:4]
        for said in itertools.product(words, repeat=size):
            answers = dict(zip(names, said, strict=True))
            world = by_hand.World(seen, answers)
            outcome = world.run(lambda total: total)
            assert len(set(world.asked)) == len(world.asked)
            groups = [names[:split], names[split:]]
            granting = [g for g in groups if any(answers[n] == "granted" for n in g)]
            if granting:
                assert answers[outcome.server] == "granted"
                assert outcome.server in granting[0]
                assert set(world.asked) >= set(groups[0] if granting[0] is groups[1] else "")
            else:
                assert set(world.asked) == set(names)
                assert outcome.server == ""


def test_interrupted_at_each_point_nothing_is_left_undone(by_hand, seed):
    """Closing the generator (the client went away) ends it there, whatever it was waiting for."""
    for steps in range(8):
        deciding = allocate(lambda _: 1)
        wish = next(deciding)
        for _ in range(steps):
            reply = by_hand.answer("busy") if isinstance(wish, Ask) else by_hand.snapshot(seed)
            try:
                wish = deciding.send(reply)
            except StopIteration:
                break
        deciding.close()
        with pytest.raises(StopIteration):
            next(deciding)


def test_interrupted_at_each_point_it_can_go_on_from_the_view_of_that_point(by_hand, seed):
    """After each answer the rest behaves as if the world had always been as it is seen now."""
    for gone in ("A", "B", "C"):
        for after in range(3):
            world = by_hand.World(by_hand.snapshot(seed), dict.fromkeys("ABC", "busy"))

            def change(_, world=world, gone=gone, after=after):
                if len(world.asked) > after:
                    world.seen = by_hand.snapshot(seed, **{gone: OFFLINE})

            world.on_ask = change
            world.run(lambda _: 1)
            late = world.asked[after + 1 :]
            assert gone not in late
            assert set(world.asked) | {gone} == set("ABC")


def test_before_every_ask_it_looks(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed), dict.fromkeys("ABC", "busy"))
    world.run(by_hand.draws(1, 1, 1))
    kinds = [type(wish).__name__ for wish in world.wishes]
    assert kinds == ["Look", "Ask", "Look", "Ask", "Look", "Ask", "Look", "WakeUp"]


def test_representations_are_sentences(by_hand, seed):
    world = by_hand.World(by_hand.snapshot(seed), {"A": "busy", "B": "granted"})
    assert repr(world.run(by_hand.draws(5, 7))) == (
        "<Outcome granted by B [A 5/100 busy, B 7/20 granted]>"
    )
    assert repr(Answer(Verdict.BUSY, "pool limit of 5")) == "<Answer busy: pool limit of 5>"
    assert isinstance(world.wishes[0], Look)
