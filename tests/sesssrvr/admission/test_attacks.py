"""Session server security under attack: a real session server, the users and keys of a management server."""

import base64
import json

import pytest

from tests.support.access import PASSWORD, Access, now, users_xml
from tests.support.secured import Secured
from verdigris.config.installation import Installation, InstallationSecurity
from verdigris.errors import (
    ChannelNotEncrypted,
    ClaimExpired,
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    NoManagementServer,
    NotPermitted,
    SessionGone,
    SessionOfAnother,
    TokenRefused,
    TooManyGuesses,
)
from verdigris.wire import (
    Claim,
    Describe,
    Described,
    Done,
    Login,
    Offers,
    Open,
    Opened,
    Perform,
    Ran,
    Release,
    Resume,
    Run,
    Suspend,
    WatchOffers,
)


ALICE, BOB, CAROL, DAVE = (Login(name, PASSWORD) for name in ("alice", "bob", "carol", "dave"))
SEARCH = Perform("", "T", "Search", {"name": "smith"}, {})


@pytest.fixture
def it(tmp_path):
    return Secured(tmp_path)


def claim(granted, token=None):
    login = Login(token=granted.token if token is None else token)
    return Claim(granted.session, granted.claim, login, {})


# ---- tokens ------------------------------------------------------------------------------------


def test_the_right_token_opens_its_session(it):
    granted = it.reserve()
    assert isinstance(it.client().ask(claim(granted)), Opened)


def test_no_token_no_session(it):
    granted = it.reserve()
    assert isinstance(it.client().ask(claim(granted, "")), CredentialsRequired)
    granted = it.reserve()
    with_password = Claim(granted.session, granted.claim, ALICE, {})
    assert isinstance(it.client().ask(with_password), CredentialsRequired)


def test_a_token_counts_once(it):
    granted = it.reserve()
    thief = it.client()
    assert isinstance(it.client().ask(claim(granted)), Opened)
    assert isinstance(thief.ask(claim(granted)), ClaimExpired)


def test_a_stolen_token_without_the_claim_opens_nothing(it):
    granted = it.reserve()
    guess = Claim(granted.session, "0" * 32, Login(token=granted.token), {})
    assert isinstance(it.client().ask(guess), ClaimExpired)
    assert isinstance(it.client().ask(claim(granted)), Opened), "and its user still gets in"


def test_a_token_for_another_session_is_refused(it):
    mine, other = it.reserve("bob"), it.reserve("alice")
    found = it.client().ask(claim(other, mine.token))
    assert "another session" in str(found)


def test_a_token_for_another_server_is_refused(it):
    granted = it.reserve()
    token = it.sign(granted.session, server="vs2")
    assert "another server" in str(it.client().ask(claim(granted, token)))


def test_a_token_for_another_model_is_refused(it):
    granted = it.reserve()
    token = it.sign(granted.session, model="Other")
    assert "another model" in str(it.client().ask(claim(granted, token)))


def test_a_token_that_has_expired_is_refused(it):
    granted = it.reserve()
    it.access.time += 60 + 60 + 1  # its time, and what clocks may differ by
    assert "expired" in str(it.client().ask(claim(granted)))


def test_a_token_of_another_installation_or_a_key_that_nobody_knows_is_refused(it, tmp_path):
    granted = it.reserve()
    (tmp_path / "else").mkdir()
    other = Access(it.clock, tmp_path / "else", users_xml("alice"))
    other.installation = Installation("inst", security=InstallationSecurity(session_servers=True))
    token = it.sign(granted.session, access=other)
    assert "a key that does not count" in str(it.client().ask(claim(granted, token)))
    granted = it.reserve()
    it.access.installation = Installation("else", security=InstallationSecurity(session_servers=True))  # fmt: skip
    assert "another installation" in str(it.client().ask(claim(granted, it.sign(granted.session))))


def test_a_login_is_no_right_to_a_session(it):
    granted = it.reserve()
    token, _ = now(it.access.logins.login("alice", PASSWORD, "192.0.2.7"))
    assert "another kind" in str(it.client().ask(claim(granted, token)))


def unsigned(token, **changed):
    """A token with algorithm `none`, or with other claims under the old signature."""
    header, body, signature = token.split(".")
    found = json.loads(base64.urlsafe_b64decode(body + "=="))
    new = base64.urlsafe_b64encode(json.dumps(found | changed).encode()).decode().rstrip("=")
    if changed:
        return f"{header}.{new}.{signature}"
    read = json.loads(base64.urlsafe_b64decode(header + "==")) | {"alg": "none"}
    none = base64.urlsafe_b64encode(json.dumps(read).encode()).decode().rstrip("=")
    return f"{none}.{new}."


