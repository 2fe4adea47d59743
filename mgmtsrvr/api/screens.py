"""Which screens of sessions a caller may see."""

from collections.abc import Sequence

import msgspec

from mgmtsrvr.api.route import Caller
from mgmtsrvr.api.schemas import SessionView
from verdigris.errors import NotPermitted
from verdigris.rights import ActTarget, Permission


def seen_by(caller: Caller, sessions: Sequence[SessionView]) -> list[SessionView]:
    """The sessions without the screens that the caller may not see.

    Raises:
        NotPermitted: the caller may see none of them.
    """
    permission = Permission.SEE_SCREENS
    allowed = [caller.may(permission, _target(it)) for it in sessions]
    if sessions and not any(allowed):
        raise NotPermitted(user=caller.name, permission=permission.value, target="")
    pairs = zip(sessions, allowed, strict=True)
    return [it if seen else msgspec.structs.replace(it, screen="") for it, seen in pairs]


def _target(session: SessionView) -> ActTarget:
    return ActTarget(session.model, session.name if session.kind == "pool" else "")
