"""The file of Idempotency-Keys: one SQLite database, so that keys outlive the gateway.

Law: a key is on disk before its procedure is begun, and a key that was under way when its gateway
ended is never performed again (tests/gateway/workers/test_key_file.py,
tests/system/test_keys_outlive.py). Nothing is dropped before its time. The file is bounded: by the
number of keys, by the room for replies, and by SQLite itself. Requests and credentials are in it as
keyed digests only, replies as they were sent; only its owner can read it.

Everything here waits for the disk: `gateway.workers.key_store` calls it in a thread.
Source: https://www.sqlite.org/wal.html and pragma.html#pragma_synchronous (FULL: a commit is
synchronised before it returns, so it survives a loss of power too).
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
from twisted.logger import Logger

from gateway.workers.idempotency_messages import Claim, Kept, Outcome
from verdigris.config.writable import why_denied
from verdigris.errors import KeyStoreUnavailable


log = Logger()

VERSION: Final = 1
"""Of the tables, in SQLite's user_version."""

ROOM: Final = 256 * 1024 * 1024
"""Bytes of kept replies; beyond them replies are given once, and their keys kept all the same."""

MAX_FILE: Final = 2 * ROOM
"""Bytes of the file, held by SQLite: replies, a million keys of some 200 bytes, and free pages."""

SWEEP: Final = 1.0
"""Seconds between looks for keys whose time is over."""

LONGEST: Final = 3600.0
"""Seconds a key that is being performed is kept at least: longer than any procedure may take."""

BUSY: Final = 2.0
"""Seconds to wait for another gateway that writes into the same file."""

BEGUN, KEPT, LARGE = 0, 1, 2
"""States of a key: being performed; with its reply; performed, its reply too large to keep."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
    key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, client BLOB NOT NULL, request TEXT NOT NULL,
    until REAL NOT NULL, state INTEGER NOT NULL, reply BLOB);
CREATE INDEX IF NOT EXISTS by_time ON keys (until);
"""

_CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Found = tuple[Outcome, Kept | None, str]
"""The outcome of a claim, the reply that is kept, and the request id the key was first used under."""


