"""Session servers and a management server in memory: rows move, and no user signs on twice."""

from itertools import combinations

import pytest
from twisted.internet.defer import fail, succeed
from twisted.internet.error import ConnectionRefusedError as NobodyListens

from mgmtsrvr.row_shares.book import DEAD_AFTER
from mgmtsrvr.row_shares.ledger import SLACK
from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.pool import Limits, OpenRequested, PoolKey, PoolSettings, Released, SlotUse
from sesssrvr.rows.keeper import RowKeeper
from sesssrvr.sessions.refusal import refusal
from sesssrvr.sessions.session_manager import SessionManager, Tunables
from tests.support.management import Net, Peer
from tests.support.pools import sound
from tests.support.toy_host import ToyHost, ToyHosts, ToyProgram
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import CannotWrite, ServerUnreachable
from verdigris.wire import Heartbeat, Hello, Register, RowsChanged, Status


POOL, LEASE, PORT = PoolKey("pool", "P"), 20.0, 9641
USERS = tuple(f"USER{n:02}" for n in range(1, 11))
CONFIG = ManagementConfig(name="m1", warming=1.5, check=0.0, wake_up=0.0, lease=LEASE)


class Users:
    """A variable list."""

    def row(self, index):
        return {"user": USERS[index]}


class Server(Peer):
    """A session server of one pool; `cut` loses what it sends and is sent."""

    def __init__(self, net, name, *, initial=2, boot="1"):
        super().__init__()
        self.net, self.name, self.cut = net, name, False
        self.host = ToyHost(net.clock)
        self.host.script = {f"Enter:{user}": b"HOME" for user in USERS}
        hosts = ToyHosts(self.host)
        limits = Limits(backoff_first=0.05)
        self.sessions = SessionManager(limits, net.clock, hosts, lambda: 1.0, Tunables(7.0))
        self.boot = f"{boot}-{name}"
        self.keeper = RowKeeper(
            self.sessions, self.boot, net.clock, net.clock.seconds, lambda: True, PORT
        )
        self.sessions.on_change = self.keeper.changed
        settings = PoolSettings(
            POOL, "M", 10, initial, rows=10, row_list="Users", row_keys=USERS, row_group="M/Users"
        )
        self.sessions.deploy(settings, DeployedPool(POOL, ToyProgram(), "v1", lists=[Users()]))
        self.link = None
        self.count = 0

    def join(self):
        """Register on a new connection."""
        self.link = self.net.connect("session server", self.name, self, installation="test")
        address = f"10.0.0.1:{9700 + int(self.name[2:])}"
        body = Register(self.name, "test", address, (), Status(self.boot))
        assert self.net.call(self.link, body)
        self.keeper.registered(self.link)
        self.net.pump()

    def join_earlier(self):
        """Register at a management server that shares out no rows."""
        self.keeper.registered(None, gives_rows=False)

    def leave(self):
        """The connection ends."""
        self.net.cut(self.link)
        self.keeper.lost(self.link)

    def beat(self):
        if self.link is not None and self.link.open:
            self.link.tell(Heartbeat(Status(self.boot)))

    def told(self, link, notice):
        super().told(link, notice)
        if isinstance(notice, RowsChanged):
            self.keeper.renew()

    @property
    def held(self):
        return self.sessions.state.granted.get("M/Users", frozenset())

    @property
    def used(self):
        """The users signed on, or being signed on."""
        return {key for _, key in self.sessions.state.rows_used}

    def lend(self):
        """A session for one more client: its number, or why there is none."""
        self.count += 1
        reply = self.sessions.decide(OpenRequested(POOL, f"k{self.count}"))
        return reply.number if hasattr(reply, "number") else reply

    def release(self, number):
        self.sessions.decide(Released(number))

    def lent(self):
        slots = self.sessions.state.pools[POOL].slots.values()
        return [slot.number for slot in slots if slot.use is SlotUse.ACTIVE]


