"""What requests leave in the audit log: every change, every login, whoever was refused by name.

Law (tests/mgmtsrvr/audit/test_recorder.py): nothing secret is recorded; a name that failed to log in is only
if it is that of a native user, since people type passwords there. Requests of strangers are not
recorded but for logins, which are paced: nobody can fill a disk with them.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from mgmtsrvr.api.route import ApiReply, ApiRequest, Route
from mgmtsrvr.api.schemas import Changed, LoginView, Revision
from mgmtsrvr.audit import AuditLog, Entry
from verdigris.errors import TooManyGuesses, VerdigrisError


LOGIN: Final = "login"
ALSO: Final = frozenset({LOGIN, "logout"})
"""Operations that change nothing and are recorded."""


class Recorder:
    """Records requests.

    Args:
        audit: where.
        is_user: whether a name is that of a native user.
    """

    def __init__(self, audit: AuditLog, is_user: Callable[[str], bool]) -> None:
        self._audit = audit
        self._is_user = is_user

    async def before(self, route: Route) -> None:
        """Refuse a change that could not be recorded.

        Raises:
            CannotWrite: it could not.
        """
        if route.changes or route.id in ALSO:
            await self._audit.require()

    async def done(self, request: ApiRequest, route: Route, reply: ApiReply) -> None:
        """Record what was done."""
        if route.changes or route.id in ALSO:
            body = reply.body
            revision = body.revision if isinstance(body, Changed | Revision) else ""
            who = body.user if isinstance(body, LoginView) else request.caller.name
            await self._audit.append(_entry(request, route, "done", who, revision))

    async def refused(self, request: ApiRequest, route: Route, problem: VerdigrisError) -> None:
        """Record what was refused or failed."""
        known = bool(request.caller.name) and route.changes
        guessed = route.id == LOGIN and not isinstance(problem, TooManyGuesses)
        if known or guessed:
            typed = _typed(request.body) if guessed else ""
            who = typed if self._is_user(typed) else request.caller.name
            await self._audit.append(_entry(request, route, str(problem.code), who, ""))


def _entry(request: ApiRequest, route: Route, outcome: str, who: str, revision: str) -> Entry:
    sent = sha256(request.body).hexdigest() if request.body and route.id != LOGIN else ""
    return Entry(
        act=route.id,
        who=who,
        address=request.address,
        about=" ".join(request.names.values()),
        before=request.headers.get("if-match", "").strip('" '),
        after=revision or sent,
        outcome=outcome,
        request_id=request.request_id,
    )


class _Typed(msgspec.Struct):
    user: str = ""


def _typed(body: bytes) -> str:
    """The user's name in the body of a login."""
    try:
        return msgspec.json.decode(body, type=_Typed).user
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
