"""Telnet: options, records, commands. Bytes in, events out.

Law: options are negotiated by the Q method of RFC 1143, as a table, so that no exchange can loop;
what a byte means depends on the bytes before it only, never on how they were split into packets.
An unfinished command is kept for the next bytes; nothing is kept without a limit. RFC 854, 885.
Tested in `tests/sesssrvr/terminal/test_telnet.py`.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias


IAC, DONT, DO, WONT, WILL, SB = 255, 254, 253, 252, 251, 250
AO, IP, BREAK, NOP, SE, EOR = 245, 244, 243, 241, 240, 239

BINARY, ECHO, SUPPRESS_GO_AHEAD, TIMING_MARK, TERMINAL_TYPE, END_OF_RECORD = 0, 1, 3, 6, 24, 25
NEW_ENVIRON, TN3270E, START_TLS = 39, 40, 46

MAX_RECORD: Final = 512 * 1024  # a full 62 x 160 screen with an SA pair at every cell is 90 KB
MAX_SUBNEGOTIATION: Final = 8 * 1024  # the longest known, a NEW-ENVIRON list, has a few hundred


class TelnetRecord(NamedTuple):
    """A record: the bytes before an EOR, in record mode."""

    data: bytes


class TelnetText(NamedTuple):
    """Bytes outside record mode: a host that sends NVT data."""

    data: bytes


class Subnegotiation(NamedTuple):
    """A subnegotiation: the bytes between SB and SE, after the option."""

    option: int
    data: bytes


class OptionChanged(NamedTuple):
    """An option went on or off, or was refused, on our side (`ours`) or the host's."""

    ours: bool
    option: int
    on: bool


class Overflow(NamedTuple):
    """A record or subnegotiation was longer than the limit and has been dropped."""

    what: str


Event: TypeAlias = TelnetRecord | TelnetText | Subnegotiation | OptionChanged | Overflow

# RFC 1143: states of one side of an option; WANT* wait for the answer to our own request.
NO, YES, WANT_NO, WANT_YES = range(4)

# (state, the host says yes, we are willing) -> (new state, our answer: yes, no or none).
Q_METHOD: Final[Mapping[tuple[int, bool, bool], tuple[int, bool | None]]] = {
    (NO, True, True): (YES, True),
    (NO, True, False): (NO, False),
    (NO, False, True): (NO, None),
    (NO, False, False): (NO, None),
    (YES, True, True): (YES, None),
    (YES, True, False): (YES, None),
    (YES, False, True): (NO, False),
    (YES, False, False): (NO, False),
    (WANT_NO, True, True): (NO, None),  # an error of the host's: it answered a no with a yes
    (WANT_NO, True, False): (NO, None),
    (WANT_NO, False, True): (NO, None),
    (WANT_NO, False, False): (NO, None),
    (WANT_YES, True, True): (YES, None),
    (WANT_YES, True, False): (YES, None),
    (WANT_YES, False, True): (NO, None),
    (WANT_YES, False, False): (NO, None),
}
_ANSWERS: Final[Mapping[tuple[bool, bool], int]] = {
    (True, True): WILL,
    (True, False): WONT,
    (False, True): DO,
    (False, False): DONT,
}
# What the host's verbs are about: (our side?, yes?).
_VERBS: Final[Mapping[int, tuple[bool, bool]]] = {
    DO: (True, True),
    DONT: (True, False),
    WILL: (False, True),
    WONT: (False, False),
}


