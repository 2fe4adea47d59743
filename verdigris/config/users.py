"""The users file: who there is, who may do what, and which directories know further users.

Law: a `Users` is frozen and has been checked: schema, hashes, names that exist, nothing twice; it
never holds a password, and printing it shows no hash. Format: users.xsd; product facts 10.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lxml import etree

from verdigris.config import xmlfile
from verdigris.config.directories import Directory, folded, read_directories
from verdigris.config.file_modes import exposed
from verdigris.errors import Problem
from verdigris.passwords import PasswordHash
from verdigris.rights import (
    ADMIN,
    LIMITS,
    NATIVE,
    ActTarget,
    Grant,
    Members,
    Permission,
    Principal,
    Profile,
    Rights,
)
from verdigris.suggestion import did_you_mean


NAMESPACE: Final = "urn:verdigris:users:1"


@dataclass(frozen=True, slots=True, repr=False)
class NativeUser:
    """A user whose password's hash is in the file."""

    name: str
    password: PasswordHash
    locked: bool = False
    line: int = 0

    def __repr__(self) -> str:
        return f"<NativeUser {self.name!r}{' locked' if self.locked else ''} password=hidden>"


@dataclass(frozen=True, slots=True)
class LockOut:
    """The defence against guessing; see users.xsd."""

    free: int = 5
    longest: float = 60.0
    forget: float = 900.0


@dataclass(frozen=True, slots=True, repr=False)
class Users:
    """What the file says.

    Attributes:
        users: the native ones by name, `admin` among them.
        rights: groups, profiles and grants.
        directories: asked in this order about users who are not native.
        login_seconds: after which a login ends.
        warnings: what is allowed and looks like a mistake.
    """

    users: Mapping[str, NativeUser]
    rights: Rights = field(default_factory=Rights)
    directories: tuple[Directory, ...] = ()
    lock_out: LockOut = LockOut()
    login_seconds: int = 28_800
    warnings: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        return (
            f"<Users [{len(self.users)} users, {len(self.rights.groups)} groups, "
            f"{len(self.rights.grants)} grants, {len(self.directories)} directories]>"
        )


def parse(data: bytes, file: str = "users.xml") -> Users:
    """Read and check a users file; the files it names are relative to it.

    Raises:
        ConfigurationError: with every problem found and its line; nothing of it is used.
    """
    root = xmlfile.load(data, file, xmlfile.schema("verdigris.config", "users.xsd"))
    reader = _Reader(root, file)
    made = reader.users()
    xmlfile.refuse(file, reader.found)
    return made


def load(data: bytes, file: str) -> Users:
    """Read and check a users file that lies on this machine, its permissions included.

    Raises:
        ConfigurationError: as `parse`.
    """
    users = parse(data, file)
    if problem := exposed(Path(file)):
        found = Problem(file, 0, problem, "warning")
        return replace(users, warnings=(found, *users.warnings))
    return users


def sample() -> str:
    """A commented file to start from. Its passwords are nobody's: set them before use."""
    return SAMPLE


