"""Access rules that depend on where a request comes from: this machine, or the page of another site."""

from functools import lru_cache

from gateway.http.request import Request
from verdigris.config.plugin_cfg import From, PluginConfig
from verdigris.cross_site import (
    FORWARDING,
    is_loopback,
    names_loopback,
    refuse_cross_site,
    refuse_unknown_host,
)


def may_see(who: From, request: Request) -> bool:
    """Whether a page is for the sender of a request.

    Args:
        who: the setting of the page: "never", "loopback" or "always".
        request: for the page.
    """
    return who == "always" or (who == "loopback" and _is_local(request))


def _is_local(request: Request) -> bool:
    """Whether a request comes from this machine and asks for it by a local name.

    The second condition is against DNS rebinding: the page of a site whose name was made to lead
    here asks by the name of that site.
    """
    return is_from_here(request) and names_loopback(request.getHeader("host") or "")


def is_from_here(request: Request) -> bool:
    """Whether a request comes from a client on this machine, not from a proxy for another one."""
    return is_loopback(request.location) and FORWARDING.isdisjoint(request.headers)


def refuse_other_names(request: Request, config: PluginConfig) -> None:
    """Refuse a request for a host name that is not this gateway's (DNS rebinding).

    Raises:
        UnknownHost: the name is neither a local one nor configured.
        BadRequest: the header is not a host.
    """
    _refuse_name(request.getHeader("host") or "", config.allowed_hosts, config.public_url)


def refuse_other_sites(request: Request, config: PluginConfig) -> None:
    """Refuse a call that a browser makes for a page of another site.

    Raises:
        CrossSite: the page is of another site.
    """
    # Only browsers send these headers.
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        refuse_cross_site(
            fetch_site=request.joined("sec-fetch-site"),
            origin=request.joined("origin"),
            host=request.getHeader("host") or "",
            public=config.public_url,
        )


@lru_cache(1_000)  # of names that are allowed: a client asks by the same one again and again
def _refuse_name(host: str, allowed: tuple[str, ...], public_url: str) -> None:
    own = (public_url.partition("://")[2],) if public_url else ()
    refuse_unknown_host(host, (*allowed, *own))
