"""The users a gateway knows by itself: one file, a line each.

Law: a line is `NAME:scrypt:N:R:P:SALT:HASH` (base64) or `NAME:clear:PASSWORD`; `#` begins a remark.
Only clear ones can be checked against a PasswordDigest: the digest is made of the clear password.
An unknown user costs as much time as a wrong password for a hash. A broken edit leaves the last good file.

`verdigris hash-password NAME` asks for a password and prints the line.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from verdigris.config.file_modes import exposed
from verdigris.config.watch import Elsewhere, WatchedFile, at_once
from verdigris.errors import ConfigurationError, Problem


log = Logger()

COST: Final = (2**14, 8, 5)
"""scrypt's N, r, p: 16 MiB and 0.2 s, one of the settings that OWASP's Password Storage Cheat Sheet gives
as equally strong; those with a larger N take more memory for each check."""

SHOWN: Final = 10
"""Names that a warning lists at most."""

_MEMORY: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class User:
    """One user: a hash with its salt and cost, or the clear password."""

    name: str
    clear: str | None = None
    cost: tuple[int, int, int] = COST
    salt: bytes = b""
    hash: bytes = b""

    def __repr__(self) -> str:
        return f"<User {self.name!r} {'hash' if self.clear is None else 'password'}=hidden>"

    def has(self, password: str) -> bool:
        """Whether this is the password; it takes as long for every kind of user."""
        if self.clear is not None:
            _hashed(password, b"as for a hash", COST)
            return hmac.compare_digest(self.clear.encode(), password.encode())
        good = hmac.compare_digest(_hashed(password, self.salt, self.cost), self.hash)
        n, r, _ = COST
        missing = (_work(COST) - _work(self.cost)) // (n * r)
        if missing > 0:
            _hashed(password, self.salt, (n, r, missing))
        return good

    @property
    def weak(self) -> bool:
        """Whether the hash costs a guesser less than one made now."""
        return self.clear is None and _work(self.cost) < _work(COST)


NOBODY: Final = User("", salt=b"nobody", hash=b"no hash is this")
"""Checked in place of unknown users, for the time it takes."""


def line_of(name: str, password: str) -> str:
    """The line of a user, with a hash."""
    salt = secrets.token_bytes(16)
    numbers = ":".join(str(number) for number in COST)
    parts = [base64.b64encode(part).decode() for part in (salt, _hashed(password, salt, COST))]
    return f"{name}:scrypt:{numbers}:{':'.join(parts)}"


def read_users(text: str, file: str) -> dict[str, User]:
    """The users of a file.

    Raises:
        ConfigurationError: with every line that is none.
    """
    found: dict[str, User] = {}
    wrong: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            user = _user(line.strip())
        except ValueError as problem:
            wrong.append(Problem(file, number, str(problem)))
            continue
        if user.name in found:
            wrong.append(Problem(file, number, f"user {user.name} was given before"))
        found[user.name] = user
    if wrong:
        raise ConfigurationError.of(file, wrong)
    return found


def warnings_about(users: Iterable[User], path: Path) -> Iterator[str]:
    """What is accepted and should be mended: weak hashes, a file that everybody may read."""
    if weak := [user.name for user in users if user.weak]:
        names = ", ".join(weak[:SHOWN]) + (", ..." if len(weak) > SHOWN else "")
        yield (
            f"{path}: the hashes of {names} are weaker than those made now; "
            "`verdigris hash-password NAME` makes a new line"
        )
    if problem := exposed(path):
        yield problem


class Users:
    """The users of a file, read again when it has changed.

    Args:
        path: of the file.
        clock: for watching.
        elsewhere: runs the calls of the file system while watching.

    Raises:
        ConfigurationError: the file cannot be used at the start.
    """

    def __init__(self, path: Path, clock: IReactorTime, elsewhere: Elsewhere = at_once) -> None:
        self.path = path
        self._file = WatchedFile(
            path, self._parse, self._take, clock, elsewhere=elsewhere, name=path.name
        )
        self._users = self._file.read()
        self._warn()
        self._key = secrets.token_bytes(32)
        self._verified: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<Users {self.path} [{len(self._users)}]>"

    def start(self) -> None:
        """Begin to watch the file."""
        self._file.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._file.stop()

    def _parse(self, data: bytes) -> dict[str, User]:
        try:
            text = data.decode()
        except ValueError:
            said = Problem(self.path.name, 0, "it cannot be read: it is not UTF-8")
            raise ConfigurationError.of(self.path.name, [said]) from None
        return read_users(text, self.path.name)

    def _take(self, users: dict[str, User]) -> None:
        self._users = users
        self._warn()
        self._verified = {}  # a new one: a check that runs in a thread marks what it was begun with

    def _warn(self) -> None:
        for warning in warnings_about(self._users.values(), self.path):
            log.warn("{warning}", warning=warning)

    def clear_password(self, name: str) -> str | None:
        """The password of a user who has it in clear."""
        user = self._users.get(name)
        return user.clear if user is not None else None

    def known(self, name: str, password: str) -> bool:
        """Whether this pair was found right before: costs nothing."""
        mark = self._verified.get(name)
        return mark is not None and hmac.compare_digest(mark, self._mark(name, password))

    def check(self, name: str, password: str) -> bool:
        """Whether the password is the user's; takes time, so it belongs into a thread."""
        user, verified = self._users.get(name), self._verified
        good = (user or NOBODY).has(password) and user is not None
        if good:
            verified[name] = self._mark(name, password)
        return good

    def _mark(self, name: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")


def _user(line: str) -> User:
    name, kind, rest = [*line.split(":", 2), "", ""][:3]
    if not name:
        raise ValueError("a line begins with the user's name")
    if kind == "clear" and rest:
        return User(name, clear=rest)
    parts = rest.split(":")
    try:
        numbers = tuple(int(part) for part in parts[:3])
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[3:])
        n, r, p = numbers
    except (ValueError, binascii.Error):
        kind = ""
    if kind != "scrypt" or 128 * n * r > _MEMORY // 2 or n & (n - 1) or n < 2 or p > 16:  # noqa: PLR2004 - RFC 7914, section 2; bounds on time and memory
        raise ValueError("a user is NAME:scrypt:N:R:P:SALT:HASH or NAME:clear:PASSWORD")
    return User(name, cost=(n, r, p), salt=salt, hash=digest)


def _work(cost: tuple[int, int, int]) -> int:
    n, r, p = cost
    return n * r * p


def _hashed(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY)
