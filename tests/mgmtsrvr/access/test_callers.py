"""What management servers tell gateways of callers."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mgmtsrvr.access.callers import identify_caller
from tests.support.access import PASSWORD, Access, now, users_xml
from verdigris.config.installation import Installation, InstallationSecurity
from verdigris.errors import CredentialsRequired, CredentialsWrong, TokenRefused
from verdigris.tokens import read_login
from verdigris.wire import CallerIs, Login


GRANTS = """
<profile name="User"><user name="alice"/></profile>
<grant permission="use metadata" pool="BankPool"><user name="bob"/></grant>
<grant permission="metadata" model="Orders"><user name="bob"/></grant>
<grant permission="use" model="Orders"><user name="carol"/></grant>"""
HERE = "192.0.2.1"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def access(tmp_path, clock):
    it = Access(clock, tmp_path, users_xml("alice", "bob", "carol", inside=GRANTS))
    it.installation = Installation("test", security=InstallationSecurity(session_servers=True))
    return it


def ask(access, login):
    return now(identify_caller(access.sessions, login, HERE))


def test_a_password_gives_the_user_a_login_and_the_limits_of_metadata(access):
    found = ask(access, Login("bob", PASSWORD))
    assert (found.name, found.directory) == ("bob", "native")
    assert found.metadata == (("", "BankPool"), ("Orders", ""))
    assert (
        read_login(found.token, "test", access.keys.public, access.time).subject.user.name == "bob"
    )
    assert ask(access, Login("alice", PASSWORD)).metadata == (("", ""),)
    assert ask(access, Login("carol", PASSWORD)).metadata == ()


def test_a_token_stays_what_it_is(access):
    token, _ = now(access.logins.login("alice", PASSWORD, HERE))
    assert ask(access, Login(token=token)) == CallerIs("alice", "native", "", (("", ""),))


def test_credentials_are_checked_where_no_session_server_checks_users(access):
    access.installation = Installation("test", security=InstallationSecurity())
    assert ask(access, Login("alice", PASSWORD)).token == ""
    assert ask(access, Login("alice", PASSWORD)).name == "alice"


@pytest.mark.parametrize(
    ("login", "error"),
    [
        (Login("alice", "wrong"), CredentialsWrong),
        (Login("stranger", PASSWORD), CredentialsWrong),
        (Login(), CredentialsRequired),
        (Login(token="a.b.c"), TokenRefused),
    ],
)
def test_nobody_else_is_anybody(access, clock, login, error):
    found = []
    Deferred.fromCoroutine(identify_caller(access.sessions, login, HERE)).addBoth(found.append)
    clock.advance(1)  # refusals are not hurried
    assert found[0].check(error)
