"""A client that chooses session servers itself: when, by what, whom it leaves out, what it gives back."""

from collections import Counter

import pytest

from verdigris.connector import consultation, plans
from verdigris.connector.attempts import Answered, Ask, Lost, Rejected, Unsent
from verdigris.connector.own_allocation import ASK, AWAY, OwnAllocation
from verdigris.connector.plans import Reached
from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import (
    BadValue,
    ConnectionLost,
    MethodTimedOut,
    NoManagementServer,
    NoServerAvailable,
    ServerUnreachable,
    TlsFailed,
    UsersUnchecked,
    VerdigrisError,
    Warming,
)
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocate,
    Allocated,
    AllocationTable,
    CancelReservation,
    Claim,
    Offer,
    Opened,
    Refused,
    Reserve,
    Reserved,
    TableDomain,
    TableMember,
    TableServer,
)


BANK, OTHER = Offer("model", "BankDemo", "BankDemo", "d"), Offer("model", "Other", "Other", "e")
OPENED = Answered(Opened("A~" + "a" * 32, "A", "BankDemo", "v", "3270", "MainMenu", 7))
GRANTED = Answered(Allocated("A", "10.0.1.1:9623", "A~" + "a" * 32, "of the management server"))
DOWN = Unsent(ServerUnreachable(server="x", address="x:1", reason="refused"))
SILENT, LOST = Lost(MethodTimedOut()), Lost(ConnectionLost(peer="x", reason="closed"))
WARMING = Rejected(Warming())
BUSY = Answered(Refused("busy", "server", 5))


def table(*members, servers=None, revision="t1", **options):
    """One domain of (server, weight[, priority]); server number n is at 10.0.1.n and has BankDemo."""
    names = [member[0] for member in members]
    made = servers or [
        TableServer(n, f"10.0.1.{i}:9623", "up", (0,)) for i, n in enumerate(names, 1)
    ]
    listed = tuple(TableMember(m[0], m[1], m[2] if len(m) > 2 else 1) for m in members)
    return AllocationTable(
        revision, "test", tuple(made), (TableDomain("d", listed, **options),), (BANK, OTHER)
    )


@pytest.fixture
def draws():
    """The numbers to be drawn; without any, the first of each range."""
    return []


@pytest.fixture
def own(draws):
    made = OwnAllocation(lambda _: lambda total: draws.pop(0) if draws else 1, 1000)
    made.use(table(("A", 80), ("B", 20)), until=1e6)
    return made


class Parts:
    """Management servers that all say the same, and session servers by name."""

    def __init__(self, management=DOWN, **servers):
        self.management = management
        self.servers = servers
        self.reserved = 0

    def __call__(self, ask: Ask):
        if ask.address.port == 9641:
            return self.management
        if isinstance(ask.body, Claim):
            return OPENED
        name = "?ABC"[int(ask.address.host.rpartition(".")[2])]
        says = self.servers.get(name, "granted")
        if says == "granted":
            self.reserved += 1
            return Answered(Reserved(f"{name}~{self.reserved:032x}", "claim", 10.0))
        return says


@pytest.fixture
def connect(driver, attempts, book, wanted, own):
    """Run `via_domain`; the error is returned."""

    def run(parts, timeout=30.0, name="BankDemo", domain="d"):
        made = attempts(timeout)
        waiter = Waiter(WaitingLines(), ("way",), made.began)
        plan = plans.via_domain(made, book, waiter, domain, "model", name, wanted(), own)
        try:
            return driver.run(plan, parts)
        except VerdigrisError as problem:
            return problem

    return run


def asked(driver, kind=Reserve):
    """Of the last octet of each address, which server was asked for what."""
    return ["?ABC"[int(it.address.host[-1])] for it in driver.asked if isinstance(it.body, kind)]


BUSY = Answered(Refused("busy", "server", 5))


