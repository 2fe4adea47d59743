"""What goes over real links: registration, heartbeats, allocation, offers, orders."""

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from tests.support.management import Peer
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import (
    BadRequest,
    ConnectionLost,
    ForeignServer,
    NameTaken,
    NoServerAvailable,
    ProtocolError,
    ServerUnreachable,
    UnknownServer,
    Warming,
)
from verdigris.wire import (
    Allocate,
    Allocated,
    CancelReservation,
    Done,
    GetStatus,
    Heartbeat,
    Locate,
    Located,
    Refused,
    Register,
    Registered,
    Reserve,
    Reserved,
    SessionSecurity,
    SetAdminState,
    SlotFreed,
    Status,
    StatusIs,
    WakeUp,
    WatchOffers,
)


SEED = [("A", 80), ("B", 20), ("C", 100, 2)]
GRANT = {Reserve: Reserved("A~00000001", "claim", 10.0)}
ASK = Allocate("d", "model", "BankDemo", "bob", "pc1")


def test_a_session_server_registers_and_learns_the_interval_and_its_state(net):
    it = net(SEED, states={"A": "drain"})
    _, peer = it.session_server("A")
    assert peer.registered == [
        Registered(
            "test",
            0.5,
            "drain",
            gives_rows=True,
            security=SessionSecurity(checks_users=False),
            pools=(),
        )
    ]
    assert it.registry.server("A").health.online


def test_heartbeats_run_both_ways(net):
    it = net(SEED)
    link, peer = it.session_server("A")
    for _ in range(10):
        it.advance(0.5)
        link.tell(Heartbeat(Status("boot-A", active=3, maximum=5)))
        it.pump()
    assert it.registry.server("A").health.online
    assert it.registry.server("A").status.active == 3
    assert len(peer.notices) == 10


def test_three_missed_heartbeats_take_a_frozen_server_out_in_under_two_seconds(net):
    it = net(SEED)
    link, _ = it.session_server("A")
    it.advance(1.4)
    assert it.registry.server("A").health.online
    it.advance(0.3)
    assert it.registry.server("A").health.reason.startswith("no heartbeat for 1.")
    link.tell(Heartbeat(Status("boot-A")))
    it.pump()
    assert it.registry.server("A").health.online


def test_the_end_of_the_connection_is_noticed_at_once(net):
    it = net(SEED)
    link, _ = it.session_server("A")
    it.cut(link)
    assert it.registry.server("A").health.state == "offline"


def test_a_heartbeat_may_bring_other_offers(net, make):
    it = net(SEED)
    link, _ = it.session_server("A", offers=())
    link.tell(Heartbeat(Status("boot-A"), (make.BANK,)))
    it.pump()
    assert it.registry.server("A").has("model", "BankDemo") is True


def test_a_connector_gets_a_session(net):
    it = net(SEED)
    it.session_server("A", GRANT)
    client = it.connect("connector", "c")
    (granted,) = it.call(client, ASK)
    assert isinstance(granted, Allocated)
    assert (granted.server, granted.address, granted.claim) == ("A", "10.0.0.1:9624", "claim")


def test_the_refusal_arrives_with_its_trail(net):
    it = net(SEED)
    it.session_server("A", {Reserve: Refused("busy", "pool", 3)})
    client = it.connect("connector", "c")
    (error,) = it.call(client, ASK)
    assert isinstance(error, NoServerAvailable)
    assert error.details["reason"] == "busy or offline"
    assert error.details["trail"][0][4:7] == ["A", "busy", "pool limit of 3"]
    assert error.request_id == "r1"


def test_a_request_left_unanswered_moves_on_after_the_ask_timeout_and_is_cancelled(net):
    it = net([("A", 1, 1), ("B", 1, 2)])
    _, frozen = it.session_server("A", {Reserve: lambda _: Deferred()})
    it.session_server("B", GRANT)
    client = it.connect("connector", "c")
    found = it.call(client, ASK)
    it.advance(0.35)
    assert found == []
    it.advance(0.1)
    assert [t.answer for t in found[0].trail] == ["unknown", "granted"]
    cancels = [c.body for c in frozen.calls if isinstance(c.body, CancelReservation)]
    (asked,) = [c.body for c in frozen.calls if isinstance(c.body, Reserve)]
    assert cancels == [CancelReservation("r1", asked.attempt)]
    assert it.registry.server("A").health.state == "suspect"


