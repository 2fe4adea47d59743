"""Random 3270 records to s3270 and to our terminal: whether both show the same screens.

What s3270 is allowed to do otherwise is listed in `ACCEPTED`, and nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sesssrvr.terminal.apl import UNDERSCORED
from sesssrvr.terminal.tn3270.addresses import decode
from sesssrvr.terminal.tn3270.commands import obey
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.query import Device3270
from tests.support.random_3270 import (
    Record,
    Sequence,
    Size,
)


FIELD_MODE = bytes.fromhex("f3 0005 0900 00")
CHARACTER_MODE = bytes.fromhex("f3 0009 0900 02 41424345")
READS = {"Read Buffer": b"\xf2", "Read Modified": b"\xf6", "Read Modified All": b"\x6e"}
# Query List for the colours alone: an answer no random record asks for ends a sequence.
MARK = bytes.fromhex("f3 0007 01ff 03 00 86")
MARKED = 0x88


class Cell(NamedTuple):
    """A cell of a Read Buffer answer."""

    kind: str
    code: int
    attributes: tuple[tuple[int, int], ...]


def cells_of(record: bytes) -> tuple[int, int, list[Cell]]:
    """AID, cursor and cells of a Read Buffer answer; SA order and placement do not matter then."""
    cells: list[Cell] = []
    state: dict[int, int] = {}
    at = 3
    while at < len(record):
        code = record[at]
        if code == 0x1D:
            cells.append(Cell("field", record[at + 1] & 0x3F, ()))
            at += 2
        elif code == 0x29:
            pairs = {record[at + 2 + 2 * n]: record[at + 3 + 2 * n] for n in range(record[at + 1])}
            cells.append(Cell("field", pairs.pop(0xC0, 0) & 0x3F, told(pairs)))
            at += 2 + 2 * record[at + 1]
        elif code == 0x28:
            state[record[at + 1]] = record[at + 2]
            at += 3
        elif code == 0x08:
            cells.append(Cell("graphic", record[at + 1], told(state)))
            at += 2
        else:
            cells.append(Cell("character", code, told(state)))
            at += 1
    return record[0], decode(record[1], record[2]), cells


def told(attributes: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """Extended attributes that are not the default."""
    return tuple(sorted((k, v) for k, v in attributes.items() if v and (k, v) != (0x41, 0xF0)))


class Question(NamedTuple):
    """A record that is sent, and what it is for."""

    what: str
    record: bytes

    @property
    def reads_cells(self) -> bool:
        """The answer is that of Read Buffer."""
        return self.record in {b"\xf2", b"\x02"} or self.record[-3:] == b"\x01\x00\xf2"


def questions(sequence: Sequence) -> Iterator[Question]:
    """The records of a sequence, and after each of them all that a host can ask.

    A sequence that sets a reply mode is asked in that mode.
    """
    own_mode = any(b"\x09\x00" in chunks[0][3:5] for chunks in sequence)
    yield Question("erase", b"\xf5\xc3")
    for number, chunks in enumerate(sequence):
        yield Question(f"record {number}", b"".join(chunks))
        for name, mode in (("", b""),) if own_mode else MODES:
            if mode:
                yield Question(name, mode)
            for what, read in READS.items():
                yield Question(f"{what} after record {number} {name}", read)


MODES = (("in field mode", FIELD_MODE), ("in character mode", CHARACTER_MODE))


def difference(sequence: Sequence, peer: Any, line: Any) -> str:
    """Where the two terminals differ after these records; empty if nowhere, or if one is not valid."""
    asked = list(questions(sequence))
    peer.send_all([*(one.record for one in asked), MARK])
    faults, theirs = line.terminal.fault_count, peer.receive_until(MARKED)
    ours = [(one, answer) for one in asked if (answer := line.host(one.record))]
    text = peer.action("Ascii()")[1]
    if line.terminal.fault_count != faults:
        return ""
    if len(ours) != len(theirs):
        return f"{len(theirs)} answers of s3270, {len(ours)} of ours"
    for (question, our), their in zip(ours, theirs, strict=True):
        if our != their and (found := unlike(their, our, cells=question.reads_cells)):
            return f"{question.what}: {found}"
    shown = line.terminal.screen().lines()
    pairs = enumerate(zip(text, shown, strict=True))
    rows = (
        f"row {row}: s3270 {a!r}, ours {b!r}" for row, (a, b) in pairs if a.rstrip() != b.rstrip()
    )
    return next(rows, "")


def unlike(their: bytes, our: bytes, *, cells: bool) -> str:
    """How two answers differ in what they mean."""
    if not cells:
        return f"\n s3270 {their.hex(' ')[:900]}\n ours  {our.hex(' ')[:900]}"
    (*head, cells_a), (*head_b, cells_b) = cells_of(their), cells_of(our)
    if head != head_b or len(cells_a) != len(cells_b):
        return f"AID and cursor {head}, {len(cells_a)} cells; ours {head_b}, {len(cells_b)}"
    found = [(n, a, b) for n, (a, b) in enumerate(zip(cells_a, cells_b, strict=True)) if a != b]
    return f"{len(found)} cells, (at, s3270, ours): {found[:3]}" if found else ""


def shrunk(sequence: Sequence, differs: Callable[[Sequence], str]) -> Sequence:
    """The smallest sequence found that still differs: records, chunks, then halves of texts go."""
    again = True
    while again:
        again = False
        for one in smaller(sequence):
            if one and differs(one):
                sequence, again = one, True
                break
    return sequence


def smaller(sequence: Sequence) -> Iterator[Sequence]:
    yield from (sequence[:n] + sequence[n + 1 :] for n in range(len(sequence)))
    for r, chunks in enumerate(sequence):
        for c in range(1, len(chunks)):
            yield [*sequence[:r], chunks[:c] + chunks[c + 1 :], *sequence[r + 1 :]]
    for r, chunks in enumerate(sequence):
        for c, chunk in enumerate(chunks):
            if c and len(chunk) > 1 and chunk[0] >= 0x40:
                for half in (chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]):
                    yield [*sequence[:r], [*chunks[:c], half, *chunks[c + 1 :]], *sequence[r + 1 :]]


def spelled(sequence: Sequence) -> str:
    """A sequence as a word: `scripts/sweep-3270 again` takes it."""
    return "/".join(".".join(chunk.hex() for chunk in chunks) for chunks in sequence)


def unspelled(word: str) -> Sequence:
    return [[bytes.fromhex(chunk) for chunk in record.split(".")] for record in word.split("/")]


@dataclass(frozen=True)
class Accepted:
    """A difference that is s3270's.

    Attributes:
        name: what s3270 does.
        manual: what says that we are right.
        avoid: the sequence without what leads to it; the same if it is not there.
    """

    name: str
    manual: str
    avoid: Callable[[Sequence, Size], Sequence]


def pairs_replaced(sequence: Sequence, replace: Callable[[bytes], bytes]) -> Sequence:
    """A sequence with other types and values in SFE, MF and SA."""

    def changed(chunk: bytes) -> bytes:
        begin = {0x29: 2, 0x28: 1, 0x11: 10}.get(
            chunk[0], len(chunk)
        )  # an MF stands behind its field
        pairs = (chunk[n : n + 2] for n in range(begin, len(chunk), 2))
        return chunk[:begin] + b"".join(map(replace, pairs))

    return [[chunks[0], *map(changed, chunks[1:])] for chunks in sequence]


def base_set(sequence: Sequence, _: Size) -> Sequence:
    return pairs_replaced(sequence, lambda pair: b"\x43\0" if pair == b"\x43\xf1" else pair)


def no_intensify(sequence: Sequence, _: Size) -> Sequence:
    return pairs_replaced(sequence, lambda pair: b"\x41\0" if pair == b"\x41\xf8" else pair)


def no_newer_graphics(sequence: Sequence, _: Size) -> Sequence:
    """No underscored letters, tilde and bar of code page 310, by GE or in a set that is X'F1'."""
    sets = any(b"\x43\xf1" in chunk for chunks in sequence for chunk in chunks[1:])
    newer = UNDERSCORED + b"\x80\xbf"
    other = bytes.maketrans(newer, b"\xa2" * len(newer))

    def changed(chunk: bytes) -> bytes:
        escape = {0x08: 0, 0x3C: 3}.get(chunk[0], len(chunk))
        if chunk[escape : escape + 1] == b"\x08":
            return chunk[: escape + 1] + chunk[escape + 1 :].translate(other)
        return chunk.translate(other) if sets and chunk[0] >= 0x40 else chunk

    return [[chunks[0], *map(changed, chunks[1:])] for chunks in sequence]


def no_background(sequence: Sequence, _: Size) -> Sequence:
    if not any(chunk[0] == 0x3C for chunks in sequence for chunk in chunks[1:]):
        return sequence
    return pairs_replaced(sequence, lambda pair: b"\x45\0" if pair[0] == 0x45 else pair)


def no_flip(sequence: Sequence, _: Size) -> Sequence:
    """No MF that makes a field protected or unprotected: it is so from the start."""

    def changed(chunk: bytes) -> bytes:
        pairs = dict(zip(chunk[10::2], chunk[11::2], strict=False))
        if chunk[0] != 0x11 or 0xC0 not in pairs:
            return chunk
        return chunk[:4] + bytes((pairs[0xC0],)) + chunk[5:]

    if not any(chunk[0] == 0x12 for chunks in sequence for chunk in chunks[1:]):
        return sequence
    return [[chunks[0], *map(changed, chunks[1:])] for chunks in sequence]


def looked_up(sequence: Sequence, size: Size) -> Sequence:
    """Each EUA behind an SBA to the very place where it stands, as our display counts."""
    display, device = Display3270(size), Device3270(*size, b"")
    obey(display, b"\xf5\xc3", device)
    made: Sequence = []
    for chunks in sequence:
        before = display.buffer.copy(), display.cursor
        out: Record = []
        for chunk in chunks:
            if out and chunk[0] == 0x12:
                obey(display, b"".join(out), device)
                out.append(b"\x11" + display.buffer_address.to_bytes(2))
                display.buffer.adopt(before[0])
                display.cursor = before[1]
            out.append(chunk)
        obey(display, b"".join(out), device)
        made.append(out)
    return made


ACCEPTED: tuple[Accepted, ...] = (
    Accepted(
        "Ascii() has blanks for underscored letters of APL, operators for X'80' and X'BF'",
        "IBM code page 310; x3270 since 4.2 draws the letters (testAplUnderscore), and its issue"
        " 114 has tilde and bar",
        no_newer_graphics,
    ),
    Accepted(
        "Ascii() draws a field of the APL set as letters",
        "GA23-0059, Character set: a field's set holds for characters without one of their own",
        base_set,
    ),
    Accepted(
        "a field's highlighting X'F8', intensify, is lost",
        "GA23-0059, Extended highlighting: X'F8' is one of its values",
        no_intensify,
    ),
    Accepted(
        "RA leaves the background of its cells as it was",
        "GA23-0059, Repeat to Address: the character attributes in force are those of SA",
        no_background,
    ),
    Accepted(
        "EUA behind an MF goes by the attribute that was there before",
        "GA23-0059, Erase Unprotected to Address: unprotected is what the buffer says now",
        no_flip,
    ),
    Accepted(
        "EUA goes by a field attribute that has been written over",
        "GA23-0059, Start Field: a character in its place ends the field",
        looked_up,
    ),
)


def judged(
    sequence: Sequence, size: Size, differs: Callable[[Sequence], str]
) -> tuple[set[str], Sequence, str]:
    """Compare; differences of the table are named, and taken out of the sequence.

    Returns:
        Names of accepted differences; the smallest sequence that shows one that is not, or [];
        the difference.
    """
    names: set[str] = set()

    def reason(shown: Sequence) -> Accepted | None:
        """The entry of the table that alone explains this difference."""
        for one in ACCEPTED:
            avoided = one.avoid(shown, size)
            if avoided != shown and not differs(avoided):
                return one
        return None

    while differs(sequence):
        small = sequence
        found = reason(small)  # it mostly has one; if it has several, the smallest has one
        if found is None:
            small = shrunk(sequence, differs)
            found = reason(small)
        if found is None:
            return names, small, differs(small)
        names.add(found.name)
        sequence = found.avoid(sequence, size)
    return names, [], ""
