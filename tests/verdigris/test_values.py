"""Names, addresses and ids are checked where they are made, and keep their secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.values import Credentials, Endpoint, SessionId, is_name, is_renewed


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("a:1", "a", 1),
        ("10.0.0.1:9623", "10.0.0.1", 9623),
        ("[::1]:80", "::1", 80),
        (" a:1 ", "a", 1),
    ],
)
def test_an_address_is_read_and_written(text, host, port):
    found = Endpoint.parse(text)
    assert (found.host, found.port) == (host, port)
    assert Endpoint.parse(str(found)) == found


def test_a_default_port_fills_in():
    assert Endpoint.parse("mgmt", 9641) == Endpoint("mgmt", 9641)


@pytest.mark.parametrize("text", ["", "a", "a:", "a:0", "a:65536", "a:b", "::1:80", "a b:1", ":9"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"address|port"):
        Endpoint.parse(text)


@given(st.text())
def test_any_text_is_a_session_id_or_refused(text):
    try:
        found = SessionId.parse(text)
    except ValueError:
        return
    assert SessionId.parse(str(found)) == found


def test_a_session_id_names_its_server():
    found = SessionId.parse("vs1~0123456789abcdef0123456789abcdef")
    assert found.server == "vs1"
    assert str(SessionId("vs1", "00" * 16)) == "vs1~" + "00" * 16


@pytest.mark.parametrize("name", ["a", "A-1.x_y", "_", "9", "x" * 63])
def test_names(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "a/b", "x" * 64, "ä", "a\n", "a~b"])
def test_no_names(name):
    assert not is_name(name)


@pytest.mark.parametrize(
    ("request_id", "renewed"),
    [
        ("8bf7d97a9c300fe0", False),
        ("8bf7d97a9c300fe0.2", True),
        ("order-7.31", True),
        ("", False),
        (".2", False),
        ("order.", False),
        ("order.2b", False),
        ("order.-2", False),
    ],
)
def test_a_request_that_is_repeated_is_told_by_its_id(request_id, renewed):
    assert is_renewed(request_id) == renewed


def test_printing_credentials_shows_no_secret():
    assert repr(Credentials("ops", "s3cret", "t0ken")) == "<Credentials 'ops' password=hidden>"
    assert not Credentials()
    assert Credentials(token="t")
