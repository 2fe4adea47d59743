"""Shares are exact: enumerated where that is possible, held against the exact law where not.

Seeds are fixed and alpha is 1e-9, so these tests are never flaky: a red one is a defect.
"""

import itertools
from collections import Counter
from fractions import Fraction

import pytest

from verdigris.allocation.random_source import generator, integers


ALPHA = 1e-9
SEEDS = [1, 2, 3]
FOUR = {"A": 40, "B": 30, "C": 20, "D": 10}


def test_the_statistic_knows_the_tables(statistics):
    # quantiles of the chi-square distribution (NIST/SEMATECH handbook, 1.3.6.7.4)
    for g, freedom, tail in [
        (3.841, 1, 0.05),
        (16.919, 9, 0.05),
        (124.342, 100, 0.05),
        (6.635, 1, 0.01),
    ]:
        assert statistics.chi_square_tail(g, freedom) == pytest.approx(tail, rel=2e-3)


def test_the_statistic_can_fail(statistics):
    assert statistics.g_test({"A": 790, "B": 210}, {"A": 0.8, "B": 0.2}) > 0.01
    assert statistics.g_test({"A": 7000, "B": 3000}, {"A": 0.8, "B": 0.2}) < ALPHA


@pytest.mark.parametrize("seed", SEEDS)
def test_first_choices_follow_the_weights(by_hand, statistics, seed):
    members = by_hand.domain(*FOUR.items(), ("E", 100, 2))
    seen = by_hand.snapshot(members)
    draw = integers(generator(seed, "first"))
    world = by_hand.World(seen, dict.fromkeys(FOUR, "granted"))
    found = Counter(world.run(draw).server for _ in range(40_000))
    assert statistics.g_test(found, {name: w / 100 for name, w in FOUR.items()}) > ALPHA


@pytest.mark.parametrize("weights", [(4, 3, 2, 1), (1, 1, 1, 1), (5, 1, 2)])
def test_the_order_of_asks_when_all_refuse_is_successive_sampling_exactly(
    by_hand, statistics, weights
):
    """Every sequence of numbers is tried, each with its exact chance: no sampling at all."""
    named = dict(zip("ABCD", weights, strict=False))
    members = by_hand.domain(*named.items())
    seen = by_hand.snapshot(members)
    chances: Counter = Counter()

    def follow(numbers: tuple[int, ...], chance: Fraction) -> None:
        totals: list[int] = []

        def draw(total):
            totals.append(total)
            return numbers[len(totals) - 1] if len(totals) <= len(numbers) else 1

        world = by_hand.World(seen, dict.fromkeys(named, "busy"))
        world.run(draw)
        if len(numbers) == len(named):
            chances["".join(world.asked)] += chance
            return
        total = totals[len(numbers)]
        for number in range(1, total + 1):
            follow((*numbers, number), chance / total)

    follow((), Fraction(1))
    orders = ["".join(order) for order in itertools.permutations(named)]
    assert chances == {order: statistics.chance_of_order(named, order) for order in orders}


@pytest.mark.parametrize("seed", SEEDS)
def test_all_24_orders_of_four_servers_come_as_often_as_they_should(by_hand, statistics, seed):
    members = by_hand.domain(*FOUR.items())
    seen = by_hand.snapshot(members)
    draw = integers(generator(seed, "orders"))
    found: Counter = Counter()
    for _ in range(12_000):
        world = by_hand.World(seen, dict.fromkeys(FOUR, "busy"))
        world.run(draw)
        found["".join(world.asked)] += 1
    orders = map("".join, itertools.permutations(FOUR))
    exact = {order: float(statistics.chance_of_order(FOUR, order)) for order in orders}
    assert sum(exact.values()) == pytest.approx(1)
    assert statistics.g_test(found, exact) > ALPHA


@pytest.mark.parametrize("refusing", FOUR)
@pytest.mark.parametrize("word", ["busy", "offline"])
def test_when_one_always_refuses_the_rest_stay_in_proportion(by_hand, statistics, refusing, word):
    seen = by_hand.snapshot(by_hand.domain(*FOUR.items()))
    draw = integers(generator(7, refusing + word))
    world = by_hand.World(seen, dict.fromkeys(FOUR, "granted") | {refusing: word})
    found = Counter(world.run(draw).server for _ in range(10_000))
    rest = {name: w for name, w in FOUR.items() if name != refusing}
    shares = {name: w / sum(rest.values()) for name, w in rest.items()}
    assert found[refusing] == 0
    assert statistics.g_test(found, shares) > ALPHA


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_uniform_over_1_to_total(statistics, seed):
    draw = integers(generator(seed, "uniform"))
    found = Counter(draw(7) for _ in range(20_000))
    assert set(found) == set(range(1, 8))
    assert statistics.g_test(found, dict.fromkeys(range(1, 8), 1 / 7)) > ALPHA


def test_a_seed_gives_the_same_draws_again_and_other_draws_to_another_domain():
    one, again, other = (integers(generator(5, name)) for name in ("d1", "d1", "d2"))
    first = [one(1_000_000) for _ in range(10)]
    assert first == [again(1_000_000) for _ in range(10)]
    assert first != [other(1_000_000) for _ in range(10)]


def test_without_a_seed_the_draws_cannot_be_foreseen():
    one, two = (integers(generator(None, "d")) for _ in range(2))
    assert [one(10**6) for _ in range(5)] != [two(10**6) for _ in range(5)]
