"""Addresses of the gateway as its clients write them: services, and documents that name them."""

import re
from typing import Final
from urllib.parse import quote

from gateway.http.request import Request
from verdigris.wire import Kind
from wsdl.names import PATH_SEGMENTS


KINDS: Final[dict[str, Kind]] = {segment: kind for kind, segment in PATH_SEGMENTS.items()}
"""Path segment -> the kind of service it names (product facts 7.2)."""

PLACEHOLDER: Final = "http://address.invalid/of-this-service"
"""Address in a document that is made once and served to clients that see us under different ones."""

_HOST: Final = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](:\d{1,5})?\Z")


def service_path(root: str, kind: Kind, name: str) -> str:
    """The path of a service, such as `/vhi-ws/model/BankDemo`.

    Args:
        root: "vhi-ws", "vhi-rs" or "explorer".
        kind: of the service.
        name: of the service.
    """
    return f"/{root}/{PATH_SEGMENTS[kind]}/{quote(name)}"


def base_url(request: Request, public_url: str) -> str:
    """Scheme, host and port under which the client of a request reaches us.

    Args:
        request: of the client.
        public_url: setting `publicUrl`, which counts before the request; "" if it is not set.
    """
    if public_url:
        return public_url
    scheme = "https" if request.isSecure() else "http"
    host = (request.getHeader("host") or "").strip()
    if not _HOST.match(host):  # a Host header is the client's; only what cannot do harm is repeated
        here = request.getHost()
        host = f"{here.host}:{here.port}" if ":" not in here.host else f"[{here.host}]:{here.port}"
    return f"{scheme}://{host}"


def addressed(template: bytes, escaped: bytes) -> bytes:
    """A document with an address in it.

    Args:
        template: the document with `PLACEHOLDER` in the place of the address.
        escaped: the address, escaped as the format of the document wants it.
    """
    return template.replace(PLACEHOLDER.encode(), escaped)
