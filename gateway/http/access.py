"""Access rules that depend on where a request comes from: this machine, or the page of another site."""

from functools import lru_cache
from ipaddress import ip_address

from gateway.http.request import Request
from verdigris.config.plugin_cfg import From
from verdigris.cross_site import refuse_cross_site


@lru_cache(1_000)
def is_loopback(host: str) -> bool:
    """Whether an address is one this machine has for itself (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def may_see(who: From, request: Request) -> bool:
    """Whether a page is for the sender of a request.

    Args:
        who: the setting of the page: "never", "loopback" or "always".
        request: for the page.
    """
    return who == "always" or (who == "loopback" and _is_local(request))


def _is_local(request: Request) -> bool:
    """Whether a request comes from this machine and asks for it under a name of its own.

    The second condition is against DNS rebinding: the page of a site whose name was made to lead
    here asks under the name of that site.
    """
    name, _, port = (request.getHeader("host") or "").strip().rpartition(":")
    host = name if port.isdecimal() else f"{name}:{port}" if name else port
    peer = getattr(request.getClientAddress(), "host", "")
    return is_loopback(peer) and (host == "localhost" or is_loopback(host.strip("[]")))


def refuse_other_sites(request: Request) -> None:
    """Refuse a request that a browser makes for a page of another site.

    The origin is not compared with the host: a proxy may have replaced the host.

    Raises:
        CrossSite: the page is of another site.
    """
    refuse_cross_site(fetch_site=request.joined("sec-fetch-site"))
