"""Who sends a request, and what they may do.

Law (tests/mgmtsrvr/access/test_api_access.py): without security everybody may everything, as before there were
users. With it, a route is open, needs a login, or needs a permission; a change that a browser's cookie
vouches for also needs the token that only our own pages have (cross-site request forgery).
"""

import hmac
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Final

from mgmtsrvr.access import LoggedIn, Logins
from mgmtsrvr.api.route import ApiRequest, Caller, Needs, Route
from verdigris.errors import CsrfTokenWrong, LoginRequired, NotPermitted
from verdigris.rights import LIMITS, ActTarget, Permission


COOKIE: Final = "__Host-verdigris"
"""The session cookie: the prefix makes browsers refuse it without TLS, or from another host (RFC 6265bis, 4.1.3.2)."""

CSRF_HEADER: Final = "x-csrf-token"

ANYTHING: Final = ActTarget()

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


class Access:
    """Finds out who sends a request, and whether they may.

    Args:
        logins: None without security.
    """

    def __init__(self, logins: Logins | None = None) -> None:
        self._logins = logins

    def __repr__(self) -> str:
        return f"<Access {self._logins or 'without security'}>"

    @property
    def secured(self) -> bool:
        """Whether there are logins."""
        return self._logins is not None

    async def identify(self, request: ApiRequest, route: Route) -> ApiRequest:
        """The request with its caller.

        Raises:
            LoginRequired: it comes without a login.
            TokenRefused: its token is not valid.
            CsrfTokenWrong: a cookie alone does not vouch for it.
            DirectoryAway: the issuer of its token cannot be asked.
        """
        logins = self._logins
        if logins is None or route.needs is Needs.NOTHING:
            return request
        token, by_cookie = token_of(request)
        if not token:
            raise LoginRequired
        found = await logins.identify(token)
        if by_cookie and request.method not in SAFE and not _has_csrf_token(request, token):
            raise CsrfTokenWrong
        return replace(request, caller=_caller(logins, found, token))

    def require(self, request: ApiRequest, route: Route) -> None:
        """Refuse a caller who lacks what a route needs.

        Raises:
            NotPermitted: its caller lacks the permission.
        """
        if isinstance(route.needs, Permission):
            target = target_of(route.needs, request)
            if not request.caller.may(route.needs, target):
                raise _refusal(request.caller, route.needs, target)


def _refusal(caller: Caller, permission: Permission, target: ActTarget) -> NotPermitted:
    about = f" for {target}" if str(target) else ""
    return NotPermitted(user=caller.name, permission=permission.value, target=about)


def target_of(permission: Permission, request: ApiRequest) -> ActTarget:
    """What a request is about, as far as a grant of this permission may be limited to it."""
    named = {name: request.names.get(name, "") for name in LIMITS.get(permission, ())}
    if permission is Permission.DEPLOY and not named["model"]:
        # The session server refuses a package of another model than that of the request.
        named["model"] = request.query.get("model", "")
    return ActTarget(**named)


def csrf_token(token: str) -> str:
    """What our own pages send beside the cookie: made of the token, which no page can read."""
    return sha256(f"csrf {token}".encode()).hexdigest()[:32]


def token_of(request: ApiRequest) -> tuple[str, bool]:
    """The token of a request, and whether it came as a cookie; "" for none."""
    scheme, _, value = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    return next(_cookies(request.headers.get("cookie", "")), ""), True


def _cookies(header: str) -> Iterator[str]:
    """The values of our cookie (RFC 6265, 4.2.1)."""
    for pair in header.replace(",", ";").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            yield value.strip('"')


def _has_csrf_token(request: ApiRequest, token: str) -> bool:
    said = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
    return hmac.compare_digest(said, csrf_token(token).encode())


def _caller(logins: Logins, found: LoggedIn, token: str) -> Caller:
    def permits(permission: Permission, target: ActTarget = ANYTHING) -> bool:
        return logins.may(found.subject, permission, target)

    return Caller(str(found.subject), permits, found, token)
