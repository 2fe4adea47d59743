"""A run of the fault matrix: cell after cell under load, then the books.

Law: a fault lasts until what has to go on meanwhile was seen to go on; the next begins when everything
works again. Nothing is waited for without a limit.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence

from tests.support.fault_callers import RestCaller
from tests.support.fault_hosts import BANK
from tests.support.fault_matrix.cells import Cell
from tests.support.fault_matrix.checker import (
    WAIT,
    Strike,
    false_refusals,
    lost_changes,
    lost_sessions,
    stored_without_quorum,
)
from tests.support.fault_matrix.faults import Faults
from tests.support.fault_matrix.installation import GATEWAYS, MANAGERS, SERVERS, SecureInstallation
from tests.support.fault_matrix.load import Load
from tests.support.fault_matrix.secrets import shown_secrets
from tests.support.fault_rig import broken


GOES_ON = 120.0
"""Seconds within which a call is served, and a change stored, while something fails elsewhere."""

RECOVERED = 120.0
"""Seconds everything has to come back within: far more than it takes."""

LENGTHS = (0.3, 1.0, 2.0, 4.0)
"""Seconds of faults: shorter and longer than it takes to notice that a part is silent."""

EVERY = 0.2
"""Seconds between looks at what costs a handshake."""

IN_USE = ("active", "idle", "suspended", "quarantined", "reserved")


class Rig:
    """One installation, its clients and its faults.

    Args:
        there: the installation, started.
        seed: of faults and clients; the times of their meeting are the machine's.
    """

    def __init__(self, there: SecureInstallation, seed: int) -> None:
        self.there = there
        self.chance = random.Random(seed)  # noqa: S311 - repeatable
        self.faults = Faults(there, self.chance)
        self.load = Load(there, seed)
        self.strikes: list[Strike] = []
        self.problems: list[str] = []

    def run(self, cells: Sequence[Cell], seconds: float) -> None:
        """Perform cells for so long, at least one, while clients call."""
        self.recover()
        with self.load.running():
            end = time.monotonic() + seconds
            for number, cell in enumerate(cells):
                if number and time.monotonic() >= end:
                    break
                self.strike(cell)
        self.finish()

    def strike(self, cell: Cell) -> None:
        """One cell: it begins, what has to goes on, it ends, everything works again."""
        parts, length = self.faults.struck(cell), self.chance.choice(LENGTHS)
        began = time.monotonic()
        with self.faults.happening(cell, parts):
            struck = time.monotonic()
            self._goes_on(cell, parts, struck)
            if cell.harmless:
                self.recover(f"while {cell} ({', '.join(parts)})")
            time.sleep(max(0.0, struck + length - time.monotonic()))
            healed = time.monotonic()
        self.recover()
        self.strikes.append(Strike(cell, parts, began, struck, healed, time.monotonic()))

    def _goes_on(self, cell: Cell, parts: tuple[str, ...], struck: float) -> None:
        until, load = self.there.town.until, self.load
        what = f"while {cell} ({', '.join(parts)})"
        if cell.serves:
            until(lambda: any(it.told.done and it.began > struck for it in load.calls), f"a call is served {what}", GOES_ON)  # fmt: skip
        if cell.stores:
            until(lambda: any(it.outcome == "stored" and it.began > struck for it in load.changes), f"a change is stored {what}", GOES_ON)  # fmt: skip

    # ---- what works

    def recover(self, when: str = "afterwards") -> None:
        """Wait until everything works, and note more sessions than there may be."""
        there = self.there
        there.etcd.ready(RECOVERED)
        for manager in MANAGERS:
            there.town.until(
                lambda m=manager: self._well(m), f"{manager} is well {when}", RECOVERED, EVERY
            )  # type: ignore[misc] # a default
        for gateway in GATEWAYS:
            caller = RestCaller(there.town, BANK, gateway, WAIT)
            there.town.until(
                lambda c=caller: c.read().done, f"{gateway} serves {when}", RECOVERED, EVERY
            )  # type: ignore[misc] # as above

    def _well(self, manager: str) -> bool:
        """Whether a management server has the configuration and all session servers."""
        status, version = self.there.ask(manager, "/version")
        if status != 200 or version["problem"]:
            return False
        servers = self._servers(manager)
        return {servers.get(name, {}).get("state") for name in SERVERS} == {"online"}

    def _servers(self, manager: str) -> dict[str, dict]:  # type: ignore[type-arg] # JSON
        status, found = self.there.ask(manager, "/servers?own=true")
        if status != 200:
            return {}
        for server in found:
            for it in (server, *server["pools"]):
                if sum(it[state] for state in IN_USE) > it["maximum"]:
                    self.problems.append(f"more sessions than {it['maximum']}: {it}")
        return {it["name"]: it for it in found}

    def finish(self) -> None:
        """Everything is still: no session in use, none at the host that no server knows."""
        until = self.there.town.until
        self.recover()
        until(self.load.give_back, "sessions are given back", RECOVERED, EVERY)
        until(
            self._still,
            "no session is in use, and the host has the servers' and no others",
            RECOVERED,
            EVERY,
        )

    def _still(self) -> bool:
        servers = self._servers(MANAGERS[0])
        used = sum(
            it[state] for it in servers.values() for state in ("active", "reserved", "pending", "suspended")
        )  # fmt: skip
        known = sum(it["idle"] + it["quarantined"] for it in servers.values())
        return set(servers) == set(SERVERS) and not used and self.there.host.sessions() == known

    # ---- the verdict

    def verdict(self) -> list[str]:
        """What was promised and is broken."""
        load, strikes = self.load, self.strikes
        last = [load.numbers(self.there.ask(it, "/installation")[1]) for it in MANAGERS]
        return [
            *self.problems,
            *load.problems,
            *self.there.network.exceeded,
            *broken(load.writes, self.there.host.booked()),
            *false_refusals(load.calls, strikes),
            *lost_sessions(load.calls, strikes),
            *lost_changes(load.changes, last),
            *stored_without_quorum(load.changes, strikes),
            *shown_secrets(self.there, [it.told.text for it in load.calls]),
        ]

    def summary(self) -> str:
        """What happened, in a few lines."""
        load = self.load
        told = Counter(
            "served" if it.told.done else it.told.code or "no answer" for it in load.calls
        )
        changes = Counter(it.outcome for it in load.changes)
        written = sum(it.acknowledged for it in load.writes)
        lines = [f"  {it}: {it.healed - it.began:.1f} s, recovered after {it.recovered - it.healed:.1f} s" for it in self.strikes]  # fmt: skip
        return "\n".join([
            f"{len(self.strikes)} faults:", *lines,
            f"calls {dict(told)}; {written} of {len(load.writes)} writes acknowledged; changes {dict(changes)}",
        ])  # fmt: skip
