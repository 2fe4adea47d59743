"""LDAP directories, judged by OpenLDAP's server."""

import pytest

from mgmtsrvr.directories import Refused, Unknown
from tests.support.certificates import TestAuthority
from tests.support.slapd import BASE, free_port
from verdigris.errors import DirectoryAway
from verdigris.rights import Principal, Subject


pytestmark = [pytest.mark.sockets, pytest.mark.processes]


@pytest.fixture
def check(on_reactor, ldap_directory):
    """Ask a directory made of settings."""

    def ask(settings, user, password):
        return on_reactor(ldap_directory(settings).check, user, password)

    return ask


@pytest.fixture
def good(bank, ldap_settings):
    return ldap_settings(bank.ldaps, ca=bank.ca)


def groups(subject):
    assert isinstance(subject, Subject)
    return {it.name for it in subject.groups if "=" not in it.name}


def test_a_user_is_who_the_directory_says_with_groups_and_their_groups(check, good):
    subject = check(good, "Alice", "alice password")
    assert subject.user == Principal("alice", "corp")
    assert groups(subject) == {"bank tellers", "staff", "circle"}
    assert Principal(f"cn=staff,ou=groups,{BASE}", "corp") in subject.groups


def test_start_tls_does_as_well(check, bank, ldap_settings):
    settings = ldap_settings(bank.ldap, ca=bank.ca, start_tls=True)
    assert groups(check(settings, "alice", "alice password")) == {"bank tellers", "staff", "circle"}


def test_without_nesting_or_base_there_are_fewer_groups(check, bank, ldap_settings):
    flat = ldap_settings(bank.ldaps, ca=bank.ca, nested=False)
    assert groups(check(flat, "alice", "alice password")) == {"bank tellers"}
    none = ldap_settings(bank.ldaps, ca=bank.ca, group_base="")
    assert groups(check(none, "alice", "alice password")) == set()
    posix = ldap_settings(bank.ldaps, ca=bank.ca, member_attribute="memberUid")
    assert groups(check(posix, "alice", "alice password")) == {"clerks"}


def test_a_name_with_everything_that_filters_and_names_escape_has_its_groups(check, good):
    assert groups(check(good, "bob", "bob password")) == {"bank tellers", "staff", "circle"}


@pytest.mark.parametrize(
    ("user", "password", "answer"),
    [
        ("alice", "wrong", Refused()),
        ("alice", "bob password", Refused()),
        ("carol", "alice password", Unknown()),
        ("eve", "eve password", Unknown()),  # outside the base
        ("*", "alice password", Unknown()),
        ("ali*", "alice password", Unknown()),
        ("alice)(uid=*", "alice password", Unknown()),
        ("*)(objectClass=*", "alice password", Unknown()),
        ("nobody)(|(uid=alice", "alice password", Unknown()),
        ("alice\\2a", "alice password", Unknown()),
        (f"uid=alice,ou=people,{BASE}", "alice password", Unknown()),
    ],
)
def test_everybody_else_is_refused(check, good, user, password, answer):
    assert check(good, user, password) == answer


def test_a_condition_on_users_applies(check, bank, ldap_settings):
    current = ldap_settings(bank.ldaps, ca=bank.ca, user_filter="(!(employeeType=former))")
    assert check(current, "bob", "bob password") == Unknown()
    assert isinstance(check(current, "alice", "alice password"), Subject)


def away(check, settings):
    with pytest.raises(DirectoryAway) as caught:
        check(settings, "alice", "alice password")
    return str(caught.value)


def test_a_certificate_of_an_unknown_authority_is_refused(check, bank, ldap_settings, tmp_path):
    other = TestAuthority(tmp_path, "other").ca
    assert "certificate" in away(check, ldap_settings(bank.ldaps, ca=other)).lower()
    assert "certificate" in away(check, ldap_settings(bank.ldap, ca=other, start_tls=True)).lower()
    assert "certificate" in away(check, ldap_settings(bank.ldaps, ca=None)).lower()


def test_a_certificate_of_another_name_is_refused(check, bank, ldap_settings):
    said = away(check, ldap_settings(bank.ldaps, ca=bank.ca, host="localhost"))
    assert "certificate" in said.lower()


def test_the_next_replica_is_asked_and_remembered(on_reactor, ldap_directory, bank, ldap_settings):
    settings = ldap_settings(free_port(), bank.ldaps, ca=bank.ca)
    directory = ldap_directory(settings)
    for _ in range(2):
        assert isinstance(on_reactor(directory.check, "alice", "alice password"), Subject)
        assert directory._good == 1


def test_a_wrong_account_or_no_password_for_it_is_said(check, bank, ldap_settings):
    settings = ldap_settings(bank.ldaps, ca=bank.ca)
    settings.bind_password_file.write_text("wrong")
    assert "refused the account" in away(check, settings)
    settings.bind_password_file.write_text("\n")
    assert "has no password" in away(check, settings)
    settings.bind_password_file.unlink()
    assert "cannot be read" in away(check, settings)


def test_nothing_of_a_password_is_said(check, bank, ldap_settings):
    settings = ldap_settings(bank.ldaps, ca=bank.ca, user_base="ou=nowhere")
    said = away(check, settings)
    assert "password" not in said.replace("bind-password", "")
