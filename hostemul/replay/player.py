"""A recording on the network: every connection plays it from its beginning.

Law: sends leave in their order, each no sooner than its delay after the one before. What the
terminal did otherwise is reported line by line; a connection that ends takes its timers with it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure

from hostemul.faults import QUIET, SEND, Faults, cut, judge
from hostemul.protocol.telnet import TelnetError
from hostemul.protocol.tn3270 import Host3270, Ready, Refused, Terms
from hostemul.replay.conversation import Conversation
from hostemul.replay.framing import is_5250
from hostemul.replay.recording import Expects, Recording, Sends, negotiated
from hostemul.terminals import Terminals


@dataclass(frozen=True, slots=True)
class Stage:
    """What all connections to one recording share.

    Attributes:
        recording: what is played.
        clock: times delays and patience.
        pace: recorded delays are multiplied by this; 0 plays without any.
        patience: seconds to wait for an answer of the negotiation before going on without it.
        report: told each way in which a terminal did otherwise than recorded.
        faults: what goes wrong on purpose, counted in what the recorded host sent at a time.
        ended: told that a connection has ended, all of it reported.
    """

    recording: Recording
    clock: IReactorTime
    pace: float = 1.0
    patience: float = 2.0
    report: Callable[[str], None] = lambda _: None
    faults: Faults = QUIET
    ended: Callable[[], None] = lambda: None

    def terminal(self) -> "Player":
        """The protocol of one more connection."""
        recording = self.recording
        if recording.framed:
            return Player(self)
        if is_5250(recording.sent):
            return Player(replace(self, recording=negotiated(recording)))
        return BarePlayer(self)

    def factory(self) -> "ServerFactory[Player]":
        """Makes a protocol for each connection."""
        factory: ServerFactory[Player] = ServerFactory()
        factory.noisy = False
        factory.protocol = self.terminal
        return factory


class Player(Protocol):
    """One terminal at a recording of a whole connection."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._play = Conversation(stage.recording)
        self._luck = Random(stage.faults.seed)  # noqa: S311  nothing secret
        self._number = 0
        self._verdict = SEND
        self._queue: deque[Sends] = deque()
        self._sending: IDelayedCall | None = None
        self._waiting: IDelayedCall | None = None
        self._told = 0

    def __repr__(self) -> str:
        return f"<Player {self._stage.recording.name} {self._play!r}>"

    def connectionMade(self) -> None:
        """Begin the play."""
        self._go_on(self._play.begin())

    def dataReceived(self, data: bytes) -> None:
        """Compare, and go on when the turn is over."""
        try:
            sends = self._play.received(data)
        except TelnetError as problem:
            self._stage.report(str(problem))
            self._leave()
            return
        self._go_on(sends)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002  Twisted's hook
        """Report what is left over."""
        for timer in (self._sending, self._waiting):
            if timer is not None and timer.active():
                timer.cancel()
        self._queue.clear()
        self._play.end()
        self._tell()
        self._stage.ended()

    def _go_on(self, sends: list[Sends]) -> None:
        self._queue += sends
        self._tell()
        if self._sending is None or not self._sending.active():
            self._next()
        self._set_patience()

    def _set_patience(self) -> None:
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        idle = self._sending is None or not self._sending.active()
        if idle and self._play.hurried:
            self._waiting = self._stage.clock.callLater(self._stage.patience, self._impatient)

    def _impatient(self) -> None:
        self._go_on(self._play.impatient())

    def _next(self) -> None:
        """Send what is due now; the first that is not is timed."""
        while self._queue:
            self._number += 1
            self._verdict = judge(self._stage.faults, self._number, self._luck)
            delay = self._queue[0].delay * self._stage.pace + self._verdict.delay
            if delay > 0:
                self._sending = self._stage.clock.callLater(delay, self._due)
                return
            self._send()

    def _due(self) -> None:
        self._send()
        self._next()
        self._set_patience()

    def _send(self) -> None:
        step, verdict = self._queue.popleft(), self._verdict
        if verdict.act == "drop":
            self._queue.clear()
            _abort(self.transport)
        elif verdict.act == "send" and self.transport is not None:
            self.transport.write(cut(step.data) if verdict.damage else step.data)

    def _tell(self) -> None:
        for line in self._play.reports[self._told :]:
            self._stage.report(line)
        self._told = len(self._play.reports)

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


def _abort(transport: object) -> None:
    if ITCPTransport.providedBy(transport):
        transport.abortConnection()


class BarePlayer(Player):
    """One terminal at a recording of records only: the negotiation is our own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(replace(stage, recording=stage.recording.with_ends()))
        self._host = Host3270(Terms(tn3270e=False), Terminals(stem="PLAY"))
        self._ready = False
        steps = stage.recording.steps
        self._compared = any(isinstance(step, Expects) for step in steps)

    def __repr__(self) -> str:
        return f"<BarePlayer {self._stage.recording.name} {self._host!r}>"

    def connectionMade(self) -> None:
        """Begin to negotiate classic TN3270."""
        self._write(self._host.start())

    def dataReceived(self, data: bytes) -> None:
        """Negotiate, then play; without recorded keys those of the terminal are taken and not judged."""
        if self._ready:
            if self._compared:
                super().dataReceived(data)
            return
        try:
            answer, events = self._host.receive(data)
        except TelnetError as problem:
            answer, events = b"", [Refused(str(problem))]
        self._write(answer)
        for event in events:
            if isinstance(event, Ready):
                self._ready = True
                self._go_on(self._play.begin())
            elif isinstance(event, Refused):
                self._stage.report(event.reason)
                self._leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The terminal has gone; one that was refused has nothing left over."""
        if self._ready:
            super().connectionLost(reason)
        else:
            self._stage.ended()

    def _write(self, data: bytes) -> None:
        if data and self.transport is not None:
            self.transport.write(data)
