"""Getting a session: what is tried again, where, under which id, and what is final."""

from itertools import pairwise

import msgspec
import pytest

from verdigris.connector import consultation, plans
from verdigris.connector.attempts import Answered, Ask, Lost, Rejected, Unsent
from verdigris.connector.plans import GRACE, Reached
from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import (
    AtLimit,
    BadValue,
    ClaimExpired,
    ConnectionLost,
    Draining,
    EntityNotReached,
    ForeignServer,
    HostUnreachable,
    InternalError,
    MethodTimedOut,
    NoManagementServer,
    NoServerAvailable,
    NotOffered,
    PoolStopped,
    ProtocolError,
    ServerUnreachable,
    SessionGone,
    TooManyCalls,
    UnknownDomain,
    UnknownServer,
    VariableListExhausted,
    VerdigrisError,
    Warming,
)
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocate,
    Allocated,
    Claim,
    Done,
    Locate,
    Located,
    Login,
    Open,
    Opened,
    Perform,
    Ran,
    Resume,
    Rows,
    Run,
    Try,
)


TRAIL = (Try(1, (("vs1", 80),), 80, 7, "vs1", "granted"),)
GRANTED = Answered(Allocated("vs1", "10.0.1.1:9623", "vs1~" + "a" * 32, "secret", TRAIL))
OPENED = Opened("vs1~" + "a" * 32, "vs1", "BankDemo", "v", "3270", "MainMenu", 7)
WELCOME = Answered(OPENED)
PERFORM = Perform("", "Accounts", "Search", {}, {})
DOWN = Unsent(ServerUnreachable(server="x", address="x:1", reason="refused"))
SILENT = Lost(MethodTimedOut())
LOST = Lost(ConnectionLost(peer="x", reason="closed"))


def refusal(reason):
    return Rejected(
        NoServerAvailable(user="u", location="l", name="BankDemo", domain="d", reason=reason)
    )


OFFLINE, BUSY = refusal("busy or offline"), refusal("busy")


def waiter(attempts):
    """The place of a call that nobody else waits with."""
    return Waiter(WaitingLines(), ("way",), attempts.began)


class Peers:
    """Outcomes: for each management server a list, its last repeated; and for session servers."""

    def __init__(self, management, sessions=()):
        self.management = {host: list(script) for host, script in management.items()}
        self.sessions = list(sessions)

    def __call__(self, ask: Ask):
        host = int(ask.address.host.rpartition(".")[2])
        script = self.management[host] if ask.address.port == 9641 else self.sessions
        return script.pop(0) if len(script) > 1 else script[0]


@pytest.fixture
def allocate(driver, attempts, book, wanted):
    """Run `via_domain` against scripted peers; the error is returned."""

    def run(management, sessions=(WELCOME,), timeout=30.0, **changes):
        made = attempts(timeout)
        plan = plans.via_domain(
            made, book, waiter(made), "d", "model", "BankDemo", wanted(**changes)
        )
        try:
            return driver.run(plan, Peers(management, sessions))
        except VerdigrisError as problem:
            return problem

    return run


def hosts(driver):
    return [int(ask.address.host.rpartition(".")[2]) for ask in driver.asked]


def ids(driver, kind=Allocate):
    return [
        (ask.request_id, ask.body.attempt) if kind is Allocate else ask.request_id
        for ask in driver.asked
        if isinstance(ask.body, kind)
    ]


ALL_GRANT = {1: [GRANTED], 2: [GRANTED], 3: [GRANTED]}


