"""Sessions and lists for users who may have them, at a management server in memory."""

from dataclasses import replace

import msgspec
import pytest

from tests.support.access import PASSWORD, Access, now, users_xml
from verdigris.config.installation import InstallationSecurity
from verdigris.errors import (
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    NoServerAvailable,
    TokenRefused,
    UnknownDomain,
)
from verdigris.identity import Part, Role
from verdigris.rights import Principal
from verdigris.tokens import read_session_right
from verdigris.wire import (
    Allocate,
    Allocated,
    Authenticate,
    CancelReservation,
    LogIn,
    Login,
    LoginToken,
    Offer,
    Offers,
    Reserve,
    Reserved,
    SetSecurity,
    UserIs,
    WatchOffers,
)


GRANTS = """
<profile name="User"><user name="alice"/></profile>
<grant permission="use metadata" model="BankDemo"><user name="bob"/></grant>
<grant permission="use" pool="Pool-1" domain="d"><user name="carol"/></grant>"""

ON = InstallationSecurity(session_servers=True)
BANK = Offer("model", "BankDemo", "BankDemo", "digest-1")
POOL = Offer("pool", "Pool-1", "BankDemo", "digest-1")
OTHER_POOL = Offer("pool", "Pool-1", "Orders", "digest-2")
GRANT = {Reserve: lambda body: Reserved("A~00000001", "claim", 10.0)}


class Secured:
    """A management server with users, and the session server A."""

    def __init__(self, net, folder, offers=(BANK, POOL)):
        self.net = net([("A", 100)])
        self.access = Access(self.net.clock, folder, users_xml("alice", "bob", "carol", inside=GRANTS))  # fmt: skip
        self.net.server.access = self.access.opened
        self.secure(ON)
        self.link, self.server = self.net.session_server("A", GRANT, offers=offers)
        self.net.registry.servers["A"].can_check_users = True
        self.client = self.net.connect("connector", "c")

    def secure(self, security):
        """Put an installation with this into force."""
        now_in_force = self.net.registry.installation
        self.access.installation = replace(now_in_force, security=security)
        self.net.server.follow(self.access.installation, "r2")
        self.net.pump()

    def allocate(self, user="", name="Pool-1", *, password=PASSWORD, domain="d", **more):
        kind = "model" if name == "BankDemo" else "pool"
        login = more.pop("login", None) or Login(user, password, **more)
        body = Allocate(domain, kind, name, "said", "pc7", 1, login)
        return self.ask(body)

    def ask(self, body, link=None):
        found = self.net.call(link or self.client, body)
        if not found:  # a refusal keeps its pace
            self.net.advance(0.6)
        return found[0]

    @property
    def reserved(self):
        return [call.body for call in self.server.calls if isinstance(call.body, Reserve)]

    @property
    def decision(self):
        return self.net.server.decisions.last(1)[0]


@pytest.fixture
def it(net, tmp_path):
    return Secured(net, tmp_path)


def test_a_user_with_the_right_gets_a_session_and_its_token(it):
    granted = it.allocate("alice", on_behalf_of="clerk 7")
    assert isinstance(granted, Allocated)
    keys = it.access.keys.public
    right = read_session_right(granted.token, "test", "A", "A~00000001", keys, it.access.time)
    assert (right.user, right.on_behalf_of) == (Principal("alice"), "clerk 7")
    assert (right.domain, right.model, right.request) == ("d", "BankDemo", "r1")
    assert it.reserved[-1].user == "alice", "not what the client said"


def test_the_trail_names_the_user_and_for_whom_the_user_acts(it):
    it.allocate("alice", on_behalf_of="clerk 7")
    assert (it.decision.user, it.decision.on_behalf_of) == ("alice", "clerk 7")
    assert it.decision.outcome == "granted"


def test_without_credentials_no_server_is_asked(it):
    assert isinstance(it.allocate(), CredentialsRequired)
    assert isinstance(it.allocate(domain="unknown"), CredentialsRequired)
    assert isinstance(it.allocate("alice", domain="unknown"), UnknownDomain)
    assert not it.reserved


def test_wrong_credentials_are_refused_and_recorded_without_the_password(it, tmp_path):
    assert isinstance(it.allocate("alice", password="not the right one"), CredentialsWrong)
    assert isinstance(it.allocate("my secret", password="not the right one"), CredentialsWrong)
    assert not it.reserved
    lines = b"".join(file.read_bytes() for file in (tmp_path / "audit").iterdir())
    assert b'"alice"' in lines
    assert b"not the right one" not in lines
    assert b"my secret" not in lines


