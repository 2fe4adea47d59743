"""`verdigris demo`, as a newcomer sees it."""

import re
import subprocess

import pytest


pytestmark = pytest.mark.processes

CALLS = 60


@pytest.fixture(scope="module")
def shown(command, tmp_path_factory):
    """What it prints, from its start to its end."""
    folder = tmp_path_factory.mktemp("demo")
    found = subprocess.run(
        [command.verdigris, "demo", "--once", "--calls", str(CALLS), "--keep", folder],
        capture_output=True, text=True, timeout=150, check=False,
        env=command.environment | {"COLUMNS": "200"},
    )  # fmt: skip
    logs = "\n".join(path.read_text() for path in folder.glob("*.log"))
    assert found.returncode == 0, (found.stdout, found.stderr, logs)
    return found.stdout


def rounds(shown):
    """(calls by server, answered, lost started, lost otherwise) of each round."""
    found = []
    for part in re.split(r"─{3,} ", shown):
        counted = re.findall(r"│ (vs\d)\s+│ \d+\s+│ \d+\s+│ (\d+)\s+│", part)
        said = re.search(
            r"(\d+) of (\d+) calls answered in [\d.]+ s; (\d+) lost that had been started on a "
            r"killed\s+server; (\d+)\s+lost otherwise",
            part,
        )
        if counted and said:
            found.append(({name: int(n) for name, n in counted}, *map(int, said.groups())))
    return found


def test_every_round_is_shown_and_no_call_is_lost_that_had_not_been_started(shown):
    found = rounds(shown)
    assert len(found) == 4, shown
    for _, answered, calls, started, otherwise in found:
        assert calls == CALLS
        assert answered + started == calls
        assert otherwise == 0


def test_the_shares_are_as_promised(shown):
    all_well, killed, back, standby = (counted for counted, *_ in rounds(shown))
    for counted in (all_well, back):
        assert counted["vs3"] == 0
        assert 33 <= counted["vs1"] <= 59  # 48 of 60; beyond, once in ten million runs
    assert killed["vs2"] > killed["vs1"]
    assert standby == {"vs1": 0, "vs2": 0, "vs3": CALLS}


def test_the_first_call_the_refusal_and_the_addresses_are_shown(shown):
    assert "SMITH" in shown
    assert re.search(r"It ran on session server vs[12], chosen by domain mydomain1", shown)
    assert "fault 2643: User anonymous at 127.0.0.1 was refused a connection to BankPool." in shown
    assert re.search(r"http://127\.0\.0\.1:\d+/vhi-ws", shown)
    assert "curl -s" in shown
    assert "Traceback" not in shown


def test_no_process_of_it_is_left(shown):
    found = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True, timeout=60
    )
    folder = re.search(r"Logs: (\S+)", shown)[1]
    assert folder not in found.stdout


def test_the_curl_command_is_one_line_that_works(shown, town):
    """The demo is over; the same words work at a gateway that runs."""
    (line,) = [line for line in shown.splitlines() if line.startswith("curl ")]
    url = line.rsplit(" ", 1)[1]
    here = f"http://127.0.0.1:{town.fleet.port('gateway')}/vhi-ws/session/BankPool"
    found = subprocess.run(
        ["bash", "-c", line.replace(url, here)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 0
    assert "ABERNATHY" in found.stdout
