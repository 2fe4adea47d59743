"""Faults by chance on every link and in every process while clients write: the host's journal against the answers.

On each kind of host, by REST, SOAP and the connector. `scripts/faults` runs it for hours.
"""

import os
import random
from types import SimpleNamespace

import pytest
from twisted.internet.threads import blockingCallFromThread

from tests.support.fault_hosts import KINDS
from tests.support.fault_proxy import FaultProxy
from tests.support.fault_rig import CALLERS, Rig, Write, broken
from tests.support.fleet import EXAMPLE, pool_setting, quick
from verdigris.child_process import free_port
from verdigris_command.demo.fleet import Member


SECONDS = float(os.environ.get("VERDIGRIS_FAULTS", "20"))
"""Of faults, for all kinds of host together."""
SEED = int(os.environ.get("VERDIGRIS_SEED", random.randrange(1_000_000)))  # noqa: S311 - no secret
WORKERS = int(os.environ.get("VERDIGRIS_WORKERS", "0"))
"""Processes of the gateway; 0 is one and three in turn."""
MEMBERS = (Member("vs1", 1, 1), Member("vs2", 1, 1))
RECOVERED = 60.0
"""Seconds everything has to come back within: far more than it takes."""


@pytest.fixture(params=KINDS)
def rig(request, start_example, tmp_path, _reactor_thread):
    kind, place = KINDS[request.param], list(KINDS).index(request.param)
    workers = WORKERS or (1, 3)[(SEED + place) % 2]
    with kind.start(_reactor_thread, tmp_path) as host:
        links = {}
        made = started(start_example, kind, host, workers, links, _reactor_thread)
        made.host = SimpleNamespace(reactor=_reactor_thread)
        print(f"{request.param}, seed {SEED}, {workers} workers")  # noqa: T201 - to run it again
        rig = Rig(made, kind, host, links, SEED)
        yield rig
        rig.close()
        made.fleet.close()
        for link in links.values():
            blockingCallFromThread(_reactor_thread, link.stop)


def started(start_example, kind, host, workers, links, reactor):
    """A town whose links are proxies, which are put into `links`."""
    ports = {"host": host.port, **{name: free_port() for name in ("mgmtsrvr", "vs1", "vs2")}}
    ways = [("gateway", "mgmtsrvr")]
    for it in MEMBERS:
        ways += [("gateway", it.name), (it.name, "mgmtsrvr"), (it.name, "host")]
    for by, part in ways:
        links[f"{by}-{part}"] = blockingCallFromThread(reactor, FaultProxy, reactor, ports[part])
    example = EXAMPLE.parent / kind.example
    changes = quick(2, example) | {
        "deploy/deploy_desc.xml": [
            pool_setting("max-concurrent-sessions", 4, example),
            pool_setting("max-idle-sessions", 4, example),
        ]
    }
    return start_example(
        kind.example, kind.pool, changes, host=(), members=MEMBERS, workers=workers,
        ports=ports | {name: link.port for name, link in links.items()},
        limits={"concurrent": "5", "pending": "5"},
        settings='<quarantine seconds="1.5" keep="1"/><reconnect first="0.1" last="0.4"/>'
        '<sessions claim="1" return="3"/>',
    )  # fmt: skip


@pytest.mark.processes
def test_whatever_fails_the_books_agree_with_what_clients_were_told(rig):
    with rig.load():
        rig.rage(SECONDS / len(KINDS))
    rig.recover(RECOVERED)
    booked = rig.host.booked()
    for by in CALLERS:
        sent = [it for it in rig.writes if it.by == by]
        done = sum(it.acknowledged for it in sent)
        times = sum(booked.get(it.reference, 0) for it in sent)
        print(f"{by}: {len(sent)} writes, {done} acknowledged, {times} booked")  # noqa: T201 - scripts/faults shows it
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
