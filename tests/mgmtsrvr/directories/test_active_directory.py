"""Active Directory: groups in groups by its own matching rule, disabled accounts, names in any case."""

import pytest

from mgmtsrvr.directories import Refused, Unknown
from tests.support.active_directory import BIT_AND, IN_CHAIN, ActiveDirectory
from tests.support.certificates import TestAuthority
from tests.support.hostile_ldap import hostile
from tests.support.slapd import ACCOUNT_PASSWORD, BASE
from verdigris.config.directories import USER_FILTER
from verdigris.rights import Principal, Subject


pytestmark = pytest.mark.sockets

PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
ACCOUNT = f"cn=verdigris,{BASE}"


def person(name, control=512):
    return {
        "objectCategory": ["person"], "objectClass": ["user"], "sAMAccountName": [name],
        "userAccountControl": [str(control)],
    }  # fmt: skip


def group(name, *members):
    return {"cn": [name], "member": [*members]}


def in_groups(name):
    return f"CN={name},{GROUPS}"


ALICE, MALLORY = f"CN=Alice (Tellers),{PEOPLE}", f"CN=Mallory,{PEOPLE}"
ENTRIES = {
    ALICE: person("Alice"),
    MALLORY: person("mallory", 512 | 2),
    in_groups("tellers"): group("Tellers", ALICE),
    in_groups("branch"): group("Branch", in_groups("tellers").upper()),
    in_groups("bank"): group("Bank", in_groups("branch"), f"CN=Bob,{PEOPLE}"),
    # a circle, which the rule has to survive
    in_groups("all"): group("All", in_groups("bank"), in_groups("circle")),
    in_groups("circle"): group("Circle", in_groups("all")),
    in_groups("admins"): group("Admins", f"CN=Bob,{PEOPLE}", in_groups("nobody")),
    in_groups("nobody"): group("Nobody"),
}
PASSWORDS = {
    ACCOUNT.lower(): ACCOUNT_PASSWORD,
    ALICE.lower(): "alice password",
    MALLORY.lower(): "mallory password",
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = TestAuthority(tmp_path_factory.mktemp("ad"))
    return made, made.server("ad", "127.0.0.1")


@pytest.fixture
def ask(authority, ldap_settings, ldap_directory, on_reactor):
    """Ask a directory of this kind about a user; returns the answer and the server."""

    def go(user="alice", password="alice password", **settings):
        there = ActiveDirectory(ENTRIES, PASSWORDS)
        with hostile(there, authority[1]) as server:
            given = {
                "active_directory": True, "user_attribute": "sAMAccountName",
                "user_filter": USER_FILTER["active-directory"], "user_base": PEOPLE, "group_base": GROUPS,
            }  # fmt: skip
            made = ldap_settings(server.port, ca=authority[0].ca, **{**given, **settings})
            return on_reactor(ldap_directory(made).check, user, password), there

    return go


def names(subject):
    """The groups of a subject by their common names."""
    return {it.name for it in subject.groups if "=" not in it.name}


def test_groups_in_groups_are_found_by_one_search_with_the_rule(ask):
    subject, there = ask()
    assert isinstance(subject, Subject)
    assert subject.user == Principal("alice", subject.user.directory)
    assert names(subject) == {"tellers", "branch", "bank", "all", "circle"}
    assert there.searches.count(GROUPS) == 1
    assert set(there.rules) == {BIT_AND, IN_CHAIN}


def test_groups_are_known_by_their_dns_too(ask):
    subject, _ = ask()
    assert in_groups("bank").lower() in {it.name for it in subject.groups}


def test_without_nesting_only_the_groups_that_name_the_user(ask):
    subject, there = ask(nested=False)
    assert names(subject) == {"tellers"}
    assert IN_CHAIN not in there.rules


def test_the_same_groups_are_found_level_by_level_where_there_is_no_rule(ask):
    subject, there = ask(active_directory=False)
    assert names(subject) == names(ask()[0])
    assert IN_CHAIN not in there.rules
    assert there.searches.count(GROUPS) > 3


def test_a_disabled_account_is_unknown_whatever_its_password(ask):
    assert ask("mallory", "mallory password")[0] == Unknown()
    assert ask("alice", "wrong")[0] == Refused()


def test_parentheses_in_a_dn_are_not_a_part_of_the_filter(ask):
    subject, _ = ask("ALICE")
    assert subject.user.name == "alice"
    assert "tellers" in names(subject)
