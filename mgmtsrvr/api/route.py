"""Routes of the administration API, as data.

Law (tests/mgmtsrvr/test_api.py): the table of routes is the only description of the API: requests
are dispatched by it and the OpenAPI document is made from it, so that the two cannot differ.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final, get_origin
from urllib.parse import unquote

from mgmtsrvr.access import LoggedIn
from verdigris.errors import BadRequest, MethodNotAllowed, NoSuchPage, VerdigrisError
from verdigris.rights import ActTarget, Permission


class Needs(Enum):
    """What a route needs of its caller where it needs no permission."""

    NOTHING = "nothing"
    LOGIN = "a login"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    Attributes:
        name: of the user, with the directory; "" without security.
        may: whether the user has a permission for a target.
        logged_in: None without security.
        token: that proved it.
    """

    name: str
    may: Callable[[Permission, ActTarget], bool]
    logged_in: LoggedIn | None = None
    token: str = field(default="", repr=False)


ANYBODY: Final = Caller("", lambda _permission, _target: True)
"""The caller of every request without security: may everything, as before there were users."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One HTTP request, without its transport.

    Attributes:
        method: the method.
        path: the path, without the query.
        names: the values of the path's parameters.
        query: the query's parameters.
        headers: by lower-case name.
        body: the whole body.
        request_id: from the X-Request-ID header, or new.
        address: of the client.
        caller: who sends it.
    """

    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    address: str = ""
    caller: Caller = ANYBODY

    def flag(self, name: str) -> bool:
        """A parameter that is true or false.

        Raises:
            BadRequest: it is neither.
        """
        value = self.query.get(name, "false").lower()
        if value not in {"true", "false", "1", "0", ""}:
            raise BadRequest(problem=f"{name} has to be true or false, not {value!r}")
        return value in {"true", "1", ""}

    @property
    def own(self) -> bool:
        """Whether only this management server's own view is wanted: a peer asks, or `own=true`."""
        return "own" in self.query and self.flag("own")

    def number(self, name: str, default: int) -> int:
        """A whole-number parameter.

        Raises:
            BadRequest: it is not a whole number.
        """
        value = self.query.get(name, str(default))
        if not re.fullmatch(r"\d{1,9}", value):
            raise BadRequest(problem=f"{name} has to be a whole number, not {value!r}")
        return int(value)


@dataclass(frozen=True, slots=True)
class ApiReply:
    """The reply to a request: an object that becomes JSON, or bytes of another media type."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


Action = Callable[[ApiRequest], Awaitable[ApiReply]]


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    Attributes:
        method: GET, PUT, POST or DELETE.
        path: the path, with `{name}` for each parameter.
        action: the coroutine function that answers.
        summary: one sentence.
        returns: the type of the JSON body; None for another media type.
        query: the query's parameters and their meaning.
        takes: media type of the request's body, "" for none.
        gives: media type of the reply.
        statuses: further statuses and their meaning.
        errors: coded errors to expect.
        needs: what it needs of its caller: a permission, a login, or nothing.
        harmless: it changes nothing, whatever its method.
    """

    method: str
    path: str
    action: Action
    summary: str
    returns: object = None
    query: Mapping[str, str] = field(default_factory=dict)
    takes: str = ""
    gives: str = "application/json"
    statuses: Mapping[int, str] = field(default_factory=dict)
    errors: Sequence[type[VerdigrisError]] = ()
    needs: Permission | Needs = field(kw_only=True)
    harmless: bool = field(default=False, kw_only=True)

    @property
    def changes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET" and not self.harmless

    @property
    def is_list(self) -> bool:
        """Whether it gives a list, of which a request may want a part."""
        return get_origin(self.returns) is list

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of its paths, with a group for each parameter."""
        parts = re.split(r"\{(\w+)\}", self.path)
        made = [f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts)]
        return re.compile("".join(made) + r"/?\Z")

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def id(self) -> str:
        """The name of the operation."""
        return self.action.__name__


PROBES: Final = {"/": "/ready", "/ready": "/ready", "/live": "/live"}
"""Paths whose OPTIONS is answered as a health probe: HAProxy's `option httpchk` sends `OPTIONS /`."""


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route for a request, and the values of its path's parameters.

    Raises:
        NoSuchPage: no route has such a path.
        MethodNotAllowed: the path's routes have other methods (details: allowed).
    """
    if method == "OPTIONS" and path in PROBES:
        method, path = "GET", PROBES[path]
    wanted = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for route in routes:
        found = route.pattern.match(path)
        if found is None:
            continue
        if route.method == wanted:
            return route, {name: unquote(value) for name, value in found.groupdict().items()}
        allowed.append(route.method)
    if allowed:
        raise MethodNotAllowed({"allowed": sorted(set(allowed))}, path=path, method=method)
    raise NoSuchPage(path=path)
