"""Logins: what changes when a user logs in."""

from twisted.internet.task import Clock

from tests.support.access import PASSWORD, WEAK_HASH, Access, now, users_xml
from verdigris.errors import CannotWrite
from verdigris.passwords import matches
from verdigris.rights import ActTarget, Permission


def test_a_weak_hash_is_made_anew_at_the_login_and_the_login_counts(tmp_path):
    access = Access(
        Clock(), tmp_path, users_xml(native=f'<user name="old" password="{WEAK_HASH}"/>')
    )
    assert access.users.users.users["old"].password.weak
    token, _ = now(access.logins.login("old", PASSWORD, "192.0.2.1"))
    better = access.users.users.users["old"].password
    assert not better.weak
    assert matches(PASSWORD, better)
    assert now(access.logins.identify(token)).subject.user.name == "old"


def test_a_hash_that_cannot_be_made_anew_stays_and_the_login_counts(tmp_path):
    access = Access(
        Clock(), tmp_path, users_xml(native=f'<user name="old" password="{WEAK_HASH}"/>')
    )

    async def refuse(*_, **__):
        raise CannotWrite(file="x", reason="y")

    access.users.edit = refuse
    token, _ = now(access.logins.login("old", PASSWORD, "192.0.2.1"))
    assert access.users.users.users["old"].password.weak
    assert now(access.logins.identify(token)).subject.user.name == "old"


def test_rights_are_those_in_force(tmp_path):
    access = Access(Clock(), tmp_path, users_xml("bob"))
    token, _ = now(access.logins.login("bob", PASSWORD, "x"))
    bob = now(access.logins.identify(token)).subject
    assert not access.logins.may(bob, Permission.VIEW, ActTarget())
    access.edit(users_xml("bob", inside='<profile name="Developer"><user name="bob"/></profile>'))
    assert access.logins.may(bob, Permission.VIEW, ActTarget())


def test_ended_logins_are_forgotten_when_they_would_have_expired(tmp_path):
    access = Access(Clock(), tmp_path, users_xml("bob"))
    for _ in range(3):
        _, login = now(access.logins.login("bob", PASSWORD, "x"))
        now(access.logins.end(login))
    assert len(access.ended) == 3
    access.time += 100_000
    _, login = now(access.logins.login("bob", PASSWORD, "x"))
    now(access.logins.end(login))
    assert len(access.ended) == 1
