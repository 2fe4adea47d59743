"""Writes while a gateway or a session server is killed: the bank's books against what clients were told."""

import http.client
import json
import signal
from collections import Counter

import pytest

from hostemul.bank.ledger import Bank
from verdigris_command.demo.fleet import Member


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def killers():
    """What is to be done, once, when a reference is booked: before the host says that it is."""
    return {}


@pytest.fixture(scope="module")
def booked(killers):
    """How often the host has booked a reference."""
    found, plain = Counter(), Bank.transfer

    def transfer(self, source, target, pence, text):
        number = plain(self, source, target, pence, text)
        found[text] += 1
        if text in killers:
            killers.pop(text)()
        return number

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bank, "transfer", transfer)
        yield found


@pytest.fixture(scope="module")
def town(start, bank_here, booked):
    """One session server, its host in this process."""
    return start(members=(Member("vs1", 100, 1),), bank=bank_here())


@pytest.fixture
def transfer(town):
    """`transfer(reference, key="")` -> (status, headers, JSON); None if there was no answer."""

    def send(reference, key=""):
        body = {
            "filters": {"FromAccount": 40000002},
            "data": {"ToAccount": 40000004, "Amount": "1.00", "Reference": reference},
        }
        headers = {"Content-Type": "application/json", "X-Verdigris-ConnectionTimeout": "5"}
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", town.fleet.port("gateway"), timeout=40)
        try:
            connection.request(
                "POST", "/vhi-rs/session/BankPool/transfer", json.dumps(body), headers
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    return send


@pytest.mark.parametrize("workers", [1, 2])
def test_a_key_outlives_its_gateway(town, transfer, booked, killers, workers):
    if town.fleet.workers != workers:
        town.fleet["gateway"].stop(20)
        town.fleet.workers = workers
        del town.fleet.processes["gateway"]
        town.fleet.start_part("gateway")
        town.ready()
    during, after = f"DURING{workers}", f"AFTER{workers}"

    killers[during] = lambda: town.fleet["gateway"].signal(signal.SIGKILL)
    answer = transfer(during, key=during)  # a worker whose parent was killed finishes its call
    assert answer is None or workers > 1
    town.fleet["gateway"].kill()  # it is gone: now it may be started again
    town.fleet.start_part("gateway")
    town.ready()
    status, headers, said = transfer(during, key=during)
    assert (status, said["code"], said["effect"]) == (409, 9221, "unknown")
    assert "retry" not in said
    assert headers["Retry-After"] is None
    assert "Check on the host" in said["advice"]
    assert booked[during] == 1
    if workers > 1:
        return

    first = transfer(after, key=after)
    town.fleet["gateway"].stop(20)
    town.fleet.start_part("gateway")
    town.ready()
    again = transfer(after, key=after)
    assert first[0] == again[0] == 200
    assert first[2] == again[2] == {"affected": 1}
    assert booked[after] == 1


def test_a_write_whose_session_server_was_killed_is_told_to_look_and_not_to_repeat(
    town, transfer, booked, killers
):
    killers["KILLED"] = lambda: town.fleet["vs1"].signal(signal.SIGKILL)
    status, headers, said = transfer("KILLED")
    town.fleet["vs1"].kill()
    assert (status, said["code"], said["effect"]) == (502, 9206, "unknown")
    assert "retry" not in said
    assert headers["Retry-After"] is None
    assert f"request id {said['request_id']}" in said["advice"]
    assert booked["KILLED"] == 1

    status, headers, said = transfer("NOBODY")
    assert (status, said["effect"], said["retry"]) == (503, "none", True)
    assert headers["Retry-After"]
    assert booked["NOBODY"] == 0
    town.fleet.start_part("vs1")
    town.ready()
