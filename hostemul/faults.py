"""What a host does wrong on purpose, decided record by record.

Law: the same faults and the same luck decide the same; without faults nothing is ever delayed,
lost or changed. A decision performs nothing.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal


Act = Literal["send", "drop", "stall"]
Damage = Literal["", "cut", "address", "command"]
_IAC, _END = b"\xff", b"\xff\xef"
DAMAGES: Final[tuple[Damage, ...]] = ("cut", "address", "command")


@dataclass(frozen=True, slots=True)
class Faults:
    """What shall go wrong in every session; records are counted per session from 1.

    Attributes:
        delay, jitter: seconds before each record, and up to so much more.
        drop_rate: share of records in whose place the connection is dropped.
        drop_after: drop the connection in place of the record after this many.
        garble_rate, garble_record: share of records that are made invalid; the one that is.
        stall_after: after this many records nothing is sent any more.
        unknown_after: after this many records a screen no model knows comes first.
        seed: of the luck.
    """

    delay: float = 0.0
    jitter: float = 0.0
    drop_rate: float = 0.0
    drop_after: int | None = None
    garble_rate: float = 0.0
    garble_record: int | None = None
    stall_after: int | None = None
    unknown_after: int | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one record: `damage` names how it is made invalid, if it is."""

    act: Act = "send"
    delay: float = 0.0
    damage: Damage = ""


QUIET: Final = Faults()
SEND: Final = Verdict()


def judge(faults: Faults, number: int, luck: Random) -> Verdict:
    """Decide about a session's record of this number."""
    if faults == QUIET:
        return SEND
    if faults.drop_after is not None and number > faults.drop_after:
        return Verdict("drop")
    if faults.drop_rate and luck.random() < faults.drop_rate:
        return Verdict("drop")
    if faults.stall_after is not None and number > faults.stall_after:
        return Verdict("stall")
    garbled = number == faults.garble_record
    if faults.garble_rate:
        garbled |= luck.random() < faults.garble_rate
    delay = faults.delay + (faults.jitter * luck.random() if faults.jitter else 0.0)
    return Verdict("send", delay, luck.choice(DAMAGES) if garbled else "")


def cut(data: bytes) -> bytes:
    """Bytes on the wire, of whatever kind of host, cut short; a record keeps its end."""
    end = _END if data.endswith(_END) else b""
    half = data[: max(1, (len(data) - len(end)) // 2)]
    return half.rstrip(_IAC) + end


def unknown_due(faults: Faults, number: int) -> bool:
    """Whether an unknown screen comes in place of the record of this number."""
    return faults.unknown_after is not None and number == faults.unknown_after + 1


def garble(record: bytes, damage: Damage) -> bytes:
    """The record made invalid: cut in an order, with an address beyond the screen, or no command."""
    half = max(2, len(record) // 2)
    match damage:
        case "cut":
            return record[:half] + b"\x11\x40"  # SBA with half an address
        case "address":
            return record[:2] + b"\x11\x3f\xfe" + record[2:]  # 14 bits: 16,382
        case "command":
            return b"\x99" + record[1:]
        case _:
            return record
