"""The G-test, and the exact chance of an order of draws."""

import math
from collections.abc import Iterable, Mapping


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
