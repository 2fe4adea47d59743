"""Questions whose answer needs the other management servers: each has its own view.

Law (tests/mgmtsrvr/test_peers.py): a question can be put to any management server. What another one
alone knows (its allocations, a session server that only it reaches) is asked of it, and those that
did not answer are named in the header X-Verdigris-Unanswered. With `own=true` nobody else is asked.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec

from mgmtsrvr.api.probes import Probes
from mgmtsrvr.api.queries import Queries
from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import (
    ListView,
    ManagementServerView,
    PoolView,
    ServerView,
    SessionView,
    Version,
    ViewOfServer,
)
from mgmtsrvr.api.screens import seen_by
from mgmtsrvr.api.unanswered import unanswered
from mgmtsrvr.decision_log import Decision
from mgmtsrvr.peers import OK, FromPeer, Peers
from verdigris.config.installation import Installation
from verdigris.errors import NoSuchPage, ServerUnreachable


Action = Callable[[ApiRequest], Awaitable[ApiReply]]


class CombinedViews:
    """The questions that are put to all management servers.

    Args:
        probes: the health of this one.
        queries: its own view.
        peers: the others.
        installation: the configuration in force.
    """

    def __init__(
        self,
        probes: Probes,
        queries: Queries,
        peers: Peers,
        installation: Callable[[], Installation],
    ) -> None:
        self._probes = probes
        self._queries = queries
        self._peers = peers
        self._installation = installation

    async def management_servers(self, request: ApiRequest) -> ApiReply:
        """The management servers, this one first: version, configuration, problems of each."""
        own = await self._probes.version(request)
        assert isinstance(own.body, Version)  # noqa: S101 - what the probe gives
        heard = await self._ask(request, "/version")
        listed = {it.name: str(it.address) for it in self._installation().management_servers}
        views = [_management_server(own.body, listed.get(own.body.name, ""))]
        for one in heard:
            version = _converted(one, Version)
            where = listed.get(one.name, "")
            views.append(
                _management_server(version, where)
                if version is not None
                else ManagementServerView(name=one.name, address=where, state="offline", problem=one.problem)
            )  # fmt: skip
        return ApiReply(views, headers=_unanswered(heard))

    async def servers(self, request: ApiRequest) -> ApiReply:
        """Every session server as this management server sees it, and its state at the others."""
        own = await self._queries.servers(request)
        heard = await self._ask(request)
        assert isinstance(own.body, list)  # noqa: S101 - what the query gives
        views = {one.name: _by_name(one) for one in heard}
        return ApiReply([_seen(server, views) for server in own.body], headers=_unanswered(heard))

    async def server(self, request: ApiRequest) -> ApiReply:
        """One session server, likewise."""
        own = await self._queries.server(request)
        heard = await self._ask(request)
        assert isinstance(own.body, ServerView)  # noqa: S101 - what the query gives
        found = {one.name: _converted(one, ServerView) for one in heard}
        views = {name: {it.name: it} for name, it in found.items() if it is not None}
        return ApiReply(_seen(own.body, views), headers=_unanswered(heard))

    async def pools(self, request: ApiRequest) -> ApiReply:
        """Every pool of every session server that some management server reaches."""
        own = await self._queries.pools(request)
        heard = await self._ask(request)
        assert isinstance(own.body, list)  # noqa: S101 - what the query gives
        pools: list[PoolView] = list(own.body)
        for one in heard:
            known = {pool.server for pool in pools}
            pools += [it for it in _converted(one, list[PoolView]) or () if it.server not in known]
        return ApiReply(pools, headers=_unanswered(heard))

    async def lists(self, request: ApiRequest) -> ApiReply:
        """Every variable list: one management server shares out its rows, the others know of none."""
        own = await self._queries.lists(request)
        heard = await self._ask(request)
        assert isinstance(own.body, list)  # noqa: S101 - what the query gives
        lists: list[ListView] = list(own.body)
        for one in heard:
            lists += _converted(one, list[ListView]) or ()
        return ApiReply(sorted(lists, key=lambda it: it.name), headers=_unanswered(heard))

    async def allocations(self, request: ApiRequest) -> ApiReply:
        """The last allocations of all management servers, newest first."""
        own = await self._queries.allocations(request)
        heard = await self._ask(request)
        found = sorted(_decisions(own, heard), key=lambda it: it.time, reverse=True)
        return ApiReply(found[: request.number("last", 50)], headers=_unanswered(heard))

    async def allocation(self, request: ApiRequest) -> ApiReply:
        """The allocations of one request, by whichever management server, oldest first."""
        try:
            own = await self._queries.allocation(request)
        except NoSuchPage:
            if request.own:
                raise
            own = ApiReply([])
        heard = await self._ask(request)
        found = sorted(_decisions(own, heard), key=lambda it: it.time)
        if not found:
            raise NoSuchPage({"unanswered": _silent(heard)}, path=request.path)
        return ApiReply(found, headers=_unanswered(heard))

    async def sessions(self, request: ApiRequest) -> ApiReply:
        """The sessions of one server."""
        reply = await self._reaching(self._queries.sessions, request)
        if "screens" not in request.query or not request.flag("screens"):
            return reply
        body = reply.body
        if isinstance(body, bytes):  # a peer's, which leaves rights to the server that asks it
            body = msgspec.json.decode(body, type=list[SessionView])
        assert isinstance(body, list)  # noqa: S101 - what the query gives
        return replace(reply, body=seen_by(request.caller, body))

    async def traces(self, request: ApiRequest) -> ApiReply:
        """The traces of one server."""
        return await self._reaching(self._queries.traces, request)

    async def trace(self, request: ApiRequest) -> ApiReply:
        """One trace, by its name or the id of the request that failed."""
        return await self._reaching(self._queries.trace, request)

    async def session_trace(self, request: ApiRequest) -> ApiReply:
        """The traffic of one session up to now."""
        return await self._reaching(self._queries.session_trace, request)

    async def _reaching(self, action: Action, request: ApiRequest) -> ApiReply:
        """The answer of a session server, through a peer if this server does not reach it.

        Raises:
            VerdigrisError: of the session server; ServerUnreachable if no one reaches it.
        """
        try:
            return await action(request)
        except ServerUnreachable:
            heard = await self._ask(request)
            for one in heard:
                if one.answer is not None and one.answer.status == OK:
                    return ApiReply(one.answer.body, media_type=one.answer.media_type)
            raise

    async def _ask(self, request: ApiRequest, path: str = "") -> list[FromPeer]:
        """What the peers say to the same question, or to another."""
        if request.own:
            return []
        query = {name: value for name, value in request.query.items() if name != "own"}
        return await self._peers.ask(path or request.path, query, request.request_id)


def _converted(heard: FromPeer, kind: Any) -> Any:
    """A peer's answer as one of our types; None if it is none (a newer peer may differ)."""
    try:
        return msgspec.convert(heard.json, kind)
    except msgspec.ValidationError:
        return None


