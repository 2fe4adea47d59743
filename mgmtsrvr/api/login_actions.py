"""Logging in and out, and the users document."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from mgmtsrvr.access import Logins
from mgmtsrvr.api.caller import COOKIE, csrf_token
from mgmtsrvr.api.preconditions import expected_revision, xml_reply
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import LoggedOut, LoginView, Revision
from mgmtsrvr.api.unanswered import unanswered
from mgmtsrvr.store import Note
from verdigris.errors import BadRequest
from verdigris.rights import Subject, permissions_of
from verdigris.tokens import UserLogin


JSON: Final = "application/json"

ATTRIBUTES: Final = "; Path=/; Secure; HttpOnly; SameSite=Strict"
"""Of the cookie: for HTTPS alone, for no script, and not sent when another site leads here."""


class Password(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a login."""

    user: str
    password: str


class LoginActions:
    """Logins, and the users who have them.

    Args:
        logins: of this management server.
    """

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    async def login(self, request: ApiRequest) -> ApiReply:
        """Log in with a name and a password."""
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
            raise BadRequest(
                problem=f"the body of a login is {JSON}"
            )  # no form of a page has this type
        try:
            given = msgspec.json.decode(request.body, type=Password)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise BadRequest(
                problem='the body of a login is {"user": ..., "password": ...}'
            ) from None
        cookie = request.flag("cookie") if "cookie" in request.query else False
        token, login = await self._logins.login(given.user, given.password, request.address)
        headers = {"Set-Cookie": f"{COOKIE}={token}{ATTRIBUTES}"} if cookie else {}
        return ApiReply(self._view(login.subject, login, token, cookie=cookie), headers=headers)

    async def whoami(self, request: ApiRequest) -> ApiReply:
        """Who the caller is, and may do."""
        found = request.caller.logged_in
        assert found is not None  # noqa: S101 - the route needs a login
        token = request.caller.token
        return ApiReply(self._view(found.subject, found.login, token, cookie=True))

    async def logout(self, request: ApiRequest) -> ApiReply:
        """End the login, at all management servers."""
        found, silent = request.caller.logged_in, list[str]()
        if found is not None and found.login is not None:
            silent = await self._logins.end(found.login)
        cookie = f"{COOKIE}={ATTRIBUTES}; Max-Age=0"
        headers = {"Set-Cookie": cookie, **unanswered(silent)}
        return ApiReply(LoggedOut(done="logged out"), headers=headers)

    async def users(self, request: ApiRequest) -> ApiReply:
        """The users document; its revision is the ETag."""
        del request
        return xml_reply(self._logins.users.document)

    async def put_users(self, request: ApiRequest) -> ApiReply:
        """Replace the users document, if it still has the revision in If-Match."""
        users = self._logins.users
        note = Note(request.caller.name, request.query.get("comment", "")[:500])
        revision = await users.publish(
            request.body, expected_revision(request, users.document.revision, "/users"), note
        )
        return ApiReply(Revision(revision=revision), headers={"ETag": f'"{revision}"'})

    def _view(
        self, subject: Subject, login: UserLogin | None, token: str, *, cookie: bool
    ) -> LoginView:
        permissions = permissions_of(self._logins.users.users.rights, subject)
        expires = datetime.fromtimestamp(login.expires, UTC).isoformat() if login else ""
        return LoginView(
            user=str(subject),
            permissions=sorted(it.value for it in permissions),
            expires=expires,
            token="" if cookie else token,
            csrf_token=csrf_token(token) if cookie else "",
        )
