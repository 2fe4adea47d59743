"""Endpoints of hosts (TCP, TLS, SSH), and the terminal factory for a model's host settings."""

from dataclasses import replace
from typing import cast

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.keepalive import Keepalive
from sesssrvr.hosts.ssh import SshEndpoint, SshSettings, is_ssh
from sesssrvr.hosts.terminal_3270 import make_3270
from sesssrvr.hosts.terminal_5250 import make_5250
from sesssrvr.hosts.terminal_vt import make_vt, session_of
from sesssrvr.hosts.tls import HostTls
from sesssrvr.hosts.turns import HostTurns
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable


class RealHosts:
    """Hosts over TCP.

    Args:
        reactor: for connections.
    """

    def __init__(self, reactor: object) -> None:
        self._reactor = reactor
        self._turns = HostTurns(cast("IReactorTime", reactor))

    def endpoint(self, host: HostSettings, seconds: float, *, tls: bool) -> IStreamClientEndpoint:
        """The endpoint to connect to; TLS begins at once unless it is to begin within the session.

        Raises:
            HostUnreachable: the settings of TLS or SSH cannot be used.
        """
        plain = self._plain(host, seconds)
        if is_ssh(host):
            return self._ssh(host, plain, seconds, tls=tls)
        settings = HostTls.of(host)
        if not tls or settings.start == "require":
            return plain
        wrapped: IStreamClientEndpoint = wrapClientTLS(settings.creator(), plain)
        return wrapped

    def _ssh(
        self, host: HostSettings, plain: IStreamClientEndpoint, seconds: float, *, tls: bool
    ) -> IStreamClientEndpoint:
        if tls or host.type != "VT":
            problem = "with SSH there is no TLS" if tls else f"no {host.type} speaks SSH"
            raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem)
        reactor = cast("IReactorTime", self._reactor)
        return SshEndpoint(reactor, plain, SshSettings.of(host), session_of(host), seconds)

    def _plain(self, host: HostSettings, seconds: float) -> IStreamClientEndpoint:
        return plain_endpoint(self._reactor, host.host, host.port, seconds)

    def terminal(self, host: HostSettings) -> TerminalFactory:
        """A factory of the terminals that the host settings want.

        Raises:
            HostUnreachable: this version has no terminal of that kind, or the TLS settings
                cannot be used.
            UnknownCodePage: no such code page.
        """
        makers = {"5250": make_5250, "VT": make_vt}
        factory = makers.get(host.type, make_3270)(host)
        return replace(factory, keepalive=Keepalive.of(host), turns=self._turns)


def plain_endpoint(reactor: object, host: str, port: int, seconds: float) -> IStreamClientEndpoint:
    """A TCP connection; an address needs no look-up, which costs a thread."""
    endpoint: IStreamClientEndpoint
    if isIPAddress(host):
        endpoint = TCP4ClientEndpoint(reactor, host, port, timeout=seconds)
    elif isIPv6Address(host):
        endpoint = TCP6ClientEndpoint(reactor, host, port, timeout=seconds)
    else:
        endpoint = HostnameEndpoint(reactor, host, port, timeout=seconds)
    return endpoint
