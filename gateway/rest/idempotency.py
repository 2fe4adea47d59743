"""Idempotency keys: a request that is sent again is answered again, not performed again.

Law: what was performed under a key is performed once, for as long as the key is kept; a repetition
gets the same reply, also while the first is still under way, when the first client went away
(tests/gateway/rest/test_rest.py), and after the gateway was killed and started again
(tests/system/test_keys_outlive.py). Nothing is dropped before its time: when the store is full,
new keys are refused. Requests and credentials are kept as digests only. Replies are kept by
`gateway.workers.shared_state`; this module has only what its process performs or waits for.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b, scrypt
from typing import Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred

from gateway.call import Client, Invocation
from gateway.http.responses import Reply
from gateway.workers.idempotency_messages import Claim, Kept, Told
from gateway.workers.shared_state import SharedState
from verdigris.errors import (
    KeyReused,
    KeyStoreUnavailable,
    OutcomeUnknown,
    TooManyKeys,
    VerdigrisError,
)


MAX_ANSWER: Final = 256 * 1024
"""Bytes of a reply that is kept; a longer one is not given again."""

_HOW: Final = {
    "another": "for another request",
    "large": "and its answer was too large to keep",
}

COST: Final = (2**14, 8, 1)
"""scrypt's N, r, p for credentials: their digests are on disk, and passwords can be guessed."""

CREDENTIALS: Final = 1_000
"""Credentials whose digests are remembered, so that a client pays for the first key only."""

InThread = Callable[[Callable[[], bytes]], Awaitable[bytes]]


async def _at_once(make: Callable[[], bytes]) -> bytes:
    return make()


@dataclass
class _KeyEntry:
    """One key that is being performed or waited for."""

    fingerprint: bytes
    waiting: list[Deferred[Reply]] = field(default_factory=list)

    def waiter(self) -> Deferred[Reply]:
        """A Deferred that fires with the reply."""
        waiter: Deferred[Reply] = Deferred()
        self.waiting.append(waiter)
        return waiter

    def tell(self, found: Reply | VerdigrisError) -> None:
        """Give the outcome to all that wait."""
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            if waiter.called:
                continue
            if isinstance(found, Reply):
                waiter.callback(found)
            else:
                waiter.errback(found)


