"""Caller that bounds the kept sessions of one client: others are to have some too.

Law (tests/gateway/test_kept_sessions.py): of the sessions of one pool or model that are kept between
calls or are being made, a client address has no more than its share, as far as this gateway has made
them. What has ended, or was not used for its minutes, does not count.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from twisted.internet.interfaces import IReactorTime

from gateway.call import Call, Caller, Result
from gateway.connector_caller import HasConfig
from verdigris.errors import SessionGone, TooManySessions
from verdigris.values import client_at
from verdigris.wire import Kind


Capacity = Callable[[Kind, str], int]
"""How many sessions of a pool or model there may be on all session servers; 0 if nobody has told."""

_Owner: TypeAlias = tuple[str, Kind, str]
"""Client, kind and name."""

SECONDS: Final = 60.0


class KeptSessions:
    """Wraps a caller.

    Args:
        caller: carries out.
        settings: the limit, which may change while running.
        capacity: of a pool or model.
        clock: for sessions that end by themselves.
        workers: processes of this gateway; each sees its own clients, so that the share is divided.
    """

    def __init__(
        self,
        caller: Caller,
        settings: HasConfig,
        capacity: Capacity,
        clock: IReactorTime,
        workers: int = 1,
    ) -> None:
        self._caller = caller
        self._settings = settings
        self._capacity = capacity
        self._clock = clock
        self._workers = workers
        self._making: dict[_Owner, int] = {}
        self._ends: dict[_Owner, dict[str, float]] = {}
        self._owners: dict[str, _Owner] = {}

    def __repr__(self) -> str:
        return f"<KeptSessions {len(self._owners)} of {len(self._ends)} clients and pools>"

    async def call(self, call: Call) -> Result:
        """See `gateway.call.Caller`.

        Raises:
            TooManySessions: the client has as many sessions as it may.
        """
        if call.action == "create":
            return await self._create(call)
        if not call.session:
            return await self._caller.call(call)
        try:
            result = await self._caller.call(call)
        except SessionGone:
            self._forget(call.session)
            raise
        if call.action == "destroy":
            self._forget(call.session)
        elif (owner := self._owners.get(call.session)) is not None:
            self._ends[owner][call.session] = self._clock.seconds() + call.minutes * SECONDS
        return result

    async def _create(self, call: Call) -> Result:
        client = client_at(call.location)
        owner = (client, call.kind, call.name)
        limit = self._share(call.kind, call.name)
        if limit and self._count(owner) >= limit:
            raise TooManySessions(
                client=client, limit=limit, kind=call.kind, name=call.name
            ).settle(writes=False)
        self._making[owner] = self._making.get(owner, 0) + 1
        try:
            session = await self._caller.call(call)
        finally:
            self._making[owner] -= 1
            if not self._making[owner]:
                del self._making[owner]
        if isinstance(session, str):
            self._owners[session] = owner
            ends = self._clock.seconds() + call.minutes * SECONDS
            self._ends.setdefault(owner, {})[session] = ends
        return session

    def _share(self, kind: Kind, name: str) -> int:
        """The sessions one client may have here; 0 is no limit."""
        all_of_them = self._capacity(kind, name)
        wanted = self._settings.config.max_client_sessions or all_of_them - all_of_them // 4
        return -(-wanted // self._workers)

    def _count(self, owner: _Owner) -> int:
        now = self._clock.seconds()
        for session in [one for one, end in self._ends.get(owner, {}).items() if end <= now]:
            self._forget(session)
        return len(self._ends.get(owner, ())) + self._making.get(owner, 0)

    def _forget(self, session: str) -> None:
        owner = self._owners.pop(session, None)
        if owner is not None:
            del self._ends[owner][session]
            if not self._ends[owner]:
                del self._ends[owner]
