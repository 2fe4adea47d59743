"""The keeper of the rows that this server shares with others: asks for them, and lets them go in time.

It sends its needs to one management server and puts each answer into force as a pool event. What it
holds is part of every request, so that a lost answer grants nothing and a lost request gives nothing
back. When the lease is over, the sessions on its rows end before anything else is decided.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sesssrvr.pool import PoolSettings, RowNeed, RowsGranted, RowsRecalled, row_needs
from sesssrvr.rows.lease import Lease
from sesssrvr.sessions.session_manager import SessionManager
from verdigris import wire
from verdigris.errors import VerdigrisError
from verdigris.link import Link


log = Logger()

ANSWER_WITHIN: Final = 5.0
"""Seconds for an answer."""
PER_LEASE: Final = 6
"""Requests in the time of a lease: five of them may be lost."""
SOON: Final = 0.05
"""Seconds from a change of needs to the request, so that a busy server does not ask all day."""
UNANSWERED: Final = 1.0
"""Seconds from a request that failed to the next one."""


class RowKeeper:
    """The keeper of shared rows.

    Args:
        sessions: all sessions of the server.
        boot: names this run of the process.
        clock: for delays.
        seconds: the time, of a steady clock.
        at_home: whether clients are told the very address that this server listens on.
        port: of the management server, as this server is configured to connect to it.
    """

    def __init__(
        self,
        sessions: SessionManager,
        boot: str,
        clock: IReactorTime,
        seconds: Callable[[], float],
        at_home: Callable[[], bool],
        port: int,
    ) -> None:
        self.lease = Lease()
        self.seconds = seconds
        self._sessions = sessions
        self._boot = boot
        self._clock = clock
        self._at_home = at_home
        self._port = port
        self._link: Link | None = None
        self._timer: IDelayedCall | None = None
        self._asking = self._again = self._ended = False
        self._due = 0.0
        self._told: object = None
        self._wanted: frozenset[str] = frozenset()
        sessions.shares_rows = True
        sessions.before_decision = self.end_in_time

    def __repr__(self) -> str:
        held = sum(map(len, self._sessions.state.granted.values()))
        return f"<RowKeeper {held} rows, grant {self.lease.number}>"

    # ---- what the registration learns --------------------------------------------------------

    def registered(self, link: Link, *, gives_rows: bool = True) -> None:
        """The management server is there.

        One of an earlier version shares out no rows: then each server has its whole lists, as it had
        in that version.
        """
        if gives_rows:
            self._link = link
            self._share()
            self.renew()
        else:
            self._have_all()

    def lost(self, link: Link) -> None:
        """The management server is away: its rows stay until the lease is over."""
        if self._link is link:
            self._link = None

    def absent(self, asked_at: float) -> None:
        """Nobody listens at the management server's address."""
        self.lease = self.lease.absent(asked_at)

    def stop(self) -> None:
        """Ask no more."""
        self._link = None
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _share(self) -> None:
        """Use no rows but those that are granted, and until the first grant those in use."""
        if self._sessions.shares_rows:
            return
        self._sessions.shares_rows = True
        state = self._sessions.state
        for group in {it.settings.group for it in state.pools.values() if it.settings.row_group}:
            used = frozenset(key for of, key in state.rows_used if of == group)
            self._sessions.decide(RowsGranted(group, used))

    def _have_all(self) -> None:
        """Use all rows."""
        if not self._sessions.shares_rows:
            return
        log.warn(
            "the management server is of an earlier version, which does not share out rows of "
            "variable lists: this server uses all rows"
        )
        self._sessions.shares_rows = False
        self.lease = Lease()
        for group in tuple(self._sessions.state.granted):
            self._sessions.decide(RowsGranted(group, None))

    # ---- time and change ---------------------------------------------------------------------

    def tick(self) -> None:
        """End or renew the lease if it is time."""
        self.end_in_time()
        if self.seconds() >= self._due:
            self.renew()

    def changed(self) -> None:
        """Sessions or pools have changed: ask, if it matters to what is granted."""
        if self._link is None or (self._timer is not None and self._timer.active()):
            return
        if self._urgent() != self._told:
            self._timer = self._clock.callLater(SOON, self.renew)

    def end_in_time(self) -> None:
        """Stop using the rows if the lease is over."""
        if self._ended or not self.lease.is_over(self.seconds()):
            return
        self._ended = True
        held = [group for group, keys in self._sessions.state.granted.items() if keys]
        if held:
            log.warn(
                "no management server has been reached for {seconds:g} s: the rows of {groups} "
                "may be with other servers now, so sessions that use them end",
                seconds=self.lease.seconds,
                groups=", ".join(held),
            )
        for group in held:
            self._sessions.decide(RowsGranted(group, frozenset()))

    # ---- asking ------------------------------------------------------------------------------

    def renew(self) -> None:
        """Ask now, or again after the request under way."""
        if self._asking:
            self._again = True
        elif self._link is not None:
            self._asking, self._again = True, False
            asking = Deferred.fromCoroutine(self._ask(self._link))
            asking.addErrback(lambda why: log.failure("rows could not be asked for", why))

    async def _ask(self, link: Link) -> None:
        asked_at, needs = self.seconds(), self._needs()
        self._told = self._urgent()
        self._due = asked_at + UNANSWERED
        body = wire.RenewRows(self._boot, self.lease.number, self._at_home(), needs)
        try:
            answer = await link.call(body, request_id="rows", seconds=ANSWER_WITHIN)
        except VerdigrisError as problem:
            if self._link is link:
                log.warn("no rows of variable lists: {problem}", problem=str(problem))
        else:
            if isinstance(answer, wire.RowsGranted):
                self._granted(answer, asked_at)
        finally:
            self._asking = False
        if self._again:
            self.renew()

    def _granted(self, answer: wire.RowsGranted, asked_at: float) -> None:
        if answer.number < self.lease.number:
            return
        self.lease = self.lease.renewed(
            asked_at, answer.lease, answer.number, direct=answer.port == self._port
        )
        self._due = asked_at + answer.lease / PER_LEASE
        self._ended = False
        self.end_in_time()
        if self._ended:
            return  # the answer took longer than the lease
        for share in answer.shares:
            self._sessions.decide(RowsGranted(share.group, frozenset(share.keys)))
            if share.give_back:
                self._sessions.decide(RowsRecalled(share.group, share.give_back))
                self._again = True  # to say which they are
        self._wanted = frozenset(share.group for share in answer.shares if share.wanted)

    def _needs(self) -> tuple[wire.RowNeed, ...]:
        """The needs of all groups, after giving up what no pool can use."""
        found = []
        for group, need in row_needs(self._sessions.state, self._clock.seconds()).items():
            surplus = len(self._sessions.state.granted[group]) - need.maximum
            if surplus > 0:
                self._sessions.decide(RowsRecalled(group, surplus))
            held = tuple(sorted(self._sessions.state.granted[group]))
            keys = self._keys(group)
            if keys or held:
                found.append(wire.RowNeed(group, keys, held, *_counts(need)))
        return tuple(found)

    def _keys(self, group: str) -> tuple[str, ...]:
        """The rows of a group, in the order of its lists."""
        pools = self._sessions.state.pools.values()
        mine = (pool.settings for pool in pools if pool.settings.group == group)
        return tuple(dict.fromkeys(key for settings in mine for key in _known(settings)))

    def _urgent(self) -> object:
        """What a request may not wait for: its change is a reason to ask."""
        state = self._sessions.state
        found = []
        for group, need in row_needs(state, self._clock.seconds()).items():
            held = len(state.granted[group])
            lacking = (need.ready, need.needed) if need.ready > held else (0, 0)
            used = need.used if group in self._wanted else 0
            found.append((group, held, need.maximum, lacking, used))
        return found


def _counts(need: RowNeed) -> tuple[int, int, int, int]:
    return need.used, need.needed, need.ready, need.maximum


def _known(settings: PoolSettings) -> tuple[str, ...]:
    return tuple(key for key in settings.row_keys[: settings.rows or 0] if key)
