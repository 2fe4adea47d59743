"""Fixtures of the management server: its parts on a clock."""

from types import SimpleNamespace

import pytest

from tests.support.management import (
    BANK,
    POOL,
    STOPPED,
    Cell,
    FakeServer,
    Net,
    installation_xml,
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
