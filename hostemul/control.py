"""What a test or an operator can see of a running host, and make it do.

Law: every wish is obeyed by the next record of whatever session sends one; nothing here blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hostemul.faults import QUIET, Faults
from hostemul.terminals import Terminals


@dataclass(slots=True, eq=False)
class Line:
    """One connection, as the control sees it: `drop` ends it hard, `flush` sends what was held."""

    drop: Callable[[], None]
    flush: Callable[[], None]


@dataclass(slots=True, repr=False)
class Control:
    """Counters and switches of one host.

    Attributes:
        faults: what goes wrong in every session; may be replaced at any time.
        terminals: the LU names in use.
        connections: made since the start.
        records: 3270 records sent since the start.
        keys: 3270 records received since the start.
        refused_records: negative responses and records that could not be read.
        sign_ons: sign-ons since the start.
        stalled: nothing is sent while it is set.
        lines: the connections that stand now.
    """

    faults: Faults = QUIET
    terminals: Terminals = field(default_factory=Terminals)
    connections: int = 0
    records: int = 0
    keys: int = 0
    refused_records: int = 0
    sign_ons: int = 0
    stalled: bool = False
    lines: set[Line] = field(default_factory=set)
    _garble: int = 0
    _unknown: int = 0
    _drop: int = 0

    def __repr__(self) -> str:
        state = "stalled" if self.stalled else "serving"
        return f"<Control {state}, {self.sessions} sessions, {self.records} records sent>"

    @property
    def sessions(self) -> int:
        """Connections that stand now."""
        return len(self.lines)

    def drop_all(self) -> int:
        """End every connection hard and return how many there were."""
        lines = list(self.lines)
        for line in lines:
            line.drop()
        return len(lines)

    def stall(self) -> None:
        """Send no record until `resume`; keys are taken and their answers held."""
        self.stalled = True

    def resume(self) -> None:
        """Send what was held and go on."""
        self.stalled = False
        for line in list(self.lines):
            line.flush()

    def garble_next(self, count: int = 1) -> None:
        """Make the next records invalid."""
        self._garble += count

    def show_unknown_next(self, count: int = 1) -> None:
        """Put a screen no model knows in the way of the next ones."""
        self._unknown += count

    def drop_next(self, count: int = 1) -> None:
        """Drop the connection in place of the next records."""
        self._drop += count

    def take_garble(self) -> bool:
        """Whether this record is to be made invalid (asked once per record)."""
        self._garble, wished = max(0, self._garble - 1), self._garble > 0
        return wished

    def take_unknown(self) -> bool:
        """Whether an unknown screen comes before this one (asked once per screen)."""
        self._unknown, wished = max(0, self._unknown - 1), self._unknown > 0
        return wished

    def take_drop(self) -> bool:
        """Whether the connection is dropped in place of this record (asked once per record)."""
        self._drop, wished = max(0, self._drop - 1), self._drop > 0
        return wished
