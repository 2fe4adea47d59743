"""A model is deployed and undeployed again and again while another one is called.

Law: nobody who calls the other model notices, every WSDL is whole and right at every moment, and
nothing is kept of what has gone. `scripts/churn` does it 300 times.
"""

import os
import threading
from pathlib import Path

import pytest

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package


pytestmark = pytest.mark.processes

WHOLE = os.environ.get("VERDIGRIS_CHURN", "")
ROUNDS = int(WHOLE or "12")
GOES = 1 if WHOLE else 4
"""In each so many-th round it is waited for until the services are gone, which takes them 5 seconds."""
SETTLED = max(8, ROUNDS // 10)
"""Rounds after which everything is loaded and the allocators have their arenas."""

GROWTH = 4 * 1024
"""KiB a process may grow after that, however many rounds follow: a kept model or schema is some
100 KiB, so a few rounds find a large leak only; 300 find small ones."""

PARTS = ("gateway", "mgmtsrvr", "vs1")
MODEL = "Visitor"
URL = f"/vhi-ws/model/{MODEL}?wsdl"
BANK = "/vhi-ws/session/BankPool?wsdl"


@pytest.fixture(scope="module")
def town(start, names):
    return start(members=names.SEED_DOMAIN[:1])


@pytest.fixture(scope="module")
def visitor(names):
    """BankDemo under another name, without pools; with `loan` its calculator is offered."""

    def make(*, loan):
        found = {}
        for name, data in files_of(names.EXAMPLE).items():
            if not name.startswith("deploy/"):
                found[name] = data.replace(b' name="BankDemo"', f' name="{MODEL}"'.encode())
        tables = "model/tables/Loans.xml"
        if not loan:
            changed = found[tables].replace(b'"CalcCostLoan" ', b'"CalcCostLoan" hidden="true" ')
            assert changed != found[tables]
            found[tables] = changed
        return build_package(found)

    return make


def memory(town, part):
    """Private KiB."""
    rollup = Path(f"/proc/{town.fleet[part].pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))


@pytest.fixture
def watched(town):
    """Looks at both WSDLs all the time; gives what was seen."""
    seen = {"bank": set(), "visitor": set()}
    over = threading.Event()

    def look():
        while not over.wait(0.05):
            seen["bank"].add(town.get(BANK))
            seen["visitor"].add(town.get(URL))

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    over.set()
    thread.join()


def test_a_model_that_comes_and_goes_is_noticed_by_nobody_else(town, visitor, watched):
    packages = [visitor(loan=loan) for loan in (True, False)]
    documents, settled = [set(), set()], {}

    def described(*, loan):
        status, text = town.get(URL)
        return status == 200 and ("calcCostLoan" in text) is loan

    with town.load(2) as answers:
        for number in range(ROUNDS):
            data, loan = packages[number % 2], number % 2 == 0
            town.api("/servers/vs1/deploy", "POST", data, Content_Type="application/zip")
            town.until(lambda loan=loan: described(loan=loan), "its WSDL comes")
            documents[number % 2].add(town.get(URL)[1])
            town.api(f"/servers/vs1/models/{MODEL}", "DELETE")
            if number % GOES == GOES - 1:
                town.until(lambda: town.get(URL)[0] == 404, "its WSDL goes")
            if number == SETTLED:
                settled = {part: memory(town, part) for part in PARTS}
    grown = {part: memory(town, part) - settled[part] for part in PARTS}
    print(f"{ROUNDS} rounds, {len(answers)} calls, KiB grown since round {SETTLED}: {grown}")  # noqa: T201 - scripts/churn shows it
    assert not [(it.code, it.text) for it in answers if not it.ok]
    assert len(answers) > ROUNDS
    assert [len(it) for it in documents] == [1, 1], "a model's WSDL is always the same"
    assert len(watched["bank"]) == 1, "the other model's WSDL never changed"
    whole = {text for status, text in watched["visitor"] if status == 200}
    assert whole <= documents[0] | documents[1], "half a WSDL"
    # 503: it is known, and its description is being read
    assert {status for status, _ in watched["visitor"]} <= {200, 404, 503}
    assert all(it < GROWTH for it in grown.values()), grown
