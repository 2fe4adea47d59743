"""Earlier versions of a document, as files in a folder beside it.

Law (tests/mgmtsrvr/store/test_file.py): there are at most `keep` files; their names sort by age and
contain the revision; only their owner can read them, since a document may hold password hashes. Losing them loses history, never the configuration, so an error is logged and
not raised.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from twisted.logger import Logger

from mgmtsrvr.store.base import NO_NOTE, Document, DocumentVersion, Note
from verdigris.config.installation import Check
from verdigris.errors import ConfigurationError


log = Logger()

STAMP: Final = "%Y%m%dT%H%M%S.%fZ"


class Versions:
    """The last versions of a document.

    Args:
        folder: their folder; made when first needed.
        keep: the number of versions to keep.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder = folder
        self._keep = keep

    def add(self, document: Document, note: Note = NO_NOTE) -> None:
        """Keep a version, unless it is the newest already."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            files = self._files()
            if files and files[-1].read_bytes() == document.data:
                return
            stem = f"{datetime.now(UTC).strftime(STAMP)}-{document.revision[:12]}"
            if note != NO_NOTE:
                _write_private(self._folder / f"{stem}.json", msgspec.json.encode(note))
            _write_private(self._folder / f"{stem}.xml", document.data)
            for old in self._files()[: -self._keep]:
                old.unlink()
                old.with_suffix(".json").unlink(missing_ok=True)
        except OSError as problem:
            log.warn("an earlier version cannot be kept in {folder}: {problem}",
                     folder=str(self._folder), problem=str(problem))  # fmt: skip

    def all(self) -> tuple[DocumentVersion, ...]:
        """Every version, oldest first."""
        try:
            return tuple(_version(file) for file in self._files())
        except OSError:
            return ()

    def newest(self, check: Check) -> Document | None:
        """The newest version that can be used."""
        for version in reversed(self.all()):
            try:
                check(version.data)
            except ConfigurationError:
                continue
            return version.document
        return None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.xml"))


def _write_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner can read: the document may be the list of users."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(data)


def _version(file: Path) -> DocumentVersion:
    try:
        at = datetime.strptime(file.stem.rpartition("-")[0], STAMP).replace(tzinfo=UTC)
        time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except ValueError:  # a file of this name is not ours
        time = ""
    try:
        note = msgspec.json.decode(file.with_suffix(".json").read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        note = NO_NOTE
    return DocumentVersion(Document(file.read_bytes()), time, note)
