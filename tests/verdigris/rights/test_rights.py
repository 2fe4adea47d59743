"""Rights, by enumeration: every permission against every profile, every limit against every target."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.rights import (
    ADMIN,
    LIMITS,
    PROFILES,
    ActTarget,
    Grant,
    Members,
    Permission,
    Principal,
    Profile,
    Rights,
    Subject,
    may,
    permissions_of,
)


ALICE, BOB = Principal("alice"), Principal("bob")
TELLERS, STAFF, ALL = Principal("tellers"), Principal("staff"), Principal("all")

P = Permission
TABLE = {
    Profile.ADMINISTRATOR: {
        P.METADATA, P.VIEW, P.SEE_SCREENS, P.TAKE_OVER, P.END_SESSIONS, P.OPERATE, P.DEPLOY,
        P.CHANGE_INSTALLATION, P.MANAGE_USERS, P.JOIN, P.READ_MESSAGES, P.PURGE_MESSAGES, P.READ_AUDIT,
    },
    Profile.DEVELOPER: {P.VIEW, P.METADATA, P.READ_MESSAGES},
    Profile.USER: {P.USE, P.METADATA},
}  # fmt: skip
"""Product facts 10.1, written a second time."""


def users(*members: Principal) -> Members:
    return Members(frozenset(members))


def grant(*permissions: Permission, to: Principal = ALICE, **limits: str) -> Grant:
    return Grant(frozenset(permissions), users(to), ActTarget(**limits))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("permission", Permission)
def test_a_profile_permits_exactly_what_the_table_says(profile: Profile, permission: Permission):
    rights = Rights(profiles={profile: users(ALICE)})
    assert may(rights, Subject(ALICE), permission) is (permission in TABLE[profile])


@pytest.mark.parametrize("permission", Permission)
def test_nobody_may_anything_by_default_and_admin_may_everything(permission: Permission):
    full = Rights(profiles={it: users(BOB) for it in Profile}, grants=(grant(*Permission, to=BOB),))
    assert not may(Rights(), Subject(ALICE), permission)
    assert not may(full, Subject(ALICE), permission)
    assert may(Rights(), Subject(ADMIN), permission)
    assert may(Rights(), Subject(ADMIN), permission, ActTarget("m", "p", "d"))


@pytest.mark.parametrize("held", list(product([False, True], repeat=3)))
def test_several_profiles_add_up(held: tuple[bool, ...]):
    chosen = [it for it, yes in zip(Profile, held, strict=True) if yes]
    rights = Rights(profiles={it: users(ALICE) for it in chosen})
    expected = set().union(*(TABLE[it] for it in chosen))
    assert {it for it in Permission if may(rights, Subject(ALICE), it)} == expected
    assert permissions_of(rights, Subject(ALICE)) == expected


NAMES = ("", "a", "b")


def test_every_limit_against_every_target():
    asked = 0
    for limits in product(NAMES, repeat=3):
        rights = Rights(grants=(grant(P.USE, **dict(zip(("model", "pool", "domain"), limits, strict=True))),))  # fmt: skip
        for target in product(NAMES, repeat=3):
            expected = all(it in ("", name) for it, name in zip(limits, target, strict=True))
            assert may(rights, Subject(ALICE), P.USE, ActTarget(*target)) is expected
            assert not may(rights, Subject(ALICE), P.DEPLOY, ActTarget(*target))
            asked += 1
    assert asked == 27 * 27


def test_a_grant_for_a_model_covers_its_pools_and_one_for_a_pool_is_no_grant_for_the_model():
    bank = Rights(grants=(grant(P.USE, model="BankDemo"),))
    pool = Rights(grants=(grant(P.USE, pool="BankPool"),))
    through_pool, alone = ActTarget("BankDemo", "BankPool"), ActTarget("BankDemo")
    assert may(bank, Subject(ALICE), P.USE, through_pool)
    assert may(pool, Subject(ALICE), P.USE, through_pool)
    assert may(bank, Subject(ALICE), P.USE, alone)
    assert not may(pool, Subject(ALICE), P.USE, alone)


def test_an_act_about_everything_needs_a_grant_without_limits():
    assert not may(Rights(grants=(grant(P.DEPLOY, model="M"),)), Subject(ALICE), P.DEPLOY)
    assert may(Rights(grants=(grant(P.DEPLOY),)), Subject(ALICE), P.DEPLOY)


def test_a_name_counts_in_its_own_directory_only():
    ldap = Principal("alice", "corporate")
    rights = Rights(profiles={Profile.USER: users(ldap)}, grants=(grant(P.VIEW),))
    assert may(rights, Subject(ldap), P.USE)
    assert not may(rights, Subject(ALICE), P.USE)
    assert not may(rights, Subject(ldap), P.VIEW)
    assert not may(rights, Subject(Principal("admin", "corporate")), P.VIEW)
    other = Subject(ALICE, frozenset({Principal("tellers", "corporate")}))
    of_group = Rights(profiles={Profile.USER: Members(groups=frozenset({TELLERS}))})
    assert not may(of_group, other, P.USE)


def test_groups_may_contain_groups_of_any_directory_and_each_other():
    corporate = Principal("Bank Tellers", "corporate")
    groups = {
        TELLERS: Members(groups=frozenset({corporate})),
        STAFF: Members(frozenset({BOB}), frozenset({TELLERS, ALL})),
        ALL: Members(groups=frozenset({STAFF})),  # a circle
    }
    rights = Rights(groups, {Profile.USER: Members(groups=frozenset({ALL}))})
    outside = Subject(Principal("x", "corporate"), frozenset({corporate}))
    assert rights.groups_of(outside) == {corporate, TELLERS, STAFF, ALL}
    assert may(rights, outside, P.USE)
    assert may(rights, Subject(BOB), P.USE)
    assert not may(rights, Subject(ALICE), P.USE)
    assert rights.named_groups == {corporate, TELLERS, STAFF, ALL}


principals = st.sampled_from([ALICE, BOB, TELLERS, STAFF, ALL])
members = st.builds(Members, st.frozensets(principals, max_size=2), st.frozensets(principals, max_size=3))  # fmt: skip
some_rights = st.builds(
    Rights, st.dictionaries(principals, members), st.dictionaries(st.sampled_from(Profile), members),
    st.lists(st.builds(grant, st.sampled_from(Permission), to=principals, pool=st.sampled_from(NAMES))).map(tuple),
)  # fmt: skip


@given(some_rights, some_rights, st.sampled_from(Permission), st.sampled_from(NAMES))
def test_more_rights_never_permit_less(one: Rights, two: Rights, permission: Permission, pool: str):
    both = Rights({**two.groups, **one.groups}, one.profiles, one.grants + two.grants)
    subject, target = Subject(ALICE), ActTarget(pool=pool)
    if may(one, subject, permission, target):
        assert may(both, subject, permission, target)
        assert permission in permissions_of(one, subject)


def test_limits_name_what_a_target_has():
    assert set().union(*LIMITS.values()) <= {"model", "pool", "domain"}
    assert set(PROFILES) == set(Profile)
    assert str(ActTarget("M", "P")) == "model M, pool P"
    assert str(Principal("x", "corporate")) == "x@corporate"
