"""A watched folder: packages put there are deployed.

A package is read only when its size and time have been the same at two looks in a row (a slow
copy is not read half-way, decision 0183), and once for each change; a broken one is reported
and changes nothing (tests/sesssrvr/deployment/test_drop_folder.py). Taking a package out of the
folder undeploys nothing: a lost mount is not a command.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from sesssrvr.model.package import MAX_PACKAGE
from verdigris.config.watch import Elsewhere, Settling, Signature, at_once, read_file, signature_of
from verdigris.errors import VerdigrisError


log = Logger()


class DropFolder:
    """The packages of one folder.

    Args:
        folder: may come into being later.
        deploy: deploys the bytes of a package, given its file name.
        elsewhere: runs the calls of the file system.
    """

    def __init__(
        self,
        folder: Path,
        deploy: Callable[[bytes, str], Awaitable[object]],
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self._folder = folder
        self._deploy = deploy
        self._elsewhere = elsewhere
        self._settling: dict[Path, Settling] = {}
        self._digests: dict[Path, str] = {}
        self._looking = False

    def __repr__(self) -> str:
        return f"<DropFolder {self._folder} [{len(self._digests)} packages]>"

    def look(self) -> None:
        """Deploy what has changed and settled."""
        if self._looking:
            return  # the file system has not answered the last look yet
        self._looking = True
        self._elsewhere(self._changed).addCallback(self._taken).addErrback(_failed).addBoth(
            self._looked
        )

    def _looked(self, _: object) -> None:
        self._looking = False

    def _changed(self) -> list[tuple[Path, bytes | VerdigrisError]]:
        """The packages to deploy; the only one of these methods that asks the file system."""
        found: list[tuple[Path, bytes | VerdigrisError]] = []
        for path, signature in self._packages():
            settling = self._settling.setdefault(path, Settling(settled=0.0))
            if settling.due(signature, 0.0):  # its second look: looks stand for seconds here
                try:
                    found.append((path, read_file(path, MAX_PACKAGE)))
                except VerdigrisError as problem:
                    found.append((path, problem))
        return found

    def _packages(self) -> list[tuple[Path, Signature]]:
        try:
            return [(path, signature_of(path)) for path in sorted(self._folder.glob("*.zip"))]
        except OSError as problem:
            log.debug("{folder}: {problem}", folder=str(self._folder), problem=str(problem))
            return []

    def _taken(self, packages: Any) -> Deferred[None]:
        return Deferred.fromCoroutine(self._take(packages))

    async def _take(self, packages: Any) -> None:
        for path, data in packages:
            try:
                await self._deploy_changed(path, data)
            except VerdigrisError as problem:
                log.error(  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                    "{file} is not deployed: {problem}", file=str(path), problem=str(problem)
                )

    async def _deploy_changed(self, path: Path, data: bytes | VerdigrisError) -> None:
        if isinstance(data, VerdigrisError):
            raise data
        digest = sha256(data).hexdigest()
        if self._digests.get(path) != digest:
            await self._deploy(data, path.name)
            self._digests[path] = digest


def _failed(caught: Failure) -> None:
    log.failure("looking into the deployment folder failed", caught)
