"""Earlier versions of a document, as files in a folder beside it.

Law (tests/mgmtsrvr/test_store.py): there are at most `keep` files; their names sort by age and
contain the revision; only their owner can read them, since a document may hold password hashes. Losing them loses history, never the configuration, so an error is logged and
not raised.
"""

from datetime import UTC, datetime
from pathlib import Path

from twisted.logger import Logger

from mgmtsrvr.store.base import Document
from verdigris.config.installation import Check
from verdigris.errors import ConfigurationError


log = Logger()


class Versions:
    """The last versions of a document.

    Args:
        folder: their folder; made when first needed.
        keep: the number of versions to keep.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder = folder
        self._keep = keep

    def add(self, document: Document) -> None:
        """Keep a version, unless it is the newest already."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            files = self._files()
            if files and files[-1].read_bytes() == document.data:
                return
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            file = self._folder / f"{now}-{document.revision[:12]}.xml"
            file.touch(mode=0o600)
            file.write_bytes(document.data)
            for old in self._files()[: -self._keep]:
                old.unlink()
        except OSError as problem:
            log.warn("an earlier version cannot be kept in {folder}: {problem}",
                     folder=str(self._folder), problem=str(problem))  # fmt: skip

    def all(self) -> tuple[Document, ...]:
        """Every version, oldest first."""
        try:
            return tuple(Document(file.read_bytes()) for file in self._files())
        except OSError:
            return ()

    def newest(self, check: Check) -> Document | None:
        """The newest version that can be used."""
        for document in reversed(self.all()):
            try:
                check(document.data)
            except ConfigurationError:
                continue
            return document
        return None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.xml"))
