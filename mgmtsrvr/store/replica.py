"""A document on two machines: the primary takes the changes, the replica pulls and keeps a copy.

Law (tests/mgmtsrvr/store/test_replica.py): a change is taken by a primary alone. A promotion, by a
person, raises the epoch; who meets a higher epoch is a replica from then on, and keeps what the
other never saw as `conflict-<time>.xml`. Nothing is promoted by itself: with two machines nobody
can tell a dead primary from a cut cable.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mgmtsrvr.store.base import NO_NOTE, Document, DocumentVersion, Lease, Note, Store, Watcher
from verdigris.config.atomic import write_file
from verdigris.errors import NotPrimary, PrimaryAnswers, StoreUnavailable, VerdigrisError
from verdigris.wire import DocumentIs, WatchDocument


log = Logger()

POLL: Final = 30.0
"""Seconds one question of a replica stays open (a change is answered at once)."""
LOOK: Final = 2.0
"""Seconds between a primary's looks for a higher epoch, and between tries at a silent peer."""
EARLY: Final = 0.1
"""Seconds before the end of a question at which an unchanged document is answered."""

Ask = Callable[[WatchDocument, float], Awaitable[DocumentIs]]
"""Puts a question to the other machine, with the seconds it may take."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine knows of its part, kept over restarts.

    Attributes:
        epoch: raised by each promotion.
        primary: whether this machine takes the changes.
        shared: the newest revision that both machines are known to have had.
    """

    epoch: int = 1
    primary: bool = False
    shared: str = ""


