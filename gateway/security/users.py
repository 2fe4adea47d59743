"""The users a gateway knows by itself: one file, a line each.

Law (tests/gateway/security/test_users.py): a line is `NAME:$argon2id$...` (a PHC string), or `NAME:clear:PASSWORD`;
`#` begins a remark. `NAME:scrypt:N:R:P:SALT:HASH` (base64) of earlier versions still counts, with a warning.
Only clear ones can be checked against a PasswordDigest: the digest is made of the clear password.
Every check takes as long as any other. A broken edit leaves the last good file.

`verdigris hash-password NAME` asks for a password and prints the line.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from verdigris.config.file_modes import exposed
from verdigris.config.watch import Elsewhere, WatchedFile, at_once
from verdigris.errors import ConfigurationError, Problem
from verdigris.passwords import NOBODY, PasswordHash, hashed, matches


log = Logger()

SCRYPT_COST: Final = (2**14, 8, 5)
"""N, r, p of the scrypt hashes that earlier versions made; weaker ones are padded to it."""

SHOWN: Final = 10
"""Names that a warning lists at most."""

_MEMORY: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class ScryptHash:
    """A hash of an earlier version, with its salt and cost N, r, p (RFC 7914)."""

    cost: tuple[int, int, int]
    salt: bytes
    hash: bytes

    def __repr__(self) -> str:
        return "<ScryptHash hidden>"

    def matches(self, password: str) -> bool:
        """Whether it is the hash of this password; it takes as long for every cost."""
        good = hmac.compare_digest(_scrypt(password, self.salt, self.cost), self.hash)
        n, r, _ = SCRYPT_COST
        missing = (_work(SCRYPT_COST) - _work(self.cost)) // (n * r)
        if missing > 0:
            _scrypt(password, self.salt, (n, r, missing))
        return good


NO_SCRYPT: Final = ScryptHash(SCRYPT_COST, b"nobody", b"no hash is this")


@dataclass(frozen=True, slots=True, repr=False)
class FileUser:
    """One user, with one of a hash, a hash of an earlier version, and the clear password."""

    name: str
    hash: PasswordHash = NOBODY
    clear: str | None = None
    scrypt: ScryptHash | None = None

    def __repr__(self) -> str:
        return f"<FileUser {self.name!r} {'hash' if self.clear is None else 'password'}=hidden>"

    def has(self, password: str) -> bool:
        """Whether this is the password; without `scrypt` it takes as long for every kind of user."""
        good = matches(password, self.hash)
        if self.scrypt is not None:
            return self.scrypt.matches(password)
        if self.clear is not None:
            return hmac.compare_digest(
                self.clear.encode(), password.encode("utf-8", "surrogatepass")
            )
        return good


UNKNOWN: Final = FileUser("")
"""Checked in place of unknown users, for the time it takes."""


def line_of(name: str, password: str) -> str:
    """The line of a user, with a hash."""
    return f"{name}:{hashed(password)}"


def read_users(text: str, file: str) -> dict[str, FileUser]:
    """The users of a file.

    Raises:
        ConfigurationError: with every line that is none.
    """
    found: dict[str, FileUser] = {}
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


def warnings_about(users: Iterable[FileUser], path: Path) -> Iterator[str]:
    """What is accepted and should be mended: weak hashes, a file that everybody may read."""
    if weak := [it.name for it in users if it.scrypt is not None or it.hash.weak]:
        names = ", ".join(weak[:SHOWN]) + (", ..." if len(weak) > SHOWN else "")
        yield (
            f"{path}: the hashes of {names} are weaker than those made now (argon2id); "
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
        changed: called when the users have changed.

    Raises:
        ConfigurationError: the file cannot be used at the start.
    """

    def __init__(
        self,
        path: Path,
        clock: IReactorTime,
        elsewhere: Elsewhere = at_once,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self._changed = changed
        self._file = WatchedFile(
            path, self._parse, self._take, clock, elsewhere=elsewhere, name=path.name
        )
        self._users = self._file.read()
        self._warn()

    def __repr__(self) -> str:
        return f"<Users {self.path} [{len(self._users)}]>"

    def start(self) -> None:
        """Begin to watch the file."""
        self._file.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._file.stop()

    def _parse(self, data: bytes) -> dict[str, FileUser]:
        try:
            text = data.decode()
        except ValueError:
            said = Problem(self.path.name, 0, "it cannot be read: it is not UTF-8")
            raise ConfigurationError.of(self.path.name, [said]) from None
        return read_users(text, self.path.name)

    def _take(self, users: dict[str, FileUser]) -> None:
        self._users = users
        self._warn()
        self._changed()

    def _warn(self) -> None:
        for warning in warnings_about(self._users.values(), self.path):
            log.warn("{warning}", warning=warning)

    def clear_password(self, name: str) -> str | None:
        """The password of a user who has it in clear."""
        user = self._users.get(name)
        return user.clear if user is not None else None

    def check(self, name: str, password: str) -> bool:
        """Whether the password is the user's; takes time, so it belongs into a thread."""
        users = self._users
        user = users.get(name, UNKNOWN)
        good = user.has(password) and user is not UNKNOWN
        if user.scrypt is None and any(it.scrypt is not None for it in users.values()):
            NO_SCRYPT.matches(password)
        return good


def _user(line: str) -> FileUser:
    name, kind, rest = [*line.split(":", 2), "", ""][:3]
    if not name:
        raise ValueError("a line begins with the user's name")
    if kind.startswith("$") and not rest:
        return FileUser(name, _argon2id(kind))
    if kind == "clear" and rest:
        return FileUser(name, clear=rest)
    parts = rest.split(":")
    try:
        numbers = tuple(int(part) for part in parts[:3])
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[3:])
        n, r, p = numbers
    except (ValueError, binascii.Error):
        kind = ""
    if kind != "scrypt" or 128 * n * r > _MEMORY // 2 or n & (n - 1) or n < 2 or p > 16:  # noqa: PLR2004 - RFC 7914, section 2; bounds on time and memory
        raise ValueError("a user is NAME:$argon2id$... or NAME:clear:PASSWORD")
    return FileUser(name, scrypt=ScryptHash((n, r, p), salt, digest))


def _argon2id(text: str) -> PasswordHash:
    try:
        return PasswordHash.parse(text)
    except ValueError as problem:
        said = str(problem).partition(";")[0]  # its advice is for users.xml
        raise ValueError(f"{said}; `verdigris hash-password NAME` makes one") from None


def _work(cost: tuple[int, int, int]) -> int:
    n, r, p = cost
    return n * r * p


def _scrypt(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY
    )
