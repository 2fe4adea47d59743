"""Packages follow the installation: deployed once, they are on every session server that comes, or comes back."""

import json
import shutil
import subprocess
import threading
import time

import pytest

from tests.support.fleet import pool_setting


pytestmark = pytest.mark.processes

DETAIL = ("customerDetail", {"Number": 101453})
PICK = ("pickCustomer", {"LastName": "SMITH", "Number": 101453})
ADD = {
    "model/tables/Customers.xml": [
        (
            'name="CustomerFromList" type="SELECT" hidden="true"',
            'name="PickCustomer" type="SELECT"',
        ),
        ("Hidden: CustomerDetail does it in fewer screens.", "By its number."),
    ]
}
BROKEN = {"model/entities/MainMenu.xml": ('destination="CustomerSearch"', 'destination="Nowhere"')}
NAMES = {"vs1", "vs2", "vs3"}


@pytest.fixture(scope="module")
def town(start):
    return start(ready=False, deployed=False)


@pytest.fixture(scope="module")
def zips(package, tmp_path_factory):
    """Two versions of the model, and one that cannot be used, as files."""
    folder = tmp_path_factory.mktemp("packages")
    for name, changes in (("one", {}), ("two", ADD), ("broken", BROKEN)):
        (folder / f"{name}.zip").write_bytes(package(changes))
    return {name: folder / f"{name}.zip" for name in ("one", "two", "broken")}


