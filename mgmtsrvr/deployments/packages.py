"""The packages of the installation: kept here, copied to the other management servers, fetched from them.

Law (tests/mgmtsrvr/deployments/test_packages.py): a package is on every management server that can be reached before a
document names it; one that lacks a package fetches it from any other that has it, and takes nothing
but the bytes that were named.
"""

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from typing import Final

from twisted.internet.defer import Deferred, DeferredList, DeferredLock
from twisted.logger import Logger

from mgmtsrvr.deployments.package_folder import NAMED, PackageFolder
from mgmtsrvr.peers import Peers
from mgmtsrvr.store import Store
from verdigris.config.installation import Installation
from verdigris.config.watch import Elsewhere
from verdigris.errors import PackageMissing, VerdigrisError, WrongPackage
from verdigris.wire import Done, FetchPackage, KeepPackage, PackageIs


log = Logger()

COPY: Final = 15.0
"""Seconds for one package between two management servers: 32 MB over 20 Mbit/s."""


class Packages:
    """The packages.

    Args:
        folder: of this management server.
        peers: the other management servers.
        elsewhere: runs the calls of the file system.
        seconds: since 1970.
    """

    def __init__(
        self,
        folder: PackageFolder,
        peers: Peers,
        elsewhere: Elsewhere,
        seconds: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._peers = peers
        self._elsewhere = elsewhere
        self._seconds = seconds
        self._turn = DeferredLock()

    def __repr__(self) -> str:
        return f"<Packages in {self._folder}>"

    async def keep(self, data: bytes, request_id: str) -> str:
        """Keep a package here and at every other management server that answers; its SHA-256.

        Raises:
            CannotWrite: it cannot be kept here.
        """
        digest = await self._elsewhere(lambda: self._folder.put(data))
        body = KeepPackage(digest, data)
        copies = [
            Deferred.fromCoroutine(self._peers.call(peer, body, Done, COPY, request_id))
            for peer in self._peers.servers
        ]
        for good, found in await DeferredList(copies, consumeErrors=True):
            if not good:
                log.warn("a management server did not take package {digest}: {problem}",
                         digest=digest[:12], problem=str(found))  # fmt: skip
        return str(digest)

    async def take(self, body: KeepPackage) -> Done:
        """Keep a package that another management server sends.

        Raises:
            WrongPackage: it is not what it is said to be.
            CannotWrite: it cannot be kept.
        """
        await self._elsewhere(lambda: _require(body.package, body.digest))
        await self._elsewhere(lambda: self._folder.put(body.package))
        return Done()

    async def give(self, body: FetchPackage) -> PackageIs:
        """Give a package that is here.

        Raises:
            PackageMissing: it is not.
        """
        found = await self._elsewhere(lambda: self._folder.read(body.digest))
        if found is None:
            raise PackageMissing(package=body.digest[:12])
        return PackageIs(found)

    async def get(self, digest: str) -> bytes:
        """A package, from here or from any other management server; one after the other.

        Raises:
            PackageMissing: nobody who answers has it.
            CannotWrite: it cannot be kept here.
        """
        await self._turn.acquire()
        try:
            found: bytes | None = await self._elsewhere(lambda: self._folder.read(digest))
            return found if found is not None else await self._fetch(digest)
        finally:
            self._turn.release()

    async def _fetch(self, digest: str) -> bytes:
        for peer in self._peers.servers:
            try:
                answer = await self._peers.call(
                    peer, FetchPackage(digest), PackageIs, COPY, f"package-{digest[:12]}"
                )
                await self._elsewhere(partial(_require, answer.package, digest))
            except VerdigrisError as problem:
                log.info("package {digest} is not to be had from {peer}: {problem}",
                         digest=digest[:12], peer=peer.name, problem=str(problem))  # fmt: skip
                continue
            await self._elsewhere(partial(self._folder.put, answer.package))
            log.info("package {digest} is copied from {peer}", digest=digest[:12], peer=peer.name)
            return answer.package
        raise PackageMissing(package=digest[:12])

    async def fetch_all(self, installation: Installation) -> bool:
        """Fetch what the installation names and is not here; whether nothing is missing now."""
        named = {it for one in installation.deployments for it in (one.package, one.previous)}
        good = True
        for digest in sorted(named - {""}):
            if not await self._elsewhere(partial(self._folder.has, digest)):
                try:
                    await self.get(digest)
                except VerdigrisError as problem:
                    good = False
                    log.warn("{problem}", problem=str(problem))
        return good

    async def collect(self, store: Store) -> None:
        """Remove packages that no version of the installation names.

        Raises:
            VerdigrisError: the versions cannot be read; nothing is removed.
        """
        versions = await store.versions()
        named = _named(version.data for version in versions)
        await self._elsewhere(lambda: self._folder.collect(named, self._seconds()))


def _named(documents: Iterable[bytes]) -> set[str]:
    return {found.decode() for data in documents for found in NAMED.findall(data)}


def _require(data: bytes, digest: str) -> None:
    """Refuse what is not the package of this SHA-256.

    Raises:
        WrongPackage: it is not.
    """
    found = sha256(data).hexdigest()
    if found != digest:
        raise WrongPackage(reason=f"its SHA-256 is {found}, not {digest}")
