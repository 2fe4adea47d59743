"""Session calls by the connector: a method for each, in both forms; results, errors, lists of errors."""

import inspect

import pytest

from verdigris.connector import ErrorMessage, Session, Suspended, Target, blocking
from verdigris.connector.testing import SESSIONS, FakeBlockingConnector, FakeConnector
from verdigris.errors import (
    BadSessionCall,
    ConnectionLost,
    NotInModel,
    ProtocolError,
    UnknownName,
    WaitTimedOut,
)
from verdigris.wire import CallSession, SessionCalled
from verdigris.wire import session_calls as calls


TARGET = Target.model("M", domain="d")


@pytest.fixture
def connector():
    made = FakeBlockingConnector()
    made.fake.program("M", "T", "P", [{"A": "1"}])
    return made


@pytest.fixture
def session(connector):
    return connector.connect_to_model_via_domain("d", "M")


@pytest.mark.parametrize("row", calls.CALLS, ids=lambda row: row.name)
@pytest.mark.parametrize("kind", [Session, blocking.Session], ids=["asynchronous", "blocking"])
def test_every_call_has_a_method_with_its_arguments_and_its_documentation(kind, row):
    method = inspect.getattr_static(kind, row.method)
    assert row.kind.__doc__
    if row.name in ("PerformTableProcedure", "GetModelVariables", "SetModelVariables"):
        return  # their methods are older, and give typed rows and values
    given = list(inspect.signature(method).parameters)
    assert given == ["self", *inspect.signature(row.kind).parameters]
    assert row.name in method.__doc__
    assert method.__name__ == row.method


@pytest.mark.parametrize("local", calls.LOCAL_METHODS, ids=lambda it: it.name)
def test_what_needs_no_message_is_where_the_table_says(local):
    import verdigris.connector  # noqa: PLC0415 - the package itself is looked into

    for package in (verdigris.connector, blocking):
        kind, _, name = local.place.partition(".")
        found = getattr(package, kind)
        if name and not hasattr(found, name):
            opened = FakeBlockingConnector()
            opened.fake.program("M", "T", "P")
            assert hasattr(opened.connect_to_model_via_domain("d", "M"), name)


def test_a_method_sends_its_call_and_gives_its_typed_result(connector, session):
    place = calls.ElementLocation(1, 2, 3)
    connector.fake.answer("M", calls.GetAttributeLocations, {"Name": place})
    assert session.get_attribute_locations(("Name",)) == {"Name": place}
    assert connector.fake.session_calls.made == [calls.GetAttributeLocations(("Name",))]


def test_a_batch_is_one_message(connector, session):
    connector.network.calls.clear()
    wanted = [calls.GetCurrentEntity(), calls.SetCurrentEntity("B"), calls.GetCurrentEntity()]
    assert session.perform_calls(wanted) == ["Home", None, "B"]
    (sent,) = [body for _, body, _ in connector.network.calls]
    assert isinstance(sent, CallSession)


def test_the_error_of_a_batch_names_the_call_and_keeps_the_results_before_it(connector, session):
    connector.fake.answer(
        "M",
        calls.WaitForString,
        WaitTimedOut({"screen": "LINE 1"}, seconds="1", operation="w", awaited="x"),
    )
    with pytest.raises(WaitTimedOut) as caught:
        session.perform_calls([calls.GetCurrentEntity(), calls.WaitForString("x", 0, 0, 1.0)])
    error = caught.value
    assert (error.details["call"], error.details["number"]) == ("WaitForString", 2)
    assert error.details["results"] == ["Home"]
    assert error.request_id == session.request_id
    assert session.last_error is error
    assert session.error_screen == "LINE 1"
    assert session.last_error_message_list == (ErrorMessage(9403, str(error)),)


def test_what_led_to_an_error_is_in_its_list(connector, session):
    assert session.last_error_message_list == ()
    assert session.error_screen == ""
    connector.fake.answer(
        "M", calls.ProcessString, lambda _: NotInModel({"cause": "No handler."}, problem="p")
    )
    with pytest.raises(NotInModel):
        session.process_string("x")
    assert [one.text for one in session.last_error_message_list][1:] == ["No handler."]


