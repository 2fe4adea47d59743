"""What programs do with a connector, against servers in memory."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from verdigris.connector import Connector, Options, Suspended, Target
from verdigris.connector.testing import MANAGEMENT, SESSIONS, FakeConnector
from verdigris.errors import (
    AtLimit,
    BadValue,
    ConnectionLost,
    EntityNotReached,
    NoManagementServer,
    NotOffered,
    ProtocolError,
    ServerUnreachable,
    SessionGone,
    UnknownDomain,
    UnknownServer,
)
from verdigris.metadata import Model, Variable
from verdigris.values import Credentials, Endpoint
from verdigris.wire import Allocate, Claim, Locate, Offer, Offers, Open, Perform, Rows, Run


BANK = Target.model("BankDemo", domain="retail")
ROWS = [{"Name": "SMITH", "Balance": Decimal("12.50"), "Since": dt.date(2020, 1, 31)}]
COLUMNS = [("Name", "text"), ("Balance", "decimal"), ("Since", "date")]


@pytest.fixture
def connector():
    made = FakeConnector()
    variables = (Variable(name="userID"), Variable(name="branch", default="001"))
    made.fake.models["bankdemo"] = Model(name="BankDemo", version="v1", variables=variables)
    made.fake.pools["Pool-1"] = "BankDemo"
    made.fake.program("BankDemo", "Customers", "Search", ROWS, columns=COLUMNS)
    return made


def kinds(connector):
    return [type(body) for _, body, _ in connector.network.calls]


class TestWholeCalls:
    def test_via_a_domain_takes_two_round_trips(self, connector, result):
        rows = result(connector.call(BANK, "Customers", "Search", {"Name": "SM"}))
        assert rows.dicts() == ROWS
        assert kinds(connector) == [Allocate, Run]
        assert connector.fake.calls[0].filters == {"Name": "SM"}

    def test_directly_takes_one(self, connector, result):
        target = Target.pool("Pool-1", server=SESSIONS)
        assert len(result(connector.call(target, "", "search"))) == 1
        assert kinds(connector) == [Run]
        call = connector.fake.calls[0]
        assert (call.kind, call.name, call.domain) == ("pool", "Pool-1", "")

    def test_the_result_says_where_it_ran(self, connector, result):
        ran = result(connector.call(BANK, "Customers", "Search", request_id="web-17")).report
        assert (ran.server, ran.request_id, ran.path) == ("fake1", "web-17", ("Home",))
        assert [(step.server, step.answer) for step in ran.trail] == [("fake1", "granted")]
        assert [tried.asked for tried in ran.tries] == ["Allocate", "Run"]
        assert (ran.model, ran.version, ran.session_id) == ("BankDemo", "v1", "")

    def test_the_raw_form_gives_the_rows_as_they_travelled(self, connector, result):
        wanted = Perform("", "Customers", "Search", {"Name": "SM"}, {}, ("Name",), 1)
        rows, ran = result(connector.call_raw(BANK, wanted, request_id="web-18"))
        assert kinds(connector) == [Allocate, Run]
        assert connector.network.calls[1][1].perform is wanted
        assert isinstance(rows, Rows)
        assert (rows.columns, rows.rows) == ((("Name", "text"),), [["SMITH"]])
        assert (rows.server, ran.server, ran.request_id) == ("fake1", "fake1", "web-18")

    def test_everything_is_handed_on(self, connector, result):
        result(
            connector.call(
                BANK,
                "Customers",
                "Search",
                {"Min": Decimal("1.5")},
                {"Since": dt.date(2020, 1, 1)},
                ["Name"],
                5,
                case_sensitive=False,
                credentials=Credentials("ops", "secret"),
                model_variables={"branch": "007"},
                location="10.1.2.3",
                request_id="r-9",
            )
        )
        call = connector.fake.calls[0]
        assert (call.filters, call.data) == ({"Min": "1.5"}, {"Since": "2020-01-01"})
        assert (call.columns, call.max_rows, call.case_sensitive) == (("Name",), 5, False)
        assert (call.user, call.variables["branch"], call.request_id) == ("ops", "007", "r-9")
        allocate = connector.network.calls[0][1]
        assert (allocate.user, allocate.location) == ("ops", "10.1.2.3")
        login = connector.network.calls[1][1].opening.login
        assert (login.user, login.password) == ("ops", ""), "no session server hears the password"

    def test_without_credentials_the_user_is_anonymous_in_messages_and_nobody_to_servers(
        self, connector, result
    ):
        result(connector.call(BANK, "", "Search"))
        assert connector.network.calls[0][1].user == "anonymous"
        assert connector.network.calls[1][1].opening.login.user == ""

    def test_the_session_is_given_back_also_after_an_error(self, connector, result):
        result(connector.call(BANK, "", "Search"))
        problem = EntityNotReached(
            entity="A", seconds=1, operation="o", nearest="B", difference="d"
        )
        connector.fake.program("BankDemo", "Customers", "Fails", problem)
        error = result(connector.call(BANK, "", "Fails", request_id="r-1"))
        assert isinstance(error, EntityNotReached)
        assert error.request_id == "r-1"
        assert connector.fake.sessions == {}

    def test_a_value_that_cannot_be_sent_asks_nobody(self, connector, result):
        assert isinstance(result(connector.call(BANK, "", "Search", {"a": b"x"})), BadValue)
        assert connector.network.calls == []

    def test_an_option_that_is_none_is_refused(self, connector, result):
        assert isinstance(result(connector.call(BANK, "", "Search", timeout=3)), TypeError)

    def test_variables_can_be_read_without_performing_anything(self, connector, result):
        found = result(connector.read_variables(BANK, model_variables={"branch": "9"}))
        assert found == {"userID": "", "branch": "9"}


class TestErrors:
    def test_after_several_tries_they_are_told(self, connector, result):
        connector.fake.refusals += [
            AtLimit(server="s", name="n", limit="pool", maximum=2) for _ in range(1000)
        ]
        error = result(connector.call(Target.pool("Pool-1", server=SESSIONS), "", "Search"))
        assert isinstance(error, AtLimit)
        assert error.request_id == "request-1"
        tries = error.details["tries"]
        assert len(tries) == 20
        assert tries[-1]["request_id"] == f"request-1.{len(connector.network.calls)}"
        assert 28 < tries[-1]["at"] < 30

    def test_a_domain_nobody_knows(self, connector, result):
        connector.fake.domains = {"retail"}
        error = result(connector.call(Target.model("BankDemo", domain="x"), "", "Search"))
        assert isinstance(error, UnknownDomain)

    def test_without_any_management_server(self, connector, result):
        del connector.network.peers[MANAGEMENT]
        error = result(connector.call(BANK, "", "Search", connection_timeout=1))
        assert isinstance(error, NoManagementServer)
        assert str(error).startswith("None of the management servers (192.0.2.1:9641) answered")
        assert "Connection refused" in error.details["tries"][0]["outcome"]

    def test_a_server_that_cannot_be_reached(self, connector, result):
        target = Target.model("BankDemo", server="192.0.2.77:1")
        error = result(connector.call(target, "", "Search", connection_timeout=0))
        assert isinstance(error, ServerUnreachable)

    def test_the_error_is_this_calls_own_copy(self, connector, result):
        shared = NotOffered(kind="model", name="n", where="w")
        connector.fake.refusals += [shared]
        error = result(connector.call(BANK, "", "Search"))
        assert error is not shared
        assert str(error) == str(shared)

    def test_an_answer_that_does_not_fit(self, connector, result):
        connector.network.peers[SESSIONS] = lambda *_: Offers("1", ())
        assert isinstance(result(connector.call(BANK, "", "Search")), ProtocolError)


class TestSessions:
    @pytest.mark.parametrize(
        ("way", "arguments", "sent"),
        [
            ("connect_to_model", (SESSIONS, "BankDemo"), [Open]),
            ("connect_to_session", ("192.0.2.2", "Pool-1"), [Open]),
            ("connect_to_model_via_domain", ("retail", "BankDemo"), [Allocate, Claim]),
            ("connect_to_session_via_domain", ("retail", "Pool-1"), [Allocate, Claim]),
        ],
    )
    def test_the_four_ways_to_connect(self, connector, result, way, arguments, sent):
        session = result(getattr(connector, way)(*arguments))
        assert kinds(connector) == sent
        assert (session.server, session.model, session.version) == ("fake1", "BankDemo", "v1")
        assert session.is_connected
        rows = result(session.perform_table_procedure("Customers", "Search"))
        assert rows.dicts() == ROWS
        result(session.disconnect())
        assert not session.is_connected
        assert connector.fake.sessions == {}

    def test_a_server_may_be_given_by_its_name_in_the_installation(self, connector, result):
        assert result(connector.connect_to_model("fake1", "BankDemo")).server == "fake1"
        assert kinds(connector) == [Locate, Open]
        assert isinstance(result(connector.connect_to_model("vs9", "BankDemo")), UnknownServer)

    def test_management_servers_of_the_call_replace_the_connectors(self, connector, result):
        other = Endpoint("192.0.2.9", 9641)
        connector.network.peers[other] = connector.network.peers.pop(MANAGEMENT)
        session = result(
            connector.connect_to_model_via_domain("d", "BankDemo", management_servers=["192.0.2.9"])
        )
        assert session.is_connected
        assert connector.network.calls[0][0] == other

    def test_model_variables(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
        result(session.set_model_variables({"branch": "042"}))
        assert result(session.get_model_variables()) == {"userID": "", "branch": "042"}

    def test_metadata(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
        assert result(session.metadata()).find("search")[1].name == "Search"

    def test_suspended_here_resumed_by_another_connector(self, connector, result):
        session = result(connector.connect_to_model_via_domain("retail", "BankDemo"))
        number, name = session.number, result(session.suspend(5))
        assert not session.is_connected
        assert isinstance(result(session.get_model_variables()), SessionGone)
        other = FakeConnector(connector.fake)
        again = result(other.resume(name))
        assert again.number == number
        assert kinds(other)[0] is Locate
        result(again.disconnect())
        assert isinstance(result(other.resume(name)), SessionGone)

    def test_the_server_of_a_session_is_remembered(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
        result(connector.resume(result(session.suspend(5))))
        assert Locate not in kinds(connector)

    def test_an_id_that_is_none_asks_nobody(self, connector, result):
        error = result(connector.resume("nonsense"))
        assert isinstance(error, SessionGone)
        assert "nonsense" not in str(error)
        assert connector.network.calls == []

    def test_a_lost_connection_ends_it(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
        connector.network.cut(SESSIONS)
        assert not session.is_connected
        error = result(session.perform_table_procedure("", "Search"))
        assert isinstance(error, ConnectionLost)
        assert result(session.disconnect()) is None

    def test_every_call_of_a_session_has_an_id_of_its_own(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo", request_id="web"))
        result(session.perform_table_procedure("", "Search"))
        assert session.request_id == "web-1"
        rows = result(session.perform_table_procedure("", "Search", request_id="mine"))
        assert rows.report.request_id == session.request_id == "mine"

    def test_what_it_prints_holds_no_id(self, connector, result):
        session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
        assert repr(session) == f"<Session {session.number} of BankDemo at fake1>"
        result(session.disconnect())
        assert repr(session) == f"<Session {session.number} of BankDemo at fake1 disconnected>"


class TestStatefulCalls:
    def test_one_session_carries_several_calls(self, connector, result):
        start = result(connector.open_suspended(BANK, 10))
        assert start.session_id
        for _ in range(3):
            ran = result(connector.call(Suspended(start.session_id, 10), "", "Search")).report
            assert (ran.session_id, ran.session_number) == (start.session_id, start.session_number)
        assert kinds(connector) == [Allocate, Run, Run, Run, Run]
        result(connector.release_suspended(start.session_id))
        assert isinstance(
            result(connector.call(Suspended(start.session_id), "", "Search")), SessionGone
        )

    def test_a_call_that_fails_keeps_the_session(self, connector, result):
        start = result(connector.open_suspended(BANK))
        error = result(connector.call(Suspended(start.session_id), "", "Nothing"))
        assert error.code == 9102
        assert connector.fake.sessions[start.session_id].suspended

    def test_the_last_call_may_release_it(self, connector, result):
        start = result(connector.open_suspended(BANK))
        ran = result(connector.call(Suspended(start.session_id, 0), "", "Search")).report
        assert ran.session_id == ""
        assert connector.fake.sessions == {}

    def test_without_management_servers_its_server_must_be_known(self, result):
        alone = Connector(FakeConnector().clock, dialer=FakeConnector().network)
        error = result(alone.call(Suspended("vs1~" + "a" * 32), "", "Search"))
        assert isinstance(error, UnknownServer)


class TestWhatThereIs:
    def test_offers_of_the_installation_and_of_one_server(self, connector, result):
        offer = Offer("pool", "Pool-1", "BankDemo", "")
        for where in ("", SESSIONS):
            found = result(connector.offers(server=where))
            assert (offer, (str(SESSIONS),)) in found.offers

    @pytest.mark.parametrize("server", ["", SESSIONS])
    def test_describe(self, connector, result, server):
        assert result(connector.describe("pool", "Pool-1", server=server)).name == "BankDemo"
        error = result(connector.describe("model", "Nothing", server=server))
        assert isinstance(error, NotOffered)

    def test_describe_asks_the_next_server_if_one_is_away(self, connector, result):
        gone = "192.0.2.99:9623"
        everywhere = (gone, str(SESSIONS))
        connector.network.peers[MANAGEMENT] = lambda *_: Offers(
            "1", ((Offer("model", "BankDemo", "BankDemo", ""), everywhere),)
        )
        assert result(connector.describe("model", "bankdemo")).name == "BankDemo"


def test_it_prints_whom_it_asks(connector):
    assert repr(connector) == "<Connector [management servers 192.0.2.1:9641]>"


def test_closing_breaks_the_connections(connector, result):
    session = result(connector.connect_to_model(SESSIONS, "BankDemo"))
    connector.close()
    assert not session.is_connected


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("method_timout", "unknown option 'method_timout'; did you mean method_timeout?; the"),
        ("zzz", "unknown option 'zzz'; the options of every call are credentials, model_variables"),
    ],
)
def test_a_wrong_keyword_is_answered_with_the_options_there_are(connector, result, keyword, said):
    """The same for every call, since all of them make their options in one place."""
    problem = result(connector.call(BANK, "Customers", "Search", **{keyword: 1}))
    assert isinstance(problem, TypeError)
    assert str(problem).startswith(said)


def test_the_page_lists_the_options_of_every_call():
    page = (Path(__file__).parents[3] / "docs" / "connector.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| `[^`]+` \|", page, re.MULTILINE) == list(
        Options.__annotations__
    )
