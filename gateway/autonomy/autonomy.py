"""The gateway's allocation table: how old it is, whether it is used, where it is kept.

Law (tests/gateway/autonomy/test_autonomy.py): the table is used only where it is allowed to, only while
no management server answers, and never once it is older than `LONGEST`. The last state, and each change
of it, is in the log, in the figures and at /ready.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from gateway.autonomy import kept_table
from gateway.autonomy.kept_table import KeptTable
from gateway.settings import Settings
from verdigris.config.watch import Elsewhere, at_once
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.link.periodic import steadily
from verdigris.wire import AllocationTable, Offer, Offers


log = Logger()

LONGEST: Final = 24 * 3600.0
"""Seconds after which a table is not used any more: servers and users may be others by then."""

LOOK: Final = 1.0
"""Seconds between looks whether something has changed."""

KEEP_EVERY: Final = 600.0
"""Seconds after which an unchanged table that was confirmed is written again: so much older than it is a
gateway that starts may take it to be."""


class Autonomy:
    """What a gateway needs to go on without management servers.

    Args:
        own: chooses session servers; uses the table that it is given here.
        settings: of the gateway.
        clock: monotonic time.
        wall: seconds since 1970, for the file.
        home: the gateway's installation; "" on plain text.
        file: where the table is kept; None keeps it nowhere.
        writes: of several workers one writes the file; all read it.
        elsewhere: runs the calls of the file system.

    Attributes:
        own: as given.
        alone: says whether no management server answered when asked last; set by the gateway.
        on_look: called at each look with whether session servers are chosen here, and the age of the
            table in seconds, None without one.
    """

    def __init__(
        self,
        own: OwnAllocation,
        settings: Settings,
        clock: IReactorTime,
        wall: Callable[[], float],
        *,
        home: str = "",
        file: Path | None = None,
        writes: bool = True,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self.own = own
        self.alone: Callable[[], bool] = lambda: False
        self.on_look: Callable[[bool, float | None], None] = lambda _acting, _age: None
        self._settings = settings
        self._clock = clock
        self._wall = wall
        self._secure = bool(home)
        self._file = file
        self._writes = writes
        self._elsewhere = elsewhere
        self._table: AllocationTable | None = None
        self._confirmed = 0.0
        self._kept = -KEEP_EVERY
        self._acting = False
        self._trouble = ""
        self._loop = steadily(self._look, "the look at the allocation table", clock)
        self._begin(home)

    def __repr__(self) -> str:
        return f"<Autonomy {'on' if self.enabled else 'off'} [{self.status() or 'no table'}]>"

    @property
    def enabled(self) -> bool:
        """Whether session servers may be chosen here at all."""
        said = self._settings.config.autonomy
        return said == "always" or (said == "secure" and self._secure)

    @property
    def usable(self) -> bool:
        """Whether they can be, if no management server answers."""
        return self.own.ready(self._clock.seconds())

    @property
    def acting(self) -> bool:
        """Whether they are."""
        return self.usable and self.alone()

    @property
    def age(self) -> float | None:
        """Seconds since a management server last said that the table is right; None without one."""
        return None if self._table is None else self._clock.seconds() - self._confirmed

    @property
    def domains(self) -> tuple[str, ...]:
        """The names of the installation's domains, as far as is known."""
        return tuple(it.name for it in self._table.domains) if self._table else ()

    @property
    def offers(self) -> Offers:
        """What is deployed, by the table, with the address of every server that has it."""
        table = self._table or AllocationTable("")
        found: dict[Offer, list[str]] = {}
        for server in table.servers:
            for place in server.offers or ():
                found.setdefault(table.offers[place], []).append(server.address)
        listed = tuple((offer, tuple(filter(None, at))) for offer, at in found.items())
        return Offers("", listed)

    def status(self) -> str:
        """A line for people; "" without a table that may be used."""
        age = self.age
        if age is None or not self.enabled:
            return ""
        told = f"allocation table: {age:.0f} s old"
        if self.acting:
            return f"no management server answers: session servers are chosen here ({told})"
        return told if self.usable else f"{told}, too old to be used"

    # ---- changes -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look."""
        self._loop.start(LOOK)

    def stop(self) -> None:
        """Look no longer."""
        if self._loop.running:
            self._loop.stop()

    def told(self, table: AllocationTable) -> None:
        """A management server has told the table, or said that it is still right."""
        if self._table is None or table.revision != self._table.revision:
            if not self._use(table, self._clock.seconds()):
                return
            self._keep()
        else:
            self._confirmed = self._clock.seconds()
            self.allow()
            if self._confirmed - self._kept >= KEEP_EVERY:
                self._keep()

    def allow(self) -> None:
        """Let the table be used, or not, by the settings as they are now."""
        if self._table is not None:
            until = self._confirmed + LONGEST if self.enabled else 0.0
            self.own.use(self._table, until)

    def _use(self, table: AllocationTable, confirmed: float) -> bool:
        """Whether a new table can be used."""
        try:
            self.own.use(table, 0.0)
        except ValueError as problem:
            log.warn("an allocation table that makes no sense is not used: {problem}", problem=str(problem))  # fmt: skip
            if self._table is not None:
                self.allow()
            return False
        self._table, self._confirmed = table, confirmed
        self.allow()
        return True

    def _begin(self, home: str) -> None:
        """Take the table that is kept."""
        kept = kept_table.read(self._file) if self._file is not None else None
        if kept is None:
            return
        if home and kept.table.installation != home:
            log.warn(
                "the allocation table that is kept is of installation {theirs}, and is not used",
                theirs=kept.table.installation,
            )
            return
        age = max(0.0, self._wall() - kept.confirmed)
        if self._use(kept.table, self._clock.seconds() - age):
            log.info("the allocation table that is kept is {age} s old", age=round(age))

    def _keep(self) -> None:
        file, table = self._file, self._table
        if file is None or table is None or not self._writes:
            return
        self._kept = self._clock.seconds()
        kept = KeptTable(self._wall(), table)
        done: Deferred[str] = self._elsewhere(lambda: kept_table.write(file, kept))
        done.addCallback(self._note_trouble)
        done.addErrback(lambda why: log.failure("the allocation table is not kept", why))

    def _note_trouble(self, problem: str) -> None:
        if problem and problem != self._trouble:
            log.warn("the allocation table is not kept: {problem}", problem=problem)
        self._trouble = problem

    def _look(self) -> None:
        acting, before = self.acting, self._acting
        self._acting = acting
        self.on_look(acting, self.age)
        if acting and not before:
            log.warn(
                "no management server answers: session servers are chosen here, by the allocation "
                "table of {age} s ago ({servers} session servers, {domains} domains)",
                age=round(self.age or 0.0),
                servers=len(self._table.servers) if self._table else 0,
                domains=len(self.domains),
            )
        elif before and not acting and self.alone():
            log.error(
                "no management server has answered for {hours:g} hours: the allocation table is not used any more",
                hours=LONGEST / 3600,
            )
        elif before and not acting:
            log.info("a management server answers again: it chooses session servers")
