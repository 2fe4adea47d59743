"""Idempotency keys: a request sent again is answered again, not performed again.

Law: what was performed under a key is performed once, for as long as the key is kept; a repetition
gets the same answer, also while the first is still at work, and also when the first client went
away. Nothing is dropped before its time: when the store is full, new keys are refused. Request and
credentials are kept as keyed digests only.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from math import inf
from typing import Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from gateway.calls import Invocation
from gateway.soap import Reply
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
"""Errors after which the key is free again: no procedure was begun. After every other one nobody
knows what the host did, and the same key gets the same error."""

MAX_ANSWER: Final = 256 * 1024
"""Bytes of an answer that is kept; a longer one is not given again."""

_SECRET: Final = secrets.token_bytes(32)
"""Of this process: digests of requests mean nothing outside it."""


@dataclass
class _Entry:
    """One key: what it stands for, and its answer once there is one."""

    fingerprint: bytes
    until: float = inf
    reply: Reply | None = None
    kept: bool = True
    waiting: list[Deferred[Reply]] = field(default_factory=list)

    def waiter(self) -> Deferred[Reply]:
        """Fires with the answer."""
        waiter: Deferred[Reply] = Deferred()
        self.waiting.append(waiter)
        return waiter


class Replays:
    """Answers by Idempotency-Key.

    Args:
        clock: for how long they are kept.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}

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
        """The answer of a key: performed now, or kept.

        Args:
            key: see `scope`.
            fingerprint: of the request.
            perform: gives the answer; is not cancelled when this is.
            minutes: to keep the answer.
            limit: keys at most.

        Raises:
            KeyReused: it stands for another request, or its answer was too large to keep.
            TooManyKeys: the store is full.
        """
        self._expire()
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= limit:
                raise TooManyKeys(limit=limit)
            entry = self._entries[key] = _Entry(fingerprint)
            waiter = entry.waiter()
            Deferred.fromCoroutine(self._work(key, entry, perform, minutes * 60.0))
        elif entry.fingerprint != fingerprint:
            raise KeyReused(how="for another request")
        elif entry.reply is not None:
            return entry.reply
        elif not entry.kept:
            raise KeyReused(how="and its answer was too large to keep")
        else:
            waiter = entry.waiter()
        return await _settled(entry, waiter)

    async def _work(
        self, key: bytes, entry: _Entry, perform: Callable[[], Awaitable[Reply]], seconds: float
    ) -> None:
        reply = await perform()
        entry.until = self._clock.seconds() + seconds
        if reply.problems and _nothing_done(reply.problems.errors):
            self._entries.pop(key, None)
        entry.reply = reply
        for waiter in entry.waiting:
            if not waiter.called:
                waiter.callback(reply)
        entry.waiting.clear()
        if len(reply.body) > MAX_ANSWER:
            entry.kept, entry.reply = False, None

    def _expire(self) -> None:
        now = self._clock.seconds()
        over = [key for key, entry in self._entries.items() if entry.until <= now]
        for key in over:
            del self._entries[key]


def scope(key: str, place: tuple[str, ...], invocation: Invocation) -> bytes:
    """What a key belongs to: service, operation and user. Nobody meets another's answers."""
    who = invocation.environment.credentials
    return _digest((key, *place, who.user, who.password, who.token))


def fingerprint(invocation: Invocation, form: str) -> bytes:
    """What was asked, and in which form the answer was wanted."""
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
    return blake2b(msgspec.msgpack.encode(of), key=_SECRET, digest_size=32).digest()


def _nothing_done(errors: tuple[VerdigrisError, ...]) -> bool:
    return isinstance(errors[0], NOTHING_DONE)


async def _settled(entry: _Entry, waiter: Deferred[Reply]) -> Reply:
    """Wait for the answer, also when the client is gone: its procedure is finished all the same."""
    while True:
        try:
            return await waiter
        except CancelledError:
            waiter = entry.waiter()
