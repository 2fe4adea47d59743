"""Messages between the management servers of one installation. See docs/reference/protocol.md."""

import msgspec

from verdigris.wire.message_parts import Message


class AskPeer(Message, frozen=True, array_like=True, tag=120):
    """A question of the administration API, put to another management server. Answer: `PeerAnswer`.

    It answers from its own view, without asking others. The asking server has checked the rights of
    whoever asks.

    Attributes:
        path: of the question, such as "/allocations".
        query: its parameters.
        body: what the asking server tells with it, JSON.
    """

    path: str
    query: dict[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class PeerAnswer(Message, frozen=True, array_like=True, tag=121):
    """The answer as the administration API gives it.

    Attributes:
        status: HTTP's.
        body: JSON, a problem document, or text.
    """

    status: int
    media_type: str
    body: bytes


class WatchDocument(Message, frozen=True, array_like=True, tag=122):
    """Request for a document that two machines keep. Answer: `DocumentIs`, once it is not the one known.

    Attributes:
        name: of the document.
        known: its revision at the asking machine; "" is answered at once.
        epoch: of the asking machine: a lower one gives way to a primary of a higher one.
        primary: whether the asking machine takes the changes.
    """

    name: str
    known: str
    epoch: int
    primary: bool


class DocumentIs(Message, frozen=True, array_like=True, tag=123):
    """A document, the epoch of the machine that has it, and whether that is the primary."""

    data: bytes
    epoch: int
    primary: bool


class FetchPackage(Message, frozen=True, array_like=True, tag=124):
    """Request for a model package, by its SHA-256. Answer: `PackageIs`, or failure 9261."""

    digest: str


class PackageIs(Message, frozen=True, array_like=True, tag=125):
    """A model package."""

    package: bytes


class KeepPackage(Message, frozen=True, array_like=True, tag=126):
    """A model package that another management server is about to name in the installation. Answer: `Done`."""

    digest: str
    package: bytes
