"""The way of pages to the administration API: the same guard, the same login, the same permissions."""

from dataclasses import replace
from typing import cast

import msgspec
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from mgmtsrvr.api.list_options import apply_options
from mgmtsrvr.api.resource import Api, LimitedRequest, parameters_of, read_request
from mgmtsrvr.api.route import ApiReply, ApiRequest, Caller, Needs, Route, find
from mgmtsrvr.console.watches import Answer
from verdigris.errors import NoSuchPage, VerdigrisError
from verdigris.problem import problem_json


async def _nothing(request: ApiRequest) -> ApiReply:
    del request
    return ApiReply(None)


PAGE = Route("GET", "/console", _nothing, "A page.", needs=Needs.NOTHING)
STREAM = Route("GET", "/stream", _nothing, "The stream of a page.", needs=Needs.LOGIN)


class Door:
    """What pages and their streams may have of an API.

    Args:
        api: the administration API.
        clock: Twisted's.
    """

    def __init__(self, api: Api, clock: IReactorTime) -> None:
        self.clock = clock
        self._api = api

    def __repr__(self) -> str:
        return f"<Door of {self._api!r}>"

    def refuse(self, request: Request) -> None:
        """Refuse a request for a page that comes in a way that is not permitted.

        Raises:
            VerdigrisError: it comes through an accidental proxy, or under a strange name.
        """
        self._api.guard(_read(request), PAGE)

    async def admit(self, request: Request) -> Caller:
        """Who opens a stream.

        Raises:
            VerdigrisError: it comes from a page of another site, or without a login.
        """
        wanted = _read(request)
        # As for a change: a page of another site may ask for what is safe, and would hear the stream.
        self._api.guard(replace(wanted, method="POST"), STREAM)
        found = await self._api.access.identify(wanted, STREAM)
        return found.caller

    async def still(self, caller: Caller) -> None:
        """Refuse somebody whose login has ended.

        Raises:
            VerdigrisError: it has.
        """
        headers = {"authorization": f"Bearer {caller.token}"} if caller.token else {}
        asked = ApiRequest("GET", "/stream", {}, {}, headers, b"", "")
        await self._api.access.identify(asked, STREAM)

    async def look(self, target: str, caller: Caller) -> Answer:
        """The answer to a GET.

        Args:
            target: path and query.
            caller: who looks.
        """
        path, _, query = target.partition("?")
        try:
            route, names = find(self._api.routes, "GET", path)
            if route.gives != "application/json":
                raise NoSuchPage(path=path)
            asked = ApiRequest("GET", path, names, parameters_of(query), {}, b"", "", caller=caller)
            self._api.access.require(asked, route)
            reply = apply_options(asked, await route.action(asked))
        except VerdigrisError as problem:
            return Answer(problem.http, problem_json(problem, path))
        if isinstance(reply.body, bytes):
            return Answer(404, problem_json(NoSuchPage(path=path), path))
        total = reply.headers.get("X-Total-Count")
        return Answer(reply.status, msgspec.json.encode(reply.body), int(total) if total else None)


def _read(request: Request) -> ApiRequest:
    path = request.path.decode("utf-8", "replace")
    return read_request(cast("LimitedRequest", request), path, {}, "")
