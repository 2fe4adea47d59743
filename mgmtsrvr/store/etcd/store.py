"""One document in etcd: every version as a blob, and a head that says which is in use.

Law (tests/mgmtsrvr/store/test_contract.py, test_etcd.py): a version comes into use by one
transaction that compares the head's last change: of two writers one wins, the other meets a
conflict, and a write that etcd applies late, after the client has given up, finds another head and
does nothing. What was acknowledged is in every later read. Without the store, the last good
document goes on from a local copy, over a restart too; writes are refused.

Keys below `<prefix>/<document>/`: `head`, `history/<number>` (the head's value at each version),
`blob/<sha256>` (zlib).
"""

import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from twisted.logger import Logger

from mgmtsrvr.store.base import NO_NOTE, Document, DocumentVersion, Lease, Note, Watcher
from mgmtsrvr.store.etcd.client import (
    TOTAL,
    EtcdClient,
    Json,
    delete,
    mod_is,
    put,
    read,
    values_of,
)
from mgmtsrvr.store.etcd.head_watch import HeadWatch
from mgmtsrvr.store.etcd.lease import take_lease
from verdigris.config.atomic import write_file
from verdigris.config.installation import Check
from verdigris.config.watch import Elsewhere, at_once, read_file
from verdigris.config.xmlfile import MAX_BYTES
from verdigris.errors import (
    ChangeUnknown,
    ConfigurationError,
    Conflict,
    Problem,
    StoreUnavailable,
    VerdigrisError,
)


log = Logger()

