"""What workers and their parent, and the parts of one gateway, say to each other about keys."""

from collections.abc import Callable
from typing import Literal

import msgspec


Outcome = Literal["yours", "kept", "another", "large", "lost", "full", "share", "away", "settled"]
"""What is told of a claim: perform it; here is its answer; the key stands for another request; its
answer was too large to keep; it was being performed when its worker or gateway ended; there are too
many keys; the client has too many keys; keys cannot be stored. "settled" answers a `Settle`."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"<Kept {self.status} [{len(self.body)} bytes]>"


class Claim(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A worker asks who performs a key.

    Attributes:
        number: of the question, repeated in its answer.
        key, fingerprint: digests of the key with its user, and of the request.
        seconds: for which it is kept once it is settled, or its worker lost.
        limit: keys at most.
        client: who sends the request.
        share: keys of one client at most.
        request: its id, for people who look for what an interrupted request did.
    """

    number: int
    key: bytes
    fingerprint: bytes
    seconds: float
    limit: int
    client: bytes = b""
    share: int = 1_000_000
    request: str = ""


class Settle(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A worker has performed a key.

    Attributes:
        number: of this message, repeated in its answer.
        reply: None if it is too large to keep.
        free: nothing was done, so the key may be used again.
    """

    number: int
    key: bytes
    reply: Kept | None
    free: bool = False


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a claim.

    Attributes:
        reply: the answer that is kept.
        said: the request id that the key was first used under, or why keys cannot be stored.
    """

    number: int
    outcome: Outcome
    reply: Kept | None = None
    said: str = ""


Tell = Callable[[Outcome, Kept | None, str], None]