class TestTheGoodWay:
    def test_two_round_trips_first_the_management_server_then_the_session_server(
        self, allocate, driver
    ):
        found = allocate(ALL_GRANT)
        assert found == Reached(OPENED, Endpoint("10.0.1.1", 9623), TRAIL)
        assert [type(ask.body) for ask in driver.asked] == [Allocate, Claim]
        assert [ask.request_id for ask in driver.asked] == ["r", "r"]
        assert driver.pauses == []

    def test_the_claim_carries_the_secret_and_the_login(self, allocate, driver):
        allocate(ALL_GRANT)
        claim = driver.asked[1].body
        assert (claim.session, claim.claim, claim.login) == (OPENED.session, "secret", Login())

    def test_a_whole_call_is_one_message_to_the_session_server(self, allocate, driver):
        ran = Ran(OPENED, Rows((), []))
        found = allocate(
            ALL_GRANT, [Answered(ran)], batch=True, perform=PERFORM, after="suspend", minutes=3.0
        )
        assert found.body == ran
        run = driver.asked[1].body
        assert isinstance(run, Run)
        assert (type(run.opening), run.perform, run.after, run.minutes) == (
            Claim,
            PERFORM,
            "suspend",
            3.0,
        )

    def test_times_connect_one_second_answer_one_second(self, allocate, driver):
        allocate(ALL_GRANT)
        assert (driver.asked[0].connect, driver.asked[0].answer, driver.asked[0].grace) == (1, 1, 0)

    def test_a_procedure_has_the_method_timeout_and_the_connector_waits_a_little_longer(
        self, allocate, driver
    ):
        allocate(
            ALL_GRANT,
            [Answered(Ran(OPENED, Rows((), [])))],
            batch=True,
            perform=PERFORM,
            method_timeout=12.0,
        )
        assert (driver.asked[1].answer, driver.asked[1].grace) == (12.0, GRACE)

    def test_opening_a_session_has_what_is_left_of_the_connection_timeout(self, allocate, driver):
        allocate(ALL_GRANT, timeout=20.0)
        assert 19.9 < driver.asked[1].answer <= 20
        allocate(ALL_GRANT, timeout=1.0)
        assert driver.asked[3].answer == plans.OPENING

    def test_one_try_only_has_the_method_timeout_for_opening(self, allocate, driver):
        allocate(ALL_GRANT, timeout=0.0, method_timeout=9.0)
        assert driver.asked[1].answer == 9.0


class TestManagementServersThatDoNotDecide:
    @pytest.mark.parametrize(
        "bad",
        [
            DOWN,
            SILENT,
            LOST,
            Rejected(Warming()),
            Rejected(ProtocolError(peer="p", problem="x")),
            Rejected(TooManyCalls(peer="p", limit=1)),
            Rejected(InternalError(what="x")),
            Unsent(ProtocolError(peer="p", problem="version")),
        ],
    )
    def test_the_next_one_is_asked_at_once_under_the_same_id(self, allocate, driver, bad):
        found = allocate({1: [bad], 2: [bad], 3: [GRANTED]})
        assert isinstance(found, Reached)
        assert hosts(driver)[:3] == [1, 2, 3]
        assert ids(driver) == [("r", 1), ("r", 2), ("r", 3)]
        assert driver.pauses == []

    def test_the_one_that_worked_is_asked_first_next_time(self, allocate, driver):
        allocate({1: [DOWN], 2: [GRANTED], 3: [GRANTED]})
        allocate({1: [GRANTED], 2: [GRANTED], 3: [GRANTED]})
        assert hosts(driver) == [1, 2, 1, 2, 1]  # session server is 10.0.1.1

    def test_none_answers_for_the_whole_timeout(self, allocate, driver, time):
        began = time.now
        found = allocate({1: [DOWN], 2: [DOWN], 3: [SILENT]})
        assert isinstance(found, NoManagementServer)
        assert found.facts["seconds"] == "30"
        assert 29 < time.now - began <= 30
        assert {ask.request_id for ask in driver.asked} == {"r"}
        assert [ask.body.attempt for ask in driver.asked] == list(range(1, len(driver.asked) + 1))

    def test_pauses_double_from_20_ms_to_500_ms(self, allocate, driver):
        allocate({1: [DOWN], 2: [DOWN], 3: [DOWN]})
        assert driver.pauses[:6] == [0.02, 0.04, 0.08, 0.16, 0.32, 0.5]
        assert set(driver.pauses[5:-1]) == {0.5}  # the last one ends with the time of the call

    def test_pauses_are_multiplied_by_chance(self, driver, book, wanted, time):
        chances = iter([0.5, 1.5, 1.0])
        made = plans.Attempts("r", 30.0, time, lambda: next(chances))
        plan = plans.via_domain(made, book, waiter(made), "d", "model", "BankDemo", wanted())
        down = [DOWN, DOWN, DOWN, GRANTED]
        driver.run(plan, Peers({1: down, 2: down, 3: down}, [Answered(OPENED)]))
        assert driver.pauses == pytest.approx([0.01, 0.06, 0.08])

    def test_all_warming_is_said_as_such_when_the_time_is_over(self, allocate):
        warming = [Rejected(Warming())]
        found = allocate({1: warming, 2: warming, 3: [DOWN]}, timeout=0.5)
        assert isinstance(found, Warming)

    def test_names_are_looked_up_again_once_all_failed(self, allocate, driver):
        allocate({1: [DOWN, GRANTED], 2: [DOWN], 3: [DOWN]})
        assert driver.lookups == 2

    def test_names_that_stand_for_nothing(self, allocate, driver, attempts):
        driver.addresses = ()
        found = allocate({}, timeout=0.3)
        assert isinstance(found, NoManagementServer)
        assert driver.asked == []

    def test_one_try_asks_each_once(self, allocate, driver):
        found = allocate({1: [DOWN], 2: [SILENT], 3: [DOWN]}, timeout=0)
        assert isinstance(found, NoManagementServer)
        assert hosts(driver) == [1, 2, 3]
        assert driver.pauses == []

    def test_a_short_timeout_shortens_connect_and_answer(self, allocate, driver):
        allocate({1: [DOWN], 2: [DOWN], 3: [DOWN]}, timeout=0.3)
        assert 0.2 < driver.asked[0].answer <= 0.3
        assert 0.2 < driver.asked[0].connect <= 0.3

    def test_no_time_left_in_the_middle_of_a_round_keeps_the_last_refusal(self, allocate, driver):
        driver.took = 0.9
        found = allocate({1: [BUSY, DOWN], 2: [GRANTED], 3: [GRANTED]}, timeout=1.0)
        assert found is BUSY.error

    def test_an_only_server_cut_short_by_the_time_keeps_its_last_refusal(
        self, attempts, driver, addresses, wanted
    ):
        driver.took = 0.6
        book = plans.ManagementServers(addresses[:1], lambda n: 0)
        plan = plans.via_domain(
            made := attempts(1.0), book, waiter(made), "d", "model", "BankDemo", wanted()
        )
        with pytest.raises(NoServerAvailable):
            driver.run(plan, Peers({1: [BUSY, SILENT]}))


