"""A tap between a terminal and its host: passes everything on, and writes down what it saw.

Law: not one byte is changed on its way; the trace is x3270's form (`< 0x0 hex` from the host, `> 0x0
hex` to it) and can be played back. What is to be masked is masked before it is written.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import ebcdic  # noqa: F401  registers the code pages the standard library lacks
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure


WIDTH: Final = 32  # bytes a line, as x3270 writes them
MASK: Final = b"*"


@dataclass(frozen=True, slots=True, repr=False)
class Tap:
    """What all recorded connections share.

    Attributes:
        host: where the host is.
        file: of the first connection; further ones have a number behind the name.
        clock: times what is written.
        secrets: texts that are masked, wherever they stand.
        codepage: of the host, to find them.
    """

    host: IStreamClientEndpoint
    file: Path
    clock: IReactorTime
    secrets: Collection[str] = ()
    codepage: str = "cp037"

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

    def masked(self, data: bytes) -> bytes:
        """The same bytes with asterisks for secrets."""
        for text in self.secrets:
            for one in {text, text.upper(), text.lower()}:
                for codec in ("latin-1", self.codepage):
                    coded = one.encode(codec, "ignore")
                    if coded:
                        data = data.replace(coded, MASK * len(coded))
        return data

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

    def connectionMade(self) -> None:
        """Call the host."""
        _undelayed(self.transport)
        self._file = self._path.open("w", encoding="ascii")
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
        if self._file is not None:
            self._file.close()
            self._file = None

    def write_down(self, mark: str, data: bytes) -> None:
        """One chunk, complete in the file at once: whoever ends the tap loses nothing."""
        if self._file is None:
            return
        data = self._tap.masked(data)
        lines = [f"// {self._tap.clock.seconds():.3f} s"]
        lines += [
            f"{mark} 0x{at:<4x} {data[at : at + WIDTH].hex()}" for at in range(0, len(data), WIDTH)
        ]
        self._file.write("\n".join(lines) + "\n")
        self._file.flush()

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
        self.log.warn("the host takes no connection: {why}", why=reason.getErrorMessage())
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
        self._near.write_down("<", data)
        if self._near.transport is not None:
            self._near.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002  Twisted's hook
        """The host has hung up: so does the tap."""
        if self._near.transport is not None:
            self._near.transport.loseConnection()


def _undelayed(transport: object) -> None:
    if ITCPTransport.providedBy(transport):
        transport.setTcpNoDelay(True)
