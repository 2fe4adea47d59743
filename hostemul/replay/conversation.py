"""A recording as a host that listens: what to send next, and what the terminal did otherwise.

Law: the host sends what the recording sends, in its order, and goes on when the terminal has
answered as often as it did then; a different answer is reported and never stops the play. Reports
tell kinds, lengths and places, never what was typed.

One thing is not sent as recorded: TN3270E functions that this terminal did not ask for are left out
of the host's FUNCTIONS IS, because a terminal ends a session that has functions it does not know.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from hostemul.protocol import telnet
from hostemul.protocol.ds3270 import AIDS
from hostemul.protocol.telnet import Command, Framer, Option, Record, Subnegotiation
from hostemul.protocol.tn3270 import Word
from hostemul.replay.difference import MASKED, difference, difference_of_bytes
from hostemul.replay.recording import Expects, Recording, Sends


@dataclass(frozen=True, slots=True, repr=False)
class Loose:
    """Data without an end-of-record mark: what a VT sends."""

    data: bytes

    @property
    def masked(self) -> bool:
        """The recording holds asterisks for a secret."""
        return MASKED.search(self.data) is not None

    def reach(self, loose: bytes) -> int:
        """How many of these bytes answer it; -1 while they are too few.

        A secret may be of another length than the recorded one: it reaches to the end of its line.
        """
        if self.masked:
            found = re.match(_any_secret(self.data), loose)
            if found is not None:
                return found.end()
            if len(loose) < len(self.data) or b"\r" not in loose:
                return -1
        return len(self.data) if len(loose) >= len(self.data) else -1

    def __repr__(self) -> str:
        return f"<Loose {len(self.data)} bytes>"


@dataclass(frozen=True, slots=True)
class Anything:
    """An answer the recording does not tell; `typed` once the host has sent a record."""

    typed: bool


Unit = telnet.Event | Loose | Anything

VERBS: Final = {telnet.WILL: "WILL", telnet.WONT: "WONT", telnet.DO: "DO", telnet.DONT: "DONT"}
OPTIONS: Final = {
    0: "BINARY",
    1: "ECHO",
    3: "SUPPRESS-GO-AHEAD",
    6: "TIMING-MARK",
    24: "TERMINAL-TYPE",
    25: "END-OF-RECORD",
    39: "NEW-ENVIRON",
    40: "TN3270E",
    46: "START_TLS",
}
FUNCTIONS_REQUEST: Final = bytes((Word.FUNCTIONS, Word.REQUEST))
FUNCTIONS_IS: Final = re.compile(rb"\xff\xfa\x28\x03\x04([^\xff]*)\xff\xf0")  # RFC 2355, 7.2
ABOUT_SELF: Final = (telnet.WILL, telnet.WONT)


class Conversation:
    """One connection's play through a recording.

    Args:
        recording: what is played.
        of_terminal: what is compared is a terminal's; else a host's.

    Attributes:
        reports: what the terminal did otherwise, a sentence each.
    """

    __slots__ = (
        "_actual",
        "_at",
        "_awaited",
        "_framer",
        "_of_terminal",
        "_records",
        "_sent_record",
        "_steps",
        "_wanted",
        "reports",
    )

    def __init__(self, recording: Recording, *, of_terminal: bool = True) -> None:
        self._steps = recording.steps
        self._of_terminal = of_terminal
        self._records = 0
        self._at = 0
        self._awaited: list[Unit] = []
        self._actual: list[telnet.Event] = []
        self._framer = Framer()
        self._sent_record = False
        self._wanted: frozenset[int] | None = None
        self.reports: list[str] = []

    def __repr__(self) -> str:
        return f"<Conversation step {self._at} of {len(self._steps)}, {len(self.reports)} reports>"

    @property
    def done(self) -> bool:
        """The recording is at its end."""
        return not self._awaited and self._at >= len(self._steps)

    @property
    def hurried(self) -> bool:
        """Only negotiation is awaited, which a terminal answers at once or never."""
        return bool(self._awaited) and not any(map(_typed, self._awaited))

    def begin(self) -> list[Sends]:
        """What to send first."""
        return self._walk()

    def received(self, data: bytes) -> list[Sends]:
        """What to send after these bytes of the terminal.

        Raises:
            TelnetError: the terminal's stream cannot be gone on with.
        """
        events = self._framer.feed(data)
        self._note_functions(events)
        self._actual += events
        self._match()
        return [] if self._awaited else self._walk()

    def impatient(self) -> list[Sends]:
        """Give up what is awaited of the negotiation, and go on."""
        for unit in self._awaited:
            self._report(f"{self._words(unit)} did not come")
        self._awaited.clear()
        return self._walk()

    def end(self) -> list[str]:
        """All reports, when the terminal is gone."""
        for unit in self._awaited:
            self._report(f"{self._words(unit)} did not come")
        for extra in self._actual:
            self._report(f"{self._words(extra)} is not in the recording")
        if self._at < len(self._steps):
            who = "terminal" if self._of_terminal else "host"
            self._report(f"the {who} left before the last of {len(self._steps)} steps")
        self._awaited, self._actual, self._at = [], [], len(self._steps)
        return self.reports

    def _walk(self) -> list[Sends]:
        sends: list[Sends] = []
        while self._at < len(self._steps) and not self._awaited:
            step = self._steps[self._at]
            if isinstance(step, Sends):
                sends.append(self._adapted(step))
                self._sent_record |= b"\xff\xef" in step.data
                self._at += 1
            else:
                self._awaited = self._turn()
                self._match()
        return sends

    def _adapted(self, step: Sends) -> Sends:
        """The step without TN3270E functions this terminal did not ask for."""
        granted = FUNCTIONS_IS.search(step.data)
        if granted is None or self._wanted is None:
            return step
        kept = bytes(one for one in granted[1] if one in self._wanted)
        start, end = granted.span(1)
        return replace(step, data=step.data[:start] + kept + step.data[end:])

    def _note_functions(self, events: Iterable[telnet.Event]) -> None:
        for event in events:
            match event:
                case Subnegotiation(telnet.TN3270E, data) if data[:2] == FUNCTIONS_REQUEST:
                    self._wanted = frozenset(data[2:])

    def _turn(self) -> list[Unit]:
        """The units of all that the terminal sent before the host's next bytes."""
        known = bytearray()
        units: list[Unit] = []
        while self._at < len(self._steps) and isinstance(step := self._steps[self._at], Expects):
            if step.data is None:
                units.append(Anything(self._sent_record))
            else:
                known += step.data
            self._at += 1
        framer = Framer()
        units[:0] = framer.feed(bytes(known))
        if framer.loose:
            units.append(Loose(bytes(framer.loose)))
        return units

    def _match(self) -> None:
        for unit in list(self._awaited):
            actual = self._answer(unit)
            if actual is None:
                continue
            self._awaited.remove(unit)
            self._compare(unit, actual)

    def _compare(self, unit: Unit, actual: Unit) -> None:
        """Report in what an answer differs from the recorded one."""
        self._records += isinstance(actual, Record)
        if isinstance(unit, Anything) or actual == unit:
            return
        if isinstance(unit, Record) and isinstance(actual, Record):
            words = (difference if self._of_terminal else difference_of_bytes)(
                unit.data, actual.data
            )
            if words:
                self._report(f"record {self._records}: {words}")
        elif not (isinstance(unit, Loose) and unit.masked):
            self._report(f"expected {describe(unit)}, got {describe(actual, unit)}")

    def _answer(self, unit: Unit) -> Unit | None:
        if isinstance(unit, Loose):
            loose, size = self._framer.loose, unit.reach(bytes(self._framer.loose))
            if size < 0:
                return None
            got = Loose(bytes(loose[:size]))
            del loose[:size]
            return got
        for at, actual in enumerate(self._actual):
            if _same_kind(unit, actual):
                return self._actual.pop(at)
        return None

    def _words(self, unit: Unit) -> str:
        return describe(unit, keys=self._of_terminal)

    def _report(self, what: str) -> None:
        self.reports.append(f"step {self._at}: {what}")


