"""The certificate of the HTTPS port while the gateway runs: read again when its files change.

Law (tests/gateway/security/test_tls.py): new connections get the renewed certificate without a
restart; files that cannot be used change nothing but a line in the log, and are tried again when
they change.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from gateway.security.tls import Identity, identity_of
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.config.watch import Elsewhere, Settling, at_once, signature_of
from verdigris.errors import ConfigurationError
from verdigris.link.periodic import steadily


log = Logger()

LOOK: Final = 1.0
"""Seconds between looks at the files."""

SETTLED: Final = 1.0
"""Seconds both files stay the same before they are read: they are renewed one after the other."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@implementer(IOpenSSLServerConnectionCreator)
class LiveCertificate:
    """A maker of TLS connections whose certificate follows its files.

    Args:
        config: of the gateway at its start; names the files.
        file: plugin-cfg.xml.
        clock: for looking at the files.
        elsewhere: runs the calls of the file system.
        now: the date.

    Attributes:
        identity: the certificate in use.
        on_change: called with the identity after it changed.

    Raises:
        ConfigurationError: the files cannot be used at the start.
    """

    def __init__(
        self,
        config: PluginConfig,
        file: Path | None,
        clock: IReactorTime,
        elsewhere: Elsewhere = at_once,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self.on_change: Callable[[Identity], None] = lambda _: None
        self._config, self._file, self._now = config, file, now
        self._clock, self._elsewhere = clock, elsewhere
        self.identity = identity_of(config, file, now())
        self._paths = [Path(p) for p in (config.certificate_file, config.private_key_file) if p]
        self._settling = Settling(self._signature(), SETTLED)
        self._looking = False
        self._loop = steadily(self._look, "looking at the certificate", clock)
        self._warn()

    def __repr__(self) -> str:
        return f"<LiveCertificate {self.identity.fingerprint[:11]}>"

    def serverConnectionForTLS(self, protocol: Any) -> Any:  # noqa: N802 - Twisted's name
        """The TLS side of a new connection, with the certificate in use now."""
        return self.identity.options.serverConnectionForTLS(protocol)

    def start(self) -> None:
        """Begin to look at the files, if they were given."""
        if self._paths and not self._loop.running:
            self._loop.start(LOOK, now=False)

    def stop(self) -> None:
        """Look no longer."""
        if self._loop.running:
            self._loop.stop()

    def _look(self) -> None:
        if self._looking:
            return  # the file system has not answered the last look yet
        self._looking = True
        asked = self._elsewhere(self._changed).addCallback(self._take)
        asked.addErrback(lambda why: log.failure("the certificate cannot be looked at", why))
        asked.addBoth(self._looked)

    def _looked(self, _: object) -> None:
        self._looking = False

    def _changed(self) -> Identity | ConfigurationError | None:
        """The identity in changed files, or why they cannot be used; asks the file system."""
        if not self._settling.due(self._signature(), self._clock.seconds()):
            return None
        try:
            return identity_of(self._config, self._file, self._now())
        except ConfigurationError as problem:
            return problem

    def _signature(self) -> tuple[int, int, int]:
        found = hash(tuple(signature_of(path) for path in self._paths))
        return found, 0, 0

    def _take(self, found: Identity | ConfigurationError | None) -> None:
        if isinstance(found, ConfigurationError):
            log.error("{problem}; the certificate before it stays in use", problem=str(found))
        elif found is not None:
            self.identity = found
            log.info("the certificate was read again, SHA-256 {print}", print=found.fingerprint)
            self._warn()
            self.on_change(found)

    def _warn(self) -> None:
        for warning in self.identity.warnings:
            log.warn("{warning}", warning=warning)
