"""How hosts are reached: endpoints, TLS, and the terminal a model is made for."""

import re
from collections.abc import Callable
from typing import Final

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS

from sesssrvr.model import HostSettings
from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.codepage import codepage
from sesssrvr.transport import MakeTerminal, Terminal
from verdigris.errors import HostUnreachable


TERMINAL_MODEL: Final = re.compile(r"IBM-327[89]-([2-5])(-E)?\Z")
"""Terminal types of 3270 hosts (RFC 2355, section 7.1): the size by its number, -E for extended."""


class RealHosts:
    """Hosts over TCP.

    Args:
        reactor: for connections.
    """

    def __init__(self, reactor: object) -> None:
        self._reactor = reactor

    def endpoint(self, host: HostSettings, seconds: float, *, tls: bool) -> IStreamClientEndpoint:
        """Where to connect; with TLS the host's certificate has to be good for its name."""
        plain = self._plain(host, seconds)
        if not tls:
            return plain
        wrapped: IStreamClientEndpoint = wrapClientTLS(optionsForClientTLS(host.host), plain)
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
            HostUnreachable: this version has no terminal of that kind.
            UnknownCodePage: no such code page.
        """
        found = TERMINAL_MODEL.match(host.model)
        if host.type != "3270" or found is None:
            reason = f"this version has no terminal of type {host.type} model {host.model}"
            raise HostUnreachable(host=f"{host.host}:{host.port}", reason=reason)
        codepage(host.codepage)  # an unknown one is refused here, not inside a connection
        model, extended = int(found[1]), found[2] is not None

        def make(write: Callable[[bytes], None]) -> Terminal:
            return Terminal3270(
                write,
                model=model,
                extended=extended,
                codepage=host.codepage,
                lu_names=(host.lu,) if host.lu else (),
                tn3270e=host.tn3270e,
            )

        return make
