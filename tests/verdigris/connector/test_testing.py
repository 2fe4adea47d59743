"""The fakes have every public name of the real ones, with the same signatures; so has the blocking form."""

import inspect
import types

import pytest

import verdigris.connector
import verdigris.connector.blocking
from verdigris.connector import Connector, Session, Target, Watch, blocking
from verdigris.connector.testing import FakeBlockingConnector, FakeConnector
from verdigris.errors import HostUnreachable, NotOffered, SessionGone


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


def parameters(function):
    return [
        (it.name, it.kind, it.default) for it in inspect.signature(function).parameters.values()
    ]


PAIRS = [
    (Connector, blocking.Connector),
    (Session, blocking.Session),
    (Watch, blocking.Watch),
    (Connector, FakeConnector),
    (blocking.Connector, FakeBlockingConnector),
]
SHOULD_HAVE = [(real, other, name) for real, other in PAIRS for name in sorted(public(real))]


@pytest.mark.parametrize(("real", "other", "name"), SHOULD_HAVE)
def test_every_public_name_is_there_with_the_same_signature(real, other, name):
    assert hasattr(other, name)
    mine, theirs = inspect.getattr_static(real, name), inspect.getattr_static(other, name)
    if isinstance(mine, types.FunctionType):
        assert parameters(theirs) == parameters(mine)


def test_the_blocking_form_adds_no_public_name():
    assert public(blocking.Connector) == public(Connector)


def test_both_packages_say_the_same_names():
    assert set(blocking.__all__) == set(verdigris.connector.__all__)
    for name in blocking.__all__:
        assert getattr(blocking, name).__doc__


def test_sessions_have_the_same_attributes():
    fake = FakeBlockingConnector()
    fake.fake.program("M", "T", "P")
    session = fake.connect_to_model_via_domain("d", "M")
    inner = session._inner
    names = {name for name in public(inner) if not callable(getattr(inner, name))}
    for name in names:
        assert getattr(session, name) == getattr(inner, name), name


def test_public_methods_of_the_blocking_form_are_documented():
    for kind in (blocking.Connector, blocking.Session, blocking.Watch):
        for name in public(kind):
            assert inspect.getattr_static(kind, name).__doc__, f"{kind.__name__}.{name}"


class TestProgramming:
    @pytest.fixture
    def connector(self):
        return FakeBlockingConnector()

    def test_rows(self, connector):
        connector.fake.program("BankDemo", "Customers", "Search", [{"Name": "SMITH"}])
        rows = connector.call(Target.model("BankDemo", domain="d"), "Customers", "Search")
        assert rows.dicts() == [{"Name": "SMITH"}]

    def test_an_error(self, connector):
        connector.fake.program("M", "T", "P", HostUnreachable(host="h", reason="down"))
        with pytest.raises(HostUnreachable):
            connector.call(Target.model("M", domain="d"), "T", "P")

    def test_a_function_of_the_call(self, connector):
        connector.fake.program(
            "M", "T", "P", lambda call: [{"A": call.filters["B"]}], columns=[("A", "integer")]
        )
        assert connector.call(Target.model("M", domain="d"), "T", "P", {"B": 7})[0]["A"] == 7

    def test_max_rows_and_columns_are_kept(self, connector):
        connector.fake.program("M", "T", "P", [{"A": "1", "B": "2"}, {"A": "3", "B": "4"}])
        target = Target.model("M", domain="d")
        rows = connector.call(target, "T", "P", columns=["b"], max_rows=1)
        assert rows.dicts() == [{"B": "2"}]

    def test_a_refusal_is_used_once(self, connector):
        connector.fake.program("M", "T", "P")
        connector.fake.refusals.append(NotOffered(kind="model", name="M", where="w"))
        with pytest.raises(NotOffered):
            connector.call(Target.model("M", domain="d"), "T", "P")
        connector.call(Target.model("M", domain="d"), "T", "P")

    def test_sessions_are_context_managers(self, connector):
        connector.fake.program("M", "T", "P")
        with connector, connector.connect_to_model_via_domain("d", "M") as session:
            name = session.suspend(1)
        with pytest.raises(SessionGone):
            session.get_model_variables()
        with connector.resume(name) as session:
            assert session.is_connected
        assert not session.is_connected
        assert connector.network.closed

    def test_what_never_answers_says_so_instead_of_blocking(self, connector):
        from twisted.internet.defer import Deferred  # noqa: PLC0415 - only here

        from verdigris.connector.testing import MANAGEMENT  # noqa: PLC0415 - only here

        connector.network.peers[MANAGEMENT] = lambda *_: Deferred()
        with pytest.raises(TimeoutError):
            connector.offers()