class KeyFile:
    """One file of keys, or a database in memory.

    Args:
        path: of the file; None keeps the keys in memory.
        wall: seconds since 1970: keys are compared with it after a restart.
    """

    def __init__(self, path: Path | None, wall: Callable[[], float] = time.time) -> None:
        self.path = path
        self._wall = wall
        self._base: sqlite3.Connection | None = None
        self._secret = b""
        self._count = self._bytes = 0
        self._clients: dict[bytes, int] = {}
        self._swept = float("-inf")

    def __repr__(self) -> str:
        return f"<KeyFile {self.path or 'in memory'} [{self._count} keys]>"

    # ---- keys ----------------------------------------------------------------------------------

    def begin(self, asked: Claim) -> Found:
        """Take a key for a request that is about to be performed, or say what became of it."""
        base, now = self._opened(), self._wall()
        self._sweep(base, now)
        key, fingerprint = self._digest(asked.key), self._digest(asked.fingerprint)
        row = base.execute(
            "SELECT fingerprint, state, reply, request, until FROM keys WHERE key = ?", (key,)
        ).fetchone()
        if row is not None and row[4] > now:
            return _found(row[:4], fingerprint)
        if row is not None:
            self._forget(base, key)
        client = self._digest(asked.client)
        if self._count >= asked.limit:
            return "full", None, ""
        if self._clients.get(client, 0) >= asked.share:
            return "share", None, ""
        base.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (key, fingerprint, client, asked.request, now + max(asked.seconds, LONGEST), BEGUN),
        )
        self._count += 1
        self._clients[client] = self._clients.get(client, 0) + 1
        return "yours", None, ""

    def settle(self, asked: Claim, reply: Kept | None, *, free: bool) -> None:
        """Keep the reply of a key, or forget the key because nothing was done."""
        base, now = self._opened(), self._wall()
        key = self._digest(asked.key)
        if free:
            self._forget(base, key)
            return
        data = None if reply is None else msgspec.msgpack.encode(reply)
        if data is not None and self._bytes + len(data) > ROOM:
            data = None
        self._bytes += len(data or b"")
        state = LARGE if data is None else KEPT
        base.execute(
            "UPDATE keys SET until = ?, state = ?, reply = ? WHERE key = ?",
            (now + asked.seconds, state, data, key),
        )

    def _forget(self, base: sqlite3.Connection, key: bytes) -> None:
        self._forgotten(
            base.execute("DELETE FROM keys WHERE key = ? RETURNING client, length(reply)", (key,))
        )

    def _sweep(self, base: sqlite3.Connection, now: float) -> None:
        if now < self._swept + SWEEP:
            return
        self._swept = now
        self._forgotten(
            base.execute(
                "DELETE FROM keys WHERE until <= ? RETURNING client, length(reply)", (now,)
            )
        )

    def _forgotten(self, rows: sqlite3.Cursor) -> None:
        for client, size in rows.fetchall():
            self._count -= 1
            self._bytes -= size or 0
            left = self._clients.get(client, 0) - 1
            if left > 0:
                self._clients[client] = left
            else:
                self._clients.pop(client, None)

    def _digest(self, of: bytes) -> bytes:
        return blake2b(of, key=self._secret, digest_size=32).digest()

    # ---- the file ------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within is on disk when this ends, or nothing of it.

        Raises:
            KeyStoreUnavailable: the file cannot be read or written.
        """
        try:
            base = self._opened()
            base.execute("BEGIN IMMEDIATE")
            yield
            base.execute("COMMIT")
        except (sqlite3.Error, OSError) as problem:
            self._failed(problem)
            raise KeyStoreUnavailable(file=self.path or "memory", reason=problem) from None

    def open(self) -> None:
        """Open the file, if there is one: what is wrong with it, or its folder, is said at the start."""
        if self.path is None:
            return
        if reason := why_denied(self.path.parent):
            log.error("Idempotency-Keys cannot be kept in {folder}: {reason}", folder=str(self.path.parent), reason=reason)  # fmt: skip
            return
        if not self.path.exists():
            return
        try:
            self._opened()
        except (sqlite3.Error, OSError) as problem:
            self._failed(problem)

    def close(self) -> None:
        """Let go of the file."""
        base, self._base = self._base, None
        if base is not None:
            with suppress(sqlite3.Error):
                base.close()

    def _opened(self) -> sqlite3.Connection:
        if self._base is None:
            try:
                self._base = self._connect()
            except sqlite3.DatabaseError as problem:
                if not _corrupt(problem):
                    raise
                self._set_aside(problem)
                self._base = self._connect()
        return self._base

    def _connect(self) -> sqlite3.Connection:
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        base = sqlite3.connect(
            self.path or ":memory:", timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(base)
        except BaseException:
            base.close()
            raise
        return base

    def _prepare(self, base: sqlite3.Connection) -> None:
        def one(sql: str) -> Any:
            found = base.execute(sql).fetchone()
            return None if found is None else found[0]

        if one("PRAGMA quick_check(1)") != "ok":
            raise _malformed()
        version = one("PRAGMA user_version")
        if version not in (0, VERSION):
            raise OSError(f"its tables are of version {version}, this gateway knows {VERSION}")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("PRAGMA secure_delete = ON")
        base.execute(f"PRAGMA journal_size_limit = {ROOM // 16}")
        base.execute(f"PRAGMA max_page_count = {MAX_FILE // one('PRAGMA page_size')}")
        base.executescript(_SCHEMA)
        base.execute(f"PRAGMA user_version = {VERSION}")
        base.execute(
            "INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)",
            (secrets.token_bytes(32),),
        )
        self._secret = bytes(one("SELECT value FROM secret"))
        rows = base.execute("SELECT client, COUNT(*) FROM keys GROUP BY client").fetchall()
        self._clients = dict(rows)
        self._count = sum(self._clients.values())
        self._bytes = one("SELECT COALESCE(SUM(length(reply)), 0) FROM keys")

    def _failed(self, problem: Exception) -> None:
        """Begin again with the next call: with a new file where this one is broken."""
        log.error("{file}: {problem}", file=str(self.path or "keys"), problem=str(problem))
        base, self._base = self._base, None
        if base is not None:
            with suppress(sqlite3.Error):
                base.close()
        if isinstance(problem, sqlite3.DatabaseError) and _corrupt(problem):
            with suppress(OSError):
                self._set_aside(problem)

    def _set_aside(self, problem: Exception) -> None:
        """Move a file that cannot be read out of the way: it is evidence, not to be deleted."""
        if self.path is None:
            return
        aside = self.path.with_name(f"{self.path.name}.corrupt-{int(self._wall())}")
        log.error(
            "{file} cannot be read ({problem}) and is moved to {aside}: the Idempotency-Keys in it "
            "are forgotten, and a request repeated with one of them is performed again",
            file=str(self.path),
            problem=str(problem),
            aside=aside.name,
        )
        for ending in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + ending)
            with suppress(FileNotFoundError):
                part.replace(aside.with_name(aside.name + ending))


def _found(row: Any, fingerprint: bytes) -> Found:
    known, state, reply, request = row
    if known != fingerprint:
        return "another", None, request
    if state == BEGUN:
        return "lost", None, request
    if state == LARGE or reply is None:
        return "large", None, request
    return "kept", msgspec.msgpack.decode(reply, type=Kept), request


def _corrupt(problem: sqlite3.DatabaseError) -> bool:
    return getattr(problem, "sqlite_errorcode", None) in _CORRUPT


def _malformed() -> sqlite3.DatabaseError:
    problem = sqlite3.DatabaseError("the check of its pages failed")
    problem.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return problem
