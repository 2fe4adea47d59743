"""The keys of a host, asked for without signing on.

A connection ends once the host has shown a key; nothing is sent that identifies the user.
"""

from dataclasses import replace
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory

from sesssrvr.hosts.ssh.algorithms import MODERN, NO_KEY, Algorithms, kind_of
from sesssrvr.hosts.ssh.flow import LineFlow
from sesssrvr.hosts.ssh.owner import SshSession
from sesssrvr.hosts.ssh.signon import Credentials
from sesssrvr.hosts.ssh.transport import ClientTransport
from verdigris.errors import HostUnreachable, SshFailed, VerdigrisError


_ENOUGH: Final = "the key is known now"


async def host_keys(
    plain: IStreamClientEndpoint,
    address: str,
    seconds: float,
    clock: IReactorTime,
    *,
    old: bool = False,
) -> list[bytes]:
    """All keys of a host, one of each kind, best first; one connection each.

    Args:
        plain: where the host's SSH server listens.
        address: of the host, for errors.
        seconds: for each connection.
        clock: for that bound.
        old: kinds and algorithms of old hosts, too.

    Returns:
        the public keys; none if the host has but old ones, and those are not asked for.

    Raises:
        HostUnreachable: it gives no key in that time, or the network none of the host.
        SshFailed: it speaks no SSH, or has no algorithm in common with us.
    """
    every = MODERN.with_old(["old"] if old else [])
    found: list[bytes] = []
    for kind in dict.fromkeys(map(kind_of, every.keys)):
        names = tuple(name for name in every.keys if kind_of(name) == kind)
        try:
            found.append(await _key(plain, address, seconds, clock, replace(every, keys=names)))
        except NoSuchKey:
            continue
    return found


class NoSuchKey(Exception):
    """The host has no key of a kind."""


async def _key(
    plain: IStreamClientEndpoint,
    address: str,
    seconds: float,
    clock: IReactorTime,
    ours: Algorithms,
) -> bytes:
    glance = KeyProbe(address, ours)
    transports = Factory.forProtocol(glance.build)
    transports.noisy = False
    glance.result.addTimeout(seconds, clock)
    try:
        await plain.connect(transports)
        return await glance.result
    except (VerdigrisError, NoSuchKey):
        raise
    except Exception as problem:  # noqa: BLE001 - whatever the network said becomes our sentence
        reason = str(problem).rstrip(".") or f"no answer within {seconds:g} seconds"
        raise HostUnreachable(host=address, reason=reason) from None
    finally:
        glance.result.addErrback(lambda _: None)
        glance.leave()


class KeyProbe:
    """One look at a host; the owner of a connection that gets no further than the key.

    Args:
        address: of the host, for errors.
        algorithms: offered to the host.

    Attributes:
        result: fires with the key.
    """

    session = SshSession("dumb")
    credentials = Credentials("")

    def __init__(self, address: str, algorithms: Algorithms) -> None:
        self.address, self.algorithms = address, algorithms
        self.flow = LineFlow()
        self.result: Deferred[bytes] = Deferred()
        self._transport: ClientTransport | None = None

    def build(self) -> ClientTransport:
        """Make the connection's lowest layer."""
        self._transport = ClientTransport(self)
        return self._transport

    def leave(self) -> None:
        """Hang up."""
        below = None if self._transport is None else self._transport.transport
        if self._transport is not None and below is not None:
            self._transport.leave()
            below.loseConnection()

    def judge(self, blob: bytes) -> None:
        """Keep the key; nothing more is wanted."""
        self._end(blob)
        raise SshFailed(host=self.address, reason=_ENOUGH)

    def failed(self, problem: VerdigrisError) -> None:
        """It cannot go on."""
        self._end(NoSuchKey() if NO_KEY in str(problem) else problem)

    def disconnected(self, said: str) -> None:
        """The host ends the connection with these words."""
        self._end(SshFailed(host=self.address, reason=f"it ended the connection: {said}"))

    def lost(self, why: str) -> None:
        """The connection is gone."""
        self._end(HostUnreachable(host=self.address, reason=why))

    def heard(self) -> None:
        """Nothing depends on it."""

    def reached(self, stage: str) -> None:
        """Nothing depends on it."""

    def opened(self) -> None:
        """Never: it is left before."""

    def received(self, data: bytes) -> None:
        """Never: it is left before."""

    def ended(self, how: str) -> None:
        """Never: it is left before."""

    def _end(self, found: bytes | Exception) -> None:
        if self.result.called:
            return
        if isinstance(found, bytes):
            self.result.callback(found)
        else:
            self.result.errback(found)