def test_a_server_killed_during_the_request_is_offline_and_the_next_one_serves(net):
    it = net([("A", 1, 1), ("B", 1, 2)])
    killed, _ = it.session_server("A", {Reserve: lambda _: Deferred()})
    it.session_server("B", GRANT)
    found = it.call(it.connect("connector", "c"), ASK)
    it.cut(killed)
    it.pump()
    assert [t.answer for t in found[0].trail] == ["offline", "granted"]


def test_a_client_that_hangs_up_has_its_request_cancelled(net):
    it = net([("A", 1)])
    _, peer = it.session_server("A", {Reserve: lambda _: Deferred()})
    client = it.connect("connector", "c")
    it.call(client, ASK)
    it.cut(client)
    it.pump()
    *_, asked, cancelled = (c.body for c in peer.calls)
    assert cancelled == CancelReservation("r1", asked.attempt)


# ---- who may be here ---------------------------------------------------------------------------


def test_a_server_of_another_installation_is_refused_and_shown(net):
    it = net(SEED)
    link = it.connect("session server", "A", installation="other")
    assert not link.open
    assert isinstance(link._refusal, ForeignServer)
    server = it.registry.server("A")
    assert (server.health.state, server.health.reason) == ("offline", "other installation: other")
    assert it.registry.foreign == {"A": "other"}


def test_a_foreign_server_does_not_disturb_the_living_server_of_its_name(net):
    it = net(SEED)
    it.session_server("A")
    it.connect("session server", "A", installation="other")
    assert it.registry.server("A").health.online


def test_it_is_refused_in_the_registration_too(net):
    it = net(SEED)
    link = it.connect("session server", "A")
    (error,) = it.call(link, Register("A", "other", "h:1", (), Status("b")))
    assert isinstance(error, ForeignServer)


def test_a_server_that_names_no_installation_joins(net):
    it = net(SEED)
    _, peer = it.session_server("A", installation="")
    assert peer.registered[0].installation == "test"


def test_registering_once_it_is_home_clears_the_remark(net):
    it = net(SEED)
    it.connect("session server", "A", installation="other")
    it.session_server("A")
    assert it.registry.foreign == {}
    assert it.registry.server("A").health.online


def test_the_list_of_foreign_servers_is_bounded(net):
    it = net(SEED)
    for i in range(150):
        with pytest.raises(ForeignServer):
            it.registry.check_home(f"x{i}", "other")
    assert len(it.registry.foreign) == 100
    assert "x149" in it.registry.foreign


def test_a_second_living_server_of_the_same_name_is_refused(net):
    it = net(SEED)
    it.session_server("A")
    other = it.connect("session server", "A", installation="test")
    (error,) = it.call(other, Register("A", "test", "elsewhere:1", (), Status("boot-2")))
    assert isinstance(error, NameTaken)
    assert it.registry.server("A").health.boot == "boot-A"


def test_the_newest_connection_of_a_server_wins_and_the_old_ones_end_is_ignored(net):
    it = net(SEED)
    old, _ = it.session_server("A", GRANT)
    address = it.registry.server("A").address
    new = it.connect("session server", "A", installation="test")
    (said,) = it.call(new, Register("A", "test", address, (), Status("boot-2")))
    assert isinstance(said, Registered)
    assert not old.open
    assert it.registry.server("A").health.online
    assert it.registry.server("A").health.boot == "boot-2"


def test_a_name_is_free_again_once_its_server_is_offline(net):
    it = net(SEED)
    it.session_server("A")
    it.advance(2)
    other = it.connect("session server", "A", installation="test")
    (said,) = it.call(other, Register("A", "test", "elsewhere:1", (), Status("boot-2")))
    assert isinstance(said, Registered)


def test_a_server_that_is_not_configured_is_welcome_and_forgotten_when_it_leaves(net):
    it = net(SEED)
    link, peer = it.session_server("new")
    assert isinstance(peer.registered[0], Registered)
    assert it.registry.server("new").configured is None
    it.cut(link)
    assert "new" not in it.registry.servers


