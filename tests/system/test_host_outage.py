"""A host that was away is used again as soon as it takes connections."""

import threading
import time

import pytest


pytestmark = pytest.mark.processes

OUTAGE = 5.0
"""Seconds. Counted one by one, ten failures in parallel would be a wait of a minute by then."""

SOON = 2.0
"""Seconds until a call succeeds; on a machine that is not busy it is a fraction of one."""


@pytest.fixture
def town(start, names):
    """One session server with the times of an installation, and a pool of ten sessions."""
    changes = {
        "deploy/deploy_desc.xml": [
            names.pool_setting("initial-idle-sessions", 10),
            names.pool_setting("max-concurrent-sessions", 20),
        ]
    }
    return start(changes=changes, members=names.SEED_DOMAIN[:1])


def test_the_first_client_after_an_outage_is_served_at_once(town):
    waiting = []
    town.fleet["host"].kill()
    town.until(lambda: town.pools()["vs1"]["problem"], "the pool knows")
    patient = threading.Thread(
        target=lambda: waiting.append(town.call(environment={"ConnectionTimeout": 30}))
    )
    end = time.monotonic() + OUTAGE
    patient.start()
    while time.monotonic() < end:
        answer = town.call(environment={"ConnectionTimeout": 1})
        assert answer.code in {2643, 9301, 9302}, answer.text
    town.fleet.start_part("host")
    back = time.monotonic()
    town.until(lambda: town.call(environment={"ConnectionTimeout": 1}).ok, "a call is served", SOON)
    patient.join(30)
    (answer,) = waiting
    assert answer.ok, answer.text
    assert answer.at - back < SOON
    town.until(lambda: town.pools()["vs1"]["idle"] == 10, "the pool is filled again", SOON)