@pytest.mark.parametrize("changed", [{}, {"sub": "admin"}, {"exp": 9_999_999_999}, {"mdl": "X"}])
def test_a_forged_token_is_refused(it, changed):
    granted = it.reserve("bob")
    found = it.client().ask(claim(granted, unsigned(granted.token, **changed)))
    assert isinstance(found, TokenRefused)


def test_a_key_that_is_rolled_counts_where_it_is_told(it, tmp_path):
    (tmp_path / "m2").mkdir()
    other = Access(it.clock, tmp_path / "m2", users_xml("alice"), server="m2")
    other.installation = it.access.installation
    granted = it.reserve()
    token = it.sign(granted.session, access=other)
    assert isinstance(it.client().ask(claim(granted, token)), TokenRefused)
    it.in_force.take("m2", other.sessions.of_server("vs1"))
    granted = it.reserve()
    token = it.sign(granted.session, access=other)
    assert isinstance(it.client().ask(claim(granted, token)), Opened)


# ---- plain text ----------------------------------------------------------------------------------


def test_nothing_is_given_on_a_plain_connection(it):
    granted, client = it.reserve(), it.client(secured=False)
    for body in (claim(granted), Open("pool", "P", ALICE, {}), Describe("pool", "P", ALICE)):
        assert isinstance(client.ask(body), ChannelNotEncrypted)
    assert not it.management[0].asked, "the password went nowhere"


# ---- direct connections ------------------------------------------------------------------------


def test_a_direct_connection_needs_credentials_and_the_permission(it):
    ask = it.client().ask
    assert isinstance(ask(Open("pool", "P", Login(), {})), CredentialsRequired)
    assert isinstance(ask(Open("pool", "P", ALICE, {})), Opened)
    assert isinstance(ask(Open("pool", "P", BOB, {})), Opened)
    refused = ask(Open("model", "M", BOB, {}, "pc9"))
    assert isinstance(refused, ConnectRefused)
    assert "User bob at 192.0.2.7 was refused a connection to M." in str(refused)


def test_a_right_by_a_domain_is_none_for_a_direct_connection(it):
    assert isinstance(it.client().ask(Open("model", "M", CAROL, {})), ConnectRefused)


def test_a_run_is_checked_as_what_it_opens(it):
    ask = it.client().ask
    assert isinstance(ask(Run(Open("pool", "P", DAVE, {}), SEARCH)), ConnectRefused)
    assert isinstance(ask(Run(Open("pool", "P", BOB, {}), SEARCH)), Ran)
    it.front.go(1)
    assert "active" not in it.front.counts()


def test_a_wrong_password_is_final_and_asked_of_one_management_server(it):
    it.management.append(it.management[0].__class__(it.access))
    sent = it.client().send(Open("pool", "P", Login("alice", "wrong one"), {}))
    it.clock.advance(1)
    assert isinstance(sent.outcome(), CredentialsWrong)
    assert [len(one.asked) for one in it.management] == [1, 0]


def test_guessing_is_slowed_down(it):
    client, found = it.client(), []
    for number in range(10):
        sent = client.send(Open("pool", "P", Login("alice", f"guess {number}"), {}))
        it.clock.advance(0.5)
        found.append(type(sent.outcome()))
    assert found[:5] == [CredentialsWrong] * 5
    assert TooManyGuesses in found[5:]


def test_an_answer_counts_for_a_minute_then_the_management_server_is_asked_again(it):
    client = it.client()
    for _ in range(3):
        assert isinstance(client.ask(Run(Open("pool", "P", BOB, {}), None)), Ran)
    assert len(it.management[0].asked) == 1
    it.front.go(61)
    client.ask(Run(Open("pool", "P", BOB, {}), None))
    assert len(it.management[0].asked) == 2


def test_another_password_or_model_is_not_what_was_remembered(it):
    client = it.client()
    assert isinstance(client.ask(Open("pool", "P", BOB, {})), Opened)
    assert isinstance(client.ask(Open("model", "M", BOB, {})), ConnectRefused)
    sent = client.send(Open("pool", "P", Login("bob", "other one"), {}))
    it.clock.advance(1)
    assert isinstance(sent.outcome(), CredentialsWrong)


def test_without_a_management_server_what_is_remembered_and_tokens_count(it):
    client = it.client()
    assert isinstance(client.ask(Run(Open("pool", "P", BOB, {}), None)), Ran)
    granted = it.reserve()
    it.management[0].away = True
    assert isinstance(client.ask(Run(Open("pool", "P", BOB, {}), None)), Ran)
    assert isinstance(client.ask(claim(granted)), Opened)
    assert isinstance(client.ask(Open("pool", "P", ALICE, {})), NoManagementServer)
    it.management.clear()
    assert isinstance(client.ask(Open("pool", "P", ALICE, {})), NoManagementServer)


def test_while_one_management_server_is_away_another_is_asked(it):
    it.management.insert(0, it.management[0].__class__(it.access))
    it.management[0].away = True
    assert isinstance(it.client().ask(Open("pool", "P", ALICE, {})), Opened)


