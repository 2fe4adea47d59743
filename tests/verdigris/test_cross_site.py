"""The rule against cross-site requests: which headers of a browser are refused."""

import pytest

from verdigris.cross_site import SHOWN, refuse_cross_site
from verdigris.errors import CrossSite


@pytest.mark.parametrize(
    "headers",
    [
        {"fetch_site": ""},
        {"fetch_site": "same-origin"},
        {"fetch_site": "none"},
        {"fetch_site": "", "origin": "http://h:8095", "host": "h:8095"},
        {"fetch_site": "cross-site", "safe": True},
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
