"""Fixtures of the order host."""

from collections.abc import Callable
from typing import Any

import pytest

from hostemul.order_entry.testing import make_orders
from tests.support.order_desk import (
    Desk,
)


@pytest.fixture
def site(clock: Any) -> Callable[..., Any]:
    """Make an order host."""
    return lambda **options: make_orders(clock, **options)


@pytest.fixture
def desk(site: Callable[..., Any]) -> Callable[..., Desk]:
    """Make a terminal at an order host: `desk(model="IBM-3477-FC", host={"seed": 2})`."""

    def make(at: Any = None, host: dict[str, Any] | None = None, **options: Any) -> Desk:
        return Desk(at or site(**(host or {})), **options)

    return make