def verdigris(town, *arguments, status=0, seconds=90):
    found = subprocess.run(
        [town.verdigris, *map(str, arguments), "--api", town.fleet.api],
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert found.returncode == status, (found.stdout, found.stderr)
    return found


def deployment(town):
    """The one deployment: (package, rollout, state of each session server)."""
    (found,) = town.api("/deployments")
    return (
        found["package"],
        found["rollout"],
        {it["server"]: it["state"] for it in found["servers"]},
    )


def everywhere(town):
    """Whether the rollout is over and all session servers have the package."""
    _, rollout, states = deployment(town)
    return rollout == "over" and states == dict.fromkeys(NAMES, "in force")


def as_deployed(town, package):
    """The installation names this package, and all session servers serve it; its SHA-256."""
    found = town.api(
        "/deployments/BankDemo?to=mydomain1", "POST", package.read_bytes(), Content_Type="application/zip"
    )  # fmt: skip
    town.until(lambda: everywhere(town), "all have it")
    town.until(lambda: town.serving() == NAMES, "all serve")
    return found["package"]


def test_a_package_is_deployed_to_a_domain_with_one_command(town, zips):
    town.until(lambda: all(town.state(name) == "online" for name in NAMES), "they are online")
    said = verdigris(town, "deploy", zips["one"], "--to", "mydomain1").stdout
    assert "in force" in said
    assert everywhere(town)
    town.ready()
    assert town.call(*DETAIL).ok


def test_a_session_server_that_has_nothing_serves_without_a_deployment(town, zips):
    as_deployed(town, zips["one"])
    town.fleet["vs1"].kill()
    town.until(lambda: town.state("vs1") == "offline", "it is gone")
    shutil.rmtree(town.fleet.folder / "vs1" / "data")
    town.fleet.start_part("vs1")
    town.until(lambda: "vs1" in town.serving(), "it serves")
    assert {it.server for it in town.many(20, 4)} & {"vs1"}


def test_no_call_fails_in_a_rollout_nor_on_the_way_back(town, zips):
    before = as_deployed(town, zips["one"])
    with town.load(2) as answers:
        verdigris(town, "deploy", zips["two"], "--to", "mydomain1")
        town.until(lambda: town.call(*PICK).ok, "the new procedure is there")
        verdigris(town, "deploy", "BankDemo", "--back")
    assert not [(it.code, it.text) for it in answers if not it.ok]
    assert deployment(town)[0] == before
    town.until(lambda: town.call(*PICK).code == 9118, "the new procedure is gone")


def test_a_session_server_that_was_away_serves_nothing_old_when_it_returns(town, zips):
    as_deployed(town, zips["one"])
    town.fleet["vs2"].kill()
    town.until(lambda: town.state("vs2") == "offline", "it is gone")
    verdigris(town, "deploy", zips["two"], "--to", "mydomain1")
    town.until(lambda: town.call(*PICK).ok, "the new procedure is there")
    with town.load(4) as detail, town.load(4, operation=PICK[0], filters=PICK[1]) as answers:
        town.fleet.start_part("vs2")
        town.until(lambda: everywhere(town) and "vs2" in town.serving(), "it is back")
        town.until(lambda: "vs2" in {it.server for it in answers[-40:]}, "it is used")
    assert not [(it.code, it.text) for it in (*answers, *detail) if not it.ok]


def test_a_management_server_killed_in_a_rollout_goes_on_with_it(town, zips):
    as_deployed(town, zips["one"])
    command = [town.verdigris, "deploy", zips["two"], "--to", "mydomain1", "--api", town.fleet.api]
    asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        town.until(lambda: town.api("/deployments")[0]["rollout"] == "going", "it goes")
        town.fleet["mgmtsrvr"].kill()
        town.fleet.start_part("mgmtsrvr")
        town.until(lambda: everywhere(town), "all have it")
        out, error = asked.communicate(timeout=60)
        assert asked.returncode == 0, (out, error)
    finally:
        asked.kill()
    town.until(lambda: town.call(*PICK).ok, "the new procedure is there")


def test_a_session_server_killed_in_a_rollout_has_the_package_when_it_returns(town, zips):
    as_deployed(town, zips["one"])
    deploying = threading.Thread(
        target=lambda: verdigris(town, "deploy", zips["two"], "--to", "mydomain1", "--keep-going")
    )
    deploying.start()
    town.until(lambda: town.api("/deployments")[0]["rollout"] == "going", "it goes")
    town.fleet["vs3"].kill()
    town.fleet.start_part("vs3")
    town.until(lambda: everywhere(town), "all have it")
    deploying.join(60)
    assert not deploying.is_alive()
    town.until(lambda: town.serving() == NAMES, "all serve")


def test_a_package_that_cannot_be_used_changes_nothing(town, zips):
    package = as_deployed(town, zips["one"])
    revision = town.api("/version")["revision"]
    status, said = town.ask(
        "/deployments/BankDemo?to=mydomain1", "POST", zips["broken"].read_bytes(), Content_Type="application/zip"
    )  # fmt: skip
    assert (status, said["code"]) == (400, 9501)
    assert "Nowhere" in json.dumps(said)
    status, said = town.ask(
        "/deployments/Other?to=mydomain1", "POST", zips["two"].read_bytes(), Content_Type="application/zip"
    )  # fmt: skip
    assert (status, said["code"]) == (400, 9262)
    assert town.api("/version")["revision"] == revision
    assert deployment(town)[0] == package
    assert everywhere(town)


def test_what_follows_the_installation_is_not_changed_by_hand(town, zips):
    as_deployed(town, zips["one"])
    status, said = town.ask(
        "/servers/vs1/deploy", "POST", zips["two"].read_bytes(), Content_Type="application/zip"
    )
    assert (status, said["code"]) == (409, 9260)
    status, said = town.ask("/servers/vs1/models/BankDemo", "DELETE")
    assert (status, said["code"]) == (409, 9260)
    assert everywhere(town)


def test_a_pool_that_was_changed_stays_so_in_a_new_deployment(town, zips, package, tmp_path):
    as_deployed(town, zips["one"])
    said = verdigris(town, "pools", "set", "BankPool", "--max-concurrent-sessions", 17, "--json")
    (limit,) = [it for it in json.loads(said.stdout)["values"] if it["override"] is not None]
    assert (limit["name"], limit["override"]) == ("max-concurrent-sessions", 17)
    town.until(lambda: {it["maximum"] for it in town.pools().values()} == {17}, "it is in force")
    other = {"deploy/deploy_desc.xml": pool_setting("max-concurrent-sessions", 40)}
    (tmp_path / "three.zip").write_bytes(package(other))
    as_deployed(town, tmp_path / "three.zip")
    assert {it["maximum"] for it in town.pools().values()} == {17}
    town.fleet["vs1"].kill()
    town.fleet.start_part("vs1")
    town.until(lambda: "vs1" in town.serving(), "it serves")
    found = json.loads(verdigris(town, "pools", "set", "BankPool", "--json").stdout)["values"]
    (limit,) = [it for it in found if it["override"] is not None]
    assert limit["package"] == dict.fromkeys(NAMES, 40)
    assert limit["in_force"] == dict.fromkeys(NAMES, 17)
    verdigris(town, "pools", "set", "BankPool", "--max-concurrent-sessions", "package")
    town.until(lambda: {it["maximum"] for it in town.pools().values()} == {40}, "it is in force")


def test_an_undeployed_model_stays_undeployed(town, zips):
    as_deployed(town, zips["one"])
    verdigris(town, "undeploy", "BankDemo", "--to", "mydomain1")
    town.until(lambda: not town.pools(), "it is gone")
    town.fleet["vs1"].kill()
    town.fleet.start_part("vs1")
    town.until(lambda: town.state("vs1") == "online", "it is back")
    time.sleep(1.5)  # three looks of the management server
    assert not town.pools()
    status, said = town.ask("/deployments/BankDemo", "DELETE")
    assert (status, said["code"]) == (404, 9263)
    as_deployed(town, zips["one"])
    town.ready()
