"""The rule against cross-site request forgery, the same at every HTTP endpoint of the product.

A browser on a trusted machine sends the requests of any page it shows; it says in `Origin` and
`Sec-Fetch-Site` (Fetch Metadata Request Headers, W3C) which page that is.
"""

from verdigris.errors import CrossSite


SHOWN = 200
"""Characters of an origin that an error quotes."""


def refuse_cross_site(
    *, fetch_site: str, origin: str = "", host: str = "", safe: bool = False
) -> None:
    """Refuse a request that a browser makes for a page of another site.

    Args:
        fetch_site: the header `Sec-Fetch-Site`; "" without one.
        origin: the header `Origin`; "" without one, or where it is not compared.
        host: the header `Host`, which the origin is compared with.
        safe: whether the request changes nothing; then the page may be of another site.

    Raises:
        CrossSite: the page is of another site.
    """
    if origin and origin.partition("://")[2] != host:
        raise CrossSite(origin=origin[:SHOWN])
    if fetch_site.lower() in {"cross-site", "same-site"} and not safe:
        raise CrossSite(origin=f"Sec-Fetch-Site: {fetch_site}")
