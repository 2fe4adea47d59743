"""A network that drops packets for a while: no link is told, and calls go on at once when it is whole again.

Source: an operator's rig, finding E1: after 8 seconds without packets calls failed for 4 more, because the
connection of before was used and only the system's retransmission timer revives that.
"""

import time

import pytest
from twisted.internet.threads import blockingCallFromThread

from tests.support.fault_proxy import FaultProxy
from verdigris.child_process import free_port


pytestmark = pytest.mark.processes

CUT = 6.0
"""Seconds. A connection of before passes nothing for as long again."""

SOON = 2.0
"""Seconds to a served call; the connection of before would take three times as long."""


@pytest.fixture(scope="module")
def links():
    return {}


@pytest.fixture(scope="module")
def town(start, names, bank_here, links):
    bank = bank_here()
    ports = {"host": bank.address[1], "mgmtsrvr": free_port(), "vs1": free_port()}
    ways = (("gateway", "mgmtsrvr"), ("gateway", "vs1"), ("vs1", "mgmtsrvr"), ("vs1", "host"))
    for by, part in ways:
        link = blockingCallFromThread(bank.reactor, FaultProxy, bank.reactor, ports[part])
        links[f"{by}-{part}"] = link
    ports |= {name: link.port for name, link in links.items()}
    signs_of_life = '<option name="keepalive" value="1"/><option name="keepalive-by" value="timing-mark"/></host>'
    changes = {
        "model/model.xml": ('connect-timeout="30"/>', f'connect-timeout="30">{signs_of_life}'),
        "deploy/deploy_desc.xml": [names.pool_setting("initial-idle-sessions", 1)],
    }
    yield start(
        changes, bank=bank, ports=ports, members=names.SEED_DOMAIN[:1],
        settings='<reconnect first="0.1" last="0.4"/>',
    )  # fmt: skip
    for link in links.values():
        blockingCallFromThread(bank.reactor, link.stop)


def cut(town, link, seconds=CUT):
    """Drop all packets of a link for some seconds while a client calls; the time of the end."""
    town.at_host(lambda: link.fail("drop", 1))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        town.call(environment={"ConnectionTimeout": 1, "MethodTimeout": 1000})
    town.at_host(link.heal)
    return time.monotonic()


def served(town):
    return town.call(environment={"ConnectionTimeout": 1, "MethodTimeout": 1000}).ok


@pytest.mark.parametrize("name", ["gateway-mgmtsrvr", "gateway-vs1", "vs1-mgmtsrvr"])
def test_calls_are_served_at_once_when_packets_pass_again(town, links, name):
    town.until(lambda: served(town), "calls are served")
    healed = cut(town, links[name])
    town.until(lambda: served(town), f"{name} is whole again", SOON)
    assert time.monotonic() - healed < SOON + 1


def test_an_idle_session_whose_host_is_cut_off_is_replaced_before_a_client_meets_it(town, links):
    town.idle()
    town.at_host(lambda: links["vs1-host"].fail("drop", 1))
    town.until(lambda: "no sign of life" in town.log("vs1"), "the session is given up")
    town.until(lambda: not town.pools()["vs1"]["idle"], "that is known")
    answer = town.call(environment={"ConnectionTimeout": 1})
    assert answer.code in {2643, 9301}, answer.text  # 9301: it waited for the connect under way
    town.at_host(links["vs1-host"].heal)
    town.until(lambda: served(town), "the host is back", 2 * CUT)
