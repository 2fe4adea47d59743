"""Which requests come from this machine."""

from types import SimpleNamespace

import pytest

from gateway.http.access import is_from_here, may_see
from gateway.http.request import Request


def request(peer: str, **headers: bytes) -> Request:
    made = Request(SimpleNamespace(location=peer))
    made.headers = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return made


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", [b"127.0.0.1:9680", b"localhost", b"[::1]:9680"])
def test_a_client_of_this_machine_is_local(peer, host):
    assert may_see("loopback", request(peer, host=host))


@pytest.mark.parametrize(
    "header",
    ["forwarded", "via", "x_forwarded_for", "x_forwarded_host", "x_forwarded_proto", "x_real_ip"],
)
def test_what_came_through_a_proxy_is_not_local(header):
    """A proxy on this machine that passes Host as the upstream's address, nginx's own default."""
    asked = request("127.0.0.1", host=b"127.0.0.1:9680", **{header: b"192.0.2.1"})
    assert not is_from_here(asked)
    assert not may_see("loopback", asked)
    assert may_see("always", asked)


@pytest.mark.parametrize(
    ("peer", "host"),
    [("192.0.2.1", b"127.0.0.1"), ("127.0.0.1", b"evil.example"), ("127.0.0.1", b"")],
)
def test_another_machine_or_another_name_is_not_local(peer, host):
    assert not may_see("loopback", request(peer, host=host))