@pytest.mark.parametrize(
    ("role", "body", "error"),
    [
        ("connector", Register("A", "test", "h:1", (), Status("b")), ProtocolError),
        ("session server", Register("not a name", "test", "h:1", (), Status("b")), BadRequest),
        ("connector", GetStatus(), ProtocolError),
        ("connector", Locate("nobody"), UnknownServer),
        ("connector", Allocate("d", "model", "x" * 1001, "bob", "pc1"), BadRequest),
        ("connector", Allocate("d", "model", "x", "b" * 1001, "pc1"), BadRequest),
    ],
    ids=["client registers", "bad name", "server's call", "unknown", "long name", "long user"],
)
def test_bad_requests_are_refused_with_a_reason(net, role, body, error):
    it = net(SEED)
    link = it.connect(role, "x")
    assert isinstance(it.call(link, body)[0], error)


def test_one_connection_is_one_server(net):
    it = net(SEED)
    link, _ = it.session_server("A")
    (error,) = it.call(link, Register("B", "test", "h:1", (), Status("b")))
    assert isinstance(error, ProtocolError)


# ---- where is it, what is there ----------------------------------------------------------------


def test_a_server_is_located_by_name_offline_or_not(net):
    it = net(SEED)
    link, _ = it.session_server("A")
    client = it.connect("gateway", "g")
    assert it.call(client, Locate("A")) == [Located("A", "10.0.0.1:9624")]
    it.cut(link)
    assert it.call(client, Locate("A")) == [Located("A", "10.0.0.1:9624")]
    assert it.call(client, Locate("B")) == [Located("B", "127.0.0.1:9701")]


def test_offers_come_with_the_addresses_of_the_servers_online(net, make):
    it = net(SEED)
    it.session_server("A", offers=(make.BANK,))
    gone, _ = it.session_server("B", offers=(make.BANK, make.POOL))
    client = it.connect("gateway", "g")
    (offers,) = it.call(client, WatchOffers())
    assert offers.offers == (
        (make.BANK, ("10.0.0.1:9624", "10.0.0.1:9625")),
        (make.POOL, ("10.0.0.1:9625",)),
    )
    it.cut(gone)
    it.advance(0.05)
    (later,) = it.call(client, WatchOffers())
    assert later.offers == ((make.BANK, ("10.0.0.1:9624",)), (make.POOL, ()))
    assert later.revision != offers.revision


def test_watching_is_answered_when_something_changes(net, make):
    it = net(SEED)
    link, _ = it.session_server("A", offers=(make.BANK,))
    client = it.connect("gateway", "g")
    (offers,) = it.call(client, WatchOffers())
    found = it.call(client, WatchOffers(offers.revision), seconds=30)
    it.advance(1)
    link.tell(Heartbeat(Status("boot-A")))
    it.advance(0.2)
    assert found == []
    link.tell(Heartbeat(Status("boot-A"), (make.BANK, make.POOL)))
    it.advance(0.1)
    assert [offer.name for offer, _ in found[0].offers] == ["BankDemo", "Pool-1"]


def test_watching_is_answered_before_its_deadline(net):
    it = net(SEED)
    client = it.connect("gateway", "g")
    (offers,) = it.call(client, WatchOffers())
    found = it.call(client, WatchOffers(offers.revision), seconds=2)
    it.advance(1.9)
    assert found == []
    it.advance(0.1)
    assert found == [offers]


def test_a_watcher_that_hangs_up_is_forgotten(net):
    it = net(SEED)
    client = it.connect("gateway", "g")
    (offers,) = it.call(client, WatchOffers())
    it.call(client, WatchOffers(offers.revision))
    it.cut(client)
    assert it.server.offers._waiters == []


def test_equal_offers_have_equal_revisions_on_every_management_server(net):
    revisions = []
    for names in ("AB", "BA"):
        it = net(SEED)
        for name in names:
            it.registry.register(peer := it.connect("session server", name, installation="test"),
                                 Register(name, "test", f"h:{ord(name)}", (), Status("b")))  # fmt: skip
            assert peer.open
        revisions.append(it.server.offers.now.revision)
    assert revisions[0] == revisions[1]


def test_a_server_without_any_address_cannot_be_located(net):
    it = net(SEED)
    it.registry.server("B").configured = None
    (error,) = it.call(it.connect("gateway", "g"), Locate("B"))
    assert isinstance(error, ServerUnreachable)


