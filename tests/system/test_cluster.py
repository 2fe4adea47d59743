"""Three management servers on an etcd of three members, all as processes: any of them may be lost.

What the cluster is to reach is measured by benchmarks/cluster.py on a quiet machine;
the limits here are a few times as long, for machines that do something else as well.
"""

import json
import shutil
import signal
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.etcd_processes import EtcdCluster, need_etcd


pytestmark = pytest.mark.processes

MANAGERS = ("mgmtsrvr", "mgmtsrvr2", "mgmtsrvr3")


@pytest.fixture(scope="module")
def etcd_of_this(tmp_path_factory):
    need_etcd()
    cluster = EtcdCluster(tmp_path_factory.mktemp("members"))
    try:
        yield cluster.start()
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def town(start, etcd_of_this):
    endpoints = " ".join(etcd_of_this.endpoints)
    made = start(managers=3, management=f'<store kind="etcd" endpoints="{endpoints}"/>')
    made.etcd = etcd_of_this
    for name in MANAGERS:
        made.until(lambda n=name: ask(made, n, "/ready")[0] == 200, f"{name} is ready")
    return made


@pytest.fixture(autouse=True)
def whole(town):
    """Every part runs again after a test."""
    yield
    for name in town.etcd.ports:
        if town.etcd.processes[name].poll() is not None:
            town.etcd.start_member(name)
    town.etcd.ready()
    down = [name for name in MANAGERS if not town.fleet[name].running]
    with ThreadPoolExecutor(3) as starting:
        list(starting.map(town.fleet.start_part, down))
    for name in town.fleet.management_servers():
        town.until(lambda n=name: ask(town, n, "/ready")[0] == 200, f"{name} is ready")
        town.until(lambda n=name: not ask(town, n, "/version")[1]["problem"], f"{name} is well")


def ask(town, name, path, method="GET", data=None, **headers):
    """(status, JSON or text) of one management server."""
    port = town.fleet.port("api" if name == "mgmtsrvr" else f"api-{name}")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data, {k.replace("_", "-"): v for k, v in headers.items()},
        method=method,
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=20) as found:  # noqa: S310 - ours
            body = found.read()
            return found.status, json.loads(body) if body[:1] in b"[{" else body.decode()
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.loads(problem.read())


def in_use(town) -> str:
    """The management server that the gateway asks."""
    town.call(request_id="which")
    for name in MANAGERS:
        status, _ = ask(town, name, "/allocations/which?own=true")
        if status == 200:
            return name
    raise AssertionError("no management server made the allocation")


def test_every_question_can_be_put_to_any_of_them(town):
    assert town.call(request_id="r-everywhere").ok
    for name in MANAGERS:
        _, (found,) = ask(town, name, "/allocations/r-everywhere")
        assert found["outcome"] == "granted"
        _, listed = ask(town, name, "/management-servers")
        assert {it["name"]: it["state"] for it in listed} == dict.fromkeys(MANAGERS, "online")
        assert len({it["revision"] for it in listed}) == 1
        _, servers = ask(town, name, "/servers")
        assert {view["state"] for it in servers for view in it["views"]} == {"online"}


def test_an_administrative_state_is_in_force_everywhere(town):
    ask(town, "mgmtsrvr3", "/servers/vs2/drain", "POST", b"")
    for name in MANAGERS:
        town.until(lambda n=name: ask(town, n, "/servers/vs2")[1]["state"] == "draining", name)
    ask(town, "mgmtsrvr2", "/servers/vs2/resume", "POST", b"")
    for name in MANAGERS:
        town.until(lambda n=name: ask(town, n, "/servers/vs2")[1]["state"] == "online", name)


