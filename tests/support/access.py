"""Logins in memory: users of a document, keys in a folder, hashes computed at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from twisted.internet.defer import Deferred, succeed

from mgmtsrvr.access import Logins, SessionAccess, TokenKeys, UsersInForce
from mgmtsrvr.access.ended_logins import EndedLogins
from mgmtsrvr.access.open_access import OpenedAccess
from mgmtsrvr.access.shared_logins import LoginSharing
from mgmtsrvr.audit import AuditLog
from mgmtsrvr.directories import Authenticator
from mgmtsrvr.directories.factory import Directories
from mgmtsrvr.directories.native import NativeDirectory
from mgmtsrvr.store import MemoryStore
from verdigris.config.installation import Installation
from verdigris.config.token_keys import EMPTY
from verdigris.config.watch import at_once
from verdigris.passwords import hashed


T = TypeVar("T")

NOW = 1_800_000_000.0
PASSWORD = "long enough"
HASH = hashed(PASSWORD)
WEAK_HASH = Argon2id(
    salt=b"0123456789abcdef", length=32, iterations=1, lanes=1, memory_cost=1024
).derive_phc_encoded(PASSWORD.encode())
"""Of the same password, made when machines were slower."""


class AtOnce:
    """Threads that are none: a call runs here and now."""

    def __init__(self) -> None:
        self.calls = 0

    def run(self, call: Callable[[], T]) -> "Deferred[T]":
        self.calls += 1
        return succeed(call())

    def stop(self) -> None:
        """End nothing."""


def users_xml(*users: str, inside: str = "", native: str = "") -> bytes:
    """A document of users who all have `PASSWORD`, admin among them."""
    listed = "".join(f'<user name="{it}" password="{HASH}"/>' for it in users)
    return (
        f'<users xmlns="urn:verdigris:users:1"><admin password="{HASH}"/>'
        f"<native>{listed}{native}</native>{inside}</users>"
    ).encode()


def now(work: Any) -> Any:
    """The outcome of a coroutine that waits for nothing."""
    found: list[Any] = []
    Deferred.fromCoroutine(work).addBoth(found.append)
    (outcome,) = found
    if hasattr(outcome, "raiseException"):
        outcome.raiseException()
    return outcome


class NoPeers:
    """A management server that is alone."""

    servers = ()

    async def ask_each(self, question: Any, request_id: str) -> list[Any]:
        del question, request_id
        return []


class Access:
    """What a management server opens for logins, in memory."""

    def __init__(
        self, clock: Any, folder: Path, data: bytes, *, server: str = "m1", peers: Any = None
    ) -> None:
        self.time = NOW
        self.threads = AtOnce()
        self.users = UsersInForce("users.xml")
        self.store = MemoryStore(data, self.users.check)
        authenticator = Authenticator(
            NativeDirectory(lambda: self.users.users, self.threads),
            clock,  # type: ignore[arg-type]
        )
        directories = Directories(authenticator, clock)
        self.users.followers.append(directories.follow)
        now(self.users.start(self.store))
        self.keys = TokenKeys(server, folder / "token-keys", clock, lambda: self.time)
        self.key_store = MemoryStore(EMPTY, self.keys.check)
        now(self.keys.start(self.key_store))
        self.ended = EndedLogins(folder / "ended-logins.json", at_once, lambda: self.time)
        self.logins = Logins(
            "test",
            authenticator,
            self.keys,
            self.users,
            self.threads,  # type: ignore[arg-type]
            self.ended,
            lambda: self.time,
        )
        self.peers = peers or NoPeers()
        self.sharing = LoginSharing(self.peers, self.keys, self.ended, clock)
        self.logins.share = self.sharing.share
        self.audit = AuditLog(folder / "audit", server, at_once, lambda: self.time)
        now(self.audit.start())
        self.installation = Installation("test")
        self.sessions = SessionAccess(
            lambda: self.installation, self.logins, self.keys, lambda: self.time
        )
        self.opened = OpenedAccess(
            self.logins,
            self.keys,
            directories,
            self.threads,  # type: ignore[arg-type]
            self.audit,
            self.sharing,
            self.sessions,
        )

    def edit(self, data: bytes) -> None:
        """Replace the users, as an editor does."""
        self.store.edited(data)