class TestASecondOpinion:
    def test_offline_is_not_believed_from_one_alone(self, allocate, driver):
        found = allocate({1: [OFFLINE], 2: [GRANTED], 3: [GRANTED]})
        assert isinstance(found, Reached)
        assert hosts(driver)[:2] == [1, 2]
        assert ids(driver) == [("r", 1), ("r.2", 1)]
        assert driver.pauses == []

    def test_the_one_that_sees_servers_is_asked_first_from_then_on(self, allocate, driver, book):
        allocate({1: [OFFLINE], 2: [GRANTED], 3: [GRANTED]})
        assert book.order(100)[0] == Endpoint("10.0.0.2", 9641)

    def test_two_that_agree_are_believed(self, allocate, driver):
        found = allocate({1: [OFFLINE], 2: [OFFLINE], 3: [GRANTED]}, timeout=0)
        assert found is OFFLINE.error
        assert hosts(driver) == [1, 2]

    def test_the_second_may_say_busy_and_that_stands(self, allocate, driver):
        assert allocate({1: [OFFLINE], 2: [BUSY], 3: [GRANTED]}, timeout=0) is BUSY.error

    def test_one_server_at_two_addresses_is_one_opinion(self, allocate, driver):
        """As a name with an IPv4 and an IPv6 address."""
        first, other = Rejected(OFFLINE.error, "boot-1"), Rejected(OFFLINE.error, "boot-2")
        found = allocate({1: [first], 2: [first], 3: [GRANTED]}, timeout=0)
        assert isinstance(found, Reached)
        assert allocate({1: [first], 2: [first], 3: [DOWN]}, timeout=0) is OFFLINE.error
        assert allocate({1: [first], 2: [other], 3: [DOWN]}, timeout=0) is OFFLINE.error

    def test_one_that_is_down_is_no_opinion(self, allocate, driver):
        found = allocate({1: [OFFLINE], 2: [DOWN], 3: [GRANTED]}, timeout=0)
        assert isinstance(found, Reached)
        assert hosts(driver)[:3] == [1, 2, 3]

    def test_without_a_second_server_the_first_stands(self, allocate):
        assert allocate({1: [OFFLINE], 2: [DOWN], 3: [SILENT]}, timeout=0) is OFFLINE.error

    def test_busy_needs_none(self, allocate, driver):
        assert allocate({1: [BUSY], 2: [GRANTED], 3: [GRANTED]}, timeout=0) is BUSY.error
        assert hosts(driver) == [1]

    def test_a_refusal_without_a_reason_is_doubted(self, allocate, driver):
        bare = Rejected(NoServerAvailable(user="u", location="l", name="n", domain="d"))
        assert isinstance(allocate({1: [bare], 2: [GRANTED], 3: [GRANTED]}, timeout=0), Reached)