class TestWhen:
    def test_a_management_server_that_answers_decides(self, connect, driver):
        assert isinstance(connect(Parts(GRANTED)), Reached)
        assert asked(driver) == []

    @pytest.mark.parametrize("away", [DOWN, SILENT, LOST, WARMING])
    def test_while_none_decides_the_session_servers_are_asked(self, connect, driver, away):
        found = connect(Parts(away))
        assert isinstance(found, Reached)
        assert [(t.server, t.draw, t.total, t.answer) for t in found.trail] == [
            ("A", 1, 100, "granted")
        ]
        assert asked(driver) == ["A"]
        assert asked(driver, Claim) == ["A"]
        assert driver.pauses == []

    def test_it_is_the_second_that_silence_lasts_not_one_for_each_server(
        self, connect, driver, book
    ):
        def all_silent(ask):
            driver.took = 1.0 if ask.address.port == 9641 else 0.001
            return Parts(SILENT)(ask)

        connect(all_silent)
        assert [type(it.body) for it in driver.asked] == [Allocate, Reserve, Claim]
        assert not book.silent  # of three, two have not been asked
        connect(all_silent)
        connect(all_silent)
        hosts = [it.address.host[-1] for it in driver.asked if isinstance(it.body, Allocate)]
        assert hosts == ["1", "2", "3"]
        assert book.silent

    def test_once_all_are_silent_calls_do_not_ask_them_again(self, connect, driver):
        connect(Parts(DOWN))
        del driver.asked[:]
        connect(Parts(DOWN))
        assert [type(it.body) for it in driver.asked] == [Reserve, Claim]

    def test_they_decide_again_as_soon_as_one_has_answered_anything(self, connect, driver, book):
        connect(Parts(DOWN))
        book.worked(Endpoint("10.0.0.2", 9641))  # as the watch finds out
        del driver.asked[:]
        assert isinstance(connect(Parts(GRANTED)), Reached)
        assert [type(it.body) for it in driver.asked] == [Allocate, Claim]

    @pytest.mark.parametrize(
        "final",
        [
            Rejected(BadValue(column="c", problem="p")),
            Rejected(
                NoServerAvailable(user="u", location="l", name="n", domain="d", reason="busy")
            ),
        ],
    )
    def test_a_refusal_of_a_management_server_is_not_gone_around(self, connect, driver, final):
        assert connect(Parts(final), timeout=0) is final.error
        assert asked(driver) == []

    def test_management_servers_that_cannot_be_trusted_are_no_absent_ones(self, connect, driver):
        distrust = Unsent(TlsFailed(peer="p", reason="unknown authority"))
        assert connect(Parts(distrust)) is distrust.error
        assert asked(driver) == []

    def test_without_a_table_it_is_as_ever(self, connect, own, driver):
        own.table = None
        assert isinstance(connect(Parts(DOWN), timeout=0), NoManagementServer)
        assert asked(driver) == []

    def test_a_table_that_is_too_old_is_not_used(self, connect, own, time):
        own.use(own.table, until=time.now + 60)
        assert isinstance(connect(Parts(DOWN)), Reached)
        time.now += 60
        assert isinstance(connect(Parts(DOWN), timeout=0), NoManagementServer)

    def test_a_domain_that_the_table_does_not_have(self, connect):
        assert isinstance(connect(Parts(DOWN), timeout=0, domain="x"), NoManagementServer)

    def test_users_that_have_to_be_checked_cannot_be(self, connect, own, driver):
        own.use(table(("A", 1), revision="t2", checks_users=True), until=1e6)
        assert isinstance(connect(Parts(DOWN), timeout=0), UsersUnchecked)
        assert asked(driver) == []

    def test_a_management_server_that_comes_back_checks_them(self, connect, own, book):
        own.use(table(("A", 1), revision="t2", checks_users=True), until=1e6)
        parts = Parts(DOWN)
        connect(parts, timeout=0)
        parts.management = GRANTED
        book.worked(Endpoint("10.0.0.1", 9641))
        assert isinstance(connect(parts), Reached)


