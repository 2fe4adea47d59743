"""Traces of failed host sessions on disk, for people who have to find out why.

Law: they stay on this machine, never more than `KEEP` of them and none older than `DAYS`; a trace
that cannot be written costs no session its own error.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from twisted.logger import Logger


log = Logger()

KEEP: Final = 100
DAYS: Final = 14
_DAY: Final = 86_400.0


class Traces:
    """A folder of traces.

    Args:
        folder: made when the first trace is written.
        now: seconds since 1970.
    """

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder, self._now = folder, now
        self._number = 0

    def __repr__(self) -> str:
        return f"<Traces in {self._folder}>"

    def save(self, text: str) -> str:
        """Write a trace; its file's name, or "" if it cannot be written."""
        self._number += 1
        name = f"{int(self._now() * 1000)}-{self._number}.trc"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / name).write_text(text, encoding="ascii")
            self._prune()
        except OSError as problem:
            log.warn("a trace cannot be written: {problem}", problem=str(problem))
            return ""
        return name

    def _prune(self) -> None:
        newest = sorted(
            self._folder.glob("*.trc"), key=lambda one: one.stat().st_mtime, reverse=True
        )
        oldest = self._now() - DAYS * _DAY
        for number, one in enumerate(newest):
            if number >= KEEP or one.stat().st_mtime < oldest:
                one.unlink(missing_ok=True)
