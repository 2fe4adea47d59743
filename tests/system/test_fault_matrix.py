"""The fault matrix: every fault at every kind of part of a whole secure installation, under load.

Cells in an order of chance for some seconds; `scripts/fault-matrix` runs all of them, for hours.
"""

import os
import random
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest
from twisted.internet.threads import blockingCallFromThread

from tests.support.etcd_processes import need_etcd
from tests.support.fault_callers import Told
from tests.support.fault_matrix.cells import FAULTS, Cell, cells, in_order
from tests.support.fault_matrix.checker import (
    WAIT,
    Call,
    Change,
    Strike,
    false_refusals,
    lost_changes,
    lost_sessions,
    stored_without_quorum,
)
from tests.support.fault_matrix.installation import FAKETIME, clock_environment, running
from tests.support.fault_matrix.network import Network
from tests.support.fault_matrix.rig import Rig
from tests.support.fault_matrix.secrets import shown
from tests.support.lines import next_line


SECONDS = float(os.environ.get("VERDIGRIS_FAULTS", "20"))
SEED = int(os.environ.get("VERDIGRIS_SEED", random.randrange(1_000_000)))  # noqa: S311 - no secret
WANTED = os.environ.get("VERDIGRIS_CELLS", "")


@pytest.fixture
def reactor(_reactor_thread):
    """The one reactor of the process."""
    return _reactor_thread


@pytest.mark.processes
@pytest.mark.timeout(400)
def test_whatever_fails_promises_are_kept(tmp_path, reactor):
    need_etcd()
    print(f"seed {SEED}")  # noqa: T201 - to run it again
    with running(tmp_path, reactor) as there:
        rig = Rig(there, SEED)
        wanted = in_order(SEED, rig.faults.possible(), WANTED)
        assert wanted, f"no cell is called {WANTED!r}"
        rig.run(wanted, SECONDS)
        print(rig.summary())  # noqa: T201 - as above
        verdict = rig.verdict()
        assert not verdict, "\n".join(verdict)


# ---- the judge -----------------------------------------------------------------------------------


def strike(cell, *parts, began=10.0, healed=12.0, recovered=40.0):
    return Strike(cell, parts, began, began, healed, recovered)


def call(began, ended, code=0, session="", **told):
    return Call(began, ended, "gateway", Told(code=code, **told), session)


HOST, ONE = Cell("host", "kill -9"), Cell("session server", "kill -9")


@pytest.mark.parametrize(
    ("cell", "began", "ended", "false"),
    [
        (HOST, 9, 9 + WAIT + 1, False),
        (ONE, 9, 9 + WAIT + 1, True),
        (HOST, 11, 12, True),  # it gave up before its client's time was over
        (HOST, 39, 39 + WAIT + 1, True),  # everything was back
    ],
)
def test_a_2643_is_true_only_if_there_was_no_session_for_a_client_that_waited(
    cell, began, ended, false
):
    refused = call(began, ended, 2643)
    assert bool([*false_refusals([refused], [strike(cell, "vs1")])]) == false
    assert not [*false_refusals([call(began, ended, 9301)], [strike(cell, "vs1")])]


@pytest.mark.parametrize(
    ("cell", "part", "lost"),
    [
        (ONE, "vs1", False),
        (ONE, "vs2", True),
        (Cell("gateway", "kill -9"), "gateway", False),
        (Cell("management server", "kill -9"), "vs1", True),
        (Cell("etcd majority", "SIGSTOP"), "n1", True),
    ],
)
def test_a_session_is_lost_only_with_what_it_depends_on(cell, part, lost):
    for gone in (call(11, 12, 9107, "vs1~x"), call(11, 12, session="vs1~x")):
        assert bool([*lost_sessions([gone], [strike(cell, part)])]) == lost
    assert [*lost_sessions([call(5, 6, 9107, "vs1~x")], [strike(cell, part)])]
    for other in (
        call(11, 12, 9107),
        call(11, 12, 2820, "vs1~x"),
        call(5, 6, 0, "vs1~x", done=True),
    ):
        assert not [*lost_sessions([other], [strike(cell, part)])]


def change(began, number, outcome="stored", **others):
    return Change(began, began + 1, "a", {"a": number, **others}, outcome)


