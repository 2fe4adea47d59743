"""The command line against a real management server, so that the fake cannot drift from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lines import next_line


pytestmark = pytest.mark.processes

INSTALLATION = """<installation xmlns="urn:verdigris:installation:1" id="test">
  <session-servers>
    <session-server name="vs1" address="127.0.0.1:1"/>
    <session-server name="vs2"/>
  </session-servers>
  <domains>
    <domain name="retail">
      <member server="vs1" weight="80" priority="1"/>
      <member server="vs2" weight="20" priority="1"/>
    </domain>
  </domains>
</installation>
"""


@pytest.fixture(scope="module")
def management(tmp_path_factory):
    """A management server without session servers: (links, api, installation file)."""
    path = tmp_path_factory.mktemp("mgmtsrvr") / "installation.xml"
    path.write_text(INSTALLATION)
    arguments = ["--installation", str(path), "--port", "0", "--api-port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "mgmtsrvr", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        line = next_line(process)
        try:
            links, _, api = line.removeprefix("mgmtsrvr listening on ").partition(", api on ")
            yield links, f"http://{api.strip()}", path
        finally:
            process.terminate()


@pytest.fixture
def go(run, management):
    links, api, _ = management

    def command(*arguments):
        return run(*arguments, VERDIGRIS_API=api, VERDIGRIS_MANAGEMENT=links)

    return command


def test_everything_can_be_looked_at(go):
    for command in ("domains", "servers", "pools", "sessions", "explain"):
        result = go(command)
        assert result.exit_code == 0, result.output
        assert go(command, "--json").exit_code == 0
    assert "never registered" in go("servers").stdout


def test_drain_is_kept_in_the_installation(go, management):
    assert go("drain", "vs1", "--wait").exit_code == 0
    assert 'state="drain"' in Path(management[2]).read_text()
    assert go("resume", "vs1").exit_code == 0
    assert go("drain", "vs9").exit_code == 4


def test_orders_to_servers_that_are_away(go):
    assert go("undeploy", "BankDemo", "--server", "vs1").exit_code == 3
    assert go("pools", "start", "Pool-1", "--server", "vs1").exit_code == 3
    assert go("sessions", "vs1").exit_code == 3


def test_a_refused_call_can_be_explained_with_the_id_it_tells(go):
    result = go("call", "BankDemo", "Search", "--connection-timeout", "0.2")
    assert result.exit_code == 4, result.output
    assert "no model named BankDemo" in result.stderr


def test_a_refusal_through_the_connector_and_its_trail(go, management):
    from verdigris.connector import Target  # noqa: PLC0415 - only here
    from verdigris.connector.blocking import Connector  # noqa: PLC0415 - only here
    from verdigris.errors import NoServerAvailable  # noqa: PLC0415 - only here

    with (
        Connector(management_servers=[management[0]], connection_timeout=4) as connector,
        pytest.raises(NoServerAvailable) as caught,
    ):
        connector.call(Target.model("BankDemo", domain="retail"), "", "Search", request_id="r-77")
    assert caught.value.request_id == "r-77"
    result = go("explain", "r-77")
    assert result.exit_code == 0, result.output
    assert "vs1 (priority 1, weight 80) was not asked" in result.stdout
    assert "The request was refused" in result.stdout
