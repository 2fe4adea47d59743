"""The certificate of the HTTPS port while the gateway runs: read again when its files change.

Law (tests/gateway/security/test_tls.py): new connections get the renewed certificate without a
restart; files that cannot be used change nothing but a line in the log, and are tried again when
they change.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from gateway.security.tls import Identity, files_of, identity_of
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.config.watch import Elsewhere, at_once
from verdigris.identity.live_files import LiveFiles


log = Logger()


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
        self.identity = identity_of(config, file, now())
        self._files = LiveFiles(
            files_of(config),
            lambda: identity_of(config, file, now()),
            self._take,
            "the certificate",
            clock,
            elsewhere,
        )
        self._warn()

    def __repr__(self) -> str:
        return f"<LiveCertificate {self.identity.fingerprint[:11]}>"

    def serverConnectionForTLS(self, protocol: Any) -> Any:  # noqa: N802 - Twisted's name
        """The TLS side of a new connection, with the certificate in use now."""
        return self.identity.options.serverConnectionForTLS(protocol)

    def start(self) -> None:
        """Begin to look at the files, if they were given."""
        self._files.start()

    def stop(self) -> None:
        """Look no longer."""
        self._files.stop()

    def _take(self, found: Identity) -> None:
        self.identity = found
        log.info("the certificate was read again, SHA-256 {print}", print=found.fingerprint)
        self._warn()
        self.on_change(found)

    def _warn(self) -> None:
        for warning in self.identity.warnings:
            log.warn("{warning}", warning=warning)
