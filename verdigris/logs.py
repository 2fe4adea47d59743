"""Logging for every application: one line per event on standard error, as text or as JSON.

Law: a line carries the request id when there is one, so that a call can be followed through all
parts; what is named like a secret is never written, whoever passed it in.
"""

import json as jsonlib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)
from zope.interface import implementer

from verdigris.stalled_output import StalledOutput, output_to


LEVELS: Final = ("debug", "info", "warn", "error", "critical")
"""Names for `start_logging`, quietest last."""

_QUIET: Final = ("twisted", "log_legacy")
"""Whose remarks (ports, factories) nobody needs who did not ask for debug output."""

_SECRET: Final = ("password", "passphrase", "secret", "token", "claim", "credential", "login")
_PLAIN: Final = (str, int, float, bool, type(None))


_debugging = True


def debugging() -> bool:
    """Whether debug output may be wanted; asked before what is said on every call of a client.

    A program that has not called `start_logging` decides by observers of its own.
    """
    return _debugging


@implementer(ILogObserver)
class Lines:
    """Writes each event as one line.

    Args:
        name: of the process, such as "sesssrvr vs1".
        out: where to; what stalls does not hold up the process (`verdigris.stalled_output`).
        json: JSON objects instead of text.
    """

    def __init__(self, name: str, out: TextIO, *, json: bool = False) -> None:
        self._name = name
        out.flush()
        self._out = output_to(out)
        self._write = self._json if json else self._text

    def __call__(self, event: LogEvent) -> None:
        """Write an event; a closed output is nobody's problem."""
        try:
            self._out.write(self._write(event) + "\n")
            if not isinstance(self._out, StalledOutput):
                self._out.flush()
        except (OSError, ValueError):
            return

    def _text(self, event: LogEvent) -> str:
        request = event.get("request_id")
        shown = f" [{request}]" if request else ""
        line = f"{_time(event)} {_level(event):<5} {self._name} {event.get('log_namespace', '-')}{shown}: {_said(event)}"
        trace = _traceback(event)
        return f"{line}\n{trace}" if trace else line

    def _json(self, event: LogEvent) -> str:
        facts: dict[str, object] = {
            "time": _time(event),
            "level": _level(event),
            "process": self._name,
            "from": event.get("log_namespace", "-"),
            "message": _said(event),
        }
        facts.update(_facts(event))
        if trace := _traceback(event):
            facts["traceback"] = trace
        return jsonlib.dumps(facts, ensure_ascii=False)


def start_logging(
    name: str, level: str = "info", *, json: bool = False, out: TextIO | None = None
) -> None:
    """Send the log of this process to standard error. Call once, at the start of the process.

    Args:
        name: of the process, such as "sesssrvr vs1".
        level: one of `LEVELS`; quieter events are left out.
        json: JSON lines instead of text.
        out: another stream than standard error.

    Raises:
        ValueError: no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"{level!r} is not a log level: choose one of {', '.join(LEVELS)}")
    global _debugging  # noqa: PLW0603 - as global as the log itself
    _debugging = level == "debug"
    predicate = LogLevelFilterPredicate(defaultLogLevel=LogLevel.levelWithName(level))
    if level == "info":
        for quiet in _QUIET:
            predicate.setLogLevelForNamespace(quiet, LogLevel.warn)
    lines = Lines(name, out or sys.stderr, json=json)
    globalLogBeginner.beginLoggingTo(
        [FilteringLogObserver(lines, [predicate])],
        redirectStandardIO=False,
        discardBuffer=True,
    )


def _secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET)


def _said(event: LogEvent) -> str:
    """The sentence, its line ends and control characters made visible (no forged lines)."""
    said = formatEvent({key: _masked(key, value) for key, value in event.items()})
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in said)


def _masked(key: str, value: object) -> object:
    return "hidden" if not key.startswith("log_") and _secret(key) else value


def _facts(event: LogEvent) -> Mapping[str, object]:
    """The structured keys of the event; values that are no plain data as their text."""
    return {
        key: value if isinstance(value, _PLAIN) else str(value)
        for key, value in event.items()
        if not key.startswith("log_") and key not in ("isError", "time") and not _secret(key)
    }


def _time(event: LogEvent) -> str:
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(event: LogEvent) -> str:
    level = event.get("log_level")
    return str(level.name) if level is not None else "info"


def _traceback(event: LogEvent) -> str:
    failure = event.get("log_failure")
    return str(failure.getTraceback().rstrip()) if failure is not None else ""
