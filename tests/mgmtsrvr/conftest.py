"""Fixtures of the management server: its allocator driven by hand, its parts on a clock, statistics."""

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
from tests.support.management import (
    BANK,
    POOL,
    STOPPED,
    Cell,
    FakeServer,
    Net,
    installation_xml,
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


@pytest.fixture
def cell():
    """Makes cells: `cell([("A", 80), ("B", 20)])`."""
    return Cell


@pytest.fixture
def make():
    """Parts for tests that put them together themselves."""
    return SimpleNamespace(
        BANK=BANK, POOL=POOL, STOPPED=STOPPED, FakeServer=FakeServer, xml=installation_xml
    )


@pytest.fixture
def net():
    """Makes management servers with peers in memory: `net([("A", 80), ("B", 20)])`."""
    made: list[Net] = []

    def make(*args, **options) -> Net:
        made.append(Net(*args, **options))
        return made[-1]

    yield make
    for it in made:
        for pipe in tuple(it.pipes):
            it.cut(pipe[2])