# ---- the monitor ------------------------------------------------------------------------------


def checking(**options) -> ManagementConfig:
    return replace(ManagementConfig(name="m1", warming=0.0, check=5.0, wake_up=0.0), **options)


def test_servers_are_checked_at_regular_intervals(net):
    it = net([("A", 1)], checking())
    link, peer = it.session_server("A", {GetStatus: StatusIs(Status("boot-A", active=2))})
    for _ in range(64):
        it.advance(0.5)
        link.tell(Heartbeat())
    checks = [c for c in peer.calls if isinstance(c.body, GetStatus)]
    assert 5 <= len(checks) <= 7
    assert it.registry.server("A").status.active == 2


def test_an_unanswered_check_makes_a_server_suspect(net):
    it = net([("A", 1)], checking(check=1.0))
    link, _ = it.session_server("A", {GetStatus: lambda _: Deferred()})
    reasons = set()
    for _ in range(12):
        it.advance(0.25)
        reasons.add(it.registry.server("A").health.reason)
        it.advance(0.2)
        link.tell(Heartbeat(Status("boot-A")))
        it.pump()
    assert "left a check unanswered" in reasons


def test_time_in_which_this_process_was_stopped_makes_no_server_offline(net):
    it = net([("A", 1)])
    it.session_server("A")
    it.advance(1)
    it.clock.advance(60)
    assert it.registry.server("A").health.online
    it.advance(1.6)
    assert not it.registry.server("A").health.online


def test_an_error_in_one_round_does_not_end_the_watch(net, monkeypatch):
    it = net([("A", 1)])
    it.session_server("A")
    broken = [True]
    sweep = it.registry.sweep

    def once_broken(overslept=0.0):
        if broken:
            broken.clear()
            raise RuntimeError("a defect")
        sweep(overslept)

    monkeypatch.setattr(it.registry, "sweep", once_broken)
    it.advance(2)
    assert not it.registry.server("A").health.online


def test_warming_ends_when_everybody_in_service_has_reported(net):
    it = net(SEED, checking(warming=1.5), states={"C": "drain"})
    client = it.connect("connector", "c")
    (error,) = it.call(client, ASK)
    assert isinstance(error, Warming)
    it.session_server("A")
    it.advance(0.2)
    assert it.registry.warming
    it.session_server("B")
    it.advance(0.2)
    assert not it.registry.warming


def test_warming_ends_with_its_time(net):
    it = net(SEED, checking(warming=1.5))
    client = it.connect("connector", "c")
    it.advance(1.4)
    assert isinstance(it.call(client, ASK)[0], Warming)
    it.advance(0.3)
    assert isinstance(it.call(client, ASK)[0], NoServerAvailable)


# ---- administration reaches the servers ----------------------------------------------------------


def test_a_new_administrative_state_is_told_to_its_server(net, make):
    it = net(SEED)
    said = [Status("boot-A", draining=True)]
    _, peer = it.session_server("A", {GetStatus: lambda _: StatusIs(said[0])} | GRANT)
    _, other = it.session_server("B", GRANT)
    it.store.edited(make.xml(SEED, states={"A": "drain"}))
    it.pump()
    assert [type(c.body) for c in peer.calls] == [SetAdminState, GetStatus]
    assert peer.calls[0].body.state == "drain"
    assert other.calls == []
    client = it.connect("connector", "c")
    assert [it.call(client, ASK)[0].server for _ in range(5)] == ["B"] * 5
    said[0] = Status("boot-A")
    it.store.edited(make.xml(SEED))
    it.pump()
    assert not it.registry.server("A").health.draining


def test_a_server_taken_out_of_the_installation_leaves_its_domains_at_once(net, make):
    it = net(SEED)
    link, _ = it.session_server("C", GRANT)
    it.store.edited(make.xml(SEED[:2]))
    client = it.connect("connector", "c")
    assert isinstance(it.call(client, ASK)[0], NoServerAvailable)
    assert link.open
    it.cut(link)
    assert "C" not in it.registry.servers


