"""A whole installation whose parts speak TLS with each other: who gets in and who does not."""

import subprocess

import pytest
from twisted.internet import reactor

from verdigris.connector.blocking import Connector, Target
from verdigris.errors import MessageRefused, TlsFailed, TlsRequired
from verdigris.identity import Security
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import Deploy, Hello
from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes

ROWS = ("Customers", "CustomerSearch", {"LastName": "ABERNATHY"})


@pytest.fixture(scope="module")
def secure(start):
    town = start(secure=True, ready=False, members=SEED_DOMAIN[:2])
    town.until(lambda: town.call().ok, "calls are served")
    return town


def call(fleet, security):
    target = Target.pool("BankPool", domain=fleet.domain)
    servers = [f"127.0.0.1:{fleet.port('mgmtsrvr')}"]
    with Connector(
        management_servers=servers, security=security, connection_timeout=10
    ) as connector:
        return connector.call(target, *ROWS)


def test_a_soap_call_goes_through_all_parts(secure):
    assert {it.server for it in secure.many(10, at_once=2)} <= {"vs1", "vs2"}
    assert all(it.ok for it in secure.many(6, at_once=2))


def test_a_connector_needs_to_know_whom_to_trust_and_nothing_else(secure):
    fleet = secure.fleet
    assert call(fleet, Security.of_client(fleet.trust))
    with pytest.raises(TlsRequired):
        call(fleet, None)
    stranger = fleet.folder / "gateway" / "identity" / "certificate.pem"
    with pytest.raises(TlsFailed, match="its certificate is refused"):
        call(fleet, Security.of_client(_leaf_alone(stranger)))


def _leaf_alone(chain):
    """A file of trusted certificates in which the authority is missing."""
    first = chain.read_text().partition("-----END CERTIFICATE-----\n")
    alone = chain.with_name("alone.pem")
    alone.write_text(first[0] + first[1])
    return alone


def test_nobody_deploys_at_a_session_server_but_its_management_servers(
    secure, package, tmp_path, on_reactor
):
    fleet, file = secure.fleet, tmp_path / "BankDemo.zip"
    file.write_bytes(package())
    address = Endpoint("127.0.0.1", fleet.port("vs1"))
    plain = subprocess.run(
        [secure.verdigris, "deploy", file, "--server", str(address)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert "Error 9230" in plain.stderr

    async def deploy():
        dialer = Dialer(reactor, Hello("tool", "t"), security=Security.of_client(fleet.trust))
        try:
            link = await dialer.to(address, seconds=5)
            await link.call(Deploy(file.read_bytes()), request_id="r", seconds=10)
        finally:
            dialer.close()

    with pytest.raises(MessageRefused, match="may not send Deploy to a session server"):
        on_reactor(deploy)
