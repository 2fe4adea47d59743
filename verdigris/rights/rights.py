"""The decision: what grants and profiles permit a subject."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from verdigris.rights.permission import PROFILES, Permission, Profile
from verdigris.rights.subject import ActTarget, Principal, Subject


ADMIN: Final = Principal("admin")
"""The administrator that every installation has: a member of every profile (product facts 10.1)."""

ANYTHING: Final = ActTarget()


@dataclass(frozen=True, slots=True)
class Members:
    """Users and groups: the direct members of a group or profile, or who has a grant."""

    users: frozenset[Principal] = frozenset()
    groups: frozenset[Principal] = frozenset()

    def include(self, user: Principal, groups: frozenset[Principal]) -> bool:
        """Whether a user, or one of these groups, is a member."""
        return user in self.users or not groups.isdisjoint(self.groups)


NO_MEMBERS: Final = Members()


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions given to users and groups, within limits.

    Attributes:
        permissions: what is permitted.
        to: whom.
        limits: the names an act's target has to have; none is no limit.
    """

    permissions: frozenset[Permission]
    to: Members
    limits: ActTarget = ANYTHING


@dataclass(frozen=True, slots=True)
class Rights:
    """All rights of an installation.

    Attributes:
        groups: native groups; they may contain each other, and users and groups of other directories.
        profiles: who is in them.
        grants: what is permitted besides.
    """

    groups: Mapping[Principal, Members] = field(default_factory=dict)
    profiles: Mapping[Profile, Members] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()

    def groups_of(self, subject: Subject) -> frozenset[Principal]:
        """The subject's groups, with the native groups that contain them."""
        found = subject.groups
        while True:
            more = found | {
                group for group, it in self.groups.items() if it.include(subject.user, found)
            }
            if more == found:
                return found
            found = more

    @property
    def named_groups(self) -> frozenset[Principal]:
        """Every group that a right or a native group depends on: others need not be remembered."""
        of_grants = (grant.to for grant in self.grants)
        parts = (*self.groups.values(), *self.profiles.values(), *of_grants)
        return frozenset().union(*(it.groups for it in parts), self.groups)

    def held(self, subject: Subject) -> Iterator[Grant]:
        """The grants that apply to a subject; a profile is one without limits."""
        user, groups = subject.user, self.groups_of(subject)
        for profile, permissions in PROFILES.items():
            members = self.profiles.get(profile, NO_MEMBERS)
            if user == ADMIN or members.include(user, groups):
                yield Grant(permissions, members)
        for grant in self.grants:
            if grant.to.include(user, groups):
                yield grant


def may(
    rights: Rights, subject: Subject, permission: Permission, target: ActTarget = ANYTHING
) -> bool:
    """Whether a subject has a permission for a target.

    An act that is about everything (a target without names) needs a grant without limits.
    """
    return any(
        permission in grant.permissions and target.within(grant.limits)
        for grant in rights.held(subject)
    )


def permissions_of(rights: Rights, subject: Subject) -> frozenset[Permission]:
    """The permissions that a subject has for something, if not for everything: for menus, not for decisions."""
    return frozenset().union(*(grant.permissions for grant in rights.held(subject)))