@pytest.mark.parametrize(
    ("call", "effect"),
    [(calls.GetScreen(), "none"), (calls.PerformAidKey("Enter"), "unknown")],
    ids=["look", "act"],
)
def test_a_connection_lost_in_the_middle_says_what_may_have_been_done(
    connector, session, call, effect
):
    def broken(body, request_id, seconds):
        raise ConnectionLost(peer="vs1", reason="killed")

    connector.network.peers[SESSIONS] = broken
    with pytest.raises(ConnectionLost) as caught:
        session.perform_calls([call])
    assert (caught.value.effect, caught.value.retry) == (effect, effect == "none")


def test_an_answer_that_is_none_is_a_protocol_error(connector, session):
    connector.network.peers[SESSIONS] = lambda *_: SessionCalled((calls.as_sent(5),))
    with pytest.raises(ProtocolError):
        session.get_current_entity()
    connector.network.peers[SESSIONS] = lambda *_: SessionCalled(())
    with pytest.raises(ProtocolError):
        session.get_current_entity()


def test_calls_without_a_session_of_ones_own(connector):
    found, report = connector.perform_calls(TARGET, [calls.GetCurrentEntity()])
    assert found == ["Home"]
    assert report.session_id == ""
    kept = connector.open_suspended(TARGET, 5)
    target = Suspended(kept.session_id, 5)
    connector.perform_calls(target, [calls.SetCurrentEntity("B"), calls.SetClientState({"n": "1"})])
    found, _ = connector.perform_calls(target, [calls.GetCurrentEntity(), calls.GetClientState()])
    assert found == ["B", {"n": "1"}]
    with pytest.raises(NotInModel) as caught:
        connector.perform_calls(target, [calls.PerformAidKey("Enter")])
    assert caught.value.request_id
    connector.release_suspended(kept.session_id)


class TestTheFake:
    def test_what_needs_no_host_is_answered(self, session):
        assert session.get_table_names() == ["T"]
        assert session.get_table_columns("t") == ["A"]
        assert session.get_table_procedures("T") == ["P"]
        assert session.get_column_meta_data("T", "a").name == "A"
        assert session.get_procedure_meta_data("T", "p").kind == "select"
        assert session.get_table_description("T") == ""
        assert session.get_logging_level() == "LOG_WARNINGS_AND_ERRORS"
        session.set_logging_level("LOG_ALL_MESSAGES")
        assert session.get_logging_level() == "LOG_ALL_MESSAGES"
        session.set_client_state({"a": "1"})
        session.set_client_state({"a": None, "b": "2"})
        assert session.get_client_state() == {"b": "2"}
        with pytest.raises(UnknownName):
            session.get_table_columns("X")

    def test_a_call_without_an_answer_says_how_to_give_one(self, session):
        with pytest.raises(NotInModel, match=r"fake\.answer"):
            session.get_screen()

    def test_answers_are_functions_too(self, connector, session):
        connector.fake.answer(
            "M", calls.GetAttributes, lambda call: dict.fromkeys(call.attributes, "x")
        )
        assert session.get_attributes(("A", "B")) == {"A": "x", "B": "x"}

    def test_a_call_that_is_not_valid_is_refused(self, session):
        with pytest.raises(BadSessionCall):
            session.get_string_at_offset(-1, 5)


def test_the_asynchronous_form():
    connector = FakeConnector()
    connector.fake.program("M", "T", "P")
    found = []
    connector.connect_to_model_via_domain("d", "M").addCallback(
        lambda session: session.get_current_entity().addCallback(found.append)
    )
    assert found == ["Home"]


def test_the_session_tells_its_version_and_its_line(session):
    assert session.version_string
    assert not session.is_secure_connection
    assert session.method_timeout == 30.0
    session.method_timeout = 5.0
    assert session.method_timeout == 5.0