class Town:
    """A management server and three session servers of a domain, in memory."""

    def __init__(self, path=None, names=("vs1", "vs2", "vs3"), **more):
        self.net = Net([(n, 1) for n in ("vs1", "vs2", "vs3")], CONFIG, rows_file=path, **more)
        self.net.server.rows.port = PORT
        self.answers = {}  # what the machine of an address says; nothing is a time-out
        self.net.server.dialer.to = self.dial
        self.servers = {name: Server(self.net, name) for name in names}

    def dial(self, address, *, seconds):
        said = self.answers.get(str(address))
        problem = ServerUnreachable(server="vs", address=address, reason="?")
        problem.__cause__ = NobodyListens() if said == "refused" else None
        return fail(problem) if said in (None, "refused") else succeed(said)

    def __getitem__(self, name):
        return self.servers[name]

    def go(self, seconds, check=lambda: None):
        for _ in range(round(seconds / 0.05)):
            self.net.advance(0.05)
            for it in self.servers.values():
                it.beat()
                it.keeper.tick()
                it.sessions.tick()
                sound(it.sessions.state)
                assert it.used <= it.held
            self.net.pump()
            for one, other in combinations(self.servers.values(), 2):
                assert not one.held & other.held
            check()

    def dead(self, name):
        """Its process is gone: the link ends, its host sessions too."""
        it = self.servers.pop(name)
        it.leave()
        it.keeper.stop()
        self.answers[f"10.0.0.1:{9700 + int(name[2:])}"] = "refused"


@pytest.fixture
def town():
    it = Town()
    for server in it.servers.values():
        server.join()
    it.go(1)
    return it


def test_ten_users_are_shared_by_three_servers_and_each_signs_on_its_initial_sessions(town):
    assert sorted(len(it.held) for it in town.servers.values()) == [3, 3, 4]
    assert all(len(it.used) == 2 for it in town.servers.values())


def test_a_server_whose_clients_need_more_gets_what_the_others_do_not_use(town):
    numbers = []

    def ask():
        if len(numbers) < 6 and isinstance(one := town["vs1"].lend(), int):
            numbers.append(one)

    town.go(3, ask)
    assert len(numbers) == 6
    assert len(town["vs2"].held) + len(town["vs3"].held) == 4
    for number in numbers:
        town["vs1"].release(number)
    busy = [town["vs2"].lend() for _ in range(2)]
    assert all(isinstance(one, int) for one in busy)
    town.go(1, lambda: town["vs2"].lend() if len(town["vs2"].lent()) < 5 else None)
    assert len(town["vs2"].lent()) == 5


def test_a_row_that_is_in_use_is_given_back_when_its_client_leaves(town):
    numbers = []
    town.go(3, lambda: numbers.append(town["vs1"].lend()) if len(town["vs1"].lent()) < 10 else None)
    assert len(town["vs1"].lent()) == 10  # all rows
    denied = town["vs2"].lend()
    said = str(refusal("vs2", town["vs2"].sessions.state, POOL, denied))
    assert "session server vs2 has none of its 10 rows at the moment" in said
    town["vs1"].release(town["vs1"].lent()[0])
    town.go(0.5, lambda: None if town["vs2"].lent() else town["vs2"].lend())
    assert len(town["vs2"].lent()) == 1
    assert len(town["vs1"].lent()) == 9


def test_two_dead_servers_leave_all_rows_to_the_third_soon(town):
    before = town["vs3"].held
    town.dead("vs1")
    town.dead("vs2")
    town.go(DEAD_AFTER - 1)
    assert town["vs3"].held == before
    town.go(4)
    assert town["vs3"].held == set(USERS)


def test_the_rows_of_a_silent_server_are_free_after_its_lease_and_it_has_let_go_of_them(town):
    silent = town["vs1"]
    number = silent.lend()
    silent.leave()
    town.go(LEASE - 3)
    assert silent.lent() == [number]
    town.go(3)
    assert not silent.used
    assert not silent.host.open_now()
    town.go(LEASE * (SLACK - 1) + 1)
    assert len(town["vs2"].held) == len(town["vs3"].held) == 5
    silent.join()
    town.go(2)
    assert sorted(len(it.held) for it in town.servers.values()) == [3, 3, 4]
    assert len(silent.used) == 2  # its initial sessions are back


def test_a_frozen_server_lets_go_before_it_does_anything_else(town):
    frozen = town.servers.pop("vs1")
    number = frozen.lend()
    town.net.cut(frozen.link)
    town.go(LEASE * SLACK + 2)
    assert set(town["vs2"].held) | set(town["vs3"].held) == set(USERS)
    frozen.release(number)  # whatever it decides first
    assert not frozen.used
    assert not frozen.host.open_now()


