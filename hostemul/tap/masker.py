"""Masks secrets in the two streams of a connection, however the network cuts them.

Law: nothing that is part of a secret is let out, even if it came byte by byte; what cannot be part
of one is let out at once, in the order it came. What waits is bounded; beyond that it is masked.
"""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final


MASK: Final = b"*"
MAX_WAITING: Final = 64 * 1024


@dataclass(slots=True, repr=False)
class Piece:
    """Bytes that came together.

    Attributes:
        when: seconds.
        mark: the direction, `<` or `>`.
        data: secrets masked.
    """

    when: float
    mark: str
    data: bytes

    def __repr__(self) -> str:
        return f"<Piece {self.mark} {len(self.data)} bytes>"


class Masker:
    """What has come and is not let out yet.

    Args:
        secrets: texts to mask, in capitals and small letters too.
        codecs: in which they may be coded.
    """

    __slots__ = ("_secrets", "_waiting")

    def __init__(self, secrets: Collection[str], codecs: Collection[str]) -> None:
        coded = {
            form.encode(codec, "ignore")
            for text in secrets
            for form in (text, text.upper(), text.lower())
            for codec in codecs
        }
        self._secrets = sorted(filter(None, coded), key=len, reverse=True)
        self._waiting: deque[Piece] = deque()

    def __repr__(self) -> str:
        return f"<Masker {len(self._waiting)} pieces wait>"

    def feed(self, when: float, mark: str, data: bytes) -> Iterator[Piece]:
        """Take bytes; give what may be written down."""
        self._waiting.append(Piece(when, mark, data))
        if not self._secrets:
            yield self._waiting.popleft()
            return
        undecided = {side: self._mask(side) for side in "<>"}
        if sum(len(piece.data) for piece in self._waiting) > MAX_WAITING:
            yield from self.rest()
            return
        left = {side: self._length(side) - undecided[side] for side in "<>"}
        while self._waiting and len(self._waiting[0].data) <= left[self._waiting[0].mark]:
            piece = self._waiting.popleft()
            left[piece.mark] -= len(piece.data)
            yield piece

    def rest(self) -> Iterator[Piece]:
        """All that waits; what may be the beginning of a secret is masked."""
        for side in "<>":
            undecided = self._mask(side)
            stream = self._stream(side)
            self._replace(side, stream[: len(stream) - undecided] + MASK * undecided)
        while self._waiting:
            yield self._waiting.popleft()

    def _mask(self, side: str) -> int:
        """Mask whole secrets of a side; how many bytes at its end may be the beginning of one."""
        stream = self._stream(side)
        for secret in self._secrets:
            stream = stream.replace(secret, MASK * len(secret))
        self._replace(side, stream)
        return max((_begun(stream, secret) for secret in self._secrets), default=0)

    def _stream(self, side: str) -> bytes:
        return b"".join(piece.data for piece in self._waiting if piece.mark == side)

    def _length(self, side: str) -> int:
        return sum(len(piece.data) for piece in self._waiting if piece.mark == side)

    def _replace(self, side: str, stream: bytes) -> None:
        at = 0
        for piece in self._waiting:
            if piece.mark == side:
                piece.data = stream[at : at + len(piece.data)]
                at += len(piece.data)


def _begun(stream: bytes, secret: bytes) -> int:
    """The longest end of the stream that a secret begins with, but not all of it."""
    longest = min(len(stream), len(secret) - 1)
    return next((n for n in range(longest, 0, -1) if stream.endswith(secret[:n])), 0)
