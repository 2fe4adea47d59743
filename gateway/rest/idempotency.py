"""Idempotency keys: a request that is sent again is answered again, not performed again.

Law: what was performed under a key is performed once, for as long as the key is kept; a repetition
gets the same reply, also while the first is still under way, and also when the first client went
away (tests/gateway/rest/test_rest.py). Nothing is dropped before its time: when the store is full,
new keys are refused. Request and credentials are kept as keyed digests only. Replies are kept by
`gateway.workers.shared_state`; this module has only what its process performs or waits for.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred

from gateway.call import Invocation
from gateway.http.responses import Reply
from gateway.workers.idempotency_book import Kept
from gateway.workers.shared_state import SharedState
from verdigris.errors import (
    AtLimit,
    Draining,
    HostAway,
    HostUnreachable,
    KeyReused,
    NoManagementServer,
    NoServerAvailable,
    PoolStopped,
    RequestError,
    ServerUnreachable,
    TooManyCalls,
    TooManyKeys,
    VariableListExhausted,
    VerdigrisError,
    Warming,
)


NOTHING_DONE: Final = (
    AtLimit,
    Draining,
    HostAway,
    HostUnreachable,
    NoManagementServer,
    NoServerAvailable,
    PoolStopped,
    RequestError,
    ServerUnreachable,
    TooManyCalls,
    VariableListExhausted,
    Warming,
)
"""Errors after which the key is free again: no procedure was begun. After every other error it is
unknown what the host did, and the same key gets the same error."""

MAX_ANSWER: Final = 256 * 1024
"""Bytes of a reply that is kept; a longer one is not given again."""

_HOW: Final = {
    "another": "for another request",
    "large": "and its answer was too large to keep",
    "lost": "and the gateway's worker ended while it performed it: see at the host what was done",
}


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
    """

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared
        self._secret = shared.secret
        self._entries: dict[bytes, _KeyEntry] = {}

    def __repr__(self) -> str:
        return f"<Replays [{len(self._entries)} keys]>"

    async def answer(
        self,
        key: bytes,
        fingerprint: bytes,
        perform: Callable[[], Awaitable[Reply]],
        *,
        minutes: int,
        limit: int,
    ) -> Reply:
        """The reply of a key: performed now, or kept.

        Args:
            key: see `scope`.
            fingerprint: of the request.
            perform: makes the reply; it is not cancelled when this is.
            minutes: to keep the reply.
            limit: keys at most.

        Raises:
            KeyReused: the key belongs to another request, or its reply was too large to keep.
            TooManyKeys: the store is full.
        """
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= limit:
                raise TooManyKeys(limit=limit)
            entry = self._entries[key] = _KeyEntry(fingerprint)
            waiter = entry.waiter()
            Deferred.fromCoroutine(self._ask(key, entry, perform, minutes * 60.0, limit))
        elif entry.fingerprint != fingerprint:
            raise KeyReused(how=_HOW["another"])
        else:
            waiter = entry.waiter()
        return await _settled(entry, waiter)

    async def _ask(
        self,
        key: bytes,
        entry: _KeyEntry,
        perform: Callable[[], Awaitable[Reply]],
        seconds: float,
        limit: int,
    ) -> None:
        """Perform what the key stands for, or get the reply of the process that does."""
        decision = await self._shared.claim(key, entry.fingerprint, seconds, limit)
        found: Reply | VerdigrisError
        if decision.outcome == "yours":
            found = await perform()
            kept = Kept(found.status, found.content_type, found.body, _headers(found))
            small = len(found.body) <= MAX_ANSWER
            self._shared.settle(key, kept if small else None, free=_nothing_done(found))
        elif decision.reply is not None:
            kept = decision.reply
            found = Reply(kept.status, kept.content_type, kept.body, headers=kept.headers)
        elif decision.outcome == "full":
            found = TooManyKeys(limit=limit)
        else:
            found = KeyReused(how=_HOW[decision.outcome])
        self._entries.pop(key, None)
        entry.tell(found)

    def scope(self, key: str, place: tuple[str, ...], invocation: Invocation) -> bytes:
        """Digest of a key with its service, operation and user: users never share a key."""
        who = invocation.environment.credentials
        return self._digest((key, *place, who.user, who.password, who.token))

    def fingerprint(self, invocation: Invocation, form: str) -> bytes:
        """Digest of what was asked, and of the form of the reply."""
        environment = invocation.environment
        return self._digest(
            (
                form,
                environment.domain,
                environment.session,
                sorted(invocation.filters.items()),
                sorted(invocation.data.items()),
                sorted(invocation.variables.items()),
            )
        )

    def _digest(self, of: object) -> bytes:
        return blake2b(msgspec.msgpack.encode(of), key=self._secret, digest_size=32).digest()


def _headers(reply: Reply) -> tuple[tuple[str, str], ...]:
    """The reply's headers, with the one that would be made of its error."""
    wait = reply.problems.errors[0].details.get("retry after") if reply.problems else None
    return reply.headers if wait is None else (*reply.headers, ("retry-after", str(wait)))


def _nothing_done(reply: Reply) -> bool:
    return reply.problems is not None and isinstance(reply.problems.errors[0], NOTHING_DONE)


async def _settled(entry: _KeyEntry, waiter: Deferred[Reply]) -> Reply:
    """Wait for the reply, also when the client is gone: its procedure is finished all the same."""
    while True:
        try:
            return await waiter
        except CancelledError:
            waiter = entry.waiter()