class ReplicaStore:
    """A document on two machines.

    Args:
        local: the document on this one.
        path: of its file; `<name>.standing` beside it keeps the epoch.
        name: of the document, as the other machine knows it.
        primary: the part before the first promotion.
        peer: the other machine's address, for messages.
        clock: for waiting.
    """

    def __init__(
        self, local: Store, path: Path, name: str, peer: str, clock: IReactorTime, *, primary: bool
    ) -> None:
        self._local = local
        self._path = path
        self._file = path.with_name(path.name + ".standing")
        self._name = name
        self._peer = peer
        self._clock = clock
        self._problem: VerdigrisError | None = None
        self._job: Deferred[None] | None = None
        self._waiters: list[Deferred[None]] = []
        self._ask: Ask | None = None
        self.standing = self._read(primary=primary)
        local.watch(self)

    def __repr__(self) -> str:
        part = "primary" if self.standing.primary else "replica"
        return f"<ReplicaStore {self._name} {part}, epoch {self.standing.epoch}>"

    # ---- the contract ------------------------------------------------------------------------

    async def load(self) -> Document:
        """See `Store.load`."""
        return await self._local.load()

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> Document:
        """See `Store.publish`."""
        self._require_primary()
        return await self._local.publish(data, expected, note)

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """See `Store.versions`."""
        return await self._local.versions()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        return self._local.watch(watcher)

    async def lease(self, name: str, ttl: float) -> Lease | None:
        """See `Store.lease`; the primary has them all."""
        self._require_primary()
        return await self._local.lease(name, ttl)

    @property
    def problem(self) -> VerdigrisError | None:
        """See `Store.problem`."""
        return self._local.problem or self._problem

    # ---- the other machine -------------------------------------------------------------------

    def connect(self, ask: Ask) -> None:
        """Begin to follow the other machine."""
        self._ask = ask
        self._job = Deferred.fromCoroutine(self._run(ask))
        self._job.addErrback(lambda caught: caught.trap(CancelledError) and None)

    def stop(self) -> None:
        """Follow it no longer."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    async def answer(self, question: WatchDocument, seconds: float) -> DocumentIs:
        """The document, once its revision is not the one that the other machine knows."""
        if question.epoch > self.standing.epoch and question.primary:
            self._stand(epoch=question.epoch, primary=False)
        document = await self._local.load()
        if question.known == document.revision:
            if self.standing.primary and self.standing.shared != question.known:
                self._stand(shared=question.known)
            await self._change(seconds - EARLY)
            document = await self._local.load()
        return DocumentIs(document.data, self.standing.epoch, self.standing.primary)

    async def promote(self, *, force: bool) -> None:
        """Make this machine the primary.

        Raises:
            PrimaryAnswers: the present one answers, and this is not forced.
        """
        if self.standing.primary:
            return
        if not force and self._problem is None:
            raise PrimaryAnswers(primary=self._peer)
        document = await self._local.load()
        self._stand(epoch=self.standing.epoch + 1, primary=True, shared=document.revision)
        self._problem = None
        log.warn("{name}: this management server is the primary now, epoch {epoch}",
                 name=self._name, epoch=self.standing.epoch)  # fmt: skip

    def changed(self, document: Document) -> None:
        """Answer the waiting questions; called by the local store."""
        del document
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def broken(self, problem: VerdigrisError) -> None:
        """Do nothing: the local store has logged it."""

    # ---- inside ------------------------------------------------------------------------------

    async def _run(self, ask: Ask) -> None:
        while True:
            try:
                wait = await self._round(ask)
            except VerdigrisError as problem:
                self._missed(problem)
                wait = LOOK
            except CancelledError:
                raise
            except Exception:  # noqa: BLE001 - following has to go on
                log.failure("following the other copy of {name} failed", name=self._name)
                wait = LOOK
            await deferLater(self._clock, wait)

    async def _round(self, ask: Ask) -> float:
        """One question; the seconds until the next."""
        now = self.standing
        own = await self._local.load()
        known = own.revision if not now.primary and own.revision == now.shared else ""
        seconds = LOOK if now.primary else POLL
        said = await ask(WatchDocument(self._name, known, now.epoch, now.primary), seconds)
        if now != self.standing:
            return 0.0  # promoted, or stepped down, meanwhile: what was said is about the past
        if said.primary and said.epoch > now.epoch:
            self._stand(epoch=said.epoch, primary=False)
        elif now.primary:
            if said.primary and said.epoch == now.epoch and said.data != own.data:
                both = "both management servers are the primary: promote the one to be kept"
                self._missed(StoreUnavailable(store=self._peer, reason=both))
            return LOOK
        self._problem = None
        if said.primary and said.epoch >= self.standing.epoch:
            await self._take(Document(said.data), own)
            return 0.0
        self._missed(StoreUnavailable(store=self._peer, reason="it is not the primary"))
        return LOOK

    async def _take(self, document: Document, own: Document) -> None:
        """Take the primary's document; what it never had is kept beside."""
        if document != own:
            if own.revision != self.standing.shared:
                self._keep(own)
            await self._local.publish(
                document.data, own.revision, Note(comment=f"from {self._peer}")
            )
        if self.standing.shared != document.revision:
            self._stand(shared=document.revision)

    def _keep(self, own: Document) -> None:
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        file = self._path.with_name(f"conflict-{now}.xml")
        write_file(file, own.data)
        log.error("{name}: this copy had changes that the primary never saw; they are in {file}",
                  name=self._name, file=str(file))  # fmt: skip

    def _missed(self, problem: VerdigrisError) -> None:
        if self.standing.primary and not isinstance(problem, StoreUnavailable):
            return  # a replica that is away is no problem of the primary's
        if self._problem is None:
            log.warn("the other copy of {name} cannot be followed: {problem}",
                     name=self._name, problem=str(problem))  # fmt: skip
        self._problem = (
            problem
            if isinstance(problem, StoreUnavailable)
            else StoreUnavailable(store=self._peer, reason=str(problem).rstrip("."))
        )

    def _require_primary(self) -> None:
        if not self.standing.primary:
            raise NotPrimary(primary=self._peer)

    async def _change(self, seconds: float) -> None:
        """Wait for a change, or for the end of the time."""
        waiter: Deferred[None] = Deferred(self._forget)
        self._waiters.append(waiter)
        timer = self._clock.callLater(max(0.0, seconds), self._wake, waiter)
        try:
            await waiter
        finally:
            if timer.active():
                timer.cancel()

    def _wake(self, waiter: "Deferred[None]") -> None:
        self._forget(waiter)
        waiter.callback(None)

    def _forget(self, waiter: "Deferred[None]") -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def _stand(
        self, *, epoch: int | None = None, primary: bool | None = None, shared: str | None = None
    ) -> None:
        """Change the standing, on the disk first."""
        now = self.standing
        new = Standing(
            epoch=now.epoch if epoch is None else epoch,
            primary=now.primary if primary is None else primary,
            shared=now.shared if shared is None else shared,
        )
        write_file(self._file, msgspec.json.encode(new))
        self.standing = new

    def _read(self, *, primary: bool) -> Standing:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Standing)
        except FileNotFoundError:
            return Standing(primary=primary)
