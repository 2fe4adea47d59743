"""What every call of a session has in common. See docs/reference/session-calls.md.

Law: a call is a map by field name with its name in `call`, the same in MessagePack and in JSON, so
that one description serves the wire, HTTP and connectors of other languages. Fields are only ever
added, with defaults. Printing one shows its name only: any field may hold a secret.
"""

from typing import Annotated, Any, Generic, TypeVar, get_args

import msgspec


R = TypeVar("R")

Place = Annotated[int, msgspec.Meta(ge=1, le=1000)]
"""A row or a column."""
PlaceOrNone = Annotated[int, msgspec.Meta(ge=0, le=1000)]
"""A row or a column; 0 is none."""
Count = Annotated[int, msgspec.Meta(ge=0)]
"""A number of things, or an offset."""
Seconds = Annotated[float, msgspec.Meta(ge=0, le=600)]
"""A time to wait."""
Typed = Annotated[str, msgspec.Meta(max_length=4096)]
"""A text to be typed or waited for."""


class SessionCall(msgspec.Struct, Generic[R], frozen=True, tag_field="call", omit_defaults=True):
    """A call of a session; its type argument is the type of its result."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """The base of structured results: a map by field name, fields with their default left out."""


def name_of(kind: type[SessionCall[Any]]) -> str:
    """The name of a call as it travels: VHI's, where VHI has the method."""
    return str(kind.__struct_config__.tag)


def result_of(kind: type[SessionCall[Any]]) -> Any:
    """The type of a call's result; NoneType for calls without one."""
    (base,) = kind.__orig_bases__  # type: ignore[attr-defined]  # of every generic class's children
    (result,) = get_args(base)
    return type(None) if result is None else result
