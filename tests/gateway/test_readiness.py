"""Whether a gateway is ready, and why not: judged by what the sources said."""

import pytest

from gateway.readiness import why_unready
from verdigris.wire import Offer, Offers


GOOD = Offer("pool", "P", "M", "d")
HOST_DOWN = Offer("pool", "P", "M", "d", problem="the host cannot be reached: refused")
STOPPED = Offer("pool", "Q", "M", "d", started=False)
AT = ("s1:9623",)


def offers(*found, complete=True):
    return Offers("r", found, complete)


@pytest.mark.parametrize(
    ("seen", "silent", "needed", "listed", "reason"),
    [
        ({}, (), "", False, "no server has reported yet"),
        ({"m": offers((GOOD, AT))}, (), "", True, ""),
        ({"m": offers((GOOD, AT))}, (), "", False, "not all made yet"),
        ({"m": offers()}, (), "", True, "no model is deployed"),
        ({"m": offers(complete=False)}, (), "", True, "no session server has reported yet"),
        ({"m": offers((GOOD, ()))}, (), "", True, "pool P: no session server is online"),
        ({"m": offers((STOPPED, AT))}, (), "", True, "pool Q is stopped"),
        ({"m": offers((HOST_DOWN, AT))}, (), "", True, "pool P: the host cannot be reached"),
        ({"m": offers((HOST_DOWN, AT), (GOOD, ("s2:1",)))}, (), "", True, ""),
        ({"m": offers((GOOD, AT))}, ("m",), "", True, "no answer from the m"),
        ({"m": offers((GOOD, AT)), "s": offers((GOOD, AT))}, ("m",), "", True, ""),
        ({"m": offers((GOOD, AT)), "s": offers((GOOD, AT))}, ("m",), "m", True, "default domain"),
    ],
)
def test_a_gateway_is_ready_only_if_some_server_could_give_a_session(
    seen, silent, needed, listed, reason
):
    """RFC 9110, 15.6.4: 503 while the request cannot be handled; Kubernetes: not ready, no traffic."""
    found = why_unready(seen, silent, needed, listed=listed)
    assert reason in found
    assert bool(found) == bool(reason)
