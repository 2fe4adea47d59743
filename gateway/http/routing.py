"""Routing: a table of routes, and what answers a request for a path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gateway.call import Client
from gateway.http.address import KINDS
from gateway.http.request import Request
from gateway.http.target import path_of, printable
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import MethodNotAllowed, NoSuchPage


GET: Final = ("GET", "HEAD")
POST: Final = ("POST",)
OPTIONS: Final = ("OPTIONS",)

MAX_METHOD: Final = 20
"""Characters of an unknown method that are repeated in an error."""

Handler = Callable[..., None]
"""Called with the request, its sender, and what the path has in the place of the variables."""


def always(config: PluginConfig) -> bool:  # noqa: ARG001 - a condition on the settings
    """The condition of a route that is offered under all settings."""
    return True


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a routing table.

    Attributes:
        path: segments: `{kind}` stands for "model" or "session", another name in braces for any
            segment, and a last `*` for all that follow, in any number.
        methods: that it answers; none if the handler decides.
        handler: answers, now or later.
        offered: the settings under which there is such a page.
    """

    path: str
    methods: tuple[str, ...]
    handler: Handler
    offered: Callable[[PluginConfig], bool] = always

    def match(self, parts: Sequence[str]) -> tuple[Any, ...] | None:
        """The values of the variables if a path matches this route; else None."""
        pattern = [segment for segment in self.path.split("/") if segment]
        values: list[Any] = []
        if pattern[-1:] == ["*"]:
            if len(parts) < len(pattern) - 1:
                return None
        elif len(parts) != len(pattern):
            return None
        for position, segment in enumerate(pattern):
            if segment == "*":
                return (*values, *parts[position:])
            if segment == "{kind}":
                if parts[position] not in KINDS:
                    return None
                values.append(KINDS[parts[position]])
            elif segment.startswith("{"):
                values.append(parts[position])
            elif segment != parts[position]:
                return None
        return tuple(values)


class Router:
    """Finds the handler of a request in a table.

    Args:
        routes: the table; of several routes that match, the first that takes the method answers.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)
        # Clients ask for the same paths again and again.
        self._answering = lru_cache(256)(self._find)

    def __repr__(self) -> str:
        return f"<Router [{len(self._routes)} routes]>"

    def route(self, request: Request, client: Client, parts: tuple[str, ...]) -> None:
        """Let the request be answered.

        Args:
            request: to be answered.
            client: its sender.
            parts: the segments of its path.

        Raises:
            NoSuchPage: no route matches.
            MethodNotAllowed: one does, and takes other methods.
            VerdigrisError: what the handler raised.
        """
        for route, values in self._answering(request.method, parts):
            if route.offered(client.config):
                route.handler(request, client, *values)
                return
        offered = [
            route
            for route in self._routes
            if route.match(parts) is not None and route.offered(client.config)
        ]
        if not offered:
            raise NoSuchPage(path=path_of(request))
        same_path = [route.methods for route in offered if route.path == offered[0].path]
        raise refuse_method(request, [method for methods in same_path for method in methods])

    def _find(self, method: bytes, parts: tuple[str, ...]) -> list[tuple[Route, tuple[Any, ...]]]:
        """The routes that match a path and take a method, with the values of their variables."""
        asked = method.decode("latin-1")
        taking = [route for route in self._routes if not route.methods or asked in route.methods]
        found = [(route, route.match(parts)) for route in taking]
        return [(route, values) for route, values in found if values is not None]


def refuse_method(request: Request, allowed: Sequence[str]) -> MethodNotAllowed:
    """The error that a page does not take the method; sets the Allow header (RFC 9110, 15.5.6)."""
    request.setHeader(b"allow", ", ".join(allowed).encode())
    return MethodNotAllowed(path=path_of(request), method=printable(request.method, MAX_METHOD))
