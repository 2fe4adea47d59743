"""A terminal session by SSH, as an endpoint: what is connected to it has a transport of bytes.

Law: a connection that fails is closed, and its error names the stage it failed in; an open one
is asked for a sign of life when it is silent. Closing ends within `LINGER` seconds.
Tested in `tests/sesssrvr/hosts/ssh/test_line.py`.
"""

from collections.abc import Iterable
from typing import Any, Final, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IProtocol,
    IProtocolFactory,
    IPushProducer,
    IReactorThreads,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from zope.interface import implementer

from sesssrvr.hosts.ssh.channel import Connection
from sesssrvr.hosts.ssh.flow import LineFlow
from sesssrvr.hosts.ssh.loginkey import LoginKey
from sesssrvr.hosts.ssh.owner import SshSession
from sesssrvr.hosts.ssh.settings import SshSettings
from sesssrvr.hosts.ssh.signon import Credentials
from sesssrvr.hosts.ssh.transport import ClientTransport, SignOnService
from verdigris.errors import HostUnreachable, SshFailed, VerdigrisError


LINGER: Final = 2.0
"""Seconds a host has to take our good-bye."""

MAX_EARLY: Final = 65_536
"""Bytes a host may send before it confirms the session."""


class LineEnded(Exception):
    """The session is over; the text says why."""


