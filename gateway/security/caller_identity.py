"""Who calls, as far as somebody has checked it, and what is carried on with the call."""

from msgspec import Struct

from verdigris.rights import ActTarget
from verdigris.values import NOBODY, Credentials


class CallerIdentity(Struct, frozen=True):
    """The sender of a request.

    Attributes:
        credentials: that go on with the call.
        checked: somebody has checked who it is.
        metadata: the services that it may be told of; None is all.
    """

    credentials: Credentials = NOBODY
    checked: bool = False
    metadata: tuple[ActTarget, ...] | None = None

    def __repr__(self) -> str:
        return f"<CallerIdentity {self.credentials!r}>"


ANYBODY = CallerIdentity()
"""A caller without credentials."""