def test_acknowledged_changes_are_in_all_that_is_stored_later():
    kept = [change(1, 1), Change(3, 4, "b", {"a": 1, "b": 1}, "stored"), change(5, 2, b=1)]
    assert not [*lost_changes(kept, [{"a": 2, "b": 1}])]
    assert [*lost_changes(kept, [{"a": 1, "b": 1}])]
    overwritten = [*kept[:2], change(5, 2)]
    assert [*lost_changes(overwritten, [{"a": 2, "b": 1}])]


def test_refused_changes_are_in_nothing_and_unknown_ones_may_be():
    stored = Change(3, 4, "b", {"a": 7, "b": 1}, "stored")
    assert [*lost_changes([change(1, 7, "refused"), stored], [])]
    assert [*lost_changes([change(1, 7, "refused")], [{"a": 7}])]
    assert not [*lost_changes([change(1, 7, "unknown"), stored], [{"a": 7, "b": 1}])]


def test_nothing_is_acknowledged_while_nothing_can_be_stored():
    away = strike(Cell("etcd majority", "kill -9"), "n1", "n2", began=2)
    assert [*stored_without_quorum([change(3, 1)], [away])]
    assert not [*stored_without_quorum([change(3, 1, "refused"), change(13, 2)], [away])]
    assert not [*stored_without_quorum([change(3, 1)], [strike(ONE, "vs1", began=2)])]


def test_cells_come_in_an_order_that_a_seed_repeats_and_are_chosen_by_words():
    everything = [*cells()]
    assert len(everything) == len(set(everything))
    assert {it.target for it in everything} == set(FAULTS)
    assert in_order(1, everything) == in_order(1, everything) != in_order(2, everything)
    assert {str(it) for it in in_order(1, everything, "host: slow, worker: kill")} == {
        "host: slow",
        "worker: kill -9",
    }


def test_secrets_are_found_wherever_they_are_shown():
    secrets = {"a key": b"MIGk+a/b", "a password": b"BANK12", "another": b"BANK1"}
    texts = [("log", b"x MIGk+a/b y"), ("trace", b"typed BANK12"), ("good", b"BANK123 BANK")]
    assert {*shown(secrets, iter(texts))} == {"a key is in log", "a password is in trace"}


# ---- clocks --------------------------------------------------------------------------------------


@pytest.mark.processes
@pytest.mark.skipif(not FAKETIME.exists(), reason="Debian's package faketime is not installed")
def test_the_clock_of_a_running_process_is_made_wrong_and_its_monotonic_clock_is_not(tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("+0")
    program = "import time\nwhile input() == '': print(time.time(), time.monotonic(), flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | clock_environment(clock),
    ) as process:  # fmt: skip

        def ahead():
            process.stdin.write("\n")
            process.stdin.flush()
            wall, steady = map(float, next_line(process).split())
            return wall - time.time(), steady - time.monotonic()

        assert max(map(abs, ahead())) < 60
        clock.write_text("-7200")
        wall, steady = ahead()
        process.kill()
    assert -7260 < wall < -7140
    assert abs(steady) < 60


# ---- the network ---------------------------------------------------------------------------------


@pytest.mark.sockets
def test_two_parts_are_cut_off_from_each_other_and_from_nobody_else(reactor):
    """Who dials is known from the system: this process is `me`, and nobody else is."""
    here = {"me": os.getpid()}
    network = Network(reactor, lambda: here)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = blockingCallFromThread(reactor, network.open, "part", server.getsockname()[1])

        def dial():
            line = socket.create_connection(("127.0.0.1", port), 10)
            line.sendall(b"x")
            return closing(line)

        with dial(), server.accept()[0] as taken:
            taken.settimeout(10)
            assert taken.recv(1) == b"x"
            (link,) = blockingCallFromThread(reactor, network.of, "part")[:1]
            blockingCallFromThread(reactor, link.fail, "drop", 1.0)
            here.clear()
            with dial(), server.accept()[0] as other:
                other.settimeout(10)
                assert other.recv(1) == b"x"
        assert set(network.links) >= {("me", "part"), ("outside", "part")}
    blockingCallFromThread(reactor, network.stop)
