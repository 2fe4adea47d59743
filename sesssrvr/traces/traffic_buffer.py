"""Buffer of the last traffic of a host session, from which traces of errors are written.

It never exceeds its size, and secrets are masked before anything is shown or saved: what hidden
fields and secret areas held, and what models typed as secret. The form is x3270's: `< 0x0 hex` from
the host, `> 0x0 hex` to it, the rest is commentary; it can be played back (`hostemul replay`): the
beginning of a connection, where the two ends agree on how to speak, is kept however long the
session lives, and what follows a gap begins with a whole record.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from sesssrvr.terminal.codepage import codepage


SIZE: Final = 16 * 1024
"""Bytes kept of one session: four to eight full screens."""
_OVERHEAD: Final = 100  # what an entry costs besides its bytes
_WIDTH: Final = 32  # bytes a line
_SHORT: Final = 3  # a shorter secret would mask what is none
MASK: Final = b"*"
SECRETS: Final = 500
"""Secrets remembered of each kind: as many as a buffer of 16 KiB holds at 30 bytes each."""
HEAD: Final = 1024
"""Bytes at most of a connection's beginning, which ends with its first record."""
_END_OF_RECORD: Final = b"\xff\xef"
Entry = tuple[float, bool, bytes, str]
"""When, whether it was sent, what, and the key that sent it."""


class Masks(Protocol):
    """A terminal that knows which bytes are secret."""

    def mask_sent(self, data: bytes) -> bytes:
        """What it has just sent, hidden fields masked."""

    def mask_received(self, data: bytes) -> bytes:
        """What came from the host, hidden fields masked."""


