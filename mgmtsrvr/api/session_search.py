"""Sessions of all session servers, found by what is known of them."""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

import msgspec
from twisted.internet.defer import Deferred, FirstError, gatherResults

from mgmtsrvr.api.combined_views import CombinedViews
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import SessionView
from mgmtsrvr.api.unanswered import unanswered
from verdigris.errors import NotPermitted, VerdigrisError


AWAY: Final = frozenset({"offline", "foreign"})
"""States of servers that are not asked."""


class FoundSession(SessionView, frozen=True, kw_only=True):
    """A session, and the server it is on."""

    server: str


class SessionSearch:
    """The search over all session servers.

    Args:
        views: asks one server, through a peer where this management server does not reach it.
    """

    def __init__(self, views: CombinedViews) -> None:
        self._views = views

    def __repr__(self) -> str:
        return f"<SessionSearch over {self._views!r}>"

    async def all_sessions(self, request: ApiRequest) -> ApiReply:
        """The sessions of all session servers that are connected; who did not answer is named.

        Raises:
            NotPermitted: screens are wanted, and the caller may see none of them.
        """
        servers = await self._views.servers(request)
        assert isinstance(servers.body, list)  # noqa: S101 - what the view gives
        wanted = request.query.get("filter.server", "")
        names = [it.name for it in servers.body if it.state not in AWAY and wanted in {"", it.name}]
        asked = [Deferred.fromCoroutine(self._of(name, request)) for name in names]
        try:
            heard = await gatherResults(asked, consumeErrors=True)
        except FirstError as refused:
            refused.subFailure.raiseException()
            raise  # for the type checker: the line before does not return
        found: list[FoundSession] = []
        silent = []
        for name, sessions in zip(names, heard, strict=True):
            if sessions is None:
                silent.append(name)
            else:
                found += sessions
        return ApiReply(found, headers={**servers.headers, **unanswered(silent)})

    async def _of(self, server: str, request: ApiRequest) -> list[FoundSession] | None:
        """The sessions of one server; None if it does not say."""
        path = f"/servers/{quote(server, safe='')}/sessions"
        query = {name: it for name, it in request.query.items() if name == "screens"}
        try:
            reply = await self._views.sessions(
                replace(request, path=path, names={"server": server}, query=query)
            )
        except NotPermitted:
            raise
        except VerdigrisError:
            return None
        body = reply.body
        sessions = (
            msgspec.json.decode(body, type=list[SessionView]) if isinstance(body, bytes) else body
        )
        assert isinstance(sessions, list)  # noqa: S101 - what the view gives
        return [FoundSession(server=server, **msgspec.structs.asdict(it)) for it in sessions]
