"""Frames: what a connection carries, and their bytes.

Law: a frame is one MessagePack value behind its length (4 bytes, big end first). The caller
numbers its calls; an answer, failure or cancel carries that number. Each side opens with a
`Hello`. Decoding checks every type; what does not fit is a `ProtocolError`, never a guess.
"""

from typing import Final, TypeAlias

import msgspec

from verdigris.errors import Effect, ProtocolError, VerdigrisError, revive
from verdigris.wire.message_parts import Message
from verdigris.wire.messages import VERSION, Notice, Request, Response


class Hello(Message, frozen=True, array_like=True, tag=1):
    """The first frame of each side.

    Attributes:
        role: "connector", "gateway", "session server", "management server" or "tool".
        name: who, for logs and refusals.
        installation: the installation it belongs to; "" if it belongs to none (clients).
        boot: names this run of the process.
        token: place for a signed token, unused in this version.
    """

    role: str
    name: str
    installation: str = ""
    boot: str = ""
    token: str = ""
    version: int = VERSION


class Call(Message, frozen=True, array_like=True, tag=2):
    """A request to be answered.

    Attributes:
        id: the caller's number for it, not in use.
        request_id: of the client's call that this is part of.
        deadline_ms: milliseconds the caller will wait; relative, so clocks need not agree.
    """

    id: int
    request_id: str
    deadline_ms: int
    body: Request


class Answer(Message, frozen=True, array_like=True, tag=3):
    """The answer to a call."""

    id: int
    body: Response


class Failure(Message, frozen=True, array_like=True, tag=4):
    """The error a call ended with; id 0 refuses the connection itself.

    Attributes:
        details: trail, masked screen and the like, as plain MessagePack values.
        effect: what the call may have done at the host: "none", "unknown", or "" where the peer
            does not know.
    """

    id: int
    code: int
    facts: dict[str, str]
    details: dict[str, object]
    request_id: str = ""
    effect: Effect = ""

    @classmethod
    def of(cls, call: int, error: VerdigrisError) -> "Failure":
        """The frame for an error."""
        details = plain(error.details)
        return cls(call, error.code, error.facts, details, error.request_id, error.effect)

    def error(self) -> VerdigrisError:
        """The error again."""
        found = revive(self.code, self.facts, self.details)
        found.request_id, found.effect = self.request_id, self.effect
        return found


class Cancel(Message, frozen=True, array_like=True, tag=5):
    """Cancellation of a call: its caller no longer waits. It is undone where possible and not answered."""

    id: int


class Tell(Message, frozen=True, array_like=True, tag=6):
    """A message without an answer."""

    body: Notice


class Ping(Message, frozen=True, array_like=True, tag=7):
    """A check that the peer is alive."""


class Pong(Message, frozen=True, array_like=True, tag=8):
    """The answer to a ping."""


Frame: TypeAlias = Hello | Call | Answer | Failure | Cancel | Tell | Ping | Pong

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final[msgspec.msgpack.Decoder[Frame]] = msgspec.msgpack.Decoder(Frame)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame, without the length before it."""
    return _ENCODER.encode(frame)


def decode(data: bytes, peer: str = "the peer") -> Frame:
    """The frame of these bytes.

    Raises:
        ProtocolError: the bytes are no frame of this protocol.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ProtocolError(peer=peer, problem=str(problem)) from None


def plain(details: dict[str, object]) -> dict[str, object]:
    """Details as plain MessagePack values: structs and dataclasses become maps and lists."""
    found: dict[str, object] = msgspec.to_builtins(details, enc_hook=str)
    return found
