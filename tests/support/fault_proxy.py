"""A TCP proxy that makes a link fail: closed, reset, half open, cut, slow, or narrow.

Law: what passes keeps its order and is complete, also what was held while the link was half open;
only `close` and `reset` lose bytes.
"""

from collections import deque
from typing import Any

from twisted.internet.protocol import ClientFactory, Factory, Protocol


class FaultLink:
    """The connections of one part to another. Of the reactor's thread.

    Args:
        reactor: for connections and time.
        target: the port they lead to.

    Attributes:
        refusing: new connections are reset.
        held: half open: connections stay, nothing passes and nobody is told of an end.
        cut: since when packets are dropped, None while they are not: as `held`, and what was sent
            meanwhile passes as late again after the end as the cut lasted, as the system's
            retransmission timer has it (RFC 6298, 5.5: it doubles).
        delay: seconds added to each piece.
        pace: seconds added for each byte.
        ends: of its connections.
    """

    def __init__(self, reactor: Any, target: int) -> None:
        self.reactor, self.target = reactor, target
        self.refusing = self.held = False
        self.cut: float | None = None
        self.delay = self.pace = 0.0
        self.ends: set[_End] = set()

    def taken(self) -> Protocol:
        """What a connection that was taken for this link speaks."""
        return _End(self, near=True)

    def callers(self) -> set[int]:
        """The ports from which its connections were dialled."""
        return {end.transport.getPeer().port for end in self.ends if end.near}

    def fail(self, fault: str, size: float) -> None:
        """Begin a fault: close, reset, half open, drop, delay or throttle; size is from 0 to 1."""
        match fault:
            case "close" | "reset":
                self.refusing = fault == "reset"
                self.end_all(hard=self.refusing)
            case "half open":
                self.held = True
            case "drop":
                self.held, self.cut = True, self.reactor.seconds()
            case "delay":
                self.delay = size * 0.5
            case "throttle":
                self.pace = 1 / (2_000 + size * 20_000)
            case _:
                raise ValueError(fault)

    def heal(self) -> None:
        """Let everything pass again, what was held first."""
        self.refusing = self.held = False
        self.delay = self.pace = 0.0
        now, cut, self.cut = self.reactor.seconds(), self.cut, None
        for end in list(self.ends):
            if cut is not None and (end.line or not end.dialled):
                end.quiet_until = now + (now - cut)
            end.flow()

    @property
    def waiting(self) -> bool:
        """Whether something has not been passed on yet."""
        return any(end.line for end in self.ends)

    def end_all(self, *, hard: bool) -> None:
        """End its connections; hard: reset them."""
        for end in list(self.ends):
            end.transport.abortConnection() if hard else end.transport.loseConnection()


class FaultProxy(FaultLink, Factory):
    """A link that is a port of loopback: whoever connects to it.

    Attributes:
        port: where to connect.
    """

    noisy = False

    def __init__(self, reactor: Any, target: int) -> None:
        super().__init__(reactor, target)
        self.listening = reactor.listenTCP(0, self, interface="127.0.0.1")
        self.port: int = self.listening.getHost().port

    def buildProtocol(self, addr: object) -> Protocol:  # noqa: N802  Twisted's name
        return self.taken()

    def stop(self) -> Any:
        """End everything."""
        self.end_all(hard=True)
        return self.listening.stopListening()


class _Dialled(ClientFactory):
    """The connection to the target, made once."""

    noisy = False

    def __init__(self, near: "_End") -> None:
        self.near = near

    def buildProtocol(self, addr: object) -> Protocol:  # noqa: N802  Twisted's name
        far = _End(self.near.link, near=False)
        self.near.other, far.other = far, self.near
        return far

    def clientConnectionFailed(self, connector: object, reason: object) -> None:  # noqa: N802  Twisted's name
        self.near.link.ends.discard(self.near)
        self.near.line.clear()
        self.near.transport.abortConnection()


class _End(Protocol):
    """One end of a connection: what it receives waits in `line`, then goes out at the other end.

    An empty piece stands for the connection's end.
    """

    transport: Any

    def __init__(self, link: FaultLink, *, near: bool) -> None:
        self.link, self.near = link, near
        self.other: _End | None = None
        self.line: deque[tuple[float, bytes]] = deque()
        self.due = self.quiet_until = 0.0
        self.dialled = not near

    def connectionMade(self) -> None:  # noqa: N802  Twisted's name
        self.transport.setTcpNoDelay(True)
        if self.near and self.link.refusing:
            self.dialled = True  # that is, never
            self.transport.abortConnection()
            return
        self.link.ends.add(self)
        self.flow()
        if self.other is not None:
            self.other.flow()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        now = self.link.reactor.seconds()
        self.due = max(self.due, now + self.link.delay) + len(data) * self.link.pace
        self.line.append((self.due, data))
        self.flow()

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802  Twisted's name
        self.line.append((self.due, b""))
        self.flow()

    def flow(self) -> None:
        """Pass on what is due."""
        if self.link.held:
            return
        if (left := self.quiet_until - self.link.reactor.seconds()) > 0:
            self.link.reactor.callLater(left + 0.001, self.flow)
            return
        if not self.dialled:
            self.dialled = True
            self.link.reactor.connectTCP("127.0.0.1", self.link.target, _Dialled(self))
        if self.other is None:
            return
        now = self.link.reactor.seconds()
        while self.line and self.line[0][0] <= now:
            _, data = self.line.popleft()
            if data:
                self.other.transport.write(data)
            else:
                self.link.ends.discard(self)
                self.other.transport.loseConnection()
        if self.line:
            self.link.reactor.callLater(self.line[0][0] - now + 0.001, self.flow)
