"""Explorer: pages on which people try the services out.

A page loads its files from here and nothing from anywhere else; no script runs in it but those files.

    GET /explorer                     the services
    GET /explorer/model/NAME          one of them, likewise /explorer/session/POOL
    GET /explorer/files/NAME          style and script
"""

from functools import cache
from importlib.resources import files
from typing import Final

from gateway.call import Client
from gateway.explorer.page import service_page, services_page
from gateway.http import Request
from gateway.http.access import may_see
from gateway.http.address import KINDS, base_url
from gateway.http.responses import send_body
from gateway.http.routing import GET, Route
from gateway.services.metadata_rights import require, told_of
from gateway.services.service_registry import Services
from verdigris.errors import NoSuchPage
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


class Explorer:
    """Handler of everything below /explorer.

    Args:
        services: what there is to try.

    Attributes:
        routes: the rows of the routing table.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.routes = (Route("/explorer/*", GET, self.page),)

    def __repr__(self) -> str:
        return f"<Explorer of {self._services!r}>"

    def page(self, request: Request, client: Client, *parts: str) -> None:
        """Answer a GET.

        Raises:
            NoSuchPage: there is no such page, or it is not for this client.
            NotOffered: there is no such service.
            NotServedYet: it is not served yet, or it is not known yet whether it exists.
            NotPermitted: the client may not be told of it.
        """
        if not may_see(client.config.explorer, request):
            raise NoSuchPage(path="/explorer")
        match parts:
            case []:
                found = told_of(client, self._services.all())
                _send(request, services_page(found, known=self._services.known))
            case ["files", name] if name in FILES:
                _send(request, _file(name), FILES[name])
            case [kind, name] if kind in KINDS:
                _send(request, self._service(request, client, KINDS[kind], name))
            case _:
                raise NoSuchPage(path="/explorer/...")

    def _service(self, request: Request, client: Client, kind: Kind, name: str) -> str:
        service = require(client, self._services.get(kind, name))
        return service_page(
            service,
            base=base_url(request, client.config.public_url),
            rest=client.config.rest,
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
