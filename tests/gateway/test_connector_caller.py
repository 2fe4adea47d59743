"""Calls go through the connector: by domain or directly, stateless or in a kept session."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred

from gateway.call import Call
from gateway.connector_caller import ConnectorCaller
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.connector.testing import MANAGEMENT, SESSIONS, FakeConnector
from verdigris.errors import NoServerAvailable, SessionGone
from verdigris.values import Credentials
from verdigris.wire import Rows


@pytest.fixture
def connector():
    made = FakeConnector()
    made.fake.program(
        "BankDemo", "Everything", "Show", [{"Text": "a", "Number": 1}, {"Text": "b", "Number": 2}],
        columns=[("Text", "text"), ("Number", "integer")],
    )  # fmt: skip
    made.fake.pools["Pool-1"] = "BankDemo"
    return made


@pytest.fixture
def carry_out(connector):
    config = PluginConfig(session_server=SESSIONS, management_servers=(MANAGEMENT,))
    caller = ConnectorCaller(connector, SimpleNamespace(config=config))

    def run(action="perform", **more):
        given = {
            "kind": "model",
            "name": "BankDemo",
            "request_id": "r1",
            "table": "Everything",
            "procedure": "Show",
        }
        outcome = []
        Deferred.fromCoroutine(caller.call(Call(action=action, **(given | more)))).addBoth(
            outcome.append
        )
        if hasattr(outcome[0], "value"):
            raise outcome[0].value
        return outcome[0]

    return run


def test_rows_come_as_they_travelled(carry_out, connector):
    found = carry_out(
        domain="retail", filters={"Text": "x"}, columns=("Text", "Number"), max_rows=1
    )

    assert isinstance(found, Rows)
    assert found.columns == (("Text", "text"), ("Number", "integer"))
    assert found.rows == [["a", 1]]
    assert found.server == "fake1"
    call = connector.fake.calls[0]
    assert (call.domain, call.filters, call.max_rows, call.request_id) == (
        "retail",
        {"Text": "x"},
        1,
        "r1",
    )


def test_without_a_domain_the_configured_session_server_is_asked(carry_out, connector):
    carry_out(kind="pool", name="Pool-1")

    assert [address for address, _, _ in connector.network.calls] == [SESSIONS]
    assert (connector.fake.calls[0].kind, connector.fake.calls[0].domain) == ("pool", "")


def test_credentials_variables_and_location_are_carried_through(carry_out, connector):
    carry_out(
        credentials=Credentials("ops", "pw"),
        variables={"userID": "u"},
        location="10.0.0.9",
        domain="d",
    )

    call = connector.fake.calls[0]
    assert (call.user, call.variables) == ("ops", {"userID": "u"})
    allocate, run = (body for _, body, _ in connector.network.calls)
    assert (allocate.user, allocate.location) == ("ops", "10.0.0.9")
    assert run.opening.login.password == "", "no session server hears it"


def test_a_kept_session_is_made_used_by_any_gateway_and_ended(carry_out, connector):
    session = carry_out("create", domain="retail")
    assert session.startswith("fake1~")
    carry_out("perform", session=session)
    assert carry_out("variables", session=session, variables={"userID": "u"}) == {"userID": "u"}
    assert carry_out("destroy", session=session) is None

    with pytest.raises(SessionGone):
        carry_out("perform", session=session)
    assert connector.fake.sessions == {}


def test_errors_keep_number_and_trail(carry_out, connector):
    refusal = NoServerAvailable(
        {"trail": ["x"], "reason": "not offered"},
        user="u",
        location="l",
        name="n",
        domain="d",
        reason="not offered",
    )
    connector.fake.refusals.append(refusal)

    with pytest.raises(NoServerAvailable) as caught:
        carry_out(domain="d", connection_timeout=1.0)
    assert caught.value.details["trail"] == ["x"]


def test_a_session_whose_client_left_before_its_id_was_sent_is_ended(connector):
    config = PluginConfig(session_server=SESSIONS, management_servers=(MANAGEMENT,))
    turn = Deferred()
    caller = ConnectorCaller(connector, SimpleNamespace(config=config), lambda: turn)
    call = Call(action="create", kind="model", name="BankDemo", request_id="r1")
    created = Deferred.fromCoroutine(caller.call(call))
    assert len(connector.fake.sessions) == 1
    created.addErrback(lambda _: None)
    created.cancel()
    assert len(connector.fake.sessions) == 0
