"""Random sequences of 3270 records.

A sequence is a list of records, a record a list of chunks: its command, then one order a chunk.
"""

import random
from collections.abc import Callable
from typing import TypeAlias

from sesssrvr.terminal.tn3270.addresses import encode


Record: TypeAlias = list[bytes]
Sequence: TypeAlias = list[Record]
Size: TypeAlias = tuple[int, int]

DEFAULT_CELLS = 24 * 80


class Maker:
    """Random but valid records.

    Args:
        seed: the same seed makes the same sequence, always.
        alternate: cells of the alternate size.
    """

    def __init__(self, seed: int, alternate: int) -> None:
        self.random, self.alternate = random.Random(seed), alternate  # noqa: S311 - repeatable, not secret
        self.cells = DEFAULT_CELLS
        self.fields = True

    def sequence(self) -> Sequence:
        self.cells = DEFAULT_CELLS
        self.fields = self.random.random() < 0.85  # the rest are unformatted screens
        return [self.record(first=n == 0) for n in range(self.random.randint(1, 4))]

    def record(self, *, first: bool) -> Record:
        if first:
            return self.erase_write()
        return self.random.choice(self.RECORDS)(self)

    def erase_write(self) -> Record:
        command, self.cells = self.random.choice(
            [
                (0x7E, self.alternate),
                (0x7E, self.alternate),
                (0x0D, self.alternate),
                (0xF5, DEFAULT_CELLS),
                (0x05, DEFAULT_CELLS),
            ]
        )
        return [bytes((command, self.wcc())), *self.orders()]

    def write(self) -> Record:
        return [bytes((self.random.choice([0xF1, 0x01]), self.wcc())), *self.orders()]

    def outbound(self) -> Record:
        """Outbound 3270DS; its length of 0 is the rest of the record."""
        command = self.random.choice([0xF1, 0xF1, 0xF5, 0x7E])
        head = bytes.fromhex("f3 0000 4000") + bytes((command, self.wcc()))
        return [head, *self.orders()]

    def erase_reset(self) -> Record:
        flag = self.random.choice([0x00, 0x80])
        self.cells = self.alternate if flag else DEFAULT_CELLS
        return [bytes((0xF3, 0, 4, 3, flag))]

    def reply_mode(self) -> Record:
        mode = self.random.choice(["00", "01", "02 41", "02 4243", "02 45", "02 41424345", "02"])
        field = bytes.fromhex("0900" + mode)
        code = self.random.choice([0xF3, 0x11])
        return [bytes((code,)) + (len(field) + 2).to_bytes(2) + field]

    def read(self) -> Record:
        return [bytes((self.random.choice([0xF2, 0x02, 0xF6, 0x06, 0x6E, 0x0E]),))]

    def read_partition(self) -> Record:
        return [bytes.fromhex("f3 0005 0100") + self.random.choice([b"\xf2", b"\xf6", b"\x6e"])]

    def two_fields(self) -> Record:
        """Several structured fields in one record."""
        return [
            self.reply_mode()[0],
            self.random.choice([bytes.fromhex("0005 0900 01"), bytes.fromhex("0005 0900 00")]),
        ]

    RECORDS: tuple[Callable[["Maker"], Record], ...] = (
        *(write,) * 10,
        *(erase_write,) * 4,
        *(outbound,) * 3,
        *(lambda self: [bytes((self.random.choice([0x6F, 0x0F]),))],) * 2,
        lambda _: [bytes.fromhex("f3 0005 4000 6f")],
        erase_reset,
        reply_mode,
        two_fields,
        read,
        read_partition,
        lambda _: [b"\x03"],
    )

    def wcc(self) -> int:
        return self.random.choice([0xC3, 0xC2, 0xC7, 0xC0, 0xC1, 0x40, 0x00, 0x02, 0x01, 0x03])

    def orders(self) -> list[bytes]:
        return [self.order() for _ in range(self.random.randint(2, 16))]

    def order(self) -> bytes:
        choice = self.ORDERS + (self.FIELD_ORDERS if self.fields else ())
        return self.random.choice(choice)(self)

    def address(self) -> bytes:
        near = self.random.randrange(min(100, self.cells))
        chosen = [self.random.randrange(self.cells), 0, self.cells - 1, near]
        at = self.random.choice(chosen)
        return at.to_bytes(2) if self.random.random() < 0.3 else encode(at, self.cells)

    def character(self) -> bytes:
        if self.random.random() < 0.12:
            return bytes(
                (self.random.choice([0x00, 0x15, 0x1C, 0x1E, 0x0C, 0x0D, 0x19, 0x3F, 0xFF]),)
            )
        return bytes((self.random.randrange(0x40, 0xFF),))

    def text(self) -> bytes:
        count = self.random.choice([1, 3, 8, 20, 80, 200])
        return b"".join(self.character() for _ in range(self.random.randint(1, count)))

    def attribute(self) -> int:
        return self.random.choice([0x40, 0x60, 0xF0, 0xC1, 0xC8, 0x4C, 0x50, 0xE8, 0x6C, 0x7D])

    def pair(self) -> bytes:
        kind = self.random.choice([0x41, 0x42, 0x43, 0x45])
        values = {
            0x41: [0, 0xF0, 0xF1, 0xF2, 0xF4, 0xF8],
            0x42: [0, 0xF1, 0xF2, 0xF7],
            0x43: [0, 0xF1],
            0x45: [0, 0xF1, 0xF4],
        }
        return bytes((kind, self.random.choice(values[kind])))

    def pairs(self) -> bytes:
        chosen = [self.pair() for _ in range(self.random.randint(0, 3))]
        if self.random.random() < 0.85:
            chosen.append(bytes((0xC0, self.attribute())))
        return bytes((len(chosen),)) + b"".join(chosen)

    def modify(self) -> bytes:
        """A field, and at once another attribute for it: MF is for fields only."""
        place = b"\x11" + self.address()
        field = b"\x1d" + bytes((self.attribute(),))
        return place + field + place + b"\x2c" + self.pairs()

    def repeat(self) -> bytes:
        graphic = b"\x08" if self.random.random() < 0.2 else b""
        character = b"\x40" if self.random.random() < 0.3 else self.character()
        return b"\x3c" + self.address() + graphic + (bytes((0xC1,)) if graphic else character)

    ORDERS: tuple[Callable[["Maker"], bytes], ...] = (
        *(text,) * 3,
        *(lambda self: b"\x11" + self.address(),) * 2,
        lambda self: b"\x28" + self.pair(),
        lambda self: b"\x28" + self.pair(),
        lambda self: b"\x28\x00\x00",
        repeat,
        lambda self: b"\x12" + self.address(),
        lambda self: b"\x13",
        lambda self: b"\x05",
        lambda self: b"\x08" + bytes((self.random.randrange(0x41, 0xFF),)),
        lambda self: bytes((self.random.choice([0x38, 0x04, 0x06]),)),
    )
    FIELD_ORDERS: tuple[Callable[["Maker"], bytes], ...] = (
        *(lambda self: b"\x1d" + bytes((self.attribute(),)),) * 2,
        *(lambda self: b"\x29" + self.pairs(),) * 2,
        modify,
    )