def _any_secret(data: bytes) -> bytes:
    """A pattern of these bytes in which every masked secret may be another one."""
    made, at = b"", 0
    for found in MASKED.finditer(data):
        length = len(found[0])
        any_length = found.end() < len(data)
        secret = rb"[^\r\n]+?" if any_length else rb"[^\r\n]{%d}" % length
        made += re.escape(data[at : found.start()]) + secret
        at = found.end()
    return made + re.escape(data[at:])


def _typed(unit: Unit) -> bool:
    return unit.typed if isinstance(unit, Anything) else isinstance(unit, Record | Loose)


def _same_kind(unit: Unit, actual: telnet.Event) -> bool:
    match unit, actual:
        case (Anything(), _) | (Record(), Record()):
            return True
        case Option(verb, option), Option(other, same):
            return option == same and (verb in ABOUT_SELF) == (other in ABOUT_SELF)
        case Subnegotiation(option, data), Subnegotiation(same, other_data):
            # TN3270E talks of device types and of functions in one option.
            return option == same and (option != telnet.TN3270E or data[:1] == other_data[:1])
        case Command(code), Command(same):
            return code == same
    return False


def describe(unit: Unit, beside: Unit | None = None, *, keys: bool = True) -> str:
    """A unit in words, and where it first differs from the one beside it; no typed text.

    Args:
        unit: what is described.
        beside: what it is different from.
        keys: records are those of a terminal: their keys are named.
    """
    match unit:
        case Option(verb, option):
            return f"{VERBS[verb]} {OPTIONS.get(option, option)}"
        case Command(code):
            return f"IAC {code:02X}"
        case Subnegotiation(option, data):
            words = f"subnegotiation {OPTIONS.get(option, option)} of {len(data)} bytes"
        case Record(data):
            words = f"record of {len(data)} bytes{_aid(data) if keys else ''}"
        case Loose(data):
            words = f"{len(data)} bytes"
        case Anything():
            return "an answer"
    if isinstance(beside, Subnegotiation | Record | Loose):
        words += f", different from byte {_difference(data, beside.data)}"
    return words


def _aid(data: bytes) -> str:
    if data[:1] in (b"\0", b"\x07") and len(data) > 5:  # noqa: PLR2004  a TN3270E header
        data = data[5:]
    return f" ({AIDS[data[0]]})" if data and data[0] in AIDS else ""


def _difference(data: Iterable[int], other: Iterable[int]) -> int:
    at = 0
    for at, (one, two) in enumerate(zip(data, other, strict=False)):
        if one != two:
            return at
    return at + 1
