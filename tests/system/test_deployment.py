"""Models come, change and go while everything runs; services follow by themselves."""

import json
import subprocess

import pytest


pytestmark = pytest.mark.processes

DETAIL = ("customerDetail", {"Number": 101453})
HIDE = {"model/tables/Customers.xml": ('name="CustomerDetail" type="SELECT" read-only="true"',
                                       'name="CustomerDetail" hidden="true" type="SELECT" read-only="true"')}  # fmt: skip
ADD = {
    "model/tables/Customers.xml": [
        (
            'name="CustomerFromList" type="SELECT" hidden="true"',
            'name="PickCustomer" type="SELECT"',
        ),
        ("Hidden: CustomerDetail does it in fewer screens.", "By its number."),
    ]
}
TELLER = {"userID": "TELLER184", "password": "BANK184"}


@pytest.fixture(scope="module")
def town(start, names):
    return start(members=names.SEED_DOMAIN[:2], gateways=2)


@pytest.fixture(autouse=True)
def _as_it_was(town, package):
    yield
    for name in ("vs1", "vs2"):
        deploy(town, name, package())
    town.ready()
    town.until(lambda: serves(town, *DETAIL), "the model is as it was")
    town.until(lambda: "customerDetail" in town.get("/vhi-ws/session/BankPool?wsdl")[1], "the WSDL")


def deploy(town, server, data):
    return town.api(f"/servers/{server}/deploy", "POST", data, Content_Type="application/zip")


def serves(town, operation, filters, **more):
    return all(
        town.call(operation, filters, gateway=gateway, **more).ok
        for gateway in ("gateway", "gateway2")
    )


