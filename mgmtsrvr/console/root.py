"""The addresses of an API listener: pages and their files, the stream, and everything else is the API."""

from pathlib import Path
from typing import Final, cast

from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

from mgmtsrvr.api.resource import Api
from mgmtsrvr.console.door import Door
from mgmtsrvr.console.pages import Pages
from mgmtsrvr.console.stream import StreamResource
from mgmtsrvr.console.watches import Watches
from verdigris.web import ASSETS, Assets
from verdigris.web.modules import KIT, VENDOR


FOLDERS: Final = {
    "console": Path(__file__).parent / "files",
    "kit": KIT,
    "vendor": VENDOR,
}


class Root(Resource):
    """The root of an API listener that offers the console too.

    Args:
        api: the administration API.
        pages: the console's.
        stream: of changes.
    """

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, api: Api, pages: Pages, stream: StreamResource) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet
        self._api = api
        self._pages = pages
        self._stream = stream

    def render(self, request: IRequest) -> int:
        """Answer a request by who is responsible for its path."""
        path = cast("bytes", request.path).decode("utf-8", "replace")
        if path == "/stream":
            return self._stream.render(request)
        if path == "/" and b"text/html" in (request.getHeader(b"accept") or b""):
            return self._pages.redirect(request)
        if path == "/console" or path.startswith(("/console/", ASSETS)):
            return self._pages.render(request)
        return self._api.render(request)


def root(api: Api, watches: Watches, clock: IReactorTime) -> Root:
    """The root of a listener.

    Args:
        api: the administration API.
        watches: what open pages watch.
        clock: Twisted's.
    """
    door = Door(api, clock)
    return Root(api, Pages(Assets(FOLDERS), door.refuse), StreamResource(door, watches))