class TestTheChoice:
    def test_every_number_of_the_documented_example(self, connect, driver, draws):
        """Enumerated, not sampled: 1 to 80 is A's, 81 to 100 B's."""
        for number in range(1, 101):
            draws[:] = [number]
            connect(Parts(DOWN))
        assert asked(driver) == ["A"] * 80 + ["B"] * 20

    def test_a_full_server_is_out_for_this_request_only(self, connect, driver):
        found = connect(Parts(DOWN, A=BUSY))
        assert [(t.server, t.draw, t.total, t.answer) for t in found.trail] == [
            ("A", 1, 100, "busy"),
            ("B", 1, 20, "granted"),
        ]
        connect(Parts(DOWN))
        assert asked(driver) == ["A", "B", "A"]

    def test_a_standby_serves_when_the_better_priority_is_full(self, connect, driver, own):
        own.use(table(("A", 1), ("B", 1, 2), revision="t2"), until=1e6)
        assert connect(Parts(DOWN, A=BUSY)).trail[-1].server == "B"
        own.use(table(("A", 1), ("B", 1, 2), revision="t3", spill_on_busy=False), until=1e6)
        assert isinstance(connect(Parts(DOWN, A=BUSY), timeout=0), NoServerAvailable)

    @pytest.mark.parametrize(
        ("first", "reason"),
        [
            (TableServer("A", "10.0.1.1:9623", "drain", (0,)), "draining: by the administrator"),
            (TableServer("A", "10.0.1.1:9623", "maintenance", (0,)), "maintenance"),
            (TableServer("A", "10.0.1.1:9623", "up", (1,)), "does not offer it"),
            (TableServer("A", "", "up", (0,)), "offline: never registered"),
        ],
    )
    def test_who_is_not_asked_and_why(self, connect, driver, own, first, reason):
        second = TableServer("B", "10.0.1.2:9623", "up", (0,))
        own.use(table(("A", 80), ("B", 20), servers=[first, second], revision="t2"), until=1e6)
        found = connect(Parts(DOWN, B=BUSY), timeout=0)
        assert asked(driver) == ["B"]
        assert isinstance(found, NoServerAvailable)
        (left,) = found.details["left"]
        assert left.reason.startswith(reason)

    def test_a_pool_that_is_stopped_is_not_offered(self, connect, own):
        stopped = Offer("model", "BankDemo", "BankDemo", "d", started=False)
        whole = table(("A", 1), revision="t2")
        own.use(AllocationTable("t2", "test", whole.servers, whole.domains, (stopped,)), until=1e6)
        found = connect(Parts(DOWN))
        assert isinstance(found, NoServerAvailable)
        assert found.details["reason"] == "not offered"

    def test_a_refusal_is_2643_with_the_trail_and_is_tried_again_until_the_time_is_over(
        self, connect, driver, time
    ):
        began = time.now
        found = connect(Parts(DOWN, A=BUSY, B=BUSY), timeout=5.0)
        assert isinstance(found, NoServerAvailable)
        assert found.details["reason"] == "busy"
        assert [t.server for t in found.details["trail"]] == ["A", "B"]
        assert 4 < time.now - began <= 5
        attempts = [it.body.attempt for it in driver.asked if isinstance(it.body, Reserve)]
        assert len(set(attempts)) == len(attempts) > 4

    def test_no_two_requests_have_a_number_of_an_attempt_in_common(self, connect, driver):
        for _ in range(5):
            connect(Parts(DOWN, A=BUSY))
        numbers = [it.body.attempt for it in driver.asked if isinstance(it.body, Reserve)]
        assert max(Counter(numbers).values()) == 1
        assert min(numbers) > 1000

    def test_an_unusable_table_changes_nothing(self, own):
        twice = table(("A", 1), ("A", 1), revision="t2")
        with pytest.raises(ValueError, match="twice"):
            own.use(twice, until=2e6)
        assert (own.table.revision, own.until) == ("t1", 1e6)