def verdigris(town, *arguments, status=0):
    found = subprocess.run(
        [town.verdigris, *map(str, arguments), "--api", town.fleet.api],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == status, (found.stdout, found.stderr)
    return found.stdout


def test_the_description_names_the_latest_deployment_though_nothing_else_changed(town, package):
    def shown():
        return json.loads(town.get("/vhi-rs/session/BankPool?json")[1])["version"]

    before = shown()
    told = town.until(
        lambda: (
            (found := deploy(town, "vs1", package())["version"]) > before
            and found  # a second later
        )
    )
    town.until(lambda: shown() == told, "the description follows")


def test_a_procedure_that_is_hidden_disappears_and_comes_back(town, package):
    for name in ("vs1", "vs2"):
        deploy(town, name, package(HIDE))
    for gateway in ("gateway", "gateway2"):
        for service in ("model/BankDemo", "session/BankPool"):
            town.until(
                lambda g=gateway, s=service: (
                    "customerDetail" not in town.get(f"/vhi-ws/{s}?wsdl", g)[1]
                ),
                f"{gateway} {service} follows",
            )
    assert town.call(*DETAIL).code == 9118
    assert town.call().ok


def test_a_procedure_that_is_new_appears_on_all_gateways(town, package):
    pick = ("pickCustomer", {"LastName": "SMITH", "Number": 101453})
    assert town.call(*pick).code == 9118
    for name in ("vs1", "vs2"):
        deploy(town, name, package(ADD))
    town.until(lambda: serves(town, *pick), "it can be called")
    answer = town.call(*pick)
    assert answer.all("Name") == ["SMITH, CAROLINE"]


def test_a_package_put_into_the_folder_is_deployed(town, package):
    pick = ("pickCustomer", {"LastName": "SMITH", "Number": 101453})
    for name in ("vs1", "vs2"):
        (town.fleet.folder / name / "deploy" / "BankDemo.zip").write_bytes(package(ADD))
    town.until(lambda: serves(town, *pick), "it can be called")


def test_no_call_fails_while_a_model_is_deployed_again_and_again(town, package):
    with town.load(4) as answers:
        for changes in (HIDE, ADD, HIDE, ADD):
            for name in ("vs1", "vs2"):
                deploy(town, name, package(changes))
            before = len(answers)
            town.until(lambda n=before: len(answers) > n + 10, "calls go on")
    assert not [(it.code, it.text) for it in answers if not it.ok]
    town.quiet()


def test_a_call_that_runs_ends_on_the_model_it_began_with(town, package):
    kept = town.call("wsResourceCreate").all("SessionID")[0]
    here = {"SessionID": kept}
    for name in ("vs1", "vs2"):
        deploy(town, name, package(HIDE))
    answer = town.call(environment=here)
    assert answer.ok, answer.text
    assert town.call("wsResourceDestroy", environment=here).ok


def test_a_broken_package_is_refused_with_its_lines_and_changes_nothing(town, package):
    broken = package(
        {"model/entities/MainMenu.xml": ('destination="CustomerSearch"', 'destination="Nowhere"')}
    )
    status, said = town.ask("/servers/vs1/deploy", "POST", broken, Content_Type="application/zip")
    assert status == 400
    told = json.dumps(said)
    assert "MainMenu.xml" in told
    assert "Nowhere" in told
    status, said = town.ask(
        "/servers/vs1/deploy", "POST", b"no zip", Content_Type="application/zip"
    )
    assert status == 400
    assert town.call(*DETAIL).ok


def test_an_undeployed_model_is_gone_everywhere_and_its_return_is_noticed(town, package):
    for name in ("vs1", "vs2"):
        town.api(f"/servers/{name}/models/BankDemo", "DELETE")
    answer = town.call(environment={"ConnectionTimeout": 1})
    assert answer.code in {2643, 9101}, answer.text
    for gateway in ("gateway", "gateway2"):
        town.until(
            lambda g=gateway: town.get("/vhi-ws/model/BankDemo?wsdl", g)[0] == 404,
            "its services are gone",
        )
        assert "BankDemo" not in town.get("/vhi-ws", gateway)[1]
    answer = town.call()
    assert (answer.status, answer.code) == (404, 9101)
    deploy(town, "vs2", package())
    town.until(lambda: serves(town, *DETAIL), "it is back")
    assert {it.server for it in town.many(10, 2)} == {"vs2"}


def test_undeploying_on_one_server_moves_its_calls_to_the_other(town):
    with town.load(3) as answers:
        town.until(lambda: len(answers) > 10, "the load runs")
        town.api("/servers/vs1/models/BankDemo", "DELETE")
        before = len(answers)
        town.until(lambda: len(answers) > before + 20, "calls go on")
    assert not [(it.code, it.text) for it in answers if not it.ok]
    assert {it.server for it in answers[-8:]} == {"vs2"}


def test_the_command_line_packages_deploys_and_undeploys(town, names, tmp_path):
    package = tmp_path / "bank.zip"
    found = subprocess.run(
        [town.verdigris, "package", names.EXAMPLE, "-o", package],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert package.stat().st_size > 5000
    verdigris(town, "undeploy", "BankDemo", "--server", "vs2")
    town.until(lambda: "vs2" not in town.pools(), "it is gone")
    said = json.loads(verdigris(town, "deploy", package, "--server", "vs2", "--json"))
    assert "BankDemo" in json.dumps(said)
    town.until(lambda: "vs2" in town.serving(), "it is back")
    said = verdigris(town, "deploy", names.EXAMPLE, "--all")
    assert "vs1" in said
    assert "vs2" in said


def test_deployed_models_survive_a_restart(town, package):
    for name in ("vs1", "vs2"):
        deploy(town, name, package(ADD))
        (town.fleet.folder / name / "deploy" / "BankDemo.zip").unlink()
        town.fleet[name].kill()
        town.fleet.start_part(name)
    town.ready()
    pick = ("pickCustomer", {"LastName": "SMITH", "Number": 101453})
    town.until(lambda: serves(town, *pick), "it can be called")


def test_the_namespace_of_a_service_may_be_given_with_the_deployment(town, package):
    changes = {
        "deploy/deploy_desc.xml": (
            "<startup-entity>MainMenu</startup-entity>",
            "<startup-entity>MainMenu</startup-entity><namespace>urn:example:bank</namespace>",
        )
    }
    for name in ("vs1", "vs2"):
        deploy(town, name, package(changes))
    town.until(
        lambda: 'targetNamespace="urn:example:bank"' in town.get("/vhi-ws/session/BankPool?wsdl")[1],
        "the WSDL follows",
    )  # fmt: skip
    answer = town.call()
    assert answer.code == 9100
    assert "urn:example:bank" in answer.text
    body = town.envelope("customerSearch", {"LastName": "ABERNATHY"})
    body = body.replace(town.namespace, "urn:example:bank")
    assert town.post(body, "/vhi-ws/session/BankPool").ok
