"""Who may do what: permissions, the three profiles, grants, and one function that decides, `may`.

Law (tests/verdigris/rights): deny by default. Nothing takes a right away: a subject may do what some
profile or grant of theirs allows, and nothing else. Pure.
"""

from verdigris.rights.permission import LIMITS, PROFILES, Permission, Profile
from verdigris.rights.rights import ADMIN, Grant, Members, Rights, may, permissions_of
from verdigris.rights.subject import NATIVE, ActTarget, Principal, Subject


__all__ = [
    "ADMIN",
    "LIMITS",
    "NATIVE",
    "PROFILES",
    "ActTarget",
    "Grant",
    "Members",
    "Permission",
    "Principal",
    "Profile",
    "Rights",
    "Subject",
    "may",
    "permissions_of",
]