class _Reader:
    """The parts of a document, with the problems found in them."""

    def __init__(self, root: etree._Element, file: str) -> None:
        self._root = root
        self._file = file
        self._folder = Path(file).parent
        self._ldap = {it.get("name", "") for it in self._children("directories", "ldap")}
        self.found: list[Problem] = []

    def users(self) -> Users:
        users = {user.name: user for user in self._native_users()}
        directories = tuple(
            read_directories(self._children("directories"), self._folder, self._file, self.found)
        )
        groups = {
            Principal(element.get("name", "")): self._members(element)
            for element in self._children("native", "group")
        }
        profiles: dict[Profile, Members] = {}
        for element in self._named("profile"):
            profile = Profile(element.get("name"))
            if profile in profiles:
                self._wrong(element, f"profile {profile.value} is listed twice")
            profiles[profile] = self._members(element)
        grants = tuple(self._grant(element) for element in self._named("grant"))
        rights = Rights(groups, profiles, grants)
        self._judge(users, rights, {it.name for it in directories})
        return Users(
            users, rights, directories, self._lock_out(), self._login_seconds(),
            tuple(sorted(self.found)),
        )  # fmt: skip

    def _native_users(self) -> Iterator[NativeUser]:
        for element in [*self._named("admin"), *self._children("native", "user")]:
            name = element.get("name", ADMIN.name)
            line = xmlfile.line(element)
            try:
                password = PasswordHash.parse(element.get("password", ""))
            except ValueError as problem:
                self._wrong(element, f"the password of {name}: {problem}")
                continue
            if password.weak:
                message = f"the hash of {name} is weaker than those made now; it is made anew at the next login"
                self.found.append(Problem(self._file, line, message, "warning"))
            locked = element.get("locked", "false").strip() in {"true", "1"}
            yield NativeUser(name, password, locked, line)

    def _members(self, element: etree._Element) -> Members:
        found: dict[str, set[Principal]] = {"user": set(), "group": set()}
        for child in element:
            name, directory = child.get("name", ""), child.get("directory", NATIVE)
            if directory in self._ldap:
                name = folded(name)  # as that directory compares names
            found[etree.QName(child).localname].add(Principal(name, directory))
        return Members(frozenset(found["user"]), frozenset(found["group"]))

    def _grant(self, element: etree._Element) -> Grant:
        permissions = frozenset(map(Permission, element.get("permission", "").split()))
        limits = {name: element.get(name, "") for name in ("model", "pool", "domain")}
        for permission in sorted(permissions, key=lambda it: it.value):
            for name, limit in limits.items():
                if limit and name not in LIMITS.get(permission, frozenset()):
                    self._wrong(
                        element, f"permission {permission.value} cannot be limited to a {name}"
                    )
        return Grant(permissions, self._members(element), ActTarget(**limits))

    def _lock_out(self) -> LockOut:
        for element in self._named("lock-out"):
            return LockOut(
                int(element.get("free", "5")),
                float(element.get("longest", "60")),
                float(element.get("forget", "900")),
            )
        return LockOut()

    def _login_seconds(self) -> int:
        return next((int(it.get("lifetime", "28800")) for it in self._named("logins")), 28_800)

    def _judge(
        self, users: Mapping[str, NativeUser], rights: Rights, directories: set[str]
    ) -> None:
        """What the schema cannot say."""
        listed = [*self._children("native", "user")]
        for element in listed:
            if element.get("name", "").lower() == ADMIN.name:
                self._wrong(element, "admin is built in: its password is in the element <admin>")
        for what, elements in (
            ("user", listed),
            ("group", self._children("native", "group")),
            ("directory", self._children("directories")),
        ):
            self._twice(what, elements)
        for element in self._children("directories"):
            if element.get("name") == NATIVE:
                self._wrong(element, f"directory {NATIVE} is this document itself")
        known = {"user": set(users), "group": {it.name for it in rights.groups}}
        for member in self._each_member():
            self._known(member, known, directories)

    def _twice(self, what: str, elements: Iterable[etree._Element]) -> None:
        """Names are compared without regard to case: two users whose names look alike invite mistakes."""
        seen: dict[str, int] = {}
        for element in elements:
            name = element.get("name", "")
            if first := seen.get(name.lower()):
                self._wrong(element, f"{what} {name} is listed twice (first in line {first})")
            seen.setdefault(name.lower(), xmlfile.line(element))

    def _known(
        self, member: etree._Element, known: Mapping[str, set[str]], directories: set[str]
    ) -> None:
        what, name = etree.QName(member).localname, member.get("name", "")
        directory = member.get("directory", NATIVE)
        if directory == NATIVE and name not in known[what]:
            hint = did_you_mean(name, known[what])
            self._wrong(member, f"there is no {what} {name} in this document{hint}")
        if directory != NATIVE and directory not in directories:
            hint = did_you_mean(directory, directories)
            self._wrong(member, f"there is no directory {directory} in this document{hint}")

    def _each_member(self) -> Iterator[etree._Element]:
        for parent in (
            *self._children("native", "group"), *self._named("profile"), *self._named("grant"),
        ):  # fmt: skip
            yield from parent

    def _named(self, name: str) -> Iterator[etree._Element]:
        return self._root.iterchildren(f"{{{NAMESPACE}}}{name}")

    def _children(self, parent: str, child: str = "*") -> Iterator[etree._Element]:
        for group in self._named(parent):
            yield from group.iterchildren(f"{{{NAMESPACE}}}{child}")

    def _wrong(self, element: etree._Element, message: str) -> None:
        self.found.append(Problem(self._file, xmlfile.line(element), message))


SAMPLE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- The users of an installation, and what they may do. The management server watches this file.
     Keep it readable by the management server alone (chmod 600). "verdigris user" and "verdigris group"
     edit it; passwords are kept as argon2id hashes. Those below belong to no password: set new ones with
     "verdigris user password NAME". -->
<users xmlns="urn:verdigris:users:1">
  <!-- admin is built in: a member of every profile. -->
  <admin password="$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"/>
  <!-- After 5 wrong passwords of one user from one address, each further one doubles a pause of that user from
       that address, up to 60 seconds; they are forgotten after 900 seconds. -->
  <lock-out free="5" longest="60" forget="900"/>
  <!-- Seconds after which a login ends. -->
  <logins lifetime="28800"/>
  <native>
    <user name="alice" password="$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"/>
    <!-- Groups may contain users, groups, and users and groups of other directories. -->
    <group name="tellers">
      <user name="alice"/>
      <!-- <group name="Bank Tellers" directory="corporate"/> -->
    </group>
  </native>
  <!-- Asked in this order about users who are not listed above.
  <directories>
    <ldap name="corporate" servers="ldaps://ldap1.example.org ldaps://ldap2.example.org" kind="active-directory"
          ca-file="corporate-ca.pem" bind-dn="CN=verdigris,OU=Services,DC=example,DC=org"
          bind-password-file="corporate-password" user-base="OU=People,DC=example,DC=org"
          group-base="OU=Groups,DC=example,DC=org"/>
    <openid name="login" issuer="https://login.example.org" audience="verdigris"/>
  </directories> -->
  <!-- Administrator: everything but calling procedures. Developer: sees the configuration, the messages and the
       models. User: calls procedures of every model and pool. -->
  <profile name="Administrator"/>
  <profile name="Developer"/>
  <profile name="User"/>
  <!-- Single permissions, for one model, pool or domain if it is named. -->
  <grant permission="use metadata" pool="BankPool">
    <group name="tellers"/>
  </grant>
</users>
"""
