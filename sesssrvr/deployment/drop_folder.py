"""A watched folder: packages put there are deployed.

Law: a package is looked at only when its size and time have stood still for one look (a slow copy
is not read half-way, decision 0183), and once for each change; a broken one is reported and
changes nothing. Taking a package out of the folder undeploys nothing: a lost mount is no order.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from twisted.logger import Logger

from verdigris.errors import VerdigrisError


log = Logger()

Stamp = tuple[int, int]


class DropFolder:
    """The packages of one folder.

    Args:
        folder: which; it may come later.
        deploy: deploys the bytes of a package, given its file name.
    """

    def __init__(self, folder: Path, deploy: Callable[[bytes, str], object]) -> None:
        self._folder = folder
        self._deploy = deploy
        self._seen: dict[Path, Stamp] = {}
        self._done: dict[Path, Stamp] = {}
        self._digests: dict[Path, str] = {}

    def __repr__(self) -> str:
        return f"<DropFolder {self._folder} [{len(self._done)} packages]>"

    def look(self) -> None:
        """Deploy what has changed and stands still."""
        now = dict(self._packages())
        for path, stamp in sorted(now.items()):
            if self._seen.get(path) == stamp and self._done.get(path) != stamp:
                self._done[path] = stamp
                self._take(path)
        self._seen = now

    def _packages(self) -> list[tuple[Path, Stamp]]:
        found = []
        try:
            for path in self._folder.glob("*.zip"):
                about = path.stat()
                found.append((path, (about.st_size, about.st_mtime_ns)))
        except OSError as problem:
            log.debug("{folder}: {problem}", folder=str(self._folder), problem=str(problem))
        return found

    def _take(self, path: Path) -> None:
        try:
            data = path.read_bytes()
            digest = sha256(data).hexdigest()
            if self._digests.get(path) == digest:
                return
            self._deploy(data, path.name)
            self._digests[path] = digest
        except (OSError, VerdigrisError) as problem:
            log.error(  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                "{file} is not deployed: {problem}", file=str(path), problem=str(problem)
            )