class TestRefusals:
    def test_busy_is_tried_again_with_a_new_id_each_time(self, allocate, driver):
        found = allocate({1: [BUSY, BUSY, GRANTED], 2: [DOWN], 3: [DOWN]})
        assert isinstance(found, Reached)
        assert ids(driver) == [("r", 1), ("r.2", 1), ("r.3", 1)]
        assert ids(driver, Claim) == ["r.3"]
        assert driver.pauses == [0.02, 0.04]

    def test_busy_and_offline_until_the_time_is_over(self, allocate, driver, time):
        began = time.now
        assert allocate({1: [BUSY], 2: [BUSY], 3: [BUSY]}) is BUSY.error
        assert 29 < time.now - began <= 30
        every = ids(driver)
        assert len(set(every)) == len(every) > 50

    @pytest.mark.parametrize(
        "error",
        [
            UnknownDomain(domain="d"),
            BadValue(column="c", problem="p"),
            ForeignServer(server="s", theirs="a", ours="b"),
            NotOffered(kind="model", name="n", where="w"),
        ],
    )
    def test_wrong_requests_are_final_at_once(self, allocate, driver, error):
        assert allocate({1: [Rejected(error)], 2: [GRANTED], 3: [GRANTED]}) is error
        assert len(driver.asked) == 1

    @pytest.mark.parametrize("reason", ["not offered", "no servers configured"])
    def test_what_waiting_cannot_help_is_final(self, allocate, driver, reason):
        never = Rejected(
            NoServerAvailable({"reason": reason}, user="u", location="l", name="n", domain="d")
        )
        assert allocate({1: [never], 2: [GRANTED], 3: [GRANTED]}) is never.error
        assert len(driver.asked) == 1


class TestTheSessionServer:
    @pytest.mark.parametrize(
        "first",
        [
            DOWN,
            Unsent(ConnectionLost(peer="x", reason="closed before")),
            Rejected(ClaimExpired(session="s")),
            Rejected(AtLimit(server="s", name="n", limit="pool", maximum=1)),
            Rejected(Draining(server="s", state="draining")),
            Rejected(PoolStopped(pool="p", server="s")),
            Rejected(TooManyCalls(peer="p", limit=1)),
            Rejected(VariableListExhausted(list="l", pool="p", rows=1)),
        ],
    )
    def test_what_surely_was_not_begun_is_allocated_anew_under_a_new_id(
        self, allocate, driver, first
    ):
        found = allocate(
            ALL_GRANT, [first, Answered(Ran(OPENED, Rows((), [])))], batch=True, perform=PERFORM
        )
        assert isinstance(found, Reached)
        assert ids(driver) == [("r", 1), ("r.2", 1)]
        assert ids(driver, Run) == ["r", "r.2"]

    @pytest.mark.parametrize("lost", [LOST, SILENT])
    def test_work_that_may_have_been_begun_is_never_begun_again(self, allocate, driver, lost):
        found = allocate(ALL_GRANT, [lost], batch=True, perform=PERFORM)
        assert found is lost.error
        assert len(driver.asked) == 2

    def test_unless_it_is_harmless_and_the_connection_was_lost(self, allocate, driver):
        ran = Answered(Ran(OPENED, Rows((), [])))
        found = allocate(ALL_GRANT, [LOST, ran], batch=True, perform=PERFORM, repeatable=True)
        assert isinstance(found, Reached)
        assert (
            allocate(ALL_GRANT, [SILENT], batch=True, perform=PERFORM, repeatable=True)
            is SILENT.error
        )

    def test_a_claim_without_work_may_be_lost(self, allocate, driver):
        assert isinstance(allocate(ALL_GRANT, [LOST, Answered(OPENED)]), Reached)

    def test_a_batch_that_only_suspends_is_not_repeated(self, allocate):
        assert allocate(ALL_GRANT, [LOST], batch=True, after="suspend") is LOST.error

    @pytest.mark.parametrize(
        "error",
        [
            EntityNotReached(entity="e", seconds=1, operation="o", nearest="n", difference="d"),
            HostUnreachable(host="h", reason="r"),
            MethodTimedOut(),
            SessionGone(session="s", server="v"),
        ],
    )
    def test_what_it_answers_is_final(self, allocate, driver, error):
        assert allocate(ALL_GRANT, [Rejected(error)], batch=True, perform=PERFORM) is error
        assert len(driver.asked) == 2

    def test_one_that_stays_unreachable_is_named_when_the_time_is_over(self, allocate):
        error = allocate(ALL_GRANT, [DOWN], timeout=2.0)
        # dialling knew the address only; the session id tells whose it is
        assert str(error) == "Session server vs1 at x:1 cannot be reached: refused."

    def test_one_try_does_not_allocate_again(self, allocate, driver):
        assert isinstance(allocate(ALL_GRANT, [DOWN], timeout=0), ServerUnreachable)
        assert len(driver.asked) == 2

    def test_a_refused_hello_is_final(self, allocate):
        foreign = Unsent(ForeignServer(server="s", theirs="a", ours="b"))
        assert allocate(ALL_GRANT, [foreign]) is foreign.error

    def test_an_answer_of_the_wrong_kind_is_a_protocol_error(self, allocate):
        assert isinstance(allocate(ALL_GRANT, [Answered(Done())]), ProtocolError)
        assert isinstance(
            allocate({1: [Answered(Done())], 2: [DOWN], 3: [DOWN]}, timeout=0), ProtocolError
        )

    def test_an_address_that_is_none_is_a_protocol_error(self, allocate):
        odd = Answered(Allocated("vs1", "nonsense", "s", "c"))
        assert isinstance(allocate({1: [odd], 2: [odd], 3: [odd]}), ProtocolError)