def test_running_sessions_do_not_notice_that_nobody_listens_at_the_management_servers_address(town):
    numbers = [it.lend() for it in town.servers.values()]

    def refused():
        for it in town.servers.values():
            it.keeper.absent(town.net.clock.seconds())

    for it in town.servers.values():
        it.leave()
    town.net.server.rows.stop()
    town.go(LEASE * 3, refused)
    assert [it.lent() for it in town.servers.values()] == [[n] for n in numbers]
    assert all(
        isinstance(it.lend(), int) for it in town.servers.values()
    )  # and new ones are served


def test_a_management_server_that_starts_anew_knows_who_has_what(tmp_path):
    town = Town(tmp_path / "rows")
    for it in town.servers.values():
        it.join()
    town.go(1)
    held = {name: it.held for name, it in town.servers.items()}
    for it in town.servers.values():
        it.leave()
    again = Town(tmp_path / "rows", names=())
    again.servers = town.servers
    for it in town.servers.values():
        it.net = again.net
    town["vs3"].join()
    again.go(2)
    assert town["vs3"].held == held["vs3"]  # the others may have theirs still
    again.go(3)
    town["vs1"].join()
    town["vs2"].join()
    again.go(2)
    assert {name: it.held for name, it in again.servers.items()} == held


def test_a_new_run_of_a_server_has_the_rows_of_the_one_before_at_once(town):
    town["vs1"].leave()
    town.servers["vs1"] = Server(town.net, "vs1", boot="2")
    town["vs1"].join()
    town.go(0.5)
    assert sorted(len(it.held) for it in town.servers.values()) == [3, 3, 4]


def test_a_server_that_can_be_met_keeps_its_rows_though_it_does_not_come(town):
    class Met:
        peer = Hello("session server", "vs1", "test", "1-vs1")

        def close(self):
            pass

    town.answers["10.0.0.1:9701"] = Met()
    lost = town.servers["vs1"]
    held = lost.held
    lost.leave()
    town.go(LEASE * SLACK + 5)
    assert not lost.used  # it does not know, and has let go
    rows = town.net.server.rows.ledger.rows["M/Users"]
    assert held == {key for key, owner in rows.items() if owner.server == "vs1"}


def test_before_all_servers_could_report_a_new_management_server_grants_nothing():
    town = Town()
    town["vs1"].join()
    town.go(1)
    assert not town["vs1"].held
    town.go(1)  # those that are missing are not waited for any longer
    assert town["vs1"].held == set(USERS)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff"])
def test_with_a_damaged_file_nothing_is_granted_for_the_time_of_a_lease(tmp_path, data):
    (tmp_path / "rows").write_bytes(data)
    town = Town(tmp_path / "rows")
    for it in town.servers.values():
        it.join()
    town.go(LEASE * SLACK - 1)
    assert not any(it.held for it in town.servers.values())
    town.go(2)
    assert sorted(len(it.held) for it in town.servers.values()) == [3, 3, 4]


def test_what_cannot_be_written_is_not_granted_and_what_is_held_stays(town, monkeypatch):
    def full(path, data):
        raise CannotWrite(file=path, reason="disk full")

    monkeypatch.setattr("mgmtsrvr.row_shares.book.write_file", full)
    town.net.server.rows._path = "rows"
    held = {name: it.held for name, it in town.servers.items()}
    town.go(LEASE * 2)
    assert {name: it.held for name, it in town.servers.items()} == held


def test_servers_that_ask_different_management_servers_are_told(town):
    link = town.net.connect("session server", "vs9", Peer(), installation="test")
    body = Register("vs9", "test", "10.0.0.1:9709", (), Status("1-vs9"), asks_for_rows=False)
    assert town.net.call(link, body)
    before = town.net.server.rows.ledger
    town["vs1"].keeper.renew()
    town.net.pump()
    assert town.net.server.rows.ledger is before


def test_a_management_server_of_an_earlier_version_leaves_each_server_its_whole_lists():
    town = Town(names=("vs1", "vs2"))
    for server in town.servers.values():
        server.join_earlier()
        assert server.sessions.state.granted == {}
        assert len({server.lend() for _ in range(3)}) == 3
    first, second = town.servers.values()
    assert first.used & second.used  # as it was
    kept = first.lent()
    for server in (first, second):  # the management server has been upgraded
        server.join()
    town.go(30)
    assert not first.used & second.used
    assert first.lent() == kept
