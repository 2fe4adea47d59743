"""A host that was away is used again as soon as it takes connections.

The tests have the times of an installation divided by twenty; `scripts/outages`
measures the whole matrix with real ones.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.outage import (
    ASKING_CLIENTS,
    LIMIT,
    WAITING_CLIENTS,
    WITHOUT_THEM,
    after_an_outage,
)


pytestmark = pytest.mark.processes

WHOLE = os.environ.get("VERDIGRIS_OUTAGES", "")
OUTAGES = [float(seconds) for seconds in (WHOLE or "5 20 120").split()]
"""Seconds. The longest wait of a pool by itself is 60 (`<reconnect last>`)."""

SHARE = 20
SHORTER = f'<reconnect first="{0.5 / SHARE}" last="{60 / SHARE}"/>'

SESSIONS = (1, 10)
"""Initial sessions of the pool. Counted one by one, ten failures in parallel would be a long wait."""


def towns(start, names, settings=""):
    """A town of one session server for each number of initial sessions."""
    found = {}
    for sessions in SESSIONS:
        changes = {
            "deploy/deploy_desc.xml": [
                names.pool_setting("initial-idle-sessions", sessions),
                names.pool_setting("max-concurrent-sessions", 20),
            ],
            "deploy/mvl_desc.xml": WITHOUT_THEM,
        }
        found[sessions] = start(changes, members=names.SEED_DOMAIN[:1], settings=settings)
    return found


def filled(town, sessions):
    """Wait until the pool is as before the outage, and the host is missed by nobody any more."""
    town.until(lambda: town.pools()["vs1"]["idle"] >= sessions, "the pool is filled")
    town.until(lambda: town.get("/ready")[0] == 200, "the gateway is ready")


@pytest.mark.skipif(bool(WHOLE), reason="the whole matrix is measured")
def test_clients_are_served_within_a_second_of_the_hosts_return(start, names):
    found = towns(start, names, SHORTER)

    def all_outages(sessions):
        for seconds in OUTAGES:
            waits = after_an_outage(found[sessions], ASKING_CLIENTS, seconds / SHARE)
            assert max(waits.values()) < LIMIT, (seconds, waits)
            filled(found[sessions], sessions)
        for client in WAITING_CLIENTS:  # alone: nobody else has the host tried
            waits = after_an_outage(found[sessions], [client], OUTAGES[0] / SHARE)
            assert max(waits.values()) < LIMIT, waits
            filled(found[sessions], sessions)

    with ThreadPoolExecutor() as both:
        list(both.map(all_outages, SESSIONS))


@pytest.mark.skipif(not WHOLE, reason="a quarter of an hour: scripts/outages")
@pytest.mark.timeout(0)
def test_the_whole_matrix_with_the_times_of_an_installation(start, names):
    found, late = towns(start, names), []

    def all_outages(sessions):
        for seconds in OUTAGES:
            for client in (*ASKING_CLIENTS, *WAITING_CLIENTS):
                (took,) = after_an_outage(found[sessions], [client], seconds).values()
                line = f"{seconds:5g} s  {sessions:2} sessions  {client}: {took:.3f} s"
                print(line, flush=True)  # noqa: T201 - the script's table
                if took >= LIMIT:
                    late.append(line)
                filled(found[sessions], sessions)

    with ThreadPoolExecutor() as both:
        list(both.map(all_outages, SESSIONS))
    assert not late