class TestDirectly:
    @pytest.fixture
    def go(self, driver, attempts, wanted):
        def run(outcomes, opening=None, timeout=30.0, where=None, **changes):
            def at():
                return Endpoint("10.0.1.1", 9623)
                yield

            made = attempts(timeout)
            opening = opening or Open("model", "BankDemo", Login(), {})
            plan = plans.direct(made, where or at, opening, wanted(**changes), waiter(made))
            script = list(outcomes)
            try:
                return driver.run(plan, lambda _: script.pop(0) if len(script) > 1 else script[0])
            except VerdigrisError as problem:
                return problem

        return run

    def test_one_round_trip(self, go, driver):
        assert isinstance(go([Answered(OPENED)]), Reached)
        assert len(driver.asked) == 1

    def test_a_server_at_its_limit_is_asked_again_until_the_time_is_over(self, go, driver, time):
        full = Rejected(AtLimit(server="s", name="n", limit="server", maximum=1))
        assert isinstance(go([full, full, Answered(OPENED)]), Reached)
        assert [ask.request_id for ask in driver.asked] == ["r", "r.2", "r.3"]
        began = time.now
        assert go([full]) is full.error
        assert 29 < time.now - began <= 30

    def test_one_try(self, go, driver):
        assert go([DOWN, Answered(OPENED)], timeout=0) is DOWN.error

    def test_a_resume_whose_answer_was_lost_is_not_repeated(self, go, driver):
        again = Resume("vs1~" + "a" * 32, Login(), {})
        assert go([LOST], again) is LOST.error
        assert isinstance(go([DOWN, Answered(OPENED)], again), Reached)


class TestFindingAServer:
    def test_its_address_comes_from_a_management_server(self, driver, attempts, book):
        plan = consultation.locate(attempts(), book, "vs7")
        found = driver.run(
            plan, Peers({1: [DOWN], 2: [Answered(Located("vs7", "10.9.9.9:1"))], 3: [DOWN]})
        )
        assert found == Endpoint("10.9.9.9", 1)
        assert driver.asked[1].body == Locate("vs7")

    def test_one_that_has_not_told_its_address_yet_is_awaited(self, driver, attempts, book):
        plan = consultation.locate(attempts(), book, "vs7")
        late = [Answered(Located("vs7", "")), Answered(Located("vs7", "10.9.9.9:1"))]
        assert driver.run(plan, Peers({1: late, 2: [], 3: []})) == Endpoint("10.9.9.9", 1)

    def test_an_unknown_one_is_final(self, driver, attempts, book):
        plan = consultation.locate(attempts(), book, "vs7")
        with pytest.raises(UnknownServer):
            driver.run(plan, Peers({1: [Rejected(UnknownServer(server="vs7"))], 2: [], 3: []}))


def test_pauses_never_grow_beyond_the_longest(allocate, driver):
    allocate({1: [BUSY], 2: [BUSY], 3: [BUSY]})
    assert all(a <= b for a, b in pairwise(driver.pauses[:-1]))
    assert max(driver.pauses) == 0.5


def test_credentials_go_to_the_management_server_and_its_token_to_the_session_server(
    allocate, driver
):
    who = Login("u", "p", on_behalf_of="clerk 7")
    granted = Answered(msgspec.structs.replace(GRANTED.body, token="for this session"))
    allocate({1: [granted], 2: [granted], 3: [granted]}, login=who, user="u")
    asked, claimed = driver.asked
    assert asked.body.login == who
    assert claimed.body.login == Login("u", token="for this session", on_behalf_of="clerk 7")
    assert claimed.login == who, "a session that nobody wants is given back with the credentials"
