"""A management server and up to six session servers, in any order of events.

The model knows which process runs, what it offers and how many slots it has; the registry has to
find that out by itself, from asks, connections and heartbeats.
"""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mgmtsrvr.health import State
from verdigris.config.installation import parse
from verdigris.errors import MethodTimedOut
from verdigris.wire import Allocated


NAMES = "ABCDEF"


class Process:
    """A session server as it really is."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.used = 0
        self.running = True
        self.known_gone = False  # the end of its connection was told


class Machine(RuleBasedStateMachine):
    make_cell: Callable  # given by the test below: fixtures cannot reach a state machine
    make_xml: Callable

    @initialize(
        members=st.lists(
            st.tuples(st.integers(0, 5), st.integers(1, 3), st.integers(0, 3), st.booleans()),
            min_size=1,
            max_size=6,
        ),
        spill=st.booleans(),
    )
    def begin(self, members, spill):
        self.spill = spill
        self.members = [(NAMES[i], w, p) for i, (w, p, _, _) in enumerate(members)]
        self.states = {name: "up" for name, _, _ in self.members}
        self.cell = self.make_cell(self.members, spill=str(spill).lower())
        self.processes = {}
        self.models = {}
        for (name, _, _), (_, _, capacity, has) in zip(self.members, members, strict=True):
            self.processes[name] = Process(capacity)
            self.models[name] = has
            self.cell.join(name)
            self._offer(name)

    def _offer(self, name):
        server = self.cell.servers[name]
        server.offers = server.offers if self.models[name] else ()
        self.cell.registry.register(server, server.registration())
        server.says = None

    # ---- what the world does -----------------------------------------------------------------

    @rule(name=st.sampled_from(NAMES))
    def crash(self, name):
        """The process ends; this has not been noticed yet."""
        if name in self.processes:
            process = self.processes[name]
            process.running, process.used = False, 0

    @rule(name=st.sampled_from(NAMES))
    def notice(self, name):
        """The end of the connection arrives."""
        if name in self.processes and not self.processes[name].running:
            self.cell.lose(name)

    @rule(name=st.sampled_from(NAMES))
    def recover(self, name):
        if name in self.processes and not self.processes[name].running:
            self.processes[name].running = True
            self.cell.join(name)
            self._offer(name)

    @rule(name=st.sampled_from(NAMES))
    def heartbeat(self, name):
        if name in self.processes and self.processes[name].running:
            self.cell.beat(name)

    @rule(name=st.sampled_from(NAMES))
    def release(self, name):
        if name in self.processes and self.processes[name].used:
            self.processes[name].used -= 1

    @rule(name=st.sampled_from(NAMES), state=st.sampled_from(["up", "drain", "maintenance"]))
    def administer(self, name, state):
        if name in self.states:
            self.states[name] = state
            xml = self.make_xml(self.members, states=self.states, spill=str(self.spill).lower())
            self.cell.registry.configure(parse(xml), "next")

    @rule(seconds=st.sampled_from([0.1, 0.5, 20, 90]))
    def wait(self, seconds):
        """Time passes; the running servers go on to send heartbeats."""
        self.cell.clock.advance(seconds)
        for name, process in self.processes.items():
            if process.running:
                self.cell.beat(name)
        self.cell.registry.sweep()

    # ---- what clients do -----------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "cell"))
    @rule(silent=st.sampled_from([*NAMES, None, None, None]))
    def request(self, silent):
        """One request; a running server may stay silent for once."""
        registry = self.cell.registry
        view = {name: registry.server(name).health.state for name in self.processes}
        eligible = {
            name: priority
            for name, weight, priority in self.members
            if weight
            and self.models[name]
            and self.states[name] == "up"
            and view[name] is State.ONLINE
        }
        asked: list[tuple[str, str]] = []
        for name in self.processes:
            self._arm(name, silent == name, asked)
        result = self.cell.allocate()
        self._judge(result, asked, eligible, view)

    def _arm(self, name, silent, asked):
        """Let the fake server answer as its process would."""
        server, process, registry = (
            self.cell.servers[name],
            self.processes[name],
            self.cell.registry,
        )
        original = type(server)._reserve

        def reserve():
            now = registry.server(name)
            assert now.health.online, "asked a server held offline or suspect"
            assert now.admin_state == "up", "asked a server in drain or maintenance"
            if not process.running:
                word = "gone"
            elif silent:
                word = MethodTimedOut()
            elif process.used < process.capacity:
                word = "granted"
                process.used += 1
            else:
                word = "busy"
            asked.append((name, "unknown" if silent and process.running else str(word)))
            server.says = word
            return original(server)

        server._reserve = reserve

    def _judge(self, result, asked, eligible, view):
        names = [name for name, _ in asked]
        priority = {name: p for name, _, p in self.members}
        assert set(names) <= set(eligible), "asked one that was not eligible"
        assert len(set(names)) == len(names), "asked one twice"
        assert [priority[n] for n in names] == sorted(priority[n] for n in names), (
            "priorities mixed"
        )
        if isinstance(result, Allocated):
            assert asked[-1] == (result.server, "granted")
            better = {n for n, p in eligible.items() if p < priority[result.server]}
            assert better <= set(names), "a better priority was skipped"
        else:
            assert all(word != "granted" for _, word in asked)
            self._judge_refusal(result, asked, eligible, view, priority)
        for name, before in view.items():
            after = self.cell.registry.server(name).health.state
            if after is not before:
                word = dict(asked).get(name)
                assert (word, after) in {("gone", State.OFFLINE), ("unknown", State.SUSPECT)}
                assert word != "gone" or not self.processes[name].running

    def _judge_refusal(self, result, asked, eligible, view, priority):
        untried = set(eligible) - {name for name, _ in asked}
        words = {word for _, word in asked}
        if untried:
            assert not self.spill, "given up while an eligible one is untried"
            assert "busy" in words
            busy_at = {priority[name] for name, word in asked if word == "busy"}
            assert min(priority[name] for name in untried) > min(busy_at)
        away = words & {"gone", "unknown"} or any(
            weight and self.models[name] and self.states[name] == "up" and view[name] != "online"
            for name, weight, _ in self.members
        )
        reason = result.details["reason"]
        if "busy" in words:
            assert reason == ("busy or offline" if away else "busy")
        elif away:
            assert reason == "offline"
        else:
            assert reason in {"offline", "not offered", "no servers configured"}

    @precondition(lambda self: hasattr(self, "cell"))
    @invariant()
    def no_server_is_over_its_limit(self):
        assert all(0 <= p.used <= p.capacity for p in self.processes.values())


def test_whatever_happens_the_allocator_keeps_its_law(cell, make):
    parts = {"make_cell": staticmethod(cell), "make_xml": staticmethod(make.xml)}
    run_state_machine_as_test(
        type("WithParts", (Machine,), parts),
        settings=settings(
            max_examples=200,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
