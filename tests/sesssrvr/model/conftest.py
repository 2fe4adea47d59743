"""A host on the desk: the demo bank and a terminal, joined by pumped bytes; and a driver of runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hostemul.testing import make_site
from sesssrvr.model import (
    Model,
    Package,
    ProcedureCall,
    ProcedureResult,
    build_package,
    read_folder,
    read_package,
    run_procedure,
    start,
)
from sesssrvr.model.steps import MoveCursor, Press, Run, Step, TimedOut, Type, Wait
from sesssrvr.terminal import Screen, Terminal3270
from verdigris.errors import VerdigrisError


FOLDER = Path(__file__).parents[3] / "examples" / "BankDemo"


class Desk:
    """A terminal at the demo bank. Bytes move when something waits; no clock, no socket."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.site = make_site(self.clock, **{"motd_rate": 0.0, **options})
        self.steps: list[Step] = []
        self.connect()

    def connect(self) -> None:
        """One more terminal at the same bank."""
        self.out: list[bytes] = []
        self.terminal = Terminal3270(self.out.append)
        self.host = self.site.terminal()
        self.wire = StringTransport()
        self.host.makeConnection(self.wire)
        self.pump()

    def pump(self) -> None:
        """Move bytes until nobody has anything to say."""
        for _ in range(50):
            fed, sent = self.wire.value(), b"".join(self.out)
            self.wire.clear()
            self.out.clear()
            if not fed and not sent:
                return
            self.terminal.feed(fed)
            self.host.dataReceived(sent)
        raise AssertionError("the two go on talking for ever")

    @property
    def screen(self) -> Screen:
        return self.terminal.screen()

    def perform(self, step: Step) -> Screen | TimedOut:
        """What the session server does with a step, without its clock."""
        self.steps.append(step)
        if isinstance(step, Wait):
            self.pump()
            if step.until(self.screen):
                return self.screen
            self.clock.advance(step.seconds)
            self.pump()
            return self.screen if step.until(self.screen) else TimedOut(self.screen, step.seconds)
        if isinstance(step, Press):
            self.terminal.key(step.key)
        elif isinstance(step, MoveCursor):
            self.terminal.move_cursor(step.row, step.column)
        elif isinstance(step, Type):
            if step.row:
                self.terminal.move_cursor(step.row, step.column)
            if step.erase:
                self.terminal.key("EraseEOF")
            self.terminal.type(step.text)
        return self.screen

    def drive(self, run: Run[Any]) -> Any:
        """Perform a run to its end."""
        try:
            step = next(run)
            while True:
                try:
                    answer = self.perform(step)
                except VerdigrisError as problem:
                    step = run.throw(problem)
                else:
                    step = run.send(answer)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="session")
def bank_files() -> dict[str, bytes]:
    return read_folder(FOLDER)


@pytest.fixture(scope="session")
def bank_package(bank_files: dict[str, bytes]) -> Package:
    return read_package(build_package(bank_files))


@pytest.fixture(scope="session")
def bank(bank_package: Package) -> Model:
    return bank_package.model


@pytest.fixture
def desk() -> Callable[..., Desk]:
    """Makes a terminal at a new demo bank."""
    return Desk


@pytest.fixture
def teller(bank: Model) -> Iterator[Callable[..., ProcedureResult]]:
    """Calls procedures of BankDemo on one signed-on session of one bank."""
    at = Desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    at.drive(start(bank, at.screen, variables))

    def call(procedure: str, filters: Any = None, data: Any = None, **more: Any) -> ProcedureResult:
        order = ProcedureCall("", procedure, filters or {}, data or {}, **more)
        result: ProcedureResult = at.drive(run_procedure(bank, at.screen, order, variables))
        return result

    call.desk = at  # type: ignore[attr-defined]  # for tests that look at the screen
    call.variables = variables  # type: ignore[attr-defined]
    return call