def _by_name(heard: FromPeer) -> dict[str, ServerView]:
    return {it.name: it for it in _converted(heard, list[ServerView]) or ()}


def _decisions(own: ApiReply, heard: Iterable[FromPeer]) -> list[Decision]:
    assert isinstance(own.body, list)  # noqa: S101 - what the query gives
    peers = [it for one in heard for it in _converted(one, list[Decision]) or ()]
    return [*own.body, *peers]


def _seen(server: ServerView, views: dict[str, dict[str, ServerView]]) -> ServerView:
    """A session server with its state at the peers."""
    listed = [
        ViewOfServer(management_server=name, state=it.state, reason=it.reason)
        for name, found in views.items()
        if (it := found.get(server.name)) is not None
    ]
    return msgspec.structs.replace(server, views=listed) if listed else server


def _management_server(version: Version, address: str) -> ManagementServerView:
    return ManagementServerView(
        name=version.name,
        address=address,
        state="warming" if version.warming else "online",
        problem=version.problem,
        version=version.version,
        revision=version.revision,
        boot=version.boot,
        allocations=version.allocations,
    )


def _silent(heard: Iterable[FromPeer]) -> list[str]:
    return [one.name for one in heard if one.answer is None]


def _unanswered(heard: Iterable[FromPeer]) -> dict[str, str]:
    return unanswered(_silent(heard))
