"""The last traffic of a host session, in memory, for whoever has to find out what happened.

Law: never more than its size; secrets are masked before anything is shown or saved: what hidden
fields held, and what models typed as secret. The form is x3270's: `< 0x0 hex` from the host,
`> 0x0 hex` to it, the rest is commentary; it can be played back (`hostemul replay`).
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol, runtime_checkable


SIZE: Final = 16 * 1024
"""Bytes kept of one session: four to eight full screens."""
_OVERHEAD: Final = 100  # what an entry costs besides its bytes
_WIDTH: Final = 32  # bytes a line
_SHORT: Final = 3  # a shorter secret would mask what is none
MASK: Final = b"*"


@runtime_checkable
class Masks(Protocol):
    """A terminal that knows which bytes are secret."""

    def mask_sent(self, data: bytes) -> bytes:
        """What it has just sent, hidden fields masked."""

    def mask_received(self, data: bytes) -> bytes:
        """What came from the host, hidden fields masked."""


class Ring:
    """Both directions of one connection.

    Args:
        seconds: the clock.
        size: bytes kept.

    Attributes:
        covered: what is sent now is typed as a secret, and kept as asterisks.
    """

    __slots__ = ("_entries", "_lost", "_seconds", "_secrets", "_size", "_used", "covered")

    def __init__(self, seconds: Callable[[], float], size: int = SIZE) -> None:
        self._seconds, self._size = seconds, size
        self._entries: deque[tuple[float, bool, bytes]] = deque()
        self._used = self._lost = 0
        self._secrets: set[str] = set()
        self.covered = False

    def __repr__(self) -> str:
        return f"<Ring {len(self._entries)} entries, {self._used} of {self._size} bytes>"

    def copy(self) -> "Ring":
        """The traffic up to now, for later; the bytes are shared."""
        made = Ring(self._seconds, self._size)
        made._entries = self._entries.copy()
        made._used, made._lost = self._used, self._lost
        made._secrets = self._secrets.copy()
        return made

    def received(self, data: bytes) -> None:
        """Bytes came from the host."""
        self._add(sent=False, data=data)

    def sent(self, data: bytes) -> None:
        """Bytes went to the host, hidden fields masked already."""
        self._add(sent=True, data=MASK * len(data) if self.covered else data)

    def hide(self, text: str) -> None:
        """This text is a secret, wherever it is found."""
        if len(text) >= _SHORT:
            self._secrets.add(text)

    def text(self, codec: str = "cp037", masks: Masks | None = None) -> str:
        """The trace.

        Args:
            codec: the host's, for finding secrets.
            masks: hides what hidden fields hold.
        """
        out = [f"// {self._lost} bytes before this are not kept"] if self._lost else []
        for (when, sent, _), data in zip(self._entries, self._masked(codec, masks), strict=True):
            out.append(f"// {when:.3f} s")
            mark = ">" if sent else "<"
            out += [
                f"{mark} 0x{at:<4x} {data[at : at + _WIDTH].hex()}"
                for at in range(0, len(data), _WIDTH)
            ]
        return "\n".join(out) + "\n"

    def _add(self, *, sent: bool, data: bytes) -> None:
        if not data:
            return
        data = data[-self._size :]
        self._entries.append((self._seconds(), sent, data))
        self._used += len(data) + _OVERHEAD
        while self._used > self._size and len(self._entries) > 1:
            _, _, gone = self._entries.popleft()
            self._used -= len(gone) + _OVERHEAD
            self._lost += len(gone)

    def _masked(self, codec: str, masks: Masks | None) -> Iterator[bytes]:
        """All entries; each direction is masked as one stream, as packets cut anywhere."""
        streams = {
            sent: b"".join(data for _, which, data in self._entries if which == sent)
            for sent in (False, True)
        }
        if masks is not None:
            streams[False] = masks.mask_received(streams[False])
        for text in sorted(self._secrets, key=len, reverse=True):
            for secret in _codings(text, codec):
                streams = {
                    sent: stream.replace(secret, MASK * len(secret))
                    for sent, stream in streams.items()
                }
        places = {False: 0, True: 0}
        for _, sent, data in self._entries:
            at = places[sent]
            places[sent] = at + len(data)
            yield streams[sent][at : at + len(data)]


def _codings(text: str, codec: str) -> set[bytes]:
    found = set()
    for one in (text, text.upper(), text.lower()):
        for name in ("utf-8", "latin-1", codec):
            try:
                found.add(one.encode(name))
            except (UnicodeError, LookupError):
                continue
    return found
