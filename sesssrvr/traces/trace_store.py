"""Store of the traces of host sessions that ended in errors.

Traces stay on this machine, never more than `KEEP` of them on disk and none older than `DAYS`; a
trace that cannot be written costs no session its own error. Traces that are not yet put into words
stay in memory, no more than `REMEMBER`. A trace is found by its name or by the request id every
fault shows; no name leads out of the folder.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from twisted.logger import Logger

from verdigris.errors import VerdigrisError


log = Logger()

KEEP: Final = 100
REMEMBER: Final = 50
DAYS: Final = 14
_DAY: Final = 86_400.0
SUFFIX: Final = ".trc"
_REQUEST: Final = "// request "
_ERROR: Final = "// error "
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]")
_NAME: Final = re.compile(r"(\d{1,16})-\d+(?:-([A-Za-z0-9._-]*))?")
_LONGEST: Final = 64  # characters of a request id in a name
_HEAD: Final = 4096  # bytes that hold the comments in front
_LINE: Final = 300  # characters of an error's sentence


class KeptTrace(NamedTuple):
    """A trace: its name, when it was written (seconds since 1970), what it is of."""

    name: str
    time: float
    request_id: str
    error: str


class TraceStore:
    """A folder of traces.

    Args:
        folder: made when the first trace is written.
        now: seconds since 1970.
    """

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder, self._now = folder, now
        self._number = 0
        self._remembered: deque[tuple[KeptTrace, Callable[[], str]]] = deque(maxlen=REMEMBER)

    def __repr__(self) -> str:
        return f"<TraceStore in {self._folder}>"

    def save(
        self,
        text: str | Callable[[], str],
        request_id: str = "",
        problem: VerdigrisError | None = None,
    ) -> str:
        """Write a trace; its name, or "" if it cannot be written.

        Args:
            text: of the trace; or what makes it, which is remembered only.
            request_id: of the call that failed; "" for a pool's own work.
            problem: what it was.
        """
        self._number += 1
        now = self._now()
        name = "-".join((str(int(now * 1000)), str(self._number), *_named(request_id)))
        told = "" if problem is None else f"{problem.code} {problem}"
        kept = KeptTrace(name, now, _line(request_id), _line(told))
        if callable(text):
            self._remembered.appendleft((kept, text))
            return name
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / (name + SUFFIX)
            path.write_text(_headed(kept, text), encoding="ascii", errors="backslashreplace")
            self._prune()
        except OSError as why:
            log.warn("a trace cannot be written: {problem}", problem=str(why))
            return ""
        return name

    def read(self, wanted: str) -> tuple[str, str] | None:
        """Name and text of the trace of this name, or of the latest of this request; or None."""
        wanted = wanted.removesuffix(SUFFIX)
        if not wanted:
            return None
        found = [one for one in self.all() if one.name == wanted]
        found += [one for one in self.all() if one.request_id == _line(wanted)]
        if not found:
            return None
        kept = found[0]
        for one, make in self._remembered:
            if one == kept:
                return kept.name, _headed(kept, make())
        try:
            return kept.name, (self._folder / (kept.name + SUFFIX)).read_text(encoding="ascii")
        except (OSError, UnicodeError):
            return None

    def all(self) -> Iterator[KeptTrace]:
        """What is kept, latest first."""
        found = [kept for kept, _ in self._remembered]
        for path in self._newest():
            match = _NAME.fullmatch(path.name.removesuffix(SUFFIX))
            if match is not None:
                found.append(KeptTrace(match[0], int(match[1]) / 1000, *_head(path)))
        yield from sorted(found, key=lambda one: _order(one.name), reverse=True)

    def _newest(self) -> list[Path]:
        paths = self._folder.glob("*" + SUFFIX)
        return sorted(paths, key=lambda one: _order(one.name), reverse=True)

    def _prune(self) -> None:
        oldest = self._now() - DAYS * _DAY
        for number, one in enumerate(self._newest()):
            if number >= KEEP or one.stat().st_mtime < oldest:
                one.unlink(missing_ok=True)


def _named(request_id: str) -> tuple[str, ...]:
    """The request id as part of a file's name."""
    safe = _NOT_IN_NAMES.sub("_", request_id)[:_LONGEST]
    return (safe,) if safe else ()


def _order(name: str) -> tuple[int, ...]:
    """Sorts names by time and number."""
    parts = name.removesuffix(SUFFIX).split("-")
    return tuple(int(part) for part in parts[:2] if part.isdecimal())


def _headed(kept: KeptTrace, text: str) -> str:
    return f"{_REQUEST}{kept.request_id}\n{_ERROR}{kept.error}\n{text}"


def _line(text: str) -> str:
    return " ".join(text.split())[:_LINE]


def _head(path: Path) -> tuple[str, str]:
    """Request id and error of a trace, from the comments in front."""
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            lines = file.read(_HEAD).splitlines()[:2]
    except OSError:
        return "", ""
    found = ["", ""]
    for number, mark in enumerate((_REQUEST, _ERROR)):
        if len(lines) > number and lines[number].startswith(mark.rstrip()):
            found[number] = lines[number][len(mark) :]
    return found[0], found[1]
