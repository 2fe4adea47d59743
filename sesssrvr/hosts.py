"""How hosts are reached: endpoints, TLS, and the terminal a model is made for."""

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import IStreamClientEndpoint

from sesssrvr.display3270 import make_3270
from sesssrvr.display5250 import make_5250
from sesssrvr.displayvt import make_vt
from sesssrvr.hosttls import HostTls
from sesssrvr.model import HostSettings
from sesssrvr.transport import MakeTerminal


class RealHosts:
    """Hosts over TCP.

    Args:
        reactor: for connections.
    """

    def __init__(self, reactor: object) -> None:
        self._reactor = reactor

    def endpoint(self, host: HostSettings, seconds: float, *, tls: bool) -> IStreamClientEndpoint:
        """Where to connect; TLS begins at once, unless it is to begin within the session.

        Raises:
            HostUnreachable: the TLS settings cannot be used.
        """
        plain = self._plain(host, seconds)
        settings = HostTls.of(host)
        if not tls or settings.start == "require":
            return plain
        wrapped: IStreamClientEndpoint = wrapClientTLS(settings.creator(), plain)
        return wrapped

    def _plain(self, host: HostSettings, seconds: float) -> IStreamClientEndpoint:
        """An address needs no look-up, which costs a thread."""
        endpoint: IStreamClientEndpoint
        if isIPAddress(host.host):
            endpoint = TCP4ClientEndpoint(self._reactor, host.host, host.port, timeout=seconds)
        elif isIPv6Address(host.host):
            endpoint = TCP6ClientEndpoint(self._reactor, host.host, host.port, timeout=seconds)
        else:
            endpoint = HostnameEndpoint(self._reactor, host.host, host.port, timeout=seconds)
        return endpoint

    def terminal(self, host: HostSettings) -> MakeTerminal:
        """Makes the terminal of the host settings.

        Raises:
            HostUnreachable: this version has no terminal of that kind, or the TLS settings
                cannot be used.
            UnknownCodePage: no such code page.
        """
        if host.type == "5250":
            return make_5250(host)
        if host.type == "VT":
            return make_vt(host)
        return make_3270(host)
