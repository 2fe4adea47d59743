"""Rules against pages of other sites, the same at every HTTP endpoint of the product.

A browser on a trusted machine sends the requests of any page it shows. `Origin` and `Sec-Fetch-Site`
(Fetch Metadata Request Headers, W3C) name the page's site: that is cross-site request forgery. A page
whose own name was made to lead here (DNS rebinding) is of the same site; only `Host` shows its name.
An address that came through a proxy is not the client's.

Law (tests/verdigris/test_cross_site.py): a name is refused unless it is one of this machine, an IP
address (no page has a name that is one) or a configured one; an origin unless it is the host asked.
"""

import re
import socket
from collections.abc import Callable, Collection
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Final

from verdigris.errors import BadRequest, CrossSite, NotLocal, UnknownHost


SHOWN: Final = 200
"""Characters of an origin or a host that an error quotes."""

FORWARDING: Final = frozenset({
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-forwarded-server", "x-real-ip",
})  # fmt: skip
"""Headers that proxies add (RFC 7239; RFC 9110, 7.6.3; and what was usual before)."""

MAX_PORT: Final = 65_535

ANY_HOST: Final = "*"
"""A configured name that stands for every name."""

_PORTS: Final = {"http": "80", "https": "443"}
_NAME: Final = r"(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2}){0,255}"
_HOST: Final = re.compile(rf"(\[[0-9A-Fa-f:.]{{1,255}}\]|{_NAME})(?::([0-9]{{0,5}}))?\Z")
"""uri-host and port (RFC 9110, 7.2; RFC 3986, 3.2.2). A comma, though RFC 3986 allows it in names, is
refused: it joins the values of two headers. A name has at most 255 characters (RFC 1035, 2.3.4); what
is judged here is kept, and a head may hold 64 KiB."""


@lru_cache(1_000)
def split_host(value: str) -> tuple[str, str]:
    """Name and port of a Host header, in lower case; "" where they are absent.

    Raises:
        BadRequest: it is not a host and a port (RFC 9112, 3.2).
    """
    found = _HOST.match(value.strip())
    name, port = (found[1].lower(), found[2] or "") if found else ("", "")
    bad_address = name.startswith("[") and not _is_address(name[1:-1])
    if found is None or bad_address or int(port or "0") > MAX_PORT or (port and not name):
        raise BadRequest(problem="the value of the Host header is not a host name or address")
    return name.strip("[]"), port


@lru_cache(1_000)
def is_loopback(host: str) -> bool:
    """Whether an address is one this machine has for itself (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def names_loopback(value: str) -> bool:
    """Whether a Host header names this machine as only its own programs can: localhost, 127.0.0.1."""
    try:
        name, _ = split_host(value)
    except BadRequest:
        return False
    return _is_localhost(name) or is_loopback(name)


def forwarding_header(has: Callable[[str], object]) -> str:
    """A header that shows that a proxy passed the request on; "" if there is none.

    Args:
        has: gives something true for the name, in lower case, of a header that is present.
    """
    return min(filter(has, FORWARDING), default="")


def refuse_unknown_host(value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a request for a name that is not ours, so that no page of that name gets an answer.

    Args:
        value: the header `Host`; "" without one, as programs of HTTP/1.0 and no browser send.
        allowed: names, with or without a port; `*` allows every name.

    Raises:
        BadRequest: the value is not a host.
        UnknownHost: it is another's name.
    """
    name, _ = split_host(value)
    if not _is_ours(name, allowed):
        raise UnknownHost(host=value[:SHOWN])


def refuse_forwarded(has: Callable[[str], object], allowed: Collection[str]) -> None:
    """Refuse a request that came through a proxy to an address meant for this machine.

    Args:
        has: see `forwarding_header`.
        allowed: names that were configured; with some, the proxy is intended.

    Raises:
        NotLocal: it came through a proxy.
    """
    header = forwarding_header(has)
    if header and not allowed:
        raise NotLocal(header=header.title())


def refuse_cross_site(
    *, fetch_site: str, origin: str = "", host: str = "", public: str = "", safe: bool = False
) -> None:
    """Refuse a request that a browser makes for a page of another site.

    Args:
        fetch_site: the header `Sec-Fetch-Site`; "" without one.
        origin: the header `Origin`; "" without one.
        host: the header `Host`, which the origin is compared with.
        public: base URL under which clients reach us through a proxy, an origin as well; "" if none.
        safe: whether the request changes nothing; then the page may be of another site.

    Raises:
        CrossSite: the page is of another site.
    """
    if origin and not _is_same(origin, host, public):
        raise CrossSite(origin=origin[:SHOWN])
    if fetch_site.lower() in {"cross-site", "same-site"} and not safe:
        raise CrossSite(origin=f"Sec-Fetch-Site: {fetch_site}")


def _is_same(origin: str, host: str, public: str) -> bool:
    scheme, found, place = origin.lower().partition("://")
    if not found or scheme not in _PORTS:
        return False  # "null", or the page of a file or an extension
    default = _PORTS[scheme]
    try:
        asked = split_host(place)
        if (asked[0], asked[1] or default) == _with_port(split_host(host), default):
            return True
    except BadRequest:
        return False
    return bool(public) and origin.lower() == public.lower()


def _with_port(place: tuple[str, str], default: str) -> tuple[str, str]:
    return place[0], place[1] or default


@lru_cache(1_000)
def _is_ours(name: str, allowed: tuple[str, ...]) -> bool:
    if not name or _is_localhost(name) or _is_address(name) or ANY_HOST in allowed:
        return True
    plain = name.removesuffix(".")
    return plain in _own_names() or plain in {split_host(one)[0] for one in allowed}


def _is_localhost(name: str) -> bool:
    """A name that every resolver takes for this machine (RFC 6761, 6.3)."""
    return name == "localhost" or name.endswith(".localhost")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@cache
def _own_names() -> frozenset[str]:
    """The names of this machine, without asking a name server."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]})
