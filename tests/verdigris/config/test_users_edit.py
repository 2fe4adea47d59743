"""Edits of the users file by program."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verdigris.config.users import parse, sample
from verdigris.config.users_edit import UsersDocument
from verdigris.errors import NameInUse, UnknownGroup, UnknownUser, VerdigrisError
from verdigris.passwords import NOBODY, PasswordHash
from verdigris.rights import ADMIN, Principal, Profile


OTHER = PasswordHash.parse(NOBODY.replace("AAA", "BBB", 1))
ALICE = Principal("alice")
LEAST = f'<users xmlns="urn:verdigris:users:1"><admin password="{NOBODY}"/></users>'.encode()


def test_an_edit_keeps_comments_and_everything_else():
    document = UsersDocument(sample().encode())
    document.add_user("bob", OTHER)
    document.remove_user("bob")
    assert document.data.decode() == sample()


def test_a_new_password_changes_one_line():
    document = UsersDocument(sample().encode())
    document.set_password("alice", OTHER)
    changed = [
        new for old, new in zip(sample().splitlines(), document.data.decode().splitlines(), strict=True)
        if old != new
    ]  # fmt: skip
    assert len(changed) == 1
    assert OTHER in changed[0]
    document.set_password("admin", OTHER)
    assert parse(document.data).users["admin"].password == OTHER


def test_the_least_document_takes_users_groups_and_members():
    document = UsersDocument(LEAST)
    document.add_user("bob", OTHER)
    document.add_group("staff")
    document.add_member("staff", "user", Principal("bob"))
    document.add_member("staff", "user", Principal("bob"))
    document.add_to_profile(Profile.USER, "group", Principal("staff"))
    document.add_to_profile(Profile.USER, "user", ADMIN)
    document.set_locked("bob", locked=True)
    users = parse(document.data)
    assert users.users["bob"].locked
    assert users.rights.groups[Principal("staff")].users == {Principal("bob")}
    assert users.rights.profiles[Profile.USER].groups == {Principal("staff")}
    document.set_locked("bob", locked=False)
    document.remove_from_profile(Profile.USER, "group", Principal("staff"))
    document.remove_member("staff", "user", Principal("bob"))
    users = parse(document.data)
    assert not users.users["bob"].locked
    assert not users.rights.groups[Principal("staff")].users
    assert not users.rights.profiles[Profile.USER].groups


def test_who_is_removed_is_nowhere_named_and_a_grant_to_nobody_goes_too():
    document = UsersDocument(sample().encode())
    document.remove_group("tellers")
    users = parse(document.data)
    assert users.rights.grants == ()
    assert b"tellers" not in document.data


@pytest.mark.parametrize("name", ["admin", "Admin", "alice", "ALICE"])
def test_a_name_that_is_taken_is_refused_in_any_case(name: str):
    with pytest.raises(NameInUse):
        UsersDocument(sample().encode()).add_user(name, OTHER)


def test_admin_cannot_be_removed_or_locked():
    document = UsersDocument(sample().encode())
    for edit in (
        lambda: document.remove_user("admin"),
        lambda: document.set_locked("admin", locked=True),
    ):
        with pytest.raises(UnknownUser):
            edit()


def test_unknown_users_and_groups_are_refused():
    document = UsersDocument(sample().encode())
    with pytest.raises(UnknownUser):
        document.add_member("tellers", "user", Principal("carol"))
    with pytest.raises(UnknownGroup):
        document.add_member("nobody", "user", ALICE)
    with pytest.raises(UnknownGroup):
        document.add_to_profile(Profile.USER, "group", Principal("nobody"))
    with pytest.raises(UnknownUser):
        document.set_password("carol", OTHER)


names = st.sampled_from(["alice", "bob", "carol", "tellers", "admin"])
edits = st.lists(
    st.one_of(
        st.tuples(st.just("add_user"), names, st.just(OTHER)),
        st.tuples(st.just("add_group"), names),
        st.tuples(st.sampled_from(["remove_user", "remove_group"]), names),
        st.tuples(
            st.sampled_from(["add_member", "remove_member"]), names,
            st.sampled_from(["user", "group"]), names.map(Principal),
        ),
        st.tuples(
            st.just("add_to_profile"), st.sampled_from(Profile), st.sampled_from(["user", "group"]),
            names.map(Principal),
        ),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60)
@given(edits, st.sampled_from([LEAST, sample().encode()]))
def test_whatever_is_edited_can_be_used(done: list[tuple[str, object]], start: bytes):
    document = UsersDocument(start)
    for name, *arguments in done:
        try:
            getattr(document, name)(*arguments)
        except VerdigrisError:
            continue
        parse(document.data)