class TrafficBuffer:
    """Both directions of one connection.

    Args:
        seconds: the clock.
        size: bytes kept.

    Attributes:
        covered: what is sent now is typed as a secret, and kept as asterisks.
        key: name of the key that sends what is sent now; "" is none.
    """

    __slots__ = (
        "_entries",
        "_gone",
        "_head",
        "_head_room",
        "_lost",
        "_lost_end",
        "_seconds",
        "_shown",
        "_size",
        "_typed",
        "_used",
        "covered",
        "key",
    )

    def __init__(self, seconds: Callable[[], float], size: int = SIZE) -> None:
        self._seconds, self._size = seconds, size
        self._entries: deque[Entry] = deque()
        self._head: list[Entry] = []
        self._head_room = min(HEAD, size)
        self._gone = 0
        self._lost_end = _END_OF_RECORD
        self._used = self._lost = 0
        self._typed: dict[str, None] = {}
        self._shown: dict[str, None] = {}
        self.covered = False
        self.key = ""

    def __repr__(self) -> str:
        return f"<TrafficBuffer {len(self._entries)} entries, {self._used} of {self._size} bytes>"

    def copy(self) -> "TrafficBuffer":
        """The traffic up to now, for later; the bytes are shared."""
        made = TrafficBuffer(self._seconds, self._size)
        made._entries = self._entries.copy()
        made._used, made._lost = self._used, self._lost
        made._typed, made._shown = self._typed.copy(), self._shown.copy()
        made._head, made._head_room = self._head.copy(), self._head_room
        made._gone, made._lost_end = self._gone, self._lost_end
        return made

    def received(self, data: bytes) -> None:
        """Bytes came from the host."""
        self._add(sent=False, data=data)

    def sent(self, data: bytes) -> None:
        """Bytes went to the host, hidden fields masked already."""
        self._add(sent=True, data=MASK * len(data) if self.covered else data)

    def hide(self, text: str) -> None:
        """Mask a text that is typed as a secret, wherever it is found."""
        _remember(self._typed, text)

    def hide_shown(self, text: str) -> None:
        """Mask what a secret area of a screen shows, wherever it is found."""
        _remember(self._shown, text)

    @property
    def typed_secrets(self) -> tuple[str, ...]:
        """The latest texts typed as secrets."""
        return tuple(self._typed)

    def text(self, codec: str = "cp037", masks: Masks | None = None) -> str:
        """The trace.

        Args:
            codec: the host's code page, for finding secrets.
            masks: hides what hidden fields hold.
        """
        head, kept, lost = self._parts()
        out: list[str] = []
        for number, ((when, sent, _, key), data) in enumerate(
            zip([*head, *kept], self._masked([*head, *kept], codec, masks), strict=True)
        ):
            if number == len(head) and lost:
                out.append(f"// {lost} bytes before this are not kept")
            out.append(f"// {when:.3f} s{', ' if key else ''}{key}")
            mark = ">" if sent else "<"
            out += [
                f"{mark} 0x{at:<4x} {data[at : at + _WIDTH].hex()}"
                for at in range(0, len(data), _WIDTH)
            ]
        return "\n".join(out) + "\n"

    def _parts(self) -> tuple[list[Entry], list[Entry], int]:
        """The beginning, what follows it, and how many bytes lie between."""
        head, kept = self._head, [*self._entries]
        if self._gone <= len(head):
            return head[: self._gone], kept, 0
        # Only 3270 and 5250 traffic has records; a VT's may go on at any byte the host sent.
        records = any(_END_OF_RECORD in data for _, _, data, _ in (*head, *kept))
        whole = not records or self._lost_end == _END_OF_RECORD
        lost = self._lost - sum(len(data) for _, _, data, _ in head)
        # A replay can only go on with a whole record of the host: what precedes it is left out.
        for number, (_, sent, data, _) in enumerate(kept):
            if not sent and whole:
                return head, kept[number:], lost
            whole = whole or (not sent and data.endswith(_END_OF_RECORD))
            lost += len(data)
        return head, [], lost

    def _add(self, *, sent: bool, data: bytes) -> None:
        if not data:
            return
        data = data[-self._size :]
        entry = (self._seconds(), sent, data, self.key if sent else "")
        self._entries.append(entry)
        if self._head_room > 0:
            self._begin(entry)
        self._used += len(data) + _OVERHEAD
        while self._used > self._size and len(self._entries) > 1:
            _, sent, gone, _ = self._entries.popleft()
            self._used -= len(gone) + _OVERHEAD
            self._lost += len(gone)
            self._gone += 1
            if not sent:
                self._lost_end = gone[-len(_END_OF_RECORD) :]

    def _begin(self, entry: Entry) -> None:
        """Keep what belongs to the beginning: up to the host's first record, and small."""
        _, sent, data, _ = entry
        self._head_room -= len(data)
        if self._head_room < 0:
            return
        self._head.append(entry)
        if not sent and _END_OF_RECORD in data:
            self._head_room = 0

    def _masked(self, entries: Sequence[Entry], codec: str, masks: Masks | None) -> Iterator[bytes]:
        """All entries; each direction is masked as one stream, as packets cut anywhere."""
        streams = {
            sent: b"".join(data for _, which, data, _ in entries if which == sent)
            for sent in (False, True)
        }
        if masks is not None:
            streams[False] = masks.mask_received(streams[False])
        for text in sorted({*self._typed, *self._shown}, key=len, reverse=True):
            for secret in _codings(text, codec):
                streams = {
                    sent: stream.replace(secret, MASK * len(secret))
                    for sent, stream in streams.items()
                }
        places = {False: 0, True: 0}
        for _, sent, data, _ in entries:
            at = places[sent]
            places[sent] = at + len(data)
            yield streams[sent][at : at + len(data)]


def _remember(secrets: dict[str, None], text: str) -> None:
    """Add a secret as the latest; the traffic of the oldest one has left the buffer long ago."""
    if len(text) < _SHORT:
        return
    secrets.pop(text, None)
    secrets[text] = None
    if len(secrets) > SECRETS:
        del secrets[next(iter(secrets))]


def _codings(text: str, codec: str) -> set[bytes]:
    found: set[bytes] = set()
    page = codepage(codec)
    for one in (text, text.upper(), text.lower()):
        found |= {one.encode("utf-8"), page.encoded(one)}
        if max(one) <= "\xff":
            found.add(one.encode("latin-1"))
    return found - {b""}
