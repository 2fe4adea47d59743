"""How often a client may ask: one bucket for each address, a network of IPv6 being one."""

import pytest
from twisted.internet.task import Clock

from gateway.security.rate_limit import RateLimit
from gateway.workers.shared_state import LocalState
from verdigris.errors import TooOften


@pytest.fixture
def limit():
    clock = Clock()
    made = RateLimit(clock, LocalState(clock))
    made.clock = clock
    return made


def test_a_bucket_is_filled_in_a_second(limit):
    for _ in range(3):
        limit.admit("192.0.2.1", 3)
    with pytest.raises(TooOften):
        limit.admit("192.0.2.1", 3)
    limit.admit("192.0.2.2", 3)
    limit.clock.advance(0.4)
    limit.admit("192.0.2.1", 3)
    with pytest.raises(TooOften):
        limit.admit("192.0.2.1", 3)


def test_without_a_rate_there_is_no_limit(limit):
    for _ in range(100):
        limit.admit("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_what_counts_as_one_client(limit, first, second, same):
    limit.admit(first, 1)
    if same:
        with pytest.raises(TooOften):
            limit.admit(second, 1)
    else:
        limit.admit(second, 1)
