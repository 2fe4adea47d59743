"""Fixtures of the allocation: its allocator driven by hand, statistics."""

from types import SimpleNamespace

import pytest

from tests.support.allocations import (
    ONLINE,
    World,
    answer,
    domain,
    draws,
    snapshot,
    trail,
)
from tests.support.statistics import (
    chi_square_tail,
    g_test,
    shuffled_orders,
)


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
