"""Routes: what the administration API can be asked, as data.

Law: a route is a value; the table of them is the only description of the API: requests are
dispatched by it and the OpenAPI document is made from it, so the two cannot drift apart.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from verdigris.errors import BadRequest, MethodNotAllowed, NoSuchPage, VerdigrisError


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, as far as routes care.

    Attributes:
        request_id: from the X-Request-ID header, or new.
        headers: by lower-case name.
    """

    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str

    def flag(self, name: str) -> bool:
        """A yes-or-no parameter.

        Raises:
            BadRequest: it is neither.
        """
        said = self.query.get(name, "false").lower()
        if said not in {"true", "false", "1", "0", ""}:
            raise BadRequest(problem=f"{name} has to be true or false, not {said!r}")
        return said in {"true", "1", ""}

    def number(self, name: str, default: int) -> int:
        """A whole-number parameter.

        Raises:
            BadRequest: it is none.
        """
        said = self.query.get(name, str(default))
        if not re.fullmatch(r"\d{1,9}", said):
            raise BadRequest(problem=f"{name} has to be a whole number, not {said!r}")
        return int(said)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: an object that becomes JSON, or bytes of another type."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


Action = Callable[[Asked], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    Attributes:
        method: GET, PUT, POST or DELETE.
        path: with `{name}` places.
        action: what answers.
        summary: one sentence.
        returns: the type of the JSON body; None for another media type.
        query: parameters and what they mean.
        takes: media type of the request's body, "" for none.
        gives: media type of the answer.
        statuses: further statuses and what they mean.
        errors: coded errors to expect.
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

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches its paths, naming the places."""
        parts = re.split(r"\{(\w+)\}", self.path)
        made = [f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts)]
        return re.compile("".join(made) + r"/?\Z")

    @property
    def places(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def id(self) -> str:
        """Names the operation."""
        return self.action.__name__


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route for a request, and what stands in its places.

    Raises:
        NoSuchPage: no route has such a path.
        MethodNotAllowed: routes have, but with other methods (details: allowed).
    """
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
