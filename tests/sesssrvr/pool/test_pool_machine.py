"""Whatever happens in whatever order: no limit is passed, no promise is kept twice, nothing leaks."""

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sesssrvr.pool import (
    AdminStateSet,
    AttemptCancelled,
    Claimed,
    CloseSession,
    Connect,
    Connected,
    ConnectFailed,
    Denied,
    Deployed,
    Granted,
    HostLost,
    HostState,
    Lent,
    Limits,
    NotFound,
    OpenRequested,
    Overridden,
    PoolKey,
    PoolSettings,
    QueueConnect,
    Released,
    ReservationCancelled,
    ReservationRequested,
    Resumed,
    Returned,
    ReturnFailed,
    ReturnToStartup,
    RowsGranted,
    RowsRecalled,
    ServerState,
    SessionUnusable,
    SlotUse,
    Started,
    Stopped,
    Suspended,
    TimePassed,
    Undeployed,
    row_needs,
    step,
)


KEYS = (PoolKey("pool", "A"), PoolKey("pool", "B"), PoolKey("model", "M"))
SMALL = st.integers(0, 3)
ROWS = ("a", "b", "c", "d", "")
IN_USE = (SlotUse.RESERVED, SlotUse.ACTIVE, SlotUse.SUSPENDED, SlotUse.RETURNING)


