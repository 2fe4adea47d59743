"""Session servers that do not belong here, or come under a name that is taken."""

import pytest

from verdigris.child_process import Process


pytestmark = pytest.mark.processes


@pytest.fixture
def newcomer(town, tmp_path):
    """Start one more session server that registers with the town's management server."""
    started = []

    def start(name, installation):
        path = tmp_path / "sesssrvr.xml"
        path.write_text(
            f'<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="{name}" installation="{installation}">'
            '<listen address="127.0.0.1:0"/><management-servers>'
            f'<management-server address="127.0.0.1:{town.fleet.port("mgmtsrvr")}"/>'
            '</management-servers><data directory="data"/></sesssrvr>'
        )
        folder = town.fleet.folder / "newcomers"
        folder.mkdir(exist_ok=True)
        started.append(Process(name, ["sesssrvr", "--config", str(path)], folder))
        return started[-1].start()

    yield start
    for process in started:
        process.stop(3)


def test_a_server_of_another_installation_is_refused_and_shown_with_the_reason(town, newcomer):
    foreign = newcomer("vs8", "elsewhere")
    found = town.until(lambda: town.servers().get("vs8"), "it is shown")
    assert found["state"] == "offline"
    assert "elsewhere" in found["reason"]
    assert town.until(lambda: "elsewhere" in foreign.log.read_text(), "its own log says so")
    assert foreign.running  # it serves direct connects, and tries again
    assert {it.server for it in town.many(12, at_once=2)} <= {"vs1", "vs2"}


def test_a_taken_name_is_refused_and_the_one_that_has_it_stays(town, newcomer):
    boot = town.servers()["vs1"]["boot"]
    double = newcomer("vs1", "demo")
    town.until(lambda: "refuses this server" in double.log.read_text(), "it is refused")
    found = town.servers()["vs1"]
    assert (found["state"], found["boot"]) == ("online", boot)
    assert {it.server for it in town.many(12, at_once=2)} <= {"vs1", "vs2"}
    assert all(it.ok for it in town.many(6, at_once=2))


def test_a_server_that_nobody_configured_registers_and_is_in_no_domain(town, newcomer):
    newcomer("vs7", "demo")
    found = town.until(lambda: town.servers().get("vs7"), "it is shown")
    assert found["configured"] is False
    assert found["domains"] == []
