"""Edits of the users file by program: what they mean to change is changed; comments, order and everything else stay.

Law (tests/verdigris/config/test_users_edit.py): what an edit returns can be used if the document
before it could; a user or group that is removed is nowhere named afterwards.
"""

from collections.abc import Iterator
from typing import Literal

from lxml import etree

from verdigris.config import xmlfile
from verdigris.config.installation import write
from verdigris.config.users import NAMESPACE
from verdigris.errors import NameInUse, UnknownGroup, UnknownUser
from verdigris.passwords import PasswordHash
from verdigris.rights import ADMIN, NATIVE, Principal, Profile


Kind = Literal["user", "group"]


class UsersDocument:
    """A users file that is being edited.

    Args:
        data: the file, which has been checked.

    Raises:
        ConfigurationError: it is not well-formed.
    """

    def __init__(self, data: bytes) -> None:
        self._root = xmlfile.parse(data, "users.xml", keep_comments=True)

    def __repr__(self) -> str:
        return f"<UsersDocument [{len([*self._all('user')])} users]>"

    @property
    def data(self) -> bytes:
        """The file as it is now."""
        return write(self._root)

    def add_user(self, name: str, password: PasswordHash) -> None:
        """Add a native user.

        Raises:
            NameInUse: there is one of this name, in whatever case.
        """
        self._refuse_known("user", name)
        self._append(self._native(), "user", name=name, password=password)

    def remove_user(self, name: str) -> None:
        """Remove a native user from everywhere.

        Raises:
            UnknownUser: there is none, or it is `admin`.
        """
        _drop(self._user(name))
        self._forget("user", name)

    def set_password(self, name: str, password: PasswordHash) -> None:
        """Change the password of a native user, or of `admin`.

        Raises:
            UnknownUser: there is none.
        """
        self._with_password(name).set("password", password)

    def replace_password(self, name: str, old: PasswordHash, new: PasswordHash) -> None:
        """Change the hash of a password, if it has not been changed meanwhile.

        Raises:
            UnknownUser: there is no such user.
        """
        element = self._with_password(name)
        if element.get("password") == old:
            element.set("password", new)

    def set_locked(self, name: str, *, locked: bool) -> None:
        """Keep a native user from logging in, or no longer.

        Raises:
            UnknownUser: there is none, or it is `admin`.
        """
        element = self._user(name)
        if locked:
            element.set("locked", "true")
        else:
            element.attrib.pop("locked", None)

    def add_group(self, name: str) -> None:
        """Add a native group without members.

        Raises:
            NameInUse: there is one of this name, in whatever case.
        """
        self._refuse_known("group", name)
        self._append(self._native(), "group", name=name)

    def remove_group(self, name: str) -> None:
        """Remove a native group from everywhere.

        Raises:
            UnknownGroup: there is none.
        """
        _drop(self._group(name))
        self._forget("group", name)

    def add_member(self, group: str, kind: Kind, member: Principal) -> None:
        """Add a user or group to a native group, unless it is in it.

        Raises:
            UnknownGroup: there is no such group, or native member.
            UnknownUser: there is no such native member.
        """
        self._require(kind, member)
        self._include(self._group(group), kind, member)

    def remove_member(self, group: str, kind: Kind, member: Principal) -> None:
        """Remove a user or group from a native group, if it is in it.

        Raises:
            UnknownGroup: there is no such group.
        """
        for element in [*_named(self._group(group), kind, member)]:
            _drop(element)

    def add_to_profile(self, profile: Profile, kind: Kind, member: Principal) -> None:
        """Add a user or group to a profile, unless it is in it.

        Raises:
            UnknownGroup: there is no such native member.
            UnknownUser: there is no such native member.
        """
        self._require(kind, member)
        found = (it for it in self._all("profile") if it.get("name") == profile.value)
        element = next(found, None)
        if element is None:
            element = self._append(self._root, "profile", name=profile.value)
        self._include(element, kind, member)

    def remove_from_profile(self, profile: Profile, kind: Kind, member: Principal) -> None:
        """Remove a user or group from a profile, if it is in it."""
        for element in self._all("profile"):
            if element.get("name") == profile.value:
                for one in [*_named(element, kind, member)]:
                    _drop(one)

    # ---- the document --------------------------------------------------------------------------

    def _native(self) -> etree._Element:
        found = self._root.find(f"{{{NAMESPACE}}}native")
        if found is not None:
            return found
        made = etree.Element(f"{{{NAMESPACE}}}native")
        before = [it for it in self._root if it.tag in _BEFORE_NATIVE][-1]
        made.tail, before.tail = before.tail, "\n  "
        before.addnext(made)
        return made

    def _all(self, name: str) -> Iterator[etree._Element]:
        """Elements of one name that declare something: below the root, or below `<native>`."""
        parents = [self._root, *self._root.iterchildren(f"{{{NAMESPACE}}}native")]
        for parent in parents:
            yield from parent.iterchildren(f"{{{NAMESPACE}}}{name}")

    def _user(self, name: str) -> etree._Element:
        for element in self._all("user"):
            if element.get("name") == name:
                return element
        raise UnknownUser(user=name)

    def _with_password(self, name: str) -> etree._Element:
        admin = self._root.find(f"{{{NAMESPACE}}}admin")
        return admin if name == ADMIN.name and admin is not None else self._user(name)

    def _group(self, name: str) -> etree._Element:
        for element in self._all("group"):
            if element.get("name") == name:
                return element
        raise UnknownGroup(group=name)

    def _require(self, kind: Kind, member: Principal) -> None:
        if member.directory == NATIVE and not (kind == "user" and member == ADMIN):
            (self._user if kind == "user" else self._group)(member.name)

    def _refuse_known(self, kind: Kind, name: str) -> None:
        names = {element.get("name", "").lower() for element in self._all(kind)}
        if kind == "user":
            names.add(ADMIN.name)
        if name.lower() in names:
            raise NameInUse(kind=kind, name=name)

    def _include(self, parent: etree._Element, kind: Kind, member: Principal) -> None:
        if not any(True for _ in _named(parent, kind, member)):
            directory = {} if member.directory == NATIVE else {"directory": member.directory}
            self._append(parent, kind, name=member.name, **directory)

    def _forget(self, kind: Kind, name: str) -> None:
        """Remove a native user or group from all groups, profiles and grants; empty grants go too."""
        for parent in [*self._all("group"), *self._all("profile"), *self._all("grant")]:
            for element in [*_named(parent, kind, Principal(name))]:
                _drop(element)
            members = [it for it in parent if isinstance(it.tag, str)]
            if not members and etree.QName(parent).localname == "grant":
                _drop(parent)

    def _append(self, parent: etree._Element, kind: str, **attributes: str) -> etree._Element:
        """Add an element at the end, indented like what is there."""
        depth = len([*parent.iterancestors()]) + 1
        made = etree.SubElement(parent, f"{{{NAMESPACE}}}{kind}", attributes)
        before = made.getprevious()
        if before is None:
            parent.text = "\n" + "  " * depth
        else:
            before.tail = "\n" + "  " * depth
        made.tail = "\n" + "  " * (depth - 1)
        return made


_BEFORE_NATIVE = {f"{{{NAMESPACE}}}{name}" for name in ("admin", "lock-out", "logins")}


def _named(parent: etree._Element, kind: Kind, member: Principal) -> Iterator[etree._Element]:
    for element in parent.iterchildren(f"{{{NAMESPACE}}}{kind}"):
        if Principal(element.get("name", ""), element.get("directory", NATIVE)) == member:
            yield element


def _drop(element: etree._Element) -> None:
    """Remove an element; what follows it stays."""
    parent, before = element.getparent(), element.getprevious()
    assert parent is not None  # noqa: S101 - the root is never removed
    if before is not None:
        before.tail = element.tail
    else:
        parent.text = element.tail
    parent.remove(element)
