"""Faults by chance on every link and in every process while clients write: the bank's books against the answers.

`scripts/faults` runs it for hours.
"""

import os
import random
from collections import Counter

import pytest
from twisted.internet.threads import blockingCallFromThread

from hostemul.bank.ledger import Bank
from hostemul.faults import Faults
from tests.support.fault_proxy import FaultProxy
from tests.support.fault_rig import Rig, Write, broken
from tests.support.fleet import quick
from verdigris.child_process import free_port
from verdigris_command.demo.fleet import Member


SECONDS = float(os.environ.get("VERDIGRIS_FAULTS", "12"))
SEED = int(os.environ.get("VERDIGRIS_SEED", random.randrange(1_000_000)))  # noqa: S311 - no secret
WORKERS = int(os.environ.get("VERDIGRIS_WORKERS", "1"))
MEMBERS = (Member("vs1", 1, 1), Member("vs2", 1, 1))
RECOVERED = 60.0
"""Seconds everything has to come back within: far more than it takes."""


@pytest.fixture
def booked(monkeypatch):
    """How often the host has booked each reference."""
    found, plain = Counter(), Bank.transfer

    def transfer(self, source, target, pence, text):
        number = plain(self, source, target, pence, text)
        found[text] += 1
        return number

    monkeypatch.setattr(Bank, "transfer", transfer)
    return found


@pytest.fixture
def rig(start, names, bank_here, booked):
    bank = bank_here(faults=Faults(delay=0.1))
    ports = {"host": bank.address[1]}
    ports |= {name: free_port() for name in ("mgmtsrvr", "vs1", "vs2")}
    ways = [("gateway", "mgmtsrvr")]
    ways += [
        way
        for it in MEMBERS
        for way in (("gateway", it.name), (it.name, "mgmtsrvr"), (it.name, "host"))
    ]
    links = {
        f"{by}-{part}": blockingCallFromThread(bank.reactor, FaultProxy, bank.reactor, ports[part])
        for by, part in ways
    }
    ports |= {name: link.port for name, link in links.items()}
    changes = quick(2) | {
        "deploy/deploy_desc.xml": [
            names.pool_setting("max-concurrent-sessions", 4),
            names.pool_setting("max-idle-sessions", 4),
        ]
    }
    town = start(
        changes, bank=bank, ports=ports, members=MEMBERS, workers=WORKERS,
        limits={"concurrent": "5", "pending": "5"},
        settings='<quarantine seconds="1.5" keep="1"/><reconnect first="0.1" last="0.4"/>'
        '<sessions claim="1" return="3"/>',
    )  # fmt: skip
    yield Rig(town, links, SEED)
    for link in links.values():
        blockingCallFromThread(bank.reactor, link.stop)


@pytest.mark.processes
def test_whatever_fails_the_books_agree_with_what_clients_were_told(rig, booked):
    print(f"seed {SEED}, {SECONDS:g} seconds, {WORKERS} workers")  # noqa: T201 - to run it again
    with rig.load():
        rig.rage(SECONDS)
    rig.recover(RECOVERED)
    done = sum(it.acknowledged for it in rig.writes)
    print(f"{len(rig.writes)} writes, {done} acknowledged, {booked.total()} booked")  # noqa: T201 - scripts/faults shows it
    print(f"faults: {dict(sorted(rig.faults.items()))}")  # noqa: T201 - as above
    assert rig.faults
    assert broken(rig.writes, booked) == []
    assert rig.problems == []


@pytest.mark.parametrize(
    ("write", "times", "said"),
    [
        (Write("A", keyed=True, acknowledged=True), 2, "booked 2 times"),
        (Write("A", keyed=False, acknowledged=True), 0, "acknowledged and not booked"),
        (Write("A", keyed=False, acknowledged=False, retry=True), 1, "with retry"),
        (Write("A", keyed=False, acknowledged=False, effect="none"), 1, "with no effect"),
        (Write("A", keyed=True, acknowledged=False, retry=True), 1, ""),
        (Write("A", keyed=False, acknowledged=False, effect="unknown"), 1, ""),
        (Write("A", keyed=False, acknowledged=False, effect="none"), 0, ""),
    ],
)
def test_the_books_show_a_broken_promise(write, times, said):
    assert said in "".join(broken([write], {"A": times}))
    assert bool(broken([write], {"A": times})) == bool(said)
