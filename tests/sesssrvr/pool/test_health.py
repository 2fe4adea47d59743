"""Whether a session can be had of a pool now."""

import msgspec
import pytest

from sesssrvr.pool import PoolKey, PoolSettings
from sesssrvr.pool.health import GRACE, why_unable
from sesssrvr.pool.values import Pool


POOL = Pool(PoolSettings(PoolKey("pool", "P"), "M", maximum=4), started=True)
NOW = 100.0


@pytest.mark.parametrize(
    ("change", "unable"),
    [
        ({}, False),
        ({"problem": "lost one"}, False),
        ({"failures": 1, "problem": "refused", "retry_at": NOW + 5}, True),
        ({"failures": 1, "problem": "refused", "retry_at": NOW + 5, "idle": {1: None}}, False),
        ({"failures": 1, "problem": "refused", "retry_at": NOW - GRACE / 2}, True),
        ({"failures": 1, "problem": "refused", "retry_at": NOW - GRACE - 1}, False),
        (
            {"failures": 1, "problem": "slow", "retry_at": NOW - 9, "connecting": {1: None}},
            True,
        ),
    ],
)
def test_a_pool_is_unable_while_its_last_connect_failed_and_no_new_try_is_due(change, unable):
    found = why_unable(msgspec.structs.replace(POOL, **change), NOW)
    assert found == (change["problem"] if unable else "")
