"""One package and one variable list for all session servers: no teller signs on twice (field: operator 2)."""

import json
import signal
import subprocess
from collections import Counter

import pytest


pytestmark = pytest.mark.processes

LEASE = 3
"""Seconds; short, so that the end of a lease can be awaited."""
ROWS = 10
TELLERS = "".join(f'<row userID="TELLER{n:03}" password="BANK{n:03}"/>' for n in range(1, ROWS + 1))
LISTS = (
    '<model-variable-lists xmlns="http://www.wrq.com/vhi" model-name="BankDemo">'
    f'<model-variable-list name="Tellers" variables="userID password">{TELLERS}'
    "</model-variable-list></model-variable-lists>"
)
ALL = {f"TELLER{n:03}" for n in range(1, ROWS + 1)}


def verdigris(town, *arguments):
    command = [town.verdigris, *map(str, arguments), "--api", town.fleet.api]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def had(town):
    """The rows that each server has, as the management server knows it."""
    lists = town.api("/lists")
    servers = lists[0]["servers"] if lists else ()
    return {it["server"]: set(it["rows"]) for it in servers}


def signed_on(town, *names):
    """The tellers of all sessions of these servers."""
    found = Counter()
    for name in names:
        found.update(it["row"] for it in town.api(f"/servers/{name}/sessions"))
    assert not [teller for teller, times in found.items() if times > 1]
    return found


@pytest.fixture(scope="module")
def town(start, names):
    few = names.pool_setting("max-concurrent-sessions", ROWS)
    changes = {"deploy/mvl_desc.xml": LISTS.encode(), "deploy/deploy_desc.xml": few}
    lease = f'<flapping falls="100"/><variable-lists lease="{LEASE}"/>'
    return start(changes, management=lease)


def test_one_package_deployed_to_all_servers_just_works(town, tmp_path):
    """5 of the first 8 calls failed with 9404, YOUR SESSION HAS BEEN ENDED."""
    path = tmp_path / "BankDemo.zip"
    path.write_bytes(town.fleet.package)
    verdigris(town, "deploy", path, "--all")
    town.ready()
    answers = town.many(60, 6)
    assert not [(it.code, it.text) for it in answers if not it.ok]
    assert len({it.server for it in answers}) > 1
    signed_on(town, "vs1", "vs2", "vs3")
    assert set.union(*had(town).values()) <= ALL
    rows = Counter(row for one in had(town).values() for row in one)
    assert [row for row, servers in rows.items() if servers > 1] == []


def test_operators_see_who_uses_which_row_and_no_secret(town):
    shown = verdigris(town, "lists", "--rows", "--json")
    assert json.loads(shown)[0]["name"] == "BankDemo/Tellers"
    assert "BANK0" not in shown
    assert "TELLER0" in verdigris(town, "sessions")

    def told():
        """What each server reports of itself, at another moment than the others."""
        pools = town.pools().values()
        return sum(it["rows"] for it in pools) == ROWS and all(
            0 < it["rows_used"] <= it["rows"] for it in pools
        )

    town.until(told, "all rows are had, and some used by each")


def test_sessions_and_calls_go_on_without_the_management_server_for_longer_than_a_lease(town):
    direct = {"DomainName": ""}
    kept = town.call("wsResourceCreate", environment=direct).all("SessionID")[0]
    town.fleet["mgmtsrvr"].kill()
    began = town.call(environment=direct).at
    while (answer := town.call(environment={"SessionID": kept})).at < began + LEASE * 1.5:
        assert answer.ok, answer.text
        assert town.call(environment=direct).ok
    town.fleet.start_part("mgmtsrvr")
    town.ready()
    assert town.call(environment={"SessionID": kept}).ok
    assert town.call("wsResourceDestroy", environment={"SessionID": kept}).ok
    signed_on(town, "vs1", "vs2", "vs3")


def test_a_frozen_server_loses_its_rows_and_signs_nobody_on_twice_when_it_wakes_up(town):
    town.until(lambda: len(had(town).get("vs1", ())) >= 3, "vs1 has its share")
    town.fleet["vs1"].signal(signal.SIGSTOP)
    try:
        town.until(lambda: "vs1" not in had(town), "its lease is over")
        town.until(lambda: set.union(*had(town).values()) == ALL, "the others have its rows")
        assert not [it.text for it in town.many(30, 6) if not it.ok]
    finally:
        town.fleet["vs1"].signal(signal.SIGCONT)
    town.ready()
    signed_on(town, "vs1", "vs2", "vs3")
    assert not [it.text for it in town.many(30, 6) if not it.ok]


def test_after_two_servers_are_killed_the_third_has_all_rows(town):
    for name in ("vs1", "vs2"):
        town.fleet[name].kill()
    town.until(lambda: had(town) == {"vs3": ALL}, "vs3 has all rows")
    answers = town.many(40, 8)
    assert not [it.text for it in answers if not it.ok]
    for name in ("vs1", "vs2"):
        town.fleet.start_part(name)
    town.ready()
    town.until(lambda: len(had(town)) == 3 and all(had(town).values()), "they have rows again")
    signed_on(town, "vs1", "vs2", "vs3")
    assert not [it.text for it in town.many(30, 6) if not it.ok]
