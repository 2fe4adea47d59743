"""Shares: exact sums over trails, windows, and a bound that no number of looks breaks."""

import random

import pytest

from mgmtsrvr.decision_log import Decision, Step
from mgmtsrvr.shares import KEPT, MINUTE, ShareBook, bound


def decision(*steps, domain="d"):
    return Decision(request_id="r", attempt=1, time="", domain=domain, kind="pool", name="P", user="", location="",
                    outcome="granted", trail=list(steps))  # fmt: skip


def step(server, answer="granted", **weights):
    candidates = tuple(weights.items())
    return Step(priority=1, candidates=candidates, total=sum(weights.values()), draw=1, server=server, answer=answer,
                reason="", milliseconds=1.0)  # fmt: skip


def test_each_draw_counts_with_its_own_candidates():
    book = ShareBook()
    book.add(decision(step("a", "busy", a=80, b=20), step("b", b=20)), 0)
    found = book.of("d", 300, 0)
    assert (found["a"].drawn, found["a"].given, found["a"].expected) == (1, 0, 0.8)
    assert (found["b"].drawn, found["b"].given, found["b"].expected) == (1, 1, pytest.approx(1.2))
    assert found["a"].variance == pytest.approx(0.16)
    assert found["b"].variance == pytest.approx(0.16)


def test_domains_and_windows_are_apart():
    book = ShareBook()
    book.add(decision(step("a", a=1)), 0)
    book.add(decision(step("a", a=1)), 10 * MINUTE)
    book.add(decision(step("a", a=1), domain="other"), 10 * MINUTE)
    assert book.of("d", 5 * MINUTE, 10 * MINUTE)["a"].drawn == 1
    assert book.of("d", 60 * MINUTE, 10 * MINUTE)["a"].drawn == 2
    assert book.of("nothing", 60 * MINUTE, 10 * MINUTE) == {}


def test_a_day_is_kept_and_no_more():
    book = ShareBook()
    for minute in range(KEPT + 10):
        book.add(decision(step("a", a=1)), minute * MINUTE)
    assert book.of("d", 1e9, (KEPT + 10) * MINUTE)["a"].drawn == KEPT


def test_a_decision_without_a_draw_counts_nothing():
    book = ShareBook()
    book.add(decision(), 0)
    assert book.of("d", 300, 0) == {}


def looks(seed, chance, draws=8_000, every=100):
    """At how many draws a server with a weight of 80 of 100 is first judged wrong; 0 for never."""
    source, drawn, variance = random.Random(seed), 0, 0.0  # noqa: S311 - reproducible
    for number in range(1, draws + 1):
        drawn += source.random() < chance
        variance += 0.16
        if number % every == 0 and abs(drawn - 0.8 * number) > bound(variance, 2):
            return number
    return 0


def test_right_weights_are_not_judged_wrong_however_often_one_looks():
    assert sum(looks(seed, 0.8) > 0 for seed in range(20)) <= 1


def test_wrong_weights_are_found():
    found = sorted(looks(seed, 0.75) for seed in range(15))
    assert found[0] > 0
    assert found[7] <= 4000