class Replays:
    """Replies by Idempotency-Key.

    Args:
        shared: keeps the replies.
        in_thread: runs what takes long elsewhere.
    """

    def __init__(self, shared: SharedState, in_thread: InThread = _at_once) -> None:
        self._shared = shared
        self._in_thread = in_thread
        self._marks: OrderedDict[bytes, bytes] = OrderedDict()
        self._entries: dict[bytes, _KeyEntry] = {}

    def __repr__(self) -> str:
        return f"<Replays [{len(self._entries)} keys]>"

    async def answer(
        self,
        key: bytes,
        fingerprint: bytes,
        perform: Callable[[], Awaitable[Reply]],
        *,
        client: Client,
    ) -> Reply:
        """The reply of a key: performed now, or kept.

        Args:
            key: see `scope`.
            fingerprint: of the request.
            perform: makes the reply; it is not cancelled when this is.
            client: the sender of the request; its settings say how long the reply is kept.

        Raises:
            KeyReused: the key belongs to another request, or its reply was too large to keep.
            KeyStoreUnavailable: the key cannot be stored; nothing was performed.
            OutcomeUnknown: the key was under way when its gateway or worker ended.
            TooManyKeys: the store is full, or the client's part of it.
        """
        config = client.config
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= config.idempotency_keys:
                raise TooManyKeys(limit=config.idempotency_keys, whose="")
            entry = self._entries[key] = _KeyEntry(fingerprint)
            waiter = entry.waiter()
            asked = Claim(
                0,
                key,
                fingerprint,
                config.idempotency_minutes * 60.0,
                config.idempotency_keys,
                client.location.encode(),
                config.keys_of_one_client,
                client.request_id,
            )
            Deferred.fromCoroutine(self._ask(asked, entry, perform))
        elif entry.fingerprint != fingerprint:
            raise KeyReused(how=_HOW["another"])
        else:
            waiter = entry.waiter()
        return await _settled(entry, waiter)

    async def _ask(
        self, asked: Claim, entry: _KeyEntry, perform: Callable[[], Awaitable[Reply]]
    ) -> None:
        """Perform what the key stands for, or get the reply of the process that does."""
        decision = await self._shared.claim(asked)
        found: Reply | VerdigrisError
        if decision.outcome == "yours":
            found = await perform()
            kept = Kept(found.status, found.content_type, found.body, _headers(found))
            small = len(found.body) <= MAX_ANSWER
            await self._shared.settle(asked.key, kept if small else None, free=_nothing_done(found))
        elif decision.reply is not None:
            kept = decision.reply
            found = Reply(kept.status, kept.content_type, kept.body, headers=kept.headers)
        else:
            found = _refusal(decision, asked)
        self._entries.pop(asked.key, None)
        entry.tell(found)

    async def scope(
        self, key: str, place: tuple[str, ...], authorization: str, invocation: Invocation
    ) -> bytes:
        """Digest of a key with its service, operation and user: users never share a key.

        Args:
            key: as the client sent it.
            place: the service and the operation.
            authorization: the header of that name.
            invocation: has credentials too.
        """
        who = invocation.environment.credentials
        secrets = (authorization, who.user, who.password, who.token)
        mark = await self._mark(_digest(secrets)) if any(secrets) else b""
        return _digest((key, *place, mark))

    async def _mark(self, digest: bytes) -> bytes:
        """The digest of credentials that may be on disk: guessing passwords by it is slow."""
        known = self._marks.get(digest)
        if known is None:
            n, r, p = COST
            known = await self._in_thread(lambda: scrypt(digest, salt=b"verdigris", n=n, r=r, p=p))
            self._marks[digest] = known
            if len(self._marks) > CREDENTIALS:
                self._marks.popitem(last=False)
        return known

    def fingerprint(self, invocation: Invocation, form: str) -> bytes:
        """Digest of what was asked, and of the form of the reply."""
        environment = invocation.environment
        return _digest(
            (
                form,
                environment.domain,
                environment.session,
                sorted(invocation.filters.items()),
                sorted(invocation.data.items()),
                sorted(invocation.variables.items()),
            )
        )


def _digest(of: object) -> bytes:
    return blake2b(msgspec.msgpack.encode(of), digest_size=32).digest()


def _refusal(decision: Told, asked: Claim) -> VerdigrisError:
    """The error of a key that is not performed and has no reply."""
    match decision.outcome:
        case "lost":
            return OutcomeUnknown(first=decision.said or "unknown")
        case "full":
            return TooManyKeys(limit=asked.limit, whose="")
        case "share":
            return TooManyKeys(limit=asked.share, whose=" of this client")
        case "another" | "large":
            return KeyReused(how=_HOW[decision.outcome])
        case _:
            return KeyStoreUnavailable(file="its parent process", reason=decision.said)


def _headers(reply: Reply) -> tuple[tuple[str, str], ...]:
    """The reply's headers, with the one that would be made of its error."""
    wait = reply.problems.errors[0].details.get("retry after") if reply.problems else None
    return reply.headers if wait is None else (*reply.headers, ("retry-after", str(wait)))


def _nothing_done(reply: Reply) -> bool:
    """Whether the key may be used again: the request failed, and surely did nothing."""
    return reply.problems is not None and not reply.problems.errors[0].may_have_acted


async def _settled(entry: _KeyEntry, waiter: Deferred[Reply]) -> Reply:
    """Wait for the reply, also when the client is gone: its procedure is finished all the same."""
    while True:
        try:
            return await waiter
        except CancelledError:
            waiter = entry.waiter()