STARTING: Final = 2.0
"""Seconds a start waits for the store before it goes on with the local copy; also how long a change
tries a store that is known not to answer."""
AT_ONCE: Final = 30
"""Versions removed after one change at most."""
LARGEST: Final = 1_000_000
"""Bytes of a compressed document: etcd takes requests of 1.5 MiB, in base64 a third longer."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head's value.

    Attributes:
        sha: the revision of the document in use.
        number: counts the versions.
        parent: the revision before it; "" for the first.
        write: identifies the write, so that a writer recognizes its own.
    """

    sha: str
    number: int
    parent: str
    author: str = ""
    time: str = ""
    comment: str = ""
    write: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A head and the etcd revision of its last change; 0: there is none."""

    head: Head | None = None
    changed: int = 0


class EtcdStore:
    """A document in etcd.

    Args:
        client: of the cluster.
        key: `<prefix>/<document>`.
        copy: the local copy's file.
        check: raises `ConfigurationError` for a document that cannot be used.
        first: a file that becomes the first version if the store is empty and there is no copy.
        keep: the number of versions to keep.
        elsewhere: runs the calls of the file system, and `check`.
        name: of the document, for problems.
    """

    def __init__(
        self,
        client: EtcdClient,
        key: str,
        copy: Path,
        check: Check,
        *,
        first: Path | None = None,
        keep: int = 20,
        elsewhere: Elsewhere = at_once,
        name: str = "",
    ) -> None:
        self._client = client
        self._key = key
        self._copy = copy
        self._check = check
        self._first = first
        self._keep = keep
        self._elsewhere = elsewhere
        self._name = name or copy.name
        self._watchers: list[Watcher] = []
        self._good: Document | None = None
        self._newest = 0
        self._problem: VerdigrisError | None = None
        self._watch = HeadWatch(client, self._at("head"), self._heard, self._missed)

    def __repr__(self) -> str:
        return f"<EtcdStore {self._key} at {self._client}>"

    # ---- the contract ------------------------------------------------------------------------

    async def load(self) -> Document:
        """See `Store.load`."""
        try:
            seen = await self._head(self._patience)
            if seen.head is None:
                return await self._begin()
            return await self._take(seen.head, seen.changed)
        except StoreUnavailable as problem:
            self._missed(problem)
            return await self._last_good(problem)
        except ConfigurationError as problem:
            self._refuse(problem)
            return await self._last_good(problem)

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> Document:
        """See `Store.publish`."""
        await self._elsewhere(lambda: self._check(data))
        seen = await self._head(self._patience)
        if seen.head is not None and seen.head.sha != expected:
            raise Conflict(actual=seen.head.sha, expected=expected)
        return await self._write(data, expected if seen.head else "", note, seen)

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """See `Store.versions`."""
        found = await self._client.range(self._at("history/"), prefix=True)
        return tuple([await self._version(_head(value)) for _, value, _ in values_of(found)])

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        self._watchers.append(watcher)
        self._watch.start()

        def stop() -> None:
            self._watchers.remove(watcher)
            if not self._watchers:
                self._watch.stop()

        return stop

    async def lease(self, name: str, ttl: float) -> Lease | None:
        """See `Store.lease`."""
        return await take_lease(self._client, self._at(f"lease/{name}"), ttl)

    @property
    def problem(self) -> VerdigrisError | None:
        """See `Store.problem`."""
        return self._problem

    # ---- reading -----------------------------------------------------------------------------

    def _at(self, what: str) -> str:
        return f"{self._key}/{what}"

    @property
    def _patience(self) -> float:
        """Seconds to try: an election is worth waiting for, a store that is away is not."""
        away = self._good is None or isinstance(self._problem, StoreUnavailable)
        return STARTING if away else TOTAL

    async def _head(self, total: float = TOTAL) -> _Seen:
        for _, value, changed in values_of(await self._client.range(self._at("head"), total=total)):
            return _Seen(_head(value), changed)
        return _Seen()

    async def _blob(self, sha: str) -> bytes:
        for _, value, _ in values_of(await self._client.range(self._at(f"blob/{sha}"))):
            unpacked = zlib.decompressobj()
            data = unpacked.decompress(value, MAX_BYTES)
            if Document(data).revision == sha:
                return data
        said = f"version {sha[:12]} is missing or damaged in the store"
        raise ConfigurationError.of(self._name, [Problem(self._name, 0, said)])

    async def _version(self, head: Head) -> DocumentVersion:
        document = Document(await self._blob(head.sha))
        return DocumentVersion(document, head.time, Note(head.author, head.comment))

    async def _take(self, head: Head, changed: int) -> Document:
        """Put the head's document into use, if it can be used; the one in use afterwards."""
        self._newest = max(self._newest, changed)
        if self._good is not None and self._good.revision == head.sha:
            await self._accept(self._good, changed)
            return self._good
        try:
            document = Document(await self._blob(head.sha))
            await self._elsewhere(lambda: self._check(document.data))
        except ConfigurationError as problem:
            self._refuse(problem)
            return await self._last_good(problem)
        await self._accept(document, changed)
        return document

    async def _begin(self) -> Document:
        """The first version: this machine's own file, unless another has published meanwhile."""
        if self._good is not None or self._copy.exists() or self._first is None:
            raise self._client.unavailable(f"it has no document at {self._key}")
        data = read_file(self._first)
        await self._elsewhere(lambda: self._check(data))
        try:
            return await self._write(data, "", Note(comment=f"from {self._first.name}"), _Seen())
        except Conflict:
            return await self.load()

    async def _last_good(self, problem: VerdigrisError) -> Document:
        """The document in use, else the local copy, else the newest good earlier version.

        Raises:
            VerdigrisError: the problem; there is none.
        """
        if self._good is None and self._copy.exists():
            data = read_file(self._copy)
            await self._elsewhere(lambda: self._check(data))
            self._good = Document(data)
            log.error(
                "{problem}; the copy {file} is used", problem=str(problem), file=str(self._copy)
            )
        if self._good is None and isinstance(problem, ConfigurationError):
            for version in reversed(await self.versions()):
                try:
                    await self._elsewhere(partial(self._check, version.data))
                except ConfigurationError:
                    continue
                self._good = version.document
                break
        if self._good is None:
            raise problem
        return self._good

    # ---- writing -----------------------------------------------------------------------------

    async def _write(self, data: bytes, parent: str, note: Note, seen: _Seen) -> Document:
        """Bring a document into use over the head that was seen.

        Raises:
            Conflict: there is another head by now.
            ChangeUnknown: no answer, and none to the question what became of it.
        """
        document = Document(data)
        packed = zlib.compress(data)
        if len(packed) > LARGEST:
            said = f"compressed it has {len(packed)} bytes; a store in etcd takes {LARGEST}"
            raise ConfigurationError.of(self._name, [Problem(self._name, 0, said)])
        head = Head(
            sha=document.revision,
            number=(seen.head.number if seen.head else 0) + 1,
            parent=parent,
            author=note.author,
            time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            comment=note.comment,
            write=secrets.token_hex(8),
        )
        changed = await self._swap(head, packed, seen)
        await self._accept(document, changed)
        if head.number > self._keep:
            await self._drop_old(head.number)
        return document

    async def _swap(self, head: Head, packed: bytes, seen: _Seen) -> int:
        """The transaction; returns the etcd revision of the new head.

        It is sent again where no answer came: the comparison lets it be applied once only. Whether
        the first one was applied is said by the history, which has our mark in that case.
        """
        value = msgspec.json.encode(head)
        history = self._at(f"history/{head.number:012}")
        try:
            answer = await self._client.txn(
                [mod_is(self._at("head"), seen.changed)],
                [
                    put(self._at(f"blob/{head.sha}"), packed),
                    put(history, value),
                    put(self._at("head"), value),
                ],
                [read(self._at("head")), read(history)],
            )
        except StoreUnavailable as problem:
            return await self._became(head, problem)
        if answer.get("succeeded"):
            return int(answer["header"]["revision"])
        return self._judged(head, *(_found(one) for one in answer.get("responses", ())))

    async def _became(self, head: Head, problem: StoreUnavailable) -> int:
        """What became of a write that was not answered."""
        history = self._at(f"history/{head.number:012}")
        try:
            now = _found(await self._client.range(self._at("head")))
            then = _found(await self._client.range(history))
        except StoreUnavailable:
            raise ChangeUnknown(reason=problem.facts["reason"]) from None
        if (now.head.number if now.head else 0) < head.number:
            # Not applied, and not excluded: it may still be on its way to the store.
            raise ChangeUnknown(reason=problem.facts["reason"])
        return self._judged(head, now, then)

    def _judged(self, head: Head, now: _Seen, then: _Seen) -> int:
        """The revision of our write, if the history has it.

        Raises:
            Conflict: it has another's.
        """
        if then.head is not None and then.head.write == head.write:
            return then.changed
        raise Conflict(actual=now.head.sha if now.head else "none", expected=head.parent or "none")

    async def _drop_old(self, number: int) -> None:
        """Remove versions beyond those to keep, and blobs that no version names."""
        try:
            found = values_of(await self._client.range(self._at("history/"), prefix=True))
            heads = [(key, _head(value), changed) for key, value, changed in found]
            kept = {head.sha for _, head, _ in heads if head.number > number - self._keep}
            for key, head, changed in heads[:AT_ONCE]:
                if head.number > number - self._keep:
                    break
                blob = [] if head.sha in kept else [delete(self._at(f"blob/{head.sha}"))]
                same = [mod_is(key, changed), mod_is(self._at("head"), heads[-1][2])]
                await self._client.txn(same, [delete(key), *blob], [])
        except VerdigrisError as problem:  # the next change tries it again
            log.warn("old versions are still in the store: {problem}", problem=str(problem))

    # ---- following ---------------------------------------------------------------------------

    async def _heard(self, value: bytes, changed: int) -> None:
        """Take a head from the watch."""
        if changed >= self._newest:
            await self._take(_head(value), changed)

    async def _accept(self, document: Document, changed: int) -> None:
        """Put a good document into use: copy first, so that a restart knows it too."""
        if changed < self._newest:
            return
        self._newest = changed
        mended, self._problem = self._problem is not None, None
        if document == self._good and not mended and self._copy.exists():
            return
        new, self._good = document != self._good, document
        await self._elsewhere(lambda: _write_copy(self._copy, document.data))
        if new or mended:
            for watcher in tuple(self._watchers):
                watcher.changed(document)

    def _missed(self, problem: VerdigrisError) -> None:
        """The store does not answer: say it once, and go on with what there is."""
        if not isinstance(self._problem, StoreUnavailable):
            log.error("{problem}; the last document stays in use", problem=str(problem))
        self._problem = problem

    def _refuse(self, problem: ConfigurationError) -> None:
        if str(problem) != str(self._problem):
            log.error("{problem}; the last good version stays in use", problem=str(problem))
        self._problem = problem
        for watcher in tuple(self._watchers):
            watcher.broken(problem)


def _head(value: bytes) -> Head:
    """The head of a key's value.

    Raises:
        ConfigurationError: it is none of ours.
    """
    try:
        return msgspec.json.decode(value, type=Head)
    except msgspec.MsgspecError as problem:
        raise ConfigurationError.of("head", [Problem("head", 0, str(problem))]) from None


def _found(response: Json) -> _Seen:
    """The head in a range's answer, or in a transaction's part that is one."""
    for _, value, changed in values_of(response.get("response_range", response)):
        return _Seen(_head(value), changed)
    return _Seen()


def _write_copy(file: Path, data: bytes) -> None:
    try:
        write_file(file, data)
    except VerdigrisError as problem:  # the copy is for a restart without the store
        log.error("the copy of the configuration is out of date: {problem}", problem=str(problem))  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