class Sessions(RuleBasedStateMachine):
    """Random events; the host sessions that effects ask for are kept as the shell would."""

    check = None

    @initialize(maximum=st.integers(1, 6), pending=st.integers(1, 4), keep=st.integers(0, 2))
    def begin(self, maximum, pending, keep):
        self.now = 0.0
        self.server = ServerState(Limits(maximum, pending, quarantine_keep=keep))
        self.hosts = {}  # number -> "connecting", "up", "walking": what the shell holds
        self.count = 0
        self.promised = {}  # key -> (claim, until, attempt)
        self.claimed = set()
        self.cancelled = {}

    def do(self, event):
        before = self.server
        self.server, effects = step(before, event, self.now)
        self.check(self.server)
        for key, pool in self.server.pools.items():
            old = before.pools.get(key)
            if len(pool.slots) > (len(old.slots) if old else 0):
                assert len(pool.slots) <= pool.settings.maximum
        for effect in effects:
            self.perform(effect)
        assert {n: self.host(n) for n in self.server.pool_of if self.host(n)} == self.hosts
        return [
            e
            for e in effects
            if isinstance(e, Granted | Denied | AttemptCancelled | Lent | NotFound)
        ]

    def host(self, number):
        slot = self.server.slot(number)
        if slot.use is SlotUse.RETURNING:
            return "walking"
        return None if slot.host is HostState.NONE else slot.host.value

    def perform(self, effect):
        if isinstance(effect, Connect):
            assert self.hosts.get(effect.number, "queued") == "queued"
            self.hosts[effect.number] = "connecting"
        elif isinstance(effect, QueueConnect):
            assert effect.number not in self.hosts
            self.hosts[effect.number] = "queued"
        elif isinstance(effect, CloseSession):
            del self.hosts[effect.number]
        elif isinstance(effect, ReturnToStartup):
            assert self.hosts[effect.number] == "up"
            self.hosts[effect.number] = "walking"

    def one(self, data, *states):
        return data.draw(st.sampled_from(sorted(n for n, s in self.hosts.items() if s in states)))

    # ---- administration ----------------------------------------------------------------------

    @rule(key=st.sampled_from(KEYS), data=st.data())
    def deploy(self, key, data):
        initial, least, most = (data.draw(SMALL) for _ in range(3))
        rows = data.draw(st.none() | st.integers(0, 4)) if key.kind == "pool" else None
        maximum, pending = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
        begin, host = data.draw(st.booleans()), data.draw(st.sampled_from(["", "bank:23"]))
        group, names = data.draw(st.sampled_from(["", "G"])), data.draw(st.permutations(ROWS))
        keys = tuple(names[:rows]) if group and rows else ()
        self.do(
            Deployed(
                PoolSettings(
                    key,
                    "M",
                    maximum,
                    initial,
                    least,
                    most,
                    pending,
                    rows,
                    "L",
                    begin,
                    host,
                    keys,
                    group,
                )
            )
        )

    @precondition(lambda self: self.server.pools)
    @rule(data=st.data(), maximum=st.none() | st.integers(1, 4), least=st.none() | SMALL)
    def override(self, data, maximum, least):
        key = data.draw(st.sampled_from(sorted(self.server.pools)))
        pool = self.server.pools[key]
        said = {"maximum": maximum, "minimum_idle": least}
        values = {name: value for name, value in said.items() if value is not None}
        used = {n for n, it in pool.slots.items() if it.use in IN_USE}
        self.do(Overridden(pool.settings.overridden(values)))
        if not pool.removed:
            after = self.server.pools[key]
            assert after.generation == pool.generation
            assert used <= set(after.slots)
            spare = len(after.idle) + len(after.connecting)
            assert spare == 0 or (
                len(after.slots) <= after.settings.maximum and spare <= after.settings.keep
            )

    @rule(key=st.sampled_from(KEYS))
    def undeploy(self, key):
        self.do(Undeployed(key))

    @rule(key=st.sampled_from(KEYS))
    def start(self, key):
        self.do(Started(key))

    @rule(key=st.sampled_from(KEYS), force=st.booleans())
    def stop(self, key, force):
        self.do(Stopped(key, force=force))

    @rule(state=st.sampled_from(["up", "up", "drain", "maintenance"]))
    def administer(self, state):
        self.do(AdminStateSet(state))

    # ---- rows that other servers share -------------------------------------------------------

    @rule(keys=st.frozensets(st.sampled_from(ROWS)))
    def grant(self, keys):
        self.do(RowsGranted("G", keys))
        assert all(key in keys for group, key in self.server.rows_used if group == "G")

    @precondition(lambda self: "G" in self.server.granted)
    @rule(count=st.integers(1, 4))
    def recall(self, count):
        before, need = self.server.granted["G"], row_needs(self.server, self.now)["G"]
        lent = {n for n in self.server.pool_of if self.server.slot(n).use in IN_USE}
        self.do(RowsRecalled("G", count))
        assert self.server.granted["G"] <= before
        assert lent <= set(self.server.pool_of)
        given = len(before) - len(self.server.granted["G"])
        assert given == min(count, len(before) - need.used)

    # ---- clients -----------------------------------------------------------------------------

    @rule(key=st.sampled_from(KEYS), request=st.integers(1, 6), attempt=st.integers(1, 2))
    def ask(self, key, request, attempt):
        self.count += 1
        mine, claim = f"k{self.count}", f"c{self.count}"
        (reply,) = self.do(ReservationRequested(key, str(request), attempt, mine, claim))
        cancelled = self.cancelled.get((str(request), attempt), -1.0) >= self.now
        assert isinstance(reply, AttemptCancelled) == cancelled
        if isinstance(reply, Granted) and reply.key == mine:
            self.promised[mine] = (claim, self.now + 10, (str(request), attempt))

    @rule(request=st.integers(1, 6), attempt=st.integers(1, 2))
    def cancel(self, request, attempt):
        self.do(ReservationCancelled(str(request), attempt))
        self.cancelled[str(request), attempt] = self.now + 30

    @precondition(lambda self: self.promised)
    @rule(data=st.data(), right=st.booleans())
    def claim(self, data, right):
        key = data.draw(st.sampled_from(sorted(self.promised)))
        claim, until, _ = self.promised[key]
        (reply,) = self.do(Claimed(key, claim if right else "guess"))
        if isinstance(reply, Lent):
            assert right
            assert key not in self.claimed
            assert self.now <= until
            self.claimed.add(key)

    @rule(key=st.sampled_from(KEYS))
    def open(self, key):
        self.count += 1
        self.do(OpenRequested(key, f"k{self.count}"))

    @precondition(lambda self: self.server.keys)
    @rule(data=st.data())
    def resume(self, data):
        self.do(Resumed(data.draw(st.sampled_from(sorted(self.server.keys)))))

    @precondition(lambda self: self.server.pool_of)
    @rule(data=st.data(), event=st.sampled_from([Released, "suspend", "spoil"]))
    def use(self, data, event):
        number = data.draw(st.sampled_from(sorted(self.server.pool_of)))
        made = {"suspend": Suspended(number, 1), "spoil": SessionUnusable(number, "?")}
        self.do(made.get(event) or Released(number))

    # ---- hosts -------------------------------------------------------------------------------

    @precondition(lambda self: "connecting" in self.hosts.values())
    @rule(data=st.data(), well=st.booleans())
    def connect(self, data, well):
        number = self.one(data, "connecting")
        if well:
            self.hosts[number] = "up"
            self.do(Connected(number))
        else:
            self.do(ConnectFailed(number, "refused"))

    @precondition(lambda self: "walking" in self.hosts.values())
    @rule(data=st.data(), well=st.booleans())
    def walk(self, data, well):
        number = self.one(data, "walking")
        self.hosts[number] = "up"
        self.do(Returned(number) if well else ReturnFailed(number, "?"))

    @precondition(lambda self: {"up", "walking"} & set(self.hosts.values()))
    @rule(data=st.data())
    def lose(self, data):
        self.do(HostLost(self.one(data, "up", "walking"), "closed"))

    @precondition(lambda self: self.server.pool_of)
    @rule(
        data=st.data(),
        event=st.sampled_from([Returned, ReturnFailed, Connected, ConnectFailed, HostLost]),
    )
    def late_news(self, data, event):
        """A report that comes too late, of what the slot is not doing (any more)."""
        number = data.draw(st.sampled_from(sorted(self.server.pool_of)))
        fits = {Returned: "walking", ReturnFailed: "walking", Connected: "connecting"}
        fits |= {ConnectFailed: "connecting", HostLost: "up walking"}
        if (self.host(number) or "none") not in fits[event].split():
            before = self.server
            self.do(event(number) if event in (Returned, Connected) else event(number, "late"))
            assert self.server == before

    @rule(seconds=st.sampled_from([0.5, 5.0, 40.0]))
    def wait(self, seconds):
        self.now += seconds
        self.do(TimePassed())

    # ---- the end -----------------------------------------------------------------------------

    def teardown(self):
        """After quiet and the claim time nothing is reserved, and every slot can be freed."""
        if not hasattr(self, "server"):
            return
        self.do(AdminStateSet("maintenance"))
        self.now += 4000
        self.do(TimePassed())
        for number in list(self.server.pool_of):
            self.do(Released(number))
        for number, state in list(self.hosts.items()):
            if state == "walking":
                self.hosts[number] = "up"
                self.do(Returned(number))
        assert self.server.size == 0
        assert not self.hosts
        assert not self.server.attempts
        assert self.server.pending == 0


@pytest.mark.filterwarnings("ignore")
def test_no_order_of_events_breaks_the_law(check_sound):
    Sessions.check = staticmethod(check_sound)
    run_state_machine_as_test(
        Sessions,
        settings=how(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
