"""Pages and documents of the services, and the health questions of monitors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.call import Client
from gateway.http import Request
from gateway.http.access import may_see
from gateway.http.address import base_url, service_path
from gateway.http.responses import send_document, send_page, send_text
from gateway.http.target import query_of
from gateway.services.metadata_rights import require, told_of
from gateway.services.service_registry import MANAGEMENT, Services
from gateway.settings import Settings
from gateway.web import pages
from verdigris.wire import Kind
from wsdl import SOAP11, SOAP12, SoapVersion


WSDL: Final = frozenset({"wsdl", "singlewsdl"})
"""Queries for the WSDL. It is always one document, which .NET's tools ask for by `?singleWsdl`."""


@dataclass(slots=True)
class GatewayStatus:
    """What the pages show of the gateway itself.

    Attributes:
        closing: it takes no new connections and finishes its calls.
        fingerprint: SHA-256 of its HTTPS certificate; "" without HTTPS.
        alone: a line about the allocation table; "" where it is not used.
    """

    closing: bool = False
    fingerprint: str = ""
    alone: Callable[[], str] = str


class ServicePages:
    """Handlers of the pages.

    Args:
        services: what is served.
        settings: of the gateway.
        status: of the gateway.
    """

    def __init__(self, services: Services, settings: Settings, status: GatewayStatus) -> None:
        self._services = services
        self._settings = settings
        self._status = status

    def redirect_to_services(self, request: Request, client: Client) -> None:  # noqa: ARG002 - a handler's signature
        """Answer `GET /`."""
        request.redirect(b"/vhi-ws")
        request.finish()

    def services(self, request: Request, client: Client) -> None:
        """Answer `GET /vhi-ws`: the list of services."""
        services = self._services
        unserved = (
            [
                pages.UnservedModel(*name, reason)
                for name, reason in sorted(services.problems.items())
            ]
            if client.metadata is None
            else []
        )
        text = pages.service_list(
            [(it, services.online(it)) for it in told_of(client, services.all())],
            unserved,
            self._settings.problem,
            known=services.known,
            fingerprint=self._status.fingerprint,
            alone=self._status.alone(),
            links=_links(request, client),
        )
        send_page(request, text, pages.POLICY)

    def service(self, request: Request, client: Client, kind: Kind, name: str) -> None:
        """Answer `GET /vhi-ws/KIND/NAME`: the WSDL, the schema, or the page of a service.

        Raises:
            NotOffered: there is no such service.
            NotServedYet: it is not served yet, or it is not known yet whether it exists.
            NotPermitted: the client may not be told of it.
        """
        service = require(client, self._services.get(kind, name))
        query = query_of(request)
        if not WSDL.isdisjoint(query):
            path = service_path("vhi-ws", service.kind, service.contract.name)
            address = base_url(request, client.config.public_url) + path
            send_document(
                request, service.soap.documents.wsdl(address, _versions(query.get("soap")))
            )
        elif "xsd" in query:
            send_document(request, service.soap.documents.xsd)
        else:
            online = self._services.online(service)
            text = pages.service_page(service, online=online, links=_links(request, client))
            send_page(request, text, pages.POLICY)

    def live(self, request: Request, client: Client) -> None:  # noqa: ARG002 - a handler's signature
        """Answer `GET /live`: the process answers at all."""
        send_text(request, 200, "live\n")

    def ready(self, request: Request, client: Client) -> None:
        """Answer `/ready`: whether new requests may be sent here, and why not."""
        reason = self._why_unready(client)
        text = f"not ready: {reason}\n" if reason else "ready\n"
        if alone := self._status.alone():
            text += f"{alone}\n"
        if self._settings.problem:
            text += "the last edit of the configuration is broken\n"
        send_text(request, 503 if reason else 200, text)

    def _why_unready(self, client: Client) -> str:
        if self._status.closing:
            return "the gateway is finishing its calls"
        config = client.config
        managed = config.domain_name and config.management_servers
        return self._services.why_unready(MANAGEMENT if managed else "")


def _links(request: Request, client: Client) -> pages.Links:
    return pages.Links(rest=client.config.rest, explorer=may_see(client.config.explorer, request))


def _versions(wanted: str | None) -> tuple[SoapVersion, ...]:
    """The SOAP versions of a WSDL, by its parameter `soap`; both if it is absent."""
    if wanted == "1.1":
        return (SOAP11,)
    return (SOAP12,) if wanted == "1.2" else (SOAP11, SOAP12)
