"""What the tests of the management server share: an allocator driven by hand, statistics."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace

import pytest

from mgmtsrvr.allocator import (
    Answer,
    Ask,
    Condition,
    Draw,
    Knock,
    Look,
    Outcome,
    Snapshot,
    Standing,
    Verdict,
    allocate,
)
from mgmtsrvr.domain import Domain, Member


ONLINE = Standing(Condition.ONLINE)


def domain(*members: tuple, **options) -> Domain:
    return Domain("d", tuple(Member(*member) for member in members), **options)


def snapshot(members: Domain, arrivals: int = 0, **standings: Standing) -> Snapshot:
    """Everybody online, except as said."""
    everybody = {member.server: ONLINE for member in members.members}
    return Snapshot(members, everybody | standings, arrivals)


def draws(*numbers: int) -> Draw:
    """A source that gives these numbers, and remembers the totals it was asked with."""
    left = list(numbers)

    def draw(total: int) -> int:
        draw.totals.append(total)
        number = left.pop(0)
        assert 1 <= number <= total
        return number

    draw.totals = []
    return draw


def answer(word: str) -> Answer:
    if word == "granted":
        return Answer(Verdict.GRANTED, session="vs~00ff00ff", claim="secret")
    return Answer(Verdict(word))


class World:
    """Performs the allocator's wishes from tables, and records them.

    answers: server -> what it answers, in turn (the last one again and again).
    knock: what is seen after knocking; by default the same.
    """

    def __init__(self, seen: Snapshot, answers: Mapping[str, str | Sequence[str]], knock=None):
        self.seen = seen
        self.answers = {
            name: [said] if isinstance(said, str) else list(said) for name, said in answers.items()
        }
        self.knock = knock
        self.asked: list[str] = []
        self.wishes: list[object] = []
        self.on_ask: Callable[[str], None] = lambda _: None

    def run(self, draw: Draw) -> Outcome:
        deciding = allocate(draw)
        reply: object = None
        while True:
            try:
                wish = deciding.send(reply)
            except StopIteration as done:
                return done.value
            self.wishes.append(wish)
            match wish:
                case Look():
                    reply = self.seen
                case Knock():
                    reply = self.knock() if callable(self.knock) else (self.knock or self.seen)
                case Ask(server=server):
                    self.asked.append(server)
                    said = self.answers[server]
                    word = said.pop(0) if len(said) > 1 else said[0]
                    self.on_ask(server)
                    reply = answer(word)


def trail(outcome: Outcome) -> list[tuple]:
    """(server, draw, total, answer) of each try."""
    return [(t.server, t.draw, t.total, t.answer) for t in outcome.trail]


def chi_square_tail(g: float, freedom: int) -> float:
    """P(chi-square with this many degrees of freedom >= g): the regularised upper gamma function,
    by its series below a + 1 and its continued fraction above."""
    a, x = freedom / 2, g / 2
    if x <= 0:
        return 1.0
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-15:
            n += 1
            term *= x / n
            total += term
        return 1 - total * scale
    b, c = x + 1 - a, 1e300
    d = h = 1 / b
    for i in range(1, 10_000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h * scale


def g_test(observed: Mapping[object, int], shares: Mapping[object, float]) -> float:
    """The chance to see something at least as far from these shares; impossible cells are 0."""
    total = sum(observed.values())
    assert all(shares.get(cell, 0) > 0 for cell, count in observed.items() if count), observed
    cells = [(observed.get(cell, 0), share) for cell, share in shares.items() if share > 0]
    g = 2 * sum(o * math.log(o / (total * share)) for o, share in cells if o)
    return chi_square_tail(g, len(cells) - 1)


def shuffled_orders(weights: Mapping[str, int], order: Iterable[str]):
    """The exact chance of an order when everybody refuses: successive sampling."""
    from fractions import Fraction  # noqa: PLC0415 - only here

    left, chance = sum(weights.values()), Fraction(1)
    for name in order:
        chance *= Fraction(weights[name], left)
        left -= weights[name]
    return chance


@pytest.fixture
def by_hand():
    """The allocator driven by hand, as a namespace."""
    return SimpleNamespace(
        ONLINE=ONLINE,
        World=World,
        answer=answer,
        domain=domain,
        draws=draws,
        snapshot=snapshot,
        trail=trail,
    )


@pytest.fixture
def statistics():
    """The G-test and the exact chances it is held against."""
    return SimpleNamespace(
        chi_square_tail=chi_square_tail, g_test=g_test, chance_of_order=shuffled_orders
    )
