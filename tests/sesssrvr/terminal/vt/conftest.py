"""Fixtures of the VT engine."""

import pytest

from tests.support.vt_bench import (
    Bench,
)


@pytest.fixture
def vt():
    """Make a bench: 5 x 10 unless told otherwise."""
    return Bench


@pytest.fixture
def small(vt):
    """A bench of 5 x 10."""
    return vt()
