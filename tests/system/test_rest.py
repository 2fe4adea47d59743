"""REST and tools at real processes: curl, Python and agents at the gateway, the demo bank behind it.

The pages docs/reference/rest.md and docs/reference/tools.md are run here, example by example.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from verdigris.child_process import Process
from verdigris_command.demo.fleet import Member


pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
DESCRIBED = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
ABERNATHY = {"Number": 101813, "LastName": "ABERNATHY", "FirstName": "SARAH", "City": "BEVERLEY", "Accounts": 2}  # fmt: skip


@pytest.fixture(scope="module")
def bank(start):
    """A small town whose read-only procedures are tools."""
    allowed = {"toolsAllowed": "session/BankPool/*", "sessionCallsAllowed": "model/*/*"}
    return start(members=(Member("vs1", 100, 1),), plugin=allowed)


@pytest.fixture
def rest(bank):
    """`rest(path, body=None, **headers)` -> (status, headers, text)."""

    def ask(path, body=None, **headers):
        url = f"http://127.0.0.1:{bank.fleet.port('gateway')}/vhi-rs/{path}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        if data:
            names["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, names)
        try:
            with urllib.request.urlopen(request, timeout=30) as found:  # noqa: S310 - ours
                return found.status, found.headers, found.read().decode()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.headers, problem.read().decode()

    return ask


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_what_schemathesis_makes_of_the_document_gets_answers_it_describes(bank, mode):
    """Over real sockets, before the real host; tests/gateway asks far more of it in memory."""
    url = f"http://127.0.0.1:{bank.fleet.port('gateway')}/vhi-rs/session/BankPool/openapi.json"
    schema = schemathesis.openapi.from_url(url, timeout=30)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 15
    statuses = set()
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue

        @seed(2)
        @settings(
            max_examples=3, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(operation.as_strategy(generation_mode=mode))
        def judged(case):
            found = case.call(timeout=60)
            statuses.add(found.status_code)
            if not found.request.path_url.endswith("processString"):  # 501: there is no handler
                case.validate_response(found, checks=DESCRIBED)

        judged()
    assert 400 in statuses or mode is GenerationMode.POSITIVE
    bank.ready()


# ---- REST ----------------------------------------------------------------------------------------


def test_post_and_get_and_csv_say_the_same(rest):
    status, headers, text = rest("session/BankPool/customerSearch", {"filters": {"LastName": "SMITH"}})  # fmt: skip
    rows = json.loads(text)["rows"]
    by_get = json.loads(rest("session/BankPool/customerSearch?LastName=SMITH")[2])["rows"]
    table = list(csv.DictReader(io.StringIO(rest("session/BankPool/customerSearch?LastName=SMITH", Accept="text/csv")[2])))  # fmt: skip

    assert (status, len(rows), headers["X-Verdigris-Server"]) == (200, 45, "vs1")
    assert by_get == rows
    assert table == [{name: str(value) for name, value in row.items()} for row in rows]


def test_a_model_is_called_with_variables_of_its_own(rest):
    body = {
        "filters": {"LastName": "ABERNATHY"},
        "modelVariables": {"userID": "TELLER190", "password": "BANK190"},
    }
    assert json.loads(rest("model/BankDemo/customerSearch", body)[2]) == {"rows": [ABERNATHY]}


def test_a_transfer_under_a_key_moves_money_once(rest):
    def balance():
        return json.loads(rest("session/BankPool/accountDetail?AccountNumber=40002990")[2])["rows"][0]["Balance"]  # fmt: skip

    before = balance()
    body = {"filters": {"FromAccount": 40002990}, "data": {"ToAccount": 40002989, "Amount": 10}}
    with ThreadPoolExecutor(4) as clients:
        answers = list(
            clients.map(
                lambda _: rest("session/BankPool/transfer", body, Idempotency_Key="once"), range(4)
            )
        )

    assert {(status, text) for status, _, text in answers} == {(200, '{"affected":1}')}
    assert float(before) - float(balance()) == pytest.approx(10)


def test_an_error_of_the_host_is_a_problem_document(rest):
    body = {"filters": {"FromAccount": 1}, "data": {"ToAccount": 40002989, "Amount": 10}}
    status, headers, text = rest("session/BankPool/transfer", body)

    said = json.loads(text)
    assert headers["Content-Type"] == "application/problem+json"
    assert said["status"] == status >= 400
    assert said["code"] > 9000
    assert said["request_id"] == headers["X-Request-Id"]


def test_a_domain_nobody_has_is_refused_by_number(rest):
    status, _, text = rest(
        "session/BankPool/customerSearch?LastName=X", X_Verdigris_DomainName="nowhere"
    )
    assert (status, json.loads(text)["code"]) == (404, 9108)


# ---- tools ---------------------------------------------------------------------------------------


def gateway(bank):
    return f"http://127.0.0.1:{bank.fleet.port('gateway')}"


async def _used(client):
    listed = (await client.list_tools()).tools
    found = await client.call_tool("BankPool_customerSearch", {"filters": {"LastName": "ABERNATHY"}})  # fmt: skip
    with pytest.raises(MCPError) as refused:
        await client.call_tool("BankPool_transfer", {})
    return {tool.name: tool for tool in listed}, found, refused.value


def judged(found):
    tools, answer, refused = found
    assert set(tools) == {
        f"BankPool_{name}"
        for name in ("accountDetail", "customerAccounts", "accountsByName", "customerSearch", "customerDetail",
                     "calcCostLoan", "transactionList")
    }  # fmt: skip
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert answer.structured_content == {"rows": [ABERNATHY], "more": False}
    assert refused.code == -32602  # a tool that is not allowed is unknown


def test_an_agent_over_stdio(bank):
    async def work():
        tools = StdioServerParameters(
            command=sys.executable, args=["-m", "gateway.mcp", "--gateway", gateway(bank)]
        )
        async with Client(stdio_client(tools)) as client:
            return await _used(client)

    judged(anyio.run(work))


@pytest.mark.parametrize("token", ["", "a-token"])
def test_an_agent_over_streamable_http(bank, tmp_path, monkeypatch, token):
    monkeypatch.setenv("VERDIGRIS_MCP_TOKEN", token)
    process = Process("mcp", ["gateway.mcp", "--http", "127.0.0.1:0", "--gateway", gateway(bank)], tmp_path)  # fmt: skip
    process.start()
    try:
        url = f"http://127.0.0.1:{process.port()}/mcp"

        async def work():
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                return await _used(client)

        judged(anyio.run(work))
        if token:
            assert httpx2.post(url, json={}).status_code == 401
    finally:
        process.stop(5.0)


# ---- session calls -------------------------------------------------------------------------------

MODEL = "model/BankDemo"
TELLER = {"modelVariables": {"userID": "TELLER100", "password": "BANK100"}}


def test_a_session_is_opened_driven_looked_at_and_closed(rest):
    def calls(*wanted, **headers):
        return rest(f"{MODEL}/sessionCalls", {"calls": wanted}, **named, **headers)

    session = json.loads(rest(f"{MODEL}/rsResourceCreate", TELLER)[2])["SessionID"]
    named = {"X_Verdigris_SessionID": session}
    status, _, text = calls(
        {"call": "SetCurrentEntity", "entity": "CustomerSearch"},
        {"call": "SetAttributes", "attributes": {"LastName": "SMITH"}},
        {"call": "PerformEntityOperation", "operation": "Search"},
        {"call": "FetchRecords", "max_records": 2, "fields": ["Number"]},
        {"call": "SetClientState", "state": {"page": "1"}},
    )
    assert (status, json.loads(text)["results"][2]) == (200, "CustomerList")
    screen = rest(f"{MODEL}/sessionScreen", **named, Accept="text/plain")[2]
    assert "CUSTOMER LIST" in screen
    found = json.loads(calls({"call": "GetCurrentRecordIndex"}, {"call": "GetClientState"})[2])
    assert found == {"results": [2, {"page": "1"}]}
    status, _, text = calls(
        {"call": "GetCurrentEntity"}, {"call": "SetCurrentEntity", "entity": "No"}
    )
    problem = json.loads(text)
    assert (status, problem["code"], problem["effect"]) == (404, 9125, "none")
    assert problem["details"]["results"] == ["CustomerList"]
    assert "CUSTOMER LIST" in problem["details"]["screen"]
    assert rest(f"{MODEL}/rsResourceDestroy", {}, **named)[0] == 200
    assert calls({"call": "GetCurrentEntity"})[0] == 404
    assert rest("session/BankPool/sessionCalls", {"calls": []})[0] == 404


# ---- the pages -----------------------------------------------------------------------------------


def blocks(page, kind):
    text = (ROOT / "docs" / "reference" / page).read_text()
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def fits(expected, text):
    """Whether a text is what a page shows; `...` stands for anything."""
    pattern = re.escape(expected.strip()).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern, text.strip(), re.DOTALL)


@pytest.mark.parametrize("page", ["rest.md", "tools.md"])
def test_the_commands_of_a_page_answer_what_it_shows(bank, page):
    shown = blocks(page, "console")
    assert len(shown) >= (7 if page == "rest.md" else 1)
    for block in shown:
        parts = re.findall(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
        script = "".join(f"{command}echo; echo ---8\n" for command, _ in parts)
        ran = subprocess.run(
            ["bash", "-c", script.replace("http://localhost:9680", gateway(bank))],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answers = ran.stdout.split("\n---8\n")
        for (command, expected), answer in zip(parts, answers, strict=False):
            assert fits(expected, answer.replace("\r", "")), f"{command}{answer}"


def test_the_program_of_the_page_prints_what_it_shows(bank):
    (program,), (expected,) = blocks("tools.md", "python"), blocks("tools.md", "text")
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program).replace("http://localhost:9680", gateway(bank))],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )  # fmt: skip
    assert ran.stdout == expected