# ---- sessions of others ----------------------------------------------------------------------


def suspended(it, login=ALICE):
    client = it.client()
    opened = client.ask(Open("pool", "P", login, {}))
    assert isinstance(client.ask(Suspend(opened.session, 5)), Done)
    return opened.session


def test_a_suspended_session_is_resumed_and_ended_by_its_user_alone(it):
    session = suspended(it)
    other = it.client()
    for login in (BOB, Login("admin", PASSWORD)):
        assert isinstance(other.ask(Resume(session, login, {})), SessionOfAnother)
        assert isinstance(other.ask(Release(session, login)), SessionOfAnother)
        assert isinstance(other.ask(Run(Resume(session, login, {}), SEARCH)), SessionOfAnother)
    assert isinstance(other.ask(Resume(session, Login(), {})), CredentialsRequired)
    assert isinstance(other.ask(Resume(session, ALICE, {})), Opened)


def test_a_session_that_came_by_a_domain_is_resumed_with_the_right_for_the_domain(it):
    granted, client = it.reserve("carol", "M"), it.client()
    assert isinstance(client.ask(claim(granted)), Opened)
    assert isinstance(client.ask(Suspend(granted.session, 5)), Done)
    assert isinstance(it.client().ask(Resume(granted.session, CAROL, {})), Opened)
    assert it.management[0].asked[-1].domain == "retail"


def test_a_right_that_was_taken_away_ends_with_the_next_resume(it):
    session = suspended(it, BOB)
    it.access.edit(users_xml("alice", "bob"))
    it.front.go(61)
    assert isinstance(it.client().ask(Resume(session, BOB, {})), ConnectRefused)


def test_who_acts_for_others_has_a_session_for_each(it):
    ann, ben = (Login("alice", PASSWORD, on_behalf_of=one) for one in ("ann", "ben"))
    session = suspended(it, ann)
    assert isinstance(it.client().ask(Resume(session, ben, {})), SessionOfAnother)
    assert isinstance(it.client().ask(Resume(session, ALICE, {})), SessionOfAnother)
    assert isinstance(it.client().ask(Resume(session, ann, {})), Opened)


def test_the_session_in_use_of_another_connection_is_nobodys(it):
    opened = it.client().ask(Open("pool", "P", ALICE, {}))
    other = it.client()
    assert isinstance(other.ask(Perform(opened.session, "T", "Search", {}, {})), SessionGone)
    assert isinstance(other.ask(Describe("pool", "P", ALICE, opened.session)), SessionGone)


# ---- metadata ------------------------------------------------------------------------------------


def test_metadata_needs_its_permission_by_model_or_pool(it):
    ask = it.client().ask
    assert isinstance(ask(Describe("pool", "P")), CredentialsRequired)
    assert isinstance(ask(Describe("pool", "P", BOB)), Described)
    assert isinstance(ask(Describe("model", "M", BOB)), NotPermitted)
    assert isinstance(ask(Describe("pool", "P", CAROL)), NotPermitted)
    assert isinstance(ask(Describe("pool", "P", DAVE)), NotPermitted)
    assert isinstance(ask(Describe("model", "M", ALICE)), Described)


def test_a_session_of_a_pool_is_described_to_who_may_read_the_pool(it):
    client = it.client()
    opened = client.ask(Open("pool", "P", BOB, {}))
    assert isinstance(client.ask(Describe("model", "M", BOB, opened.session)), Described)


def test_a_gateway_that_proves_to_be_one_reads_metadata_for_its_callers(it):
    assert isinstance(it.client(role="gateway").ask(Describe("model", "M")), Described)
    assert isinstance(it.client(role="gateway").ask(WatchOffers()), Offers)


def test_a_gateway_has_no_session_without_a_user(it):
    found = it.client(role="gateway").ask(Open("pool", "P", Login(), {}))
    assert isinstance(found, CredentialsRequired)


# ---- secrets -------------------------------------------------------------------------------------


def test_nothing_printed_or_remembered_holds_a_secret(it):
    client, granted = it.client(), it.reserve()
    client.ask(claim(granted))
    client.ask(Open("pool", "P", BOB, {}))
    client.ask(Open("model", "M", DAVE, {}))
    texts = [repr(one) for one in (ALICE, claim(granted), it.checks, it.in_force, it.front.clients)]
    texts += [repr(one) for one in it.management[0].asked]
    assert not [one for one in texts if PASSWORD in one or granted.token in one]
    assert PASSWORD.encode() not in b"".join(it.checks._recent._found)


def test_who_may_use_nothing_of_a_pool_cannot_find_out_whether_it_exists(it):
    ask = it.client().ask
    assert isinstance(ask(Open("pool", "P", DAVE, {})), ConnectRefused)
    assert isinstance(ask(Open("pool", "Nothing", DAVE, {})), ConnectRefused)