@pytest.mark.parametrize(
    ("user", "name", "allowed"),
    [
        ("alice", "Pool-1", True),
        ("bob", "Pool-1", True),
        ("bob", "BankDemo", True),
        ("carol", "Pool-1", True),
        ("carol", "BankDemo", False),
        ("admin", "BankDemo", True),
    ],
)
def test_rights_decide_and_a_refusal_is_no_2643(it, user, name, allowed):
    found = it.allocate(user, name)
    assert isinstance(found, Allocated if allowed else ConnectRefused)
    if not allowed:
        assert str(found).startswith(f"User {user} at pc7 was refused a connection to {name}.")
        assert (it.decision.outcome, it.decision.user) == ("denied", user)
        assert not it.reserved


def test_what_nobody_has_is_a_2643_for_those_who_may_use_something(it):
    assert isinstance(it.allocate("bob", "Unknown"), NoServerAvailable)


def test_a_pool_that_runs_another_model_there_is_given_back(net, tmp_path):
    it = Secured(net, tmp_path, offers=(BANK, OTHER_POOL))
    it.net.session_server("B", {}, offers=(BANK, POOL))  # not of the domain
    assert isinstance(it.allocate("bob"), ConnectRefused)
    (cancelled,) = [c.body for c in it.server.calls if isinstance(c.body, CancelReservation)]
    assert cancelled.attempt == it.reserved[-1].attempt
    assert it.decision.outcome == "denied"


def test_a_right_that_is_taken_away_ends_at_once(it):
    assert isinstance(it.allocate("bob"), Allocated)
    it.access.edit(users_xml("alice", "bob"))
    assert isinstance(it.allocate("bob"), ConnectRefused)


def test_a_token_of_a_login_will_do(it):
    token, login = now(it.access.logins.login("alice", PASSWORD, "192.0.2.1"))
    assert isinstance(it.allocate(login=Login(token=token)), Allocated)
    it.access.edit(users_xml("bob"))
    assert isinstance(it.allocate(login=Login(token=token)), TokenRefused)
    del login


def test_off_is_as_before(it):
    it.secure(InstallationSecurity())
    granted = it.allocate("anybody", password="whatever")
    assert isinstance(granted, Allocated)
    assert granted.token == ""
    assert it.reserved[-1].user == "said"
    assert it.ask(LogIn(Login("anybody", "whatever"))) == LoginToken()
    assert isinstance(it.ask(WatchOffers()), Offers)


def test_session_servers_are_told_what_changes(it):
    def told():
        return [c.body.security.checks_users for c in it.server.calls if isinstance(c.body, SetSecurity)]  # fmt: skip

    it.secure(InstallationSecurity())
    it.secure(InstallationSecurity())
    it.secure(ON)
    assert told() == [False, True]


def test_a_password_is_exchanged_for_a_token(it):
    answer = it.ask(LogIn(Login("alice", PASSWORD)))
    assert isinstance(it.allocate(login=Login(token=answer.token)), Allocated)
    assert isinstance(it.ask(LogIn(Login("alice", "not right"))), CredentialsWrong)


def test_a_session_server_asks_who_somebody_is(it):
    def asked(user, permission, kind, name):
        body = Authenticate(Login(user, PASSWORD), permission, kind, name, "BankDemo", "", "pc7")
        return it.ask(body, it.link)

    assert asked("bob", "use", "pool", "Pool-1") == UserIs("bob", "native")
    assert isinstance(asked("carol", "use", "pool", "Pool-1"), ConnectRefused), "only by the domain"
    found = it.ask(Authenticate(Login("bob", PASSWORD), "use", "pool", "P", "M"))
    assert "only session servers" in str(found)


# ---- lists -------------------------------------------------------------------------------------


def names(offers):
    return [offer.name for offer, _ in offers.offers]


def test_lists_have_what_the_user_may_know_of(it):
    assert isinstance(it.ask(WatchOffers()), CredentialsRequired)
    assert names(it.ask(WatchOffers(login=Login("alice", PASSWORD)))) == ["BankDemo", "Pool-1"]
    assert names(it.ask(WatchOffers(login=Login("carol", PASSWORD)))) == []


def test_a_gateway_that_proves_to_be_one_gets_the_whole_list(it):
    gateway = it.net.connect("gateway", "gw1")
    it.net.pipes[-1][0]._trust.part = Part("test", Role.GATEWAY, "gw1")
    assert names(it.ask(WatchOffers(), gateway)) == ["BankDemo", "Pool-1"]


def test_a_list_that_is_known_is_told_again_when_rights_change(it):
    body = WatchOffers(login=Login("carol", PASSWORD))
    first = it.ask(body)
    it.access.edit(users_xml("alice", "carol", inside='<profile name="User"><user name="carol"/></profile>'))  # fmt: skip
    known = msgspec.structs.replace(body, known=first.revision)
    assert names(it.net.call(it.client, known)[0]) == ["BankDemo", "Pool-1"]
