"""Where a client's password goes, and what comes of a refusal: both forms of the connector, servers in memory."""

import msgspec
import pytest

from verdigris.connector import Suspended, Target
from verdigris.connector.attempts import Addresses, Answered, Attempts, Resolve, Unsent
from verdigris.connector.management_servers import ManagementServers
from verdigris.connector.session_logins import SessionLogins
from verdigris.connector.testing import MANAGEMENT, SESSIONS, FakeBlockingConnector, FakeConnector
from verdigris.errors import (
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    ServerUnreachable,
    SessionOfAnother,
    TokenRefused,
)
from verdigris.values import Credentials, Endpoint
from verdigris.wire import Allocate, LogIn, Login, LoginToken


ALICE = Credentials("alice", "right one")
BOB = Credentials("bob", "also right")


class Waits:
    """The asynchronous fake as the blocking one is used: its Deferreds have fired."""

    def __init__(self):
        self.inner = FakeConnector()
        self.fake, self.network = self.inner.fake, self.inner.network

    def __getattr__(self, name):
        method = getattr(self.inner, name)

        def call(*args, **options):
            found = []
            method(*args, **options).addBoth(found.append)
            if hasattr(found[0], "raiseException"):
                found[0].raiseException()
            return found[0]

        return call


@pytest.fixture(params=[Waits, FakeBlockingConnector])
def connector(request):
    made = request.param()
    made.fake.program("M", "T", "P", [{"A": "1"}])
    made.fake.users = {"alice": "right one", "bob": "also right"}
    made.fake.rights = {"bob": {"Other"}}
    return made


def heard(connector):
    """The messages that session servers got, as bytes of MessagePack would have them."""
    sent = [body for address, body, _ in connector.network.calls if address != MANAGEMENT]
    return b"".join(msgspec.msgpack.encode(body) for body in sent)


BY_DOMAIN = Target.model("M", domain="d")
DIRECT = Target.model("M", server=SESSIONS)


@pytest.mark.parametrize("target", [BY_DOMAIN, DIRECT])
def test_a_password_is_heard_by_no_session_server(connector, target):
    rows = connector.call(target, "T", "P", credentials=ALICE)
    assert [dict(row) for row in rows] == [{"A": "1"}]
    assert connector.fake.calls[0].user == "alice"
    assert b"right one" not in heard(connector)


def test_neither_is_it_when_a_session_is_kept_described_and_ended(connector):
    session = connector.open_suspended(BY_DOMAIN, credentials=ALICE).session_id
    connector.call(Suspended(session), "T", "P", credentials=ALICE)
    connector.describe("model", "M", credentials=ALICE)
    connector.offers(server=SESSIONS, credentials=ALICE)
    connector.release_suspended(session, credentials=ALICE)
    assert b"right one" not in heard(connector)


def test_a_password_is_exchanged_once_for_many_calls(connector):
    for _ in range(3):
        connector.call(DIRECT, "T", "P", credentials=ALICE)
    asked = [body for _, body, _ in connector.network.calls if isinstance(body, LogIn)]
    assert len(asked) == 1


def test_a_token_is_carried_as_it_is(connector):
    for target in (BY_DOMAIN, DIRECT):
        connector.call(target, "T", "P", credentials=Credentials(token="alice"))
    assert not [body for _, body, _ in connector.network.calls if isinstance(body, LogIn)]


@pytest.mark.parametrize("target", [BY_DOMAIN, DIRECT])
@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        (Credentials(), CredentialsRequired),
        (Credentials("alice", "wrong one"), CredentialsWrong),
        (Credentials(token="rubbish"), TokenRefused),
        (BOB, ConnectRefused),
    ],
)
def test_a_refusal_is_final_and_asked_once(connector, target, credentials, error):
    with pytest.raises(error):
        connector.call(target, "T", "P", credentials=credentials)
    assert len(connector.network.calls) <= 2
    assert sum(isinstance(body, Allocate | LogIn) for _, body, _ in connector.network.calls) <= 1


def test_a_session_of_somebody_else_is_not_resumed(connector):
    connector.fake.rights = {}
    session = connector.open_suspended(BY_DOMAIN, credentials=ALICE).session_id
    with pytest.raises(SessionOfAnother):
        connector.call(Suspended(session), "T", "P", credentials=BOB)


def test_a_wrong_password_is_told_to_one_management_server(connector):
    other = Endpoint("10.0.0.2", 9641)
    connector.network.peers[other] = connector.fake.management
    for address in ([MANAGEMENT, other], [other, MANAGEMENT]):
        connector.network.calls.clear()
        with pytest.raises(CredentialsWrong):
            connector.call(
                BY_DOMAIN, "T", "P", credentials=Credentials("alice", "guess"), management_servers=address
            )  # fmt: skip
        assert len(connector.network.calls) == 1


# ---- what is exchanged, alone ------------------------------------------------------------------


class Server:
    """Drives the plan of an exchange."""

    def __init__(self):
        self.now = 0.0
        self.logins = SessionLogins(b"k" * 32)
        self.book = ManagementServers((Endpoint("10.0.0.1", 9641),), lambda n: 0)
        self.book.learn(self.book.names, 0.0)
        self.asked = []

    def exchanged(self, login, outcome):
        """What goes to a session server; `outcome` is what a management server says."""
        attempts = Attempts("r", 0.0, lambda: self.now, lambda: 1.0)
        plan = self.logins.exchanged(attempts, self.book, login, "pc7")
        try:
            step = next(plan)
            while True:
                if isinstance(step, Resolve):
                    step = plan.send(Addresses(step.names))
                    continue
                self.asked.append(step.body)
                step = plan.send(outcome)
        except StopIteration as done:
            return done.value


def answered(token="t", seconds=600.0):
    return Answered(LoginToken(token, seconds))


def lost():
    return Unsent(ServerUnreachable(server="m1", address="10.0.0.1:9641", reason="refused"))


PASSWORD = Login("alice", "right one", on_behalf_of="ann")


def test_it_is_exchanged_anew_after_half_its_time_or_a_refusal():
    it = Server()
    for now, times in ((0, 1), (299, 1), (301, 2)):
        it.now = now
        assert it.exchanged(PASSWORD, answered()) == Login("", "", "t", "ann")
        assert len(it.asked) == times
    it.logins.forget()
    it.exchanged(PASSWORD, answered())
    assert len(it.asked) == 3


def test_another_password_has_another_token():
    it = Server()
    it.exchanged(PASSWORD, answered("one"))
    assert it.exchanged(Login("alice", "other"), answered("two")).token == "two"
    assert it.exchanged(Login("alicer", "ight one"), answered("three")).token == "three"


def test_without_a_management_server_the_old_token_counts_until_its_end_then_the_name_alone():
    it = Server()
    it.exchanged(PASSWORD, answered())
    it.now = 599
    assert it.exchanged(PASSWORD, lost()).token == "t"
    it.now = 601
    assert it.exchanged(PASSWORD, lost()) == Login("alice", "", "", "ann")


def test_where_users_are_not_checked_the_name_is_handed_on():
    it = Server()
    assert it.exchanged(PASSWORD, answered("", 0.0)) == Login("alice", "", "", "ann")
