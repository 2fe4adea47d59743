"""Session server security at the management server: who, what, and the tokens for both."""

import pytest
from twisted.internet.task import Clock

from mgmtsrvr.access.session_access import EXCHANGED, SessionUser, target_of
from tests.support.access import PASSWORD, Access, now, users_xml
from verdigris.config.installation import Installation, InstallationSecurity, SessionServer
from verdigris.errors import (
    ConnectRefused,
    CredentialsRequired,
    NotPermitted,
    TokenRefused,
)
from verdigris.rights import Permission, Principal, Subject
from verdigris.tokens import read_login, read_session_right
from verdigris.wire import Login, LoginToken


GRANTS = """
<profile name="User"><user name="alice"/></profile>
<grant permission="use metadata" pool="BankPool"><user name="bob"/></grant>
<grant permission="use" model="Orders" domain="retail"><user name="carol"/></grant>"""

ON = InstallationSecurity(session_servers=True)


@pytest.fixture
def access(tmp_path):
    it = Access(Clock(), tmp_path, users_xml("alice", "bob", "carol", inside=GRANTS))
    it.installation = Installation("test", (SessionServer("vs2", security=False),), security=ON)
    return it


def user(name, on_behalf_of=""):
    return SessionUser(Subject(Principal(name)), on_behalf_of)


def test_a_session_server_is_told_whether_it_checks_users_and_all_public_keys(access):
    told = access.sessions.of_server("vs1")
    assert told.checks_users
    assert [key.public for key in told.token_keys] == [it.raw for it in access.keys.public.values()]
    assert not access.sessions.of_server("vs2").checks_users


def test_a_password_and_a_token_say_who_somebody_is(access):
    found = now(
        access.sessions.identify(Login("alice", PASSWORD, on_behalf_of="clerk 7"), "192.0.2.1")
    )
    assert found == user("alice", "clerk 7")
    token, _ = now(access.logins.login("alice", PASSWORD, "192.0.2.1"))
    assert now(access.sessions.identify(Login(token=token), "192.0.2.1")) == user("alice")


def test_without_credentials_nobody_is_anybody(access):
    with pytest.raises(CredentialsRequired):
        now(access.sessions.identify(Login(), "192.0.2.1"))
    with pytest.raises(CredentialsRequired):
        now(access.sessions.identify(Login(password=PASSWORD), "192.0.2.1"))


def test_a_session_right_is_no_login(access):
    target = target_of("model", "BankDemo", "BankDemo", "retail")
    token = access.sessions.sign(user("alice"), "vs1", "vs1~12", "r1", target)
    with pytest.raises(TokenRefused):
        now(access.sessions.identify(Login(token=token), "192.0.2.1"))


def test_a_password_is_exchanged_for_a_short_token(access):
    answer = now(access.sessions.log_in(Login("alice", PASSWORD), "192.0.2.1"))
    assert answer.seconds == EXCHANGED
    login = read_login(answer.token, "test", access.keys.public, access.time)
    assert login.subject.user == Principal("alice")
    assert login.expires - login.issued == EXCHANGED
    assert now(access.sessions.identify(Login(token=answer.token), "")) == user("alice")


def test_a_token_is_not_exchanged_for_one_that_lives_longer(access):
    token, _ = now(access.logins.login("alice", PASSWORD, "192.0.2.1"))
    assert now(access.sessions.log_in(Login(token=token), "192.0.2.1")) == LoginToken()


def test_nothing_is_exchanged_where_no_session_server_checks_users(access):
    access.installation = Installation("test", security=InstallationSecurity())
    assert now(access.sessions.log_in(Login("alice", "wrong"), "192.0.2.1")) == LoginToken()


@pytest.mark.parametrize(
    ("name", "permission", "target", "allowed"),
    [
        ("alice", Permission.USE, target_of("model", "BankDemo", "BankDemo", ""), True),
        ("bob", Permission.USE, target_of("pool", "BankPool", "BankDemo", "retail"), True),
        ("bob", Permission.USE, target_of("model", "BankDemo", "BankDemo", ""), False),
        ("bob", Permission.USE, target_of("pool", "OtherPool", "BankDemo", ""), False),
        ("bob", Permission.METADATA, target_of("pool", "BankPool", "BankDemo", ""), True),
        ("carol", Permission.USE, target_of("pool", "OrderPool", "Orders", "retail"), True),
        ("carol", Permission.USE, target_of("model", "Orders", "Orders", "retail"), True),
        ("carol", Permission.USE, target_of("model", "Orders", "Orders", ""), False),
        ("carol", Permission.METADATA, target_of("model", "Orders", "Orders", "retail"), False),
        ("admin", Permission.USE, target_of("model", "BankDemo", "BankDemo", ""), True),
        ("nobody", Permission.USE, target_of("model", "BankDemo", "BankDemo", ""), False),
    ],
)
def test_rights_are_by_model_pool_and_domain(access, name, permission, target, allowed):
    assert access.sessions.may(user(name), permission, target) is allowed
    if allowed:
        access.sessions.require(user(name), permission, target, name="x", location="pc7")
    else:
        kind = ConnectRefused if permission is Permission.USE else NotPermitted
        with pytest.raises(kind):
            access.sessions.require(user(name), permission, target, name="x", location="pc7")


def test_a_refusal_has_the_words_of_2643(access):
    target = target_of("pool", "OrderPool", "Orders", "retail")
    with pytest.raises(ConnectRefused) as caught:
        access.sessions.require(
            user("bob"), Permission.USE, target, name="OrderPool", location="pc7"
        )
    assert str(caught.value) == (
        "User bob at pc7 was refused a connection to OrderPool. "
        "The user does not have the permission to use it in domain retail."
    )


def test_a_signed_right_says_all_that_was_decided(access):
    target = target_of("pool", "BankPool", "BankDemo", "retail")
    token = access.sessions.sign(user("bob", "clerk 7"), "vs1", "vs1~12", "r1", target)
    right = read_session_right(token, "test", "vs1", "vs1~12", access.keys.public, access.time)
    assert (right.user, right.on_behalf_of) == (Principal("bob"), "clerk 7")
    assert (right.request, right.domain, right.model) == ("r1", "retail", "BankDemo")
    assert right.expires - right.issued == 60
