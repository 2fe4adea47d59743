"""TLS of one part while it runs: what it shows, whom it trusts, who has been removed.

Law: a change of files or revocations is in force for the next connection; a revoked peer loses the
connections it has. A part without a `Security` speaks plain text and knows nobody's identity.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, Self

from cryptography.x509 import Certificate
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
    IReactorTime,
)
from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.config.watch import Elsewhere, at_once
from verdigris.errors import ConfigurationError, Problem
from verdigris.identity import material as files
from verdigris.identity.live_files import LiveFiles
from verdigris.identity.material import Material
from verdigris.identity.part import Part, Role
from verdigris.identity.peer_check import admitted
from verdigris.identity.revocation import Revocation, joined
from verdigris.identity.tls import ClientSide, ServerSide, WebSide
from verdigris.wire import Hello


log = Logger()


class Connected(Protocol):
    """A connection whose peer has proved who it is.

    Attributes:
        part: who it is.
        certificate: how it proved that.
    """

    part: Part | None
    certificate: Certificate | None

    def abort(self) -> None:
        """End it at once."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Security:
    """TLS of one part.

    Args:
        material: what it shows and whom it trusts.
        now: the date.

    Attributes:
        material: in use for new connections.
        revocations: in force.
        on_change: called with the material after it changed.
    """

    def __init__(self, material: Material, now: Callable[[], dt.datetime] = _now) -> None:
        self.on_change: list[Callable[[Material], None]] = []
        self.revocations: tuple[Revocation, ...] = ()
        self._now = now
        self._links: set[Connected] = set()
        self._elsewhere: Elsewhere = at_once
        self._files: LiveFiles[Material] | None = None
        self._use(material)

    def __repr__(self) -> str:
        return f"<Security {self.material!r} [{len(self._links)} links]>"

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Of an identity folder.

        Raises:
            ConfigurationError: its files cannot be used.
        """
        return cls(files.read(folder))

    @classmethod
    def of_part(cls, folder: Path | None, role: Role, name: str = "") -> Self | None:
        """Of a part whose settings name an identity folder; None for one that speaks plain text.

        Args:
            folder: the identity folder.
            role: what the part is.
            name: what its settings call it; "" takes the name of the certificate.

        Raises:
            ConfigurationError: the files cannot be used, or are of another part.
        """
        if folder is None:
            return None
        made = cls.of_folder(folder)
        made.revocations = joined((), files.read_revocations(folder), made._now())  # noqa: SLF001 - its own
        part = made.part
        if part is None or part.role is not role or (name and part.name != name):
            wanted = f"{role.words} {name}".strip()
            said = f"its certificate is that of {part}, and this is {wanted}"
            raise ConfigurationError.of(str(folder), [Problem(str(folder), 0, said)])
        return made

    @classmethod
    def of_client(cls, authorities: Path) -> Self:
        """Of a client that trusts the authorities of a file, and shows nothing itself.

        Raises:
            ConfigurationError: the file holds no certificate.
        """
        return cls(files.read_authorities(authorities))

    @property
    def part(self) -> Part | None:
        """Who this part is; None for a client."""
        return self.material.part

    @property
    def home(self) -> str:
        """The installation this part belongs to; "" for a client."""
        return self.part.installation if self.part else ""

    # ---- connections -------------------------------------------------------------------------

    def server_side(self) -> IOpenSSLServerConnectionCreator:
        """Makes the TLS side of connections that arrive now."""
        return self._server

    def web_side(self) -> IOpenSSLServerConnectionCreator:
        """Makes the TLS side of HTTPS connections that arrive now."""
        return self._web

    def client_side(self) -> IOpenSSLClientConnectionCreator:
        """Makes the TLS side of connections that are dialled now."""
        return self._client

    def admitted(self, hello: Hello, certificate: Certificate | None, dialled: str) -> Part | None:
        """Who a peer is; see `verdigris.identity.peer_check`.

        Raises:
            IdentityRefused: what it says and what it has shown do not agree.
        """
        return admitted(
            hello,
            certificate,
            home=self.home,
            revocations=self.revocations,
            dialled=dialled,
        )

    def opened(self, link: Connected) -> None:
        """Keep an eye on a connection until it is `closed`."""
        self._links.add(link)

    def closed(self, link: Connected) -> None:
        """The connection has ended."""
        self._links.discard(link)

    # ---- revocations -------------------------------------------------------------------------

    def revoke(self, revocations: Iterable[Revocation]) -> None:
        """Add revocations; connections of those that are revoked end."""
        before = self.revocations
        self.revocations = joined(before, revocations, self._now())
        if self.revocations != before:
            self._remember()
        for link in tuple(self._links):
            part, certificate = link.part, link.certificate
            if part is None or certificate is None:
                continue
            if any(one.covers(part, certificate) for one in self.revocations):
                log.warn("the certificate of {part} has been revoked: its connection ends", part=str(part))  # fmt: skip
                link.abort()

    def _remember(self) -> None:
        """Keep the revocations for the next start, when perhaps nobody is there to tell them."""
        folder = self.material.folder
        if folder is None or not self.material.chain:
            return
        lines = "".join(f"{it.role} {it.name} {it.when}\n" for it in self.revocations)
        kept = self._elsewhere(lambda: write_file(folder / files.REVOKED, lines.encode()))
        kept.addErrback(lambda why: log.failure("revocations cannot be kept", why))

    # ---- files -------------------------------------------------------------------------------

    def watch(self, clock: IReactorTime, elsewhere: Elsewhere = at_once) -> None:
        """Read the identity folder again when its files change."""
        folder = self.material.folder
        if folder is None or not self.material.chain:
            return
        self._elsewhere = elsewhere
        paths = [folder / name for name in (files.KEY, files.CERTIFICATE, files.AUTHORITIES)]
        self._files = LiveFiles(
            paths, lambda: files.read(folder), self.replace, "the identity", clock, elsewhere
        )
        self._files.start()
        self._warn()

    def stop(self) -> None:
        """Watch no longer."""
        if self._files is not None:
            self._files.stop()

    def replace(self, material: Material) -> None:
        """Use other certificates for new connections; those that are open go on."""
        self._use(material)
        log.info("the identity was read again: {part}", part=str(material.part))
        self._warn()
        for changed in tuple(self.on_change):
            changed(material)

    def _use(self, material: Material) -> None:
        self.material = material
        self._client: IOpenSSLClientConnectionCreator = ClientSide(material)
        self._server: IOpenSSLServerConnectionCreator = ServerSide(material)
        self._web: IOpenSSLServerConnectionCreator = WebSide(material)

    def _warn(self) -> None:
        for warning in self.material.warnings(self._now()):
            log.warn("{warning}", warning=warning)
