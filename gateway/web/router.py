"""Routing table of the gateway.

GET  /vhi-ws                      list of services
GET  /vhi-ws/model/NAME?wsdl      WSDL (?xsd, ?wsdl&soap=1.1, ?singleWsdl; in any case), likewise /session/POOL
POST /vhi-ws/model/NAME           SOAP 1.1 or 1.2, whatever the query, SOAPAction, Content-Type
---  /vhi-rs/...                  the same services as REST: see `gateway.rest.rest_resource`
GET  /live, /ready                200 or 503, to GET, HEAD and OPTIONS
---  OPTIONS /                    the same as /ready: HAProxy's `option httpchk` asks so
"""

from gateway.http.routing import GET, OPTIONS, POST, Route
from gateway.rest import Rest
from gateway.web.service_pages import ServicePages
from gateway.web.soap_handler import SoapHandler


def routes_of(pages: ServicePages, soap: SoapHandler, rest: Rest) -> tuple[Route, ...]:
    """The routes of every gateway; the explorer and the metrics add theirs."""
    return (
        Route("/vhi-ws/{kind}/{name}", GET, pages.service),
        Route("/vhi-ws/{kind}/{name}", POST, soap.post),
        Route("/vhi-rs/*", (), rest.serve, lambda config: config.rest),
        Route("/vhi-ws", GET, pages.services, lambda config: config.list_services),
        Route("/", GET, pages.redirect_to_services),
        Route("/", OPTIONS, pages.ready),
        Route("/live", GET + OPTIONS, pages.live),
        Route("/ready", GET + OPTIONS, pages.ready),
    )
