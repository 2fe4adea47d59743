"""A tap between a terminal and its host: passes everything on, and writes down what it saw.

Law: not one byte is changed on its way, unless faults are wanted; the trace is x3270's form (`< 0x0 hex` from the host, `> 0x0
hex` to it) and can be played back. What is to be masked is masked before it is written.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, TextIO

import ebcdic  # noqa: F401  registers the code pages the standard library lacks
from twisted.internet.interfaces import (
    IDelayedCall,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from hostemul.faults import QUIET, Faults, cut, judge
from hostemul.tap.masker import Masker, Piece


WIDTH: Final = 32  # bytes a line, as x3270 writes them


@dataclass(frozen=True, slots=True, repr=False)
class Tap:
    """What all recorded connections share.

    Attributes:
        host: where the host is.
        file: of the first connection; further ones have a number behind the name.
        clock: times what is written.
        secrets: texts that are masked, wherever they stand.
        codepage: of the host, to find them.
        faults: what goes wrong on purpose, counted in what comes from the host at a time.
    """

    host: IStreamClientEndpoint
    file: Path
    clock: IReactorTime
    secrets: Collection[str] = ()
    codepage: str = "cp037"
    faults: Faults = QUIET

    def factory(self) -> "ServerFactory[Near]":
        """Makes a protocol for each terminal."""
        count = 0

        def terminal() -> Near:
            nonlocal count
            count += 1
            return Near(self, self._named(count))

        factory: ServerFactory[Near] = ServerFactory()
        factory.noisy = False
        factory.protocol = terminal
        return factory

    def masker(self) -> Masker:
        """Masks the secrets of one connection."""
        return Masker(self.secrets, ("latin-1", "utf-8", self.codepage))

    def _named(self, number: int) -> Path:
        if number == 1:
            return self.file
        return self.file.with_name(f"{self.file.stem}-{number}{self.file.suffix}")

    def __repr__(self) -> str:
        return f"<Tap into {self.file.name}>"  # secrets stay unsaid


class Near(Protocol):
    """The side of the terminal."""

    log = Logger()

    def __init__(self, tap: Tap, file: Path) -> None:
        self._tap, self._path = tap, file
        self._far: Far | None = None
        self._early: list[bytes] = []
        self._file: TextIO | None = None
        self._masker = tap.masker()
        self._luck = Random(tap.faults.seed)  # noqa: S311  nothing secret
        self._number = 0
        self._due = 0.0
        self._delayed: set[IDelayedCall] = set()

    def connectionMade(self) -> None:
        """Call the host."""
        _undelayed(self.transport)
        try:
            self._file = self._path.open("w", encoding="ascii")
        except OSError as problem:
            self.log.warn("the recording cannot be written: {problem}", problem=str(problem))
            if self.transport is not None:
                self.transport.loseConnection()
            return
        dialling = self._tap.host.connect(Factory.forProtocol(lambda: Far(self)))
        dialling.addCallbacks(self._connected, self._refused)

    def dataReceived(self, data: bytes) -> None:
        """From the terminal to the host."""
        self.write_down(">", data)
        if self._far is None:
            self._early.append(data)
        elif self._far.transport is not None:
            self._far.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002  Twisted's hook
        """The terminal has gone: so does its host."""
        if self._far is not None and self._far.transport is not None:
            self._far.transport.loseConnection()
        for timer in self._delayed:
            timer.cancel()
        self._delayed.clear()
        if self._file is not None:
            self._write(self._masker.rest())
            self._file.close()
            self._file = None

    def write_down(self, mark: str, data: bytes) -> None:
        """One chunk, in the file at once unless a secret may have begun in it."""
        if self._file is not None:
            self._write(self._masker.feed(self._tap.clock.seconds(), mark, data))

    def _write(self, pieces: Iterable[Piece]) -> None:
        lines = []
        for piece in pieces:
            lines.append(f"// {piece.when:.3f} s\n")
            lines += [
                f"{piece.mark} 0x{at:<4x} {piece.data[at : at + WIDTH].hex()}\n"
                for at in range(0, len(piece.data), WIDTH)
            ]
        if lines and self._file is not None:
            self._file.write("".join(lines))
            self._file.flush()

    def from_host(self, data: bytes) -> None:
        """Pass on what the host sent, with whatever is to go wrong on purpose."""
        self._number += 1
        verdict = judge(self._tap.faults, self._number, self._luck)
        if verdict.act == "drop":
            _abort(self.transport)
        elif verdict.act == "send":
            self._deliver(cut(data) if verdict.damage else data, verdict.delay)

    def _deliver(self, data: bytes, delay: float) -> None:
        """Now, or later but never before what came before."""
        now = self._tap.clock.seconds()
        self._due = max(self._due, now + delay)
        if self._due <= now:
            self._arrive(data)
            return

        def later() -> None:
            self._delayed.discard(timer)
            self._arrive(data)

        timer = self._tap.clock.callLater(self._due - now, later)
        self._delayed.add(timer)

    def _arrive(self, data: bytes) -> None:
        self.write_down("<", data)
        if self.transport is not None:
            self.transport.write(data)

    def _connected(self, far: "Far") -> None:
        self._far = far
        if self._file is None and far.transport is not None:
            far.transport.loseConnection()  # the terminal did not wait
            return
        for data in self._early:
            if far.transport is not None:
                far.transport.write(data)
        self._early.clear()

    def _refused(self, reason: Failure) -> None:
        self.log.warn("the host cannot be reached: {why}", why=reason.getErrorMessage())
        if self.transport is not None:
            self.transport.loseConnection()


class Far(Protocol):
    """The side of the host."""

    def __init__(self, near: Near) -> None:
        self._near = near

    def connectionMade(self) -> None:
        """No byte waits for another."""
        _undelayed(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """From the host to the terminal."""
        self._near.from_host(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002  Twisted's hook
        """The host has hung up: so does the tap."""
        if self._near.transport is not None:
            self._near.transport.loseConnection()


def _abort(transport: object) -> None:
    if ITCPTransport.providedBy(transport):
        transport.abortConnection()


def _undelayed(transport: object) -> None:
    if ITCPTransport.providedBy(transport):
        transport.setTcpNoDelay(True)