class TestServersThatAreAway:
    def test_times_connect_and_answer(self, connect, driver):
        connect(Parts(DOWN))
        (reserve,) = [it for it in driver.asked if isinstance(it.body, Reserve)]
        assert (reserve.connect, reserve.answer) == (ASK, ASK)

    def test_one_that_refuses_the_connection_costs_one_try(self, connect, driver):
        for _ in range(3):
            assert connect(Parts(DOWN, A=DOWN)).trail[-1].server == "B"
        assert asked(driver) == ["A", "B", "B", "B"]

    def test_what_silence_may_have_reserved_is_given_back(self, connect, driver):
        assert connect(Parts(DOWN, A=SILENT)).trail[-1].server == "B"
        (reserve, *_) = [it for it in driver.asked if isinstance(it.body, Reserve)]
        (cancel,) = driver.sent
        assert cancel.address == reserve.address
        assert cancel.body == CancelReservation(reserve.request_id, reserve.body.attempt)

    def test_a_refused_connection_leaves_nothing_to_give_back(self, connect, driver):
        connect(Parts(DOWN, A=DOWN))
        assert driver.sent == []

    def test_it_is_tried_again_after_a_while_by_one_request(self, connect, driver, own, time):
        connect(Parts(DOWN, A=SILENT))
        time.now += AWAY
        during = []

        def silent_again(ask):
            if isinstance(ask.body, Reserve) and ask.address.host.endswith(".1"):
                during.append(set(own._absent))  # what other requests see meanwhile
                return SILENT
            return Parts(DOWN)(ask)

        connect(silent_again)
        assert during == [{"A"}]
        connect(Parts(DOWN))
        assert asked(driver) == ["A", "B", "A", "B", "B"]

    def test_it_is_back_once_it_answers(self, connect, driver, time):
        connect(Parts(DOWN, A=SILENT))
        time.now += AWAY
        connect(Parts(DOWN))
        connect(Parts(DOWN))
        assert asked(driver) == ["A", "B", "A", "A"]

    def test_before_a_refusal_those_away_are_tried_once_more(self, connect, driver, time):
        connect(Parts(DOWN, A=DOWN))
        time.now += 1.5
        assert connect(Parts(DOWN, B=BUSY), timeout=0).trail[-1].server == "A"
        assert asked(driver) == ["A", "B", "B", "A"]

    def test_but_not_by_every_request(self, connect, driver):
        connect(Parts(DOWN, A=DOWN))
        found = connect(Parts(DOWN, A=DOWN, B=BUSY), timeout=0)
        assert found.details["reason"] == "busy or offline"
        assert asked(driver) == ["A", "B", "B"]

    def test_the_time_of_the_call_ends_a_decision_in_the_middle(self, connect, driver, own):
        own.use(table(("A", 1), ("B", 1), ("C", 1), revision="t2"), until=1e6)
        driver.took = 0.4
        found = connect(Parts(DOWN, A=SILENT, B=SILENT, C=SILENT), timeout=1.3)
        assert isinstance(found, NoManagementServer)
        assert len(asked(driver)) < 3


class TestWhereASessionIs:
    @pytest.fixture
    def locate(self, driver, attempts, book, own):
        def run(parts, name="B", timeout=30.0):
            plan = consultation.locate(attempts(timeout), book, name, own)
            try:
                return driver.run(plan, parts)
            except VerdigrisError as problem:
                return problem

        return run

    def test_the_table_knows_while_no_management_server_answers(self, locate, driver):
        assert locate(Parts(DOWN)) == Endpoint("10.0.1.2", 9623)
        assert driver.pauses == []
        del driver.asked[:]
        assert locate(Parts(DOWN)) == Endpoint("10.0.1.2", 9623)
        assert driver.asked == []

    def test_a_server_that_it_does_not_know(self, locate):
        assert isinstance(locate(Parts(DOWN), "X", timeout=0), NoManagementServer)