def test_an_older_version_is_not_overwritten_by_another_management_server(town):
    _, before = ask(town, "mgmtsrvr", "/version")
    _, document = ask(town, "mgmtsrvr", "/installation")
    newer = document.replace("</domains>", "<domain name='d2'/></domains>").encode()
    how = {"If_Match": f'"{before["revision"]}"'}
    assert ask(town, "mgmtsrvr", "/installation", "PUT", newer, **how)[0] == 200
    again = document.replace("</domains>", "<domain name='d3'/></domains>").encode()
    status, problem = ask(town, "mgmtsrvr2", "/installation", "PUT", again, **how)
    assert (status, problem["code"]) == (409, 9113)
    short = before["revision"][:8]
    _, now = ask(town, "mgmtsrvr2", "/version")
    status, _ = ask(
        town, "mgmtsrvr2", f"/installation/versions/{short}/restore", "POST", b"",
        If_Match=f'"{now["revision"]}"',
    )  # fmt: skip
    assert status == 200


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_management_server_is_lost_under_load(town, how):
    lost = in_use(town)
    with town.load(clients=3) as answers:
        town.until(lambda: len(answers) > 20, "calls are answered")
        began, count = time.monotonic(), len(answers)
        if how is signal.SIGKILL:
            town.fleet[lost].kill()
        else:
            town.fleet[lost].signal(how)
        town.until(lambda: len(answers) > count + 40, "calls are answered again")
    town.fleet[lost].signal(signal.SIGCONT)
    assert all(answer.ok for answer in answers), [a.text for a in answers if not a.ok][:3]
    slowest = max(answer.seconds for answer in answers if answer.at > began)
    assert slowest < (1.5 if how is signal.SIGKILL else 3.0)


def test_etcd_loses_its_leader_and_the_next_change_is_stored(town):
    town.etcd.kill(town.etcd.leader())
    began = time.monotonic()
    assert ask(town, "mgmtsrvr", "/servers/vs3/drain", "POST", b"")[0] == 200
    took = time.monotonic() - began
    assert ask(town, "mgmtsrvr2", "/servers/vs3/resume", "POST", b"")[0] == 200
    assert took < 4.0


def test_without_quorum_calls_go_on_and_changes_are_refused(town):
    for name in ("n1", "n2"):
        town.etcd.kill(name)
    status, problem = ask(town, "mgmtsrvr", "/servers/vs3/drain", "POST", b"")
    assert (status, problem["code"]) == (503, 9250)
    assert town.call().ok
    for name in MANAGERS:  # all of them again: the copy on disk is all they have
        town.fleet[name].kill()
    with ThreadPoolExecutor(3) as starting:
        list(starting.map(town.fleet.start_part, MANAGERS))
    town.until(lambda: town.call().ok, "calls go on after a restart")
    _, version = ask(town, "mgmtsrvr2", "/version")
    assert "does not answer" in version["problem"]


def test_all_management_servers_are_lost_and_running_sessions_do_not_notice(town):
    (session,) = town.call("wsResourceCreate", environment={}).all("SessionID")
    for name in MANAGERS:
        town.fleet[name].kill()
    for _ in range(3):
        answer = town.call(environment={"SessionID": str(session)})
        assert answer.ok, answer.text


def test_a_package_outlives_the_management_server_that_took_it(town, package):
    """It is copied before it is named; another one goes on with the job, for a server that has nothing."""
    data, zipped = package(), {"Content_Type": "application/zip"}
    status, named = ask(
        town, "mgmtsrvr", "/deployments/BankDemo?to=mydomain1", "POST", data, **zipped
    )
    assert status == 200, named

    def states(name):
        _, (found,) = ask(town, name, "/deployments")
        return {it["server"]: it["state"] for it in found["servers"]}, found["rollout"]

    members = {it.name for it in town.fleet.members}
    done = dict.fromkeys(members, "in force"), "over"
    for name in MANAGERS:
        town.until(lambda n=name: states(n) == done, f"{name} sees it everywhere")
    for name, home in zip(MANAGERS, ("", *MANAGERS[1:]), strict=True):
        kept = town.fleet.folder / home / "packages" / f"{named['package']}.zip"
        assert kept.read_bytes() == data, name
    town.fleet["mgmtsrvr"].kill()
    town.fleet["vs1"].kill()
    for folder in ("data", "deploy"):
        shutil.rmtree(town.fleet.folder / "vs1" / folder)
    town.fleet.start_part("vs1")
    for name in MANAGERS[1:]:
        town.until(lambda n=name: states(n) == done, f"{name} sees it everywhere")