class Telnet:
    """One end of a telnet connection, without the connection.

    Attributes:
        ours, theirs: options we would switch on, or let the host switch on.
        record_mode: data are collected until EOR; the owner sets it as options change.
        out: what is to be sent; the owner takes it.
        declined: the host has asked for something we did not want.
        halted: what comes next is not telnet: bytes are dropped until `restart`.
    """

    __slots__ = (
        "_record",
        "_rest",
        "_skipping",
        "_states",
        "declined",
        "halted",
        "ours",
        "out",
        "record_mode",
        "theirs",
    )

    def __init__(self, ours: frozenset[int], theirs: frozenset[int]) -> None:
        self.out = bytearray()
        self.restart(ours, theirs)

    def restart(self, ours: frozenset[int], theirs: frozenset[int]) -> None:
        """Begin anew: no option is on, nothing is half received."""
        self.ours, self.theirs = ours, theirs
        self.record_mode = self.declined = self.halted = False
        self._record = bytearray()
        self._rest = b""
        self._skipping = False
        self._states: dict[tuple[bool, int], int] = {}

    def receive(self, data: bytes) -> Iterator[Event]:
        """Take bytes from the host; the events in them, in order.

        The owner handles each event before asking for the next: the meaning of the bytes after
        an option depends on it.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        at, end = 0, len(data)
        while at < end and not self.halted:
            found = data.find(IAC, at)
            stop = found if found >= 0 else end
            if stop > at:
                yield from self._data(data[at:stop])
            if found < 0:
                return
            at = yield from self._command(data, found)
            if at < 0:
                self._rest = data[found:]
                return

    def is_on(self, option: int, *, ours: bool) -> bool:
        """The option is in force on our side or the host's."""
        return self._states.get((ours, option), NO) == YES

    def request(self, option: int, *, ours: bool) -> None:
        """Offer an option of our side, or ask the host for one of its."""
        if self._states.get((ours, option), NO) == NO:
            self._states[ours, option] = WANT_YES
            self.out += bytes((IAC, _ANSWERS[ours, True], option))

    def refuse(self, option: int) -> None:
        """Switch an option of our side off, and take no further offer until the host asks again."""
        if self.is_on(option, ours=True):
            self._states[True, option] = WANT_NO
            self.out += bytes((IAC, WONT, option))

    def send_record(self, data: bytes) -> None:
        """Send a record: IAC doubled, EOR at the end."""
        self.out += data.replace(b"\xff", b"\xff\xff") + bytes((IAC, EOR))

    def send_text(self, data: bytes) -> None:
        """Send bytes outside records."""
        self.out += data.replace(b"\xff", b"\xff\xff")

    def send_command(self, command: int) -> None:
        """Send a command such as AO, IP or BREAK."""
        self.out += bytes((IAC, command))

    def send_subnegotiation(self, option: int, data: bytes) -> None:
        """Send SB option data SE."""
        self.out += bytes((IAC, SB, option)) + data.replace(b"\xff", b"\xff\xff")
        self.out += bytes((IAC, SE))

    def _data(self, piece: bytes) -> Iterator[Event]:
        if not self.record_mode:
            yield TelnetText(piece)
        elif self._skipping:
            pass
        elif len(self._record) + len(piece) > MAX_RECORD:
            self._record.clear()
            self._skipping = True
            yield Overflow("record")
        else:
            self._record += piece

    def _command(self, data: bytes, at: int) -> Generator[Event, None, int]:
        """Handle the command at `at`; the offset after it, or -1 if it is not complete."""
        if at + 1 >= len(data):
            return -1
        verb = data[at + 1]
        if verb == IAC:
            yield from self._data(b"\xff")
        elif verb == EOR:
            yield from self._end_of_record()
        elif verb in _VERBS:
            if at + 2 >= len(data):
                return -1
            yield from self._negotiate(verb, data[at + 2])
            return at + 3
        elif verb == SB:
            return (yield from self._subnegotiation(data, at + 2))
        return at + 2

    def _end_of_record(self) -> Iterator[Event]:
        record, self._record = bytes(self._record), bytearray()
        skipped, self._skipping = self._skipping, False
        if self.record_mode and not skipped:
            yield TelnetRecord(record)

    def _negotiate(self, verb: int, option: int) -> Iterator[Event]:
        ours, yes = _VERBS[verb]
        if option == TIMING_MARK and not ours:
            return  # the answer to our own mark: it is no offer (RFC 860)
        state = self._states.get((ours, option), NO)
        willing = option in (self.ours if ours else self.theirs)
        new, answer = Q_METHOD[state, yes, willing]
        if new != state:
            self._states[ours, option] = new
        if answer is not None:
            self.out += bytes((IAC, _ANSWERS[ours, answer], option))
            self.declined = self.declined or (yes and not answer)
        if (new == YES) != (state == YES) or not yes:
            yield OptionChanged(ours, option, new == YES)

    def _subnegotiation(self, data: bytes, at: int) -> Generator[Event, None, int]:
        stop = at
        while True:
            stop = data.find(IAC, stop)
            if stop < 0 or stop + 1 >= len(data):
                break
            if data[stop + 1] == SE:
                if stop > at:
                    body = data[at + 1 : stop].replace(b"\xff\xff", b"\xff")
                    yield Subnegotiation(data[at], body)
                return stop + 2
            stop += 2
        if len(data) - at > MAX_SUBNEGOTIATION:
            yield Overflow("subnegotiation")
            return len(data)
        return -1