@implementer(IStreamClientEndpoint)
class SshEndpoint:
    """Opens terminal sessions on one host.

    Args:
        reactor: for time, and for a thread that opens locked keys.
        plain: where the host's SSH server listens.
        settings: how it is reached.
        session: asked for.
        seconds: for all of it.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        plain: IStreamClientEndpoint,
        settings: SshSettings,
        session: SshSession,
        seconds: float,
    ) -> None:
        self._reactor, self._plain, self._settings = reactor, plain, settings
        self._session, self._seconds = session, seconds

    def __repr__(self) -> str:
        return f"<SshEndpoint {self._settings.user} at {self._settings.address}>"

    def connect(self, protocolFactory: IProtocolFactory) -> "Deferred[IProtocol]":
        """Open a session; fires with the protocol that has it as its transport."""
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        line = SshLine(self._reactor, self._settings, self._session, factory)
        timer = self._reactor.callLater(self._seconds, line.expire, self._seconds)
        try:
            line.key = await self._key()
            transports = Factory.forProtocol(line.build)
            transports.noisy = False
            await self._plain.connect(transports)
            return await line.result
        except BaseException:
            line.abandon()
            raise
        finally:
            if timer.active():
                timer.cancel()

    async def _key(self) -> LoginKey | None:
        """The user's key; a passphrase costs time by design, and not this thread's."""
        text, slow = self._settings.login_key()
        if slow and IReactorThreads.providedBy(self._reactor):
            pool = self._reactor.getThreadPool()
            key: LoginKey | None = await deferToThreadPool(
                self._reactor, pool, self._settings.read_key, text
            )
            return key
        return self._settings.read_key(text)


@implementer(ITransport)
class SshLine:
    """One terminal session: what a terminal's connection has as its transport.

    Args:
        reactor: for time.
        settings: how the host is reached.
        session: asked for.
        factory: makes the protocol, once the session is open.

    Attributes:
        transport: SSH's connection; None before it is made.
        key: the user's.
        result: fires with the protocol, or the error.
        stage: what is being done.
        flow: whether the host reads.
    """

    disconnecting = False

    def __init__(
        self,
        reactor: IReactorTime,
        settings: SshSettings,
        session: SshSession,
        factory: IProtocolFactory,
    ) -> None:
        self.address, self.algorithms, self.session = settings.address, settings.algorithms, session
        self.transport: ClientTransport | None = None
        self.key: LoginKey | None = None
        self.flow = LineFlow()
        self.result: Deferred[IProtocol] = Deferred()
        self.stage = "connection"
        self._reactor, self._settings, self._factory = reactor, settings, factory
        self._protocol: IProtocol | None = None
        self._over = self._gone = False
        self._silent_since = reactor.seconds()
        self._timer: IDelayedCall | None = None
        self._early: list[bytes] = []

    def __repr__(self) -> str:
        return f"<SshLine to {self.address} {'over' if self._over else self.stage}>"

    # ---- what a protocol wants of its transport ------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send to the host's program."""
        if (connection := self._connection) is not None and not self._over:
            connection.channel.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send to the host's program."""
        self.write(b"".join(data))

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:  # noqa: FBT001 - Twisted's signature
        """Have who fills this line pause while the host does not read."""
        self.flow.producer = producer
        if (tcp := self._producing) is not None:
            tcp.registerProducer(self.flow, streaming)

    def unregisterProducer(self) -> None:
        """Nobody fills it any more."""
        self.flow.producer = None
        if (tcp := self._producing) is not None:
            tcp.unregisterProducer()

    def pauseProducing(self) -> None:
        """Take nothing from the host for now: it sends no more than TCP keeps on the way."""
        if (tcp := self._producing) is not None:
            tcp.pauseProducing()

    def resumeProducing(self) -> None:
        """Take what it sends."""
        if (tcp := self._producing) is not None:
            self._silent_since = self._reactor.seconds()  # what it said meanwhile was not read
            tcp.resumeProducing()

    def resize(self, rows: int, columns: int) -> None:
        """Tell the host the screen's size."""
        if (connection := self._connection) is not None and not self._over:
            connection.channel.resize(rows, columns)

    def send_break(self) -> None:
        """Send a break."""
        if (connection := self._connection) is not None and not self._over:
            connection.channel.send_break()

    def loseConnection(self) -> None:
        """End the session politely."""
        self._end("the session was closed")

    def abortConnection(self) -> None:
        """End the session at once."""
        self._end("the session was aborted")
        self._abort()

    def getPeer(self) -> IAddress:
        """The host's address."""
        return self._tcp.getPeer()

    def getHost(self) -> IAddress:
        """Ours."""
        return self._tcp.getHost()

    # ---- what the layers below report ----------------------------------------------------------

    def build(self) -> ClientTransport:
        """Make the connection's lowest layer; an endpoint does so once it has one."""
        self.transport = ClientTransport(self)
        return self.transport

    def heard(self) -> None:
        """The host has sent something."""
        self._silent_since = self._reactor.seconds()

    def judge(self, blob: bytes) -> None:
        """See that a host key is good; raises a HostError."""
        if self._settings.known is not None:
            self._settings.known.judge(self.address, blob)

    def reached(self, stage: str) -> None:
        """What is being done now."""
        self.stage = stage

    @property
    def credentials(self) -> Credentials:
        """What the user can show."""
        settings = self._settings
        return Credentials(settings.user, settings.password, self.key, settings.algorithms.keys)

    def opened(self) -> None:
        """The terminal session is open."""
        if self._over:
            return
        self.stage = "session"
        protocol = self._factory.buildProtocol(self.getPeer())
        if protocol is None:
            self._end("no protocol was made for the session")
            return
        self._protocol = protocol
        protocol.makeConnection(self)
        self.result.callback(protocol)
        early, self._early = self._early, []
        for data in early:
            self.received(data)
        self._watch()

    def received(self, data: bytes) -> None:
        """The host's program has sent something."""
        if self._protocol is None:
            self._early.append(data)
            if sum(map(len, self._early)) > MAX_EARLY:
                self._end(SshFailed(host=self.address, reason="it sends before it has a session"))
        elif not self._over:
            self._protocol.dataReceived(data)

    def failed(self, problem: VerdigrisError) -> None:
        """It cannot go on."""
        self._end(problem)

    def disconnected(self, said: str) -> None:
        """The host ends the connection with these words."""
        service = None if self.transport is None else self.transport.service
        if self._protocol is None and isinstance(service, SignOnService) and service.sign_on:
            self._end(service.sign_on.refused(said))
        elif self._protocol is None:
            reason = f"it ended the connection during the {self.stage}: {said}"
            self._end(SshFailed(host=self.address, reason=reason))
        else:
            self._end(f"the host ended the connection: {said}")

    def ended(self, how: str) -> None:
        """The host's program has ended."""
        self._end(f"the host ended the session{f' ({how})' if how else ''}")

    def lost(self, why: str) -> None:
        """The connection is gone."""
        self._gone = True
        self._stop()
        self._end(why)

    # ---- ending --------------------------------------------------------------------------------

    def expire(self, seconds: float) -> None:
        """The time for all of it is over."""
        if not self.result.called and self.transport is not None:
            reason = f"it took the connection, and SSH's {self.stage} was not over within {seconds:g} seconds"
            self._end(HostUnreachable(host=self.address, reason=reason))

    def abandon(self) -> None:
        """End it: the connection is no longer wanted."""
        self.result.addErrback(lambda _: None)
        self._end("the connection was given up")

    def _end(self, why: VerdigrisError | str) -> None:
        """End once: inform the waiting side and the protocol, and hang up."""
        if self._over:
            return
        self._over = self.disconnecting = True
        self._stop()
        self._hang_up()
        if self._protocol is not None:
            said = why if isinstance(why, str) else why.facts.get("reason") or str(why)
            self._protocol.connectionLost(Failure(LineEnded(said)))
        elif not self.result.called:
            self.result.errback(self._as_error(why))

    def _as_error(self, why: VerdigrisError | str) -> VerdigrisError:
        if isinstance(why, VerdigrisError):
            return why
        reason = f"the connection ended during SSH's {self.stage}: {why}"
        return HostUnreachable(host=self.address, reason=reason)

    def _hang_up(self) -> None:
        if self.transport is None or self.transport.transport is None or self._gone:
            return
        self.transport.leave()
        self._tcp.loseConnection()
        self._timer = self._reactor.callLater(LINGER, self._abort)

    def _abort(self) -> None:
        self._stop()
        if self.transport is not None and self.transport.transport is not None and not self._gone:
            cast("ITCPTransport", self._tcp).abortConnection()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    # ---- signs of life -------------------------------------------------------------------------

    def _watch(self) -> None:
        """Ask a silent host for a sign of life; twice as long a silence is its end."""
        every = self._settings.keepalive
        if not every or self._over:
            return
        silent = self._reactor.seconds() - self._silent_since
        if silent >= 2 * every:
            self._end(f"the host has given no sign of life for {silent:.0f} seconds")
            self._abort()
            return
        connection = self._connection
        if silent >= every and connection is not None:
            connection.ask_for_life()
        self._timer = self._reactor.callLater(every, self._watch)

    @property
    def _connection(self) -> Connection | None:
        service = None if self.transport is None else self.transport.service
        return service if isinstance(service, Connection) else None

    @property
    def _producing(self) -> Any:
        """The TCP connection while it lasts, with the methods of a producer and a consumer."""
        return None if self.transport is None or self._gone else self.transport.transport

    @property
    def _tcp(self) -> ITransport:
        transport = None if self.transport is None else self.transport.transport
        assert transport is not None  # noqa: S101 - asked for by an open session
        return transport
