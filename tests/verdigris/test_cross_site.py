"""The rule against cross-site requests: which headers of a browser are refused."""

import pytest

from verdigris.cross_site import SHOWN, refuse_cross_site, refuse_forwarded, refuse_unknown_host
from verdigris.errors import BadRequest, CrossSite, NotLocal, UnknownHost


@pytest.mark.parametrize(
    "headers",
    [
        {"fetch_site": ""},
        {"fetch_site": "same-origin"},
        {"fetch_site": "none"},
        {"fetch_site": "", "origin": "http://h:8095", "host": "h:8095"},
        {"fetch_site": "cross-site", "safe": True},
        {"fetch_site": "", "origin": "https://h", "host": "H:443"},
        {"fetch_site": "", "origin": "http://h:80", "host": "h"},
        {
            "fetch_site": "",
            "origin": "https://p.example",
            "host": "h",
            "public": "https://p.example",
        },
    ],
)
def test_a_request_without_a_browser_or_of_a_page_of_this_site_passes(headers):
    refuse_cross_site(**headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"fetch_site": "cross-site"},
        {"fetch_site": "Same-Site"},
        {"fetch_site": "", "origin": "http://h:8096", "host": "h:8095"},
        {"fetch_site": "", "origin": "null", "host": "h:8095"},
        {"fetch_site": "", "origin": "http://h", "host": "h:8095"},
        {"fetch_site": "", "origin": "file://h", "host": "h"},
        {"fetch_site": "", "origin": "http://a, http://h", "host": "h"},
        {"fetch_site": "same-origin", "origin": "http://evil", "host": "h", "safe": True},
    ],
)
def test_a_request_of_a_page_of_another_site_is_refused(headers):
    with pytest.raises(CrossSite):
        refuse_cross_site(**headers)


def test_the_error_quotes_an_origin_of_bounded_length():
    with pytest.raises(CrossSite) as caught:
        refuse_cross_site(fetch_site="", origin="http://" + "x" * 9_999, host="h")
    assert len(str(caught.value)) < SHOWN + 300


def test_a_name_is_ours_if_it_is_local_an_address_or_configured():
    for name in ("localhost:1", "a.localhost", "127.0.0.1", "[2001:db8::1]:9", "10.1.2.3", ""):
        refuse_unknown_host(name, ())
    refuse_unknown_host("Gw.Example:9680", ("gw.example",))
    refuse_unknown_host("gw.example.", ("gw.example:1",))
    refuse_unknown_host("whatever", ("*",))
    for name in ("evil.example", "gw.example.evil", "1.2.3.4.nip.io"):
        with pytest.raises(UnknownHost):
            refuse_unknown_host(name, ("gw.example",))


def test_a_name_longer_than_any_is_not_a_host():
    refuse_unknown_host("x" * 245 + ".localhost", ())
    for host in ("x" * 247 + ".localhost", "[" + ":" * 300 + "]"):
        with pytest.raises(BadRequest):
            refuse_unknown_host(host, ())


def test_a_proxy_is_accepted_only_where_it_is_intended():
    refuse_forwarded({}.get, ())
    refuse_forwarded({"via": "1.1 p"}.get, ("admin.example",))
    with pytest.raises(NotLocal):
        refuse_forwarded({"via": "1.1 p"}.get, ())
