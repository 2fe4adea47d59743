"""The audit log in files: lines of JSON, appended and on the disk before an act is answered.

Law (tests/mgmtsrvr/audit/test_log.py): a record that was acknowledged is on the disk, in the chain. When
one cannot be written, the next act is refused until it can (decision 0258). What a crash left half
written is cut off at the next start; nothing else is ever changed.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from twisted.logger import Logger

from verdigris.audit_record import BEGINNING, AuditRecord, line_of, read_line, sealed
from verdigris.config.watch import Elsewhere
from verdigris.errors import CannotWrite


log = Logger()

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a file; the next record begins another: about 40,000 records."""

LONGEST: Final = 512
"""Characters of one value of a record: a stranger types names of any length."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded; see `AuditRecord`."""

    act: str
    who: str = ""
    address: str = ""
    about: str = ""
    before: str = ""
    after: str = ""
    outcome: str = "done"
    request_id: str = ""


class AuditLog:
    """The audit log of a management server.

    Args:
        folder: of its files; made when first needed.
        server: the name of the management server.
        elsewhere: runs the calls of the file system, in order.
        wall: seconds since 1970.
    """

    def __init__(
        self, folder: Path, server: str, elsewhere: Elsewhere, wall: Callable[[], float]
    ) -> None:
        self._folder = folder
        self._server = server
        self._elsewhere = elsewhere
        self._wall = wall
        self._last: AuditRecord | None = None
        self.problem: CannotWrite | None = None

    def __repr__(self) -> str:
        return f"<AuditLog {self._server!r} [{self._last.number if self._last else 0} records]>"

    async def start(self) -> None:
        """Find the end of the chain.

        Raises:
            CannotWrite: its files cannot be read or mended.
        """
        await self._elsewhere(self._find_end)

    async def append(self, entry: Entry) -> None:
        """Record something that was done; a failure is kept in `problem`."""
        try:
            await self._elsewhere(lambda: self._append(entry))
            self.problem = None
        except CannotWrite as problem:
            self.problem = problem
            log.error("{problem} Not recorded: {entry}", problem=str(problem), entry=repr(entry))  # noqa: TRY400 - Twisted's Logger

    async def require(self) -> None:
        """Refuse an act while the record of an earlier one could not be written.

        Raises:
            CannotWrite: it still cannot.
        """
        if self.problem is not None:
            await self.append(Entry("resume the audit log"))
        if self.problem is not None:
            raise self.problem

    async def read(self, after: int, most: int) -> list[AuditRecord]:
        """The records that follow a number, oldest first."""
        found: list[AuditRecord] = await self._elsewhere(lambda: [*self._after(after, most)])
        return found

    async def last(self, most: int, wanted: Callable[[AuditRecord], bool]) -> list[AuditRecord]:
        """The last records of some kind, newest first."""
        found: list[AuditRecord] = await self._elsewhere(lambda: self._newest(most, wanted))
        return found

    # ---- files; in the thread of `elsewhere` --------------------------------------------------

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _find_end(self) -> None:
        files = self._files()
        try:
            if files:
                _cut_half_a_line(files[-1])
            while files and not files[-1].stat().st_size:
                files.pop()
            self._last = _last_of(files[-1]) if files else None
        except (OSError, ValueError) as problem:
            raise CannotWrite(file=self._folder, reason=_words(problem)) from None

    def _append(self, entry: Entry) -> None:
        last = self._last
        record = sealed(
            AuditRecord(
                number=last.number + 1 if last else 1,
                time=datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds"),
                server=self._server,
                who=_plain(entry.who),
                address=_plain(entry.address),
                act=entry.act,
                about=_plain(entry.about),
                before=_plain(entry.before),
                after=_plain(entry.after),
                outcome=entry.outcome,
                request_id=_plain(entry.request_id),
                previous=last.digest if last else BEGINNING,
            )
        )
        try:
            self._write(line_of(record), record.number)
        except OSError as problem:
            raise CannotWrite(file=self._folder, reason=_words(problem)) from None
        self._last = record

    def _write(self, line: bytes, number: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        files = self._files()
        if not files or files[-1].stat().st_size + len(line) > LARGEST:
            files.append(self._folder / f"{number:012}.jsonl")
        handle = os.open(files[-1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        size = os.fstat(handle).st_size
        try:
            with os.fdopen(handle, "ab", closefd=False) as file:
                file.write(line)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
        finally:
            os.close(handle)

    def _newest(self, most: int, wanted: Callable[[AuditRecord], bool]) -> list[AuditRecord]:
        """The last records of some kind, newest first; old files are opened only if it takes them."""
        found: list[AuditRecord] = []
        for file in reversed(self._files()):
            found += reversed(deque(filter(wanted, _records_of(file)), most - len(found)))
            if len(found) >= most:
                break
        return found

    def _after(self, number: int, most: int) -> Iterator[AuditRecord]:
        files = self._files()
        firsts = [int(file.stem) for file in files if file.stem.isdecimal()]
        start = max(0, sum(first <= number + 1 for first in firsts) - 1)
        given = 0
        for file in files[start:]:
            for record in _records_of(file):
                if record.number > number and given < most:
                    given += 1
                    yield record


def _records_of(file: Path) -> Iterator[AuditRecord]:
    with file.open("rb") as opened:
        for line in opened:
            if line.endswith(b"\n"):
                yield read_line(line)


def _last_of(file: Path) -> AuditRecord:
    return deque(_records_of(file), 1)[0]


def _cut_half_a_line(file: Path) -> None:
    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        log.warn("{file}: a record that was not acknowledged is cut off", file=str(file))
        os.truncate(file, len(whole))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:LONGEST])


def _words(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)
