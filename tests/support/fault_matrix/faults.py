"""A cell of the matrix performed: the fault begins, lasts, and ends."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.support.fault_matrix.cells import CLOCKS, Cell, cells
from tests.support.fault_matrix.installation import DISKS, FAKETIME, KINDS, SecureInstallation
from tests.support.fault_matrix.sockets import family
from tests.support.fault_proxy import FaultLink


class Faults:
    """What can fail in an installation.

    Args:
        there: the installation.
        chance: which of several parts, and how much.
    """

    def __init__(self, there: SecureInstallation, chance: random.Random) -> None:
        self._there, self._chance = there, chance

    def possible(self) -> list[Cell]:
        """The cells that can be performed here: full disks need root, wrong clocks libfaketime."""
        return [
            it for it in cells()
            if (it.fault != "disk full" or self._there.has_disks)
            and (it.fault not in CLOCKS or FAKETIME.exists())
        ]  # fmt: skip

    def struck(self, cell: Cell) -> tuple[str, ...]:
        """The parts that a cell is about to strike."""
        if cell.target.startswith("etcd"):
            leader = self._there.etcd.leader()
            others = [it for it in KINDS["etcd"] if it != leader]
            return (
                (leader,) if cell.target == "etcd leader" else (leader, self._chance.choice(others))
            )
        if cell.target == "all management servers":
            return KINDS["management server"]
        if cell.fault == "disk full":
            return tuple(it for it in DISKS if it in KINDS[cell.target])
        return (self._chance.choice(KINDS["gateway" if cell.target == "worker" else cell.target]),)

    @contextmanager
    def happening(self, cell: Cell, parts: tuple[str, ...]) -> Iterator[None]:
        """A cell's fault at some parts, for as long as the block lasts."""
        perform: Callable[[Cell, str], object] = self._process
        if cell.fault in {"cut off from", "slow"} or cell.target == "host":
            perform = self._links
        elif cell.fault == "disk full":
            perform = lambda _, part: self._there.full_disk(part)  # noqa: E731 - as its siblings
        elif cell.fault in CLOCKS:
            perform = self._clock
        elif cell.fault == "certificate expired":
            perform = self._certificate
        with ExitStack() as all_of_them:
            for part in parts:
                all_of_them.enter_context(perform(cell, part))  # type: ignore[arg-type] # all are contexts
            yield

    # ---- links

    @contextmanager
    def _links(self, cell: Cell, part: str) -> Iterator[None]:
        network, there = self._there.network, self._there
        if cell.peer:
            links: list[FaultLink] = there.on_reactor(
                network.between, {part}, set(KINDS[cell.peer]) - {part}
            )
        else:
            links = there.on_reactor(network.of, part)
        names = {
            "cut off from": "drop",
            "slow": "delay",
            "kill -9": "reset",
            "SIGSTOP": "half open",
        }
        # half of it is what each piece is late, in seconds; etcd's elections take half a second
        size = self._chance.uniform(0.1, 0.2 if part in KINDS["etcd"] else 0.5)
        for link in links:
            there.on_reactor(link.fail, names[cell.fault], size)
        try:
            yield
        finally:
            for link in links:
                there.on_reactor(link.heal)

    # ---- processes

    @contextmanager
    def _process(self, cell: Cell, part: str) -> Iterator[None]:
        pids = list(family(self._there.processes()[part]))
        if cell.target == "worker":
            pids = [self._chance.choice(pids[1:] or pids)]
        if cell.fault == "SIGSTOP":
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                yield
            finally:
                for pid in pids:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGCONT)
            return
        self._kill(cell, part, pids)
        try:
            yield
        finally:
            if part in KINDS["etcd"]:
                self._there.etcd.start_member(part)
            elif cell.target != "worker":  # the gateway starts another one itself
                self._there.town.fleet.start_part(part)

    def _kill(self, cell: Cell, part: str, pids: list[int]) -> None:
        if part in KINDS["etcd"]:
            self._there.etcd.kill(part)
        elif cell.target == "worker":
            os.kill(pids[0], signal.SIGKILL)
        else:
            self._there.town.fleet[part].kill()

    # ---- what a part has of its own

    @contextmanager
    def _clock(self, cell: Cell, part: str) -> Iterator[None]:
        """Its connections have to begin with the wrong clock."""
        self._there.set_clock(part, CLOCKS[cell.fault])
        self._end_links(part)
        try:
            yield
        finally:
            self._there.set_clock(part, 0)

    @contextmanager
    def _certificate(self, cell: Cell, part: str) -> Iterator[None]:
        """Certificates are looked at when connections begin: those of before are ended."""
        del cell
        self._give(part, expired=True)
        self._end_links(part)
        try:
            yield
        finally:
            self._give(part, expired=False)

    def _end_links(self, part: str) -> None:
        for link in self._there.on_reactor(self._there.network.of, part):
            self._there.on_reactor(lambda it=link: it.end_all(hard=True))

    def _give(self, part: str, *, expired: bool) -> None:
        town = self._there.town
        seen = len(town.log(part))
        said = self._there.give_certificate(part, expired=expired)
        town.until(lambda: said in town.log(part)[seen:], f"{part} has its certificate: {said}")