def test_a_wake_up_call_is_answered_with_a_registration_that_serves_the_waiting_request(net):
    it = net([("A", 1)], checking(wake_up=0.2))
    dialled = []
    it.server.dialer.to = lambda where, seconds: dialled.append(where) or Deferred()
    found = it.call(it.connect("connector", "c"), ASK)
    assert found == []
    assert [str(where) for where in dialled] == ["127.0.0.1:9700"]
    it.session_server("A", GRANT)
    assert isinstance(found[0], Allocated)


def test_without_an_answer_it_is_2643_within_the_wake_up_time(net):
    it = net([("A", 1)], checking(wake_up=0.2))
    it.server.dialer.to = lambda where, seconds: Deferred()
    client = it.connect("connector", "c")
    found = it.call(client, ASK)
    it.advance(0.15)
    assert found == []
    it.advance(0.1)
    assert isinstance(found[0], NoServerAvailable)
    assert isinstance(it.call(client, ASK)[0], NoServerAvailable)  # not called again so soon


def test_refused_connections_end_the_wait_at_once(net):
    it = net([("A", 1)], checking(wake_up=0.2))

    def refused(where, seconds):
        failed = Deferred()
        failed.errback(ConnectionLost(peer="A", reason="refused"))
        return failed

    it.server.dialer.to = refused
    found = it.call(it.connect("connector", "c"), ASK)
    assert isinstance(found[0], NoServerAvailable)


def test_at_most_three_are_called_and_others_next_time(net):
    members = [(name, 1) for name in "ABCDE"]
    it = net(members, checking(wake_up=0.2))
    dialled = []
    it.server.dialer.to = lambda where, seconds: dialled.append(where.port) or Deferred()
    client = it.connect("connector", "c")
    for _ in range(2):
        it.call(client, ASK)
        it.advance(0.3)
    assert dialled == [9700, 9701, 9702, 9703, 9704]
    it.advance(1)
    it.call(client, ASK)
    assert dialled[5:] == [9700, 9701, 9702]


def test_a_wake_up_call_names_the_management_server(net):
    it = net([("A", 1)], checking(wake_up=0.2))
    peer_link = it.connect("x", "y")
    calls = []

    class Door:
        def call(self, body, *, request_id, seconds):
            calls.append((body, seconds))
            done = Deferred()
            done.callback(Done())
            return done

        def close(self):
            calls.append("closed")

    def to(where, seconds):
        opened = Deferred()
        opened.callback(Door())
        return opened

    it.server.dialer.to = to
    it.call(peer_link, ASK)
    assert calls == [(WakeUp("m1"), 0.2), "closed"]


class TestWaitingConnectors:
    """Connectors wait for a notice instead of asking again and again."""

    @pytest.fixture
    def waiting(self, net):
        """(net, session server's link, its answers, connector's link, what the connector was told)"""
        it = net([("A", 1)])
        server, peer = it.session_server("A", {Reserve: Refused("busy", "server", 5)})
        heard = Peer()
        link = it.connect("connector", "c", heard)
        (refused,) = it.call(link, ASK)
        assert isinstance(refused, NoServerAvailable)
        return it, server, peer, link, heard

    def test_one_that_was_refused_is_told_of_each_session_that_becomes_free(self, waiting):
        it, server, _, _, heard = waiting
        for _ in range(2):
            server.tell(SlotFreed())
            it.pump()
        assert heard.notices == [SlotFreed()] * 2

    def test_one_that_was_granted_a_session_is_not_told(self, waiting):
        it, server, _, _, _ = waiting
        other = Peer()
        it.connect("connector", "other", other)
        server.tell(SlotFreed())
        it.pump()
        assert other.notices == []

    def test_one_that_gave_up_is_not_told(self, waiting):
        it, server, _, link, heard = waiting
        it.advance(3)
        heard.notices.clear()  # the server was silent: that was told as a change
        server.tell(SlotFreed())
        it.pump()
        assert heard.notices == []
        it.cut(link)
        server.tell(SlotFreed())
        it.pump()

    def test_a_server_that_comes_online_is_told_too(self, waiting):
        it, _, _, _, heard = waiting
        it.session_server("B")
        assert SlotFreed() in heard.notices

    def test_only_session_servers_say_so(self, waiting):
        it, _, _, _, heard = waiting
        it.connect("connector", "liar").tell(SlotFreed())
        it.pump()
        assert heard.notices == []
