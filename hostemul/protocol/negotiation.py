"""Negotiation of telnet options by a host: what was asked for and agreed on, and the bytes to send.

Law (tests/hostemul/protocol): an option is asked for once, an answer is not answered, and what is not
allowed is refused (RFC 1143: that is how a negotiation comes to an end).
"""

from collections.abc import Collection

from hostemul.protocol import telnet
from hostemul.protocol.telnet import DO, DONT, WILL, WONT, Subnegotiation


class Negotiation:
    """The options of one connection.

    Attributes:
        out: bytes to send; see `sent`.
        theirs: options that the terminal has.
    """

    __slots__ = ("_asked", "_ours", "out", "theirs")

    def __init__(self) -> None:
        self.out = bytearray()
        self.theirs: set[int] = set()
        self._ours: set[int] = set()
        self._asked: set[tuple[int, int]] = set()

    def __repr__(self) -> str:
        return f"<Negotiation theirs {sorted(self.theirs)} ours {sorted(self._ours)}>"

    def sent(self) -> bytes:
        """The bytes to send now."""
        out = bytes(self.out)
        self.out.clear()
        return out

    def ask(self, verb: int, option: int) -> None:
        """Ask for an option, unless that was asked for before."""
        if (verb, option) not in self._asked:
            self._asked.add((verb, option))
            self.out += bytes((telnet.IAC, verb, option))

    def ask_both(self, options: Collection[int]) -> None:
        """Ask for options in both directions."""
        for option in options:
            self.ask(DO, option)
            self.ask(WILL, option)

    def asked(self, verb: int, option: int) -> bool:
        """Whether an option was asked for."""
        return (verb, option) in self._asked

    def agreed(self, options: Collection[int]) -> bool:
        """Whether options are agreed on in both directions."""
        return set(options) <= self.theirs & self._ours

    def accept(self, verb: int, option: int, allowed: Collection[int]) -> bool:
        """Answer the terminal's WILL or DO; whether the option is new and allowed."""
        known, answer = (self.theirs, DO) if verb == WILL else (self._ours, WILL)
        if option in known:
            return False  # an answer to an answer would never end
        if option not in allowed:
            self.out += bytes((telnet.IAC, DONT if verb == WILL else WONT, option))
            return False
        known.add(option)
        self.ask(answer, option)
        return True

    def say(self, option: int, content: bytes) -> None:
        """Send a subnegotiation."""
        self.out += telnet.encode(Subnegotiation(option, content))
