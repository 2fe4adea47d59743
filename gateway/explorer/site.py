"""The explorer's URLs.

Law: a page loads two files from here and nothing from anywhere else; nothing in a page runs but the
file served beside it.

    GET /explorer                     the services
    GET /explorer/model/NAME          one of them, likewise /explorer/session/POOL
    GET /explorer/files/NAME          style and script
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final

from gateway.explorer.page import service_page, services_page
from gateway.http import Request
from gateway.http.responses import send_body
from gateway.service_registry import Services
from gateway.settings import Settings
from gateway.telemetry.request_context import allowed
from verdigris.errors import NoSuchPage, NotOffered, Warming
from verdigris.wire import Kind


POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: our own files, requests to our own services, nothing else."""

FILES: Final = {
    "explorer.css": "text/css; charset=utf-8",
    "explorer.js": "text/javascript; charset=utf-8",
    "messages.js": "text/javascript; charset=utf-8",
    "snippets.js": "text/javascript; charset=utf-8",
}

KINDS: Final[dict[str, Kind]] = {"model": "model", "session": "pool"}


class Explorer:
    """Answers what is below /explorer.

    Args:
        services: what there is to try.
        settings: whom the explorer is for.
        base: scheme, host and port the client reaches us by, for copied requests.
    """

    def __init__(
        self, services: Services, settings: Settings, base: Callable[[Request], str]
    ) -> None:
        self._services = services
        self._settings = settings
        self._base = base

    def __repr__(self) -> str:
        return f"<Explorer for {self._settings.config.explorer}>"

    def page(self, request: Request, rest: list[str]) -> None:
        """Answer a GET.

        Raises:
            NoSuchPage: there is none, or it is not for this client.
            NotOffered: there is no such service.
            Warming: nobody has said yet which there are.
        """
        if not allowed(self._settings.config.explorer, request):
            raise NoSuchPage(path="/explorer")
        match rest:
            case []:
                found = self._services.all()
                _send(request, services_page(found, known=self._services.known))
            case ["files", name] if name in FILES:
                _send(request, _file(name), FILES[name])
            case ["model" | "session" as kind, name]:
                _send(request, self._service(request, KINDS[kind], name))
            case _:
                raise NoSuchPage(path="/explorer/...")

    def _service(self, request: Request, kind: Kind, name: str) -> str:
        service = self._services.find(kind, name)
        if service is None and not self._services.known:
            raise Warming
        if service is None:
            raise NotOffered(kind=kind, name=name[:200], where="this gateway")
        return service_page(
            service,
            base=self._base(request),
            rest=self._settings.config.rest,
            online=self._services.online(service),
        )


@cache
def _file(name: str) -> str:
    return files("gateway.explorer").joinpath(name).read_text("utf-8")


def _send(request: Request, text: str, content_type: str = "text/html; charset=utf-8") -> None:
    request.setHeader(b"content-type", content_type.encode())
    request.setHeader(b"content-security-policy", POLICY.encode())
    request.setHeader(b"x-content-type-options", b"nosniff")
    request.setHeader(b"referrer-policy", b"no-referrer")
    request.setHeader(b"cache-control", b"no-store")
    send_body(request, text.encode())
