"""Tools over MCP: the SDK's client, its server, and the whole gateway in memory."""

import dataclasses
import json
import logging

import anyio
import httpx2
import pytest
from click.testing import CliRunner
from mcp import Client
from mcp.shared.exceptions import MCPError

from gateway.mcp.__main__ import SILENT, Options, config_of, gateway_url, main, quieten, serve_tools
from gateway.mcp.gateway_client import GatewayTools
from gateway.mcp.http_transport import Guarded, is_loopback
from gateway.mcp.repeated_members import MARK, MarkedBodies, MarkedLines, marked
from gateway.mcp.tool_server import server_of
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NoServerAvailable
from verdigris.metadata import Column, Model, Parameter, Procedure, Table
from verdigris.wire import Rows


ALL = (("Text", "text"), ("Number", "integer"), ("Amount", "decimal"), ("Day", "date"), ("Flag", "boolean"))  # fmt: skip
ROW = {"Text": "a", "Number": 7, "Amount": "1.50", "Day": "2026-02-01", "Flag": True}
EVERYTHING = PluginConfig(tools_allowed=("*/*/*",), tools_read_only=False)


@pytest.fixture
def agent(bridge):
    """Do something as an agent: `agent(gateway, work, now=clock)`."""

    def act(running, work, *, domain=None, now=lambda: 0.0):
        async def main_task():
            transport = running if isinstance(running, httpx2.AsyncBaseTransport) else bridge(running)  # fmt: skip
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://gateway.test:9680"
            ) as http:
                server = server_of(GatewayTools(http, now, domain), "1")
                async with Client(server) as client:
                    return await work(client)

        return anyio.run(main_task)

    return act


def calling(name, arguments=None):
    async def work(client):
        return await client.call_tool(name, arguments or {})

    return work


async def listing(client):
    return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.fixture
def bank(start, bank_model):
    found = start(EVERYTHING, bank_model, **{"Pool-1": "BankDemo"})
    found.caller.reply = Rows(ALL, [list(ROW.values())])
    return found


# ---- lists ---------------------------------------------------------------------------------------


def test_every_allowed_procedure_is_a_typed_tool_with_hints(agent, bank):
    found = agent(bank, listing)

    assert sorted(found) == sorted(
        f"{service}_{operation}"
        for service in ("BankDemo", "Pool-1")
        for operation in ("calcCostLoan", "show", "change", "ping")
    )
    loan = found["BankDemo_calcCostLoan"]
    assert (loan.annotations.read_only_hint, loan.annotations.destructive_hint) == (True, False)
    assert loan.annotations.idempotent_hint is True
    assert loan.input_schema["properties"]["filters"]["required"] == ["UserId", "Password"]
    assert (
        loan.input_schema["properties"]["filters"]["properties"]["AmtToBorrow"]["description"]
        == "Unit: EUR. At least 0."
    )
    assert found["BankDemo_change"].annotations.destructive_hint is True


def test_tools_are_off_by_default(agent, start, bank_model):
    assert agent(start(PluginConfig(), bank_model), listing) == {}


def test_only_read_only_procedures_unless_others_are_allowed_in_words(agent, start, bank_model):
    found = agent(start(PluginConfig(tools_allowed=("*/*/*",)), bank_model), listing)

    assert list(found) == ["BankDemo_calcCostLoan"]


def test_a_model_and_a_pool_of_one_name_have_tools_apart(agent, start, bank_model):
    running = start(EVERYTHING, bank_model, BankDemo="BankDemo")
    found = agent(running, listing)

    assert {"BankDemo_ping", "BankDemo_ping_session"} <= set(found)


# ---- calls ---------------------------------------------------------------------------------------


def test_a_call_performs_the_procedure_and_returns_rows(agent, bank):
    arguments = {"filters": {"Number": 7, "Amount": 1.5, "Day": "2026-02-01"}}

    found = agent(bank, calling("Pool-1_show", arguments))

    assert not found.is_error
    assert found.structured_content == {"rows": [ROW], "more": False}
    assert json.loads(found.content[0].text) == found.structured_content
    call = bank.caller.last
    assert (call.kind, call.name, call.procedure) == ("pool", "Pool-1", "Show")
    assert call.filters == {"Number": 7, "Amount": "1.5", "Day": "2026-02-01"}


def test_rows_are_bounded_and_the_tool_says_that_there_are_more(agent, bank):
    bank.caller.reply = lambda call: Rows(ALL, [list(ROW.values())] * (call.max_rows or 500))

    few = agent(bank, calling("BankDemo_show", {"maxRows": 2})).structured_content
    usual = agent(bank, calling("BankDemo_show")).structured_content

    assert (len(few["rows"]), few["more"]) == (2, True)
    assert (len(usual["rows"]), usual["more"]) == (200, True)


def test_what_writes_returns_a_count(agent, bank):
    bank.caller.reply = Rows((), [], affected=1)

    found = agent(bank, calling("BankDemo_change", {"filters": {"Number": 1}, "data": {"Text": None}}))  # fmt: skip

    assert found.structured_content == {"affected": 1}
    assert bank.caller.last.data == {"Text": None}


def test_the_domain_can_be_chosen_for_all_tools(agent, bank):
    agent(bank, calling("BankDemo_show"), domain="d7")

    assert bank.caller.last.domain == "d7"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("BankDemo_show", {"filters": {"Number": "s3cret"}}, "a whole number is expected. Correct the arguments; the tool's input schema"),
        ("BankDemo_show", {"filters": {"Nope": 1}}, "does not accept column Nope"),
        ("BankDemo_show", {"maxRows": 0}, "maxRows is a whole number"),
        ("BankDemo_show", {"maxRows": True}, "maxRows is a whole number"),
        ("BankDemo_show", {"maxRows": 2.5}, "maxRows is a whole number"),
        ("BankDemo_show", {"maxRows": 1e300}, "maxRows is a whole number"),
        ("BankDemo_show", {"maxRows": "2"}, "maxRows is a whole number"),
        ("BankDemo_change", {"filters": {"Number": 1}, "maxRows": 1}, "has no argument 'maxRows'; it takes filters, data."),
        ("BankDemo_show", {"environment": {"DomainName": "x"}}, "has no argument 'environment'; it takes filters, maxRows."),
        ("BankDemo_show", {"modelVariables": {"userID": "x"}}, "has no argument 'modelVariables'"),
        ("BankDemo_show", {"LastName": "x"}, "has no argument 'LastName'; it takes filters, maxRows."),
        ("BankDemo_calcCostLoan", {}, "requires a value for column UserId. Procedure calcCostLoan requires"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_so_that_the_agent_can_correct_it(agent, bank, name, arguments, said):
    found = agent(bank, calling(name, arguments))

    assert found.is_error
    assert said in found.content[0].text
    assert "s3cret" not in found.content[0].text
    assert "WSDL" not in found.content[0].text
    assert bank.caller.calls == []


def refusal(name, arguments=None, meta=None):
    """The error of a call that is no call of a tool."""

    async def work(client):
        with pytest.raises(MCPError) as caught:
            await client.call_tool(name, arguments or {}, meta=meta)
        return caught.value.error

    return work


def test_an_unknown_tool_is_an_error_of_the_protocol(agent, bank):
    """MCP 2025-06-18, server/tools: unknown tools are protocol errors, not results."""
    found = agent(bank, refusal("BankDemo_nothing"))

    assert found.code == -32602
    assert "There is no tool 'BankDemo_nothing'" in found.message


@pytest.mark.parametrize("rows", [2, 2.0])
def test_a_whole_number_may_have_a_point(agent, bank, rows):
    """JSON Schema 2020-12 validation, 6.1.1: a number with a zero fraction is an integer."""
    assert not agent(bank, calling("BankDemo_show", {"maxRows": rows})).is_error
    assert bank.caller.last.max_rows == 3


def test_a_call_that_states_a_member_twice_is_refused(agent, bank):
    """RFC 7493, 2.3. The SDK would keep the last: a transfer with two accounts was performed."""
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"BankDemo_change","arguments":{"filters":{"Number":1,"Number":2}}}}'
    sound = call.replace(b',"Number":2', b"")
    found = json.loads(marked(call))

    assert found["params"]["_meta"] == {MARK: "Number"}
    assert marked(sound) == sound
    assert marked(b"no json") == b"no json"
    error = agent(bank, refusal("BankDemo_change", {}, found["params"]["_meta"]))
    assert (error.code, error.message) == (-32602, "The member 'Number' comes twice in the call.")
    assert bank.caller.calls == []


def test_both_transports_mark_what_comes():
    call = b'{"params":{"a":1,"a":2}}'
    pieces = [
        {"type": "http.request", "body": call[:9], "more_body": True},
        {"type": "http.request", "body": call[9:]},
    ]
    seen = []

    async def inner(scope, receive, send):
        seen.append((await receive())["body"])

    async def receive():
        return pieces.pop(0)

    async def lines():
        yield call.decode()

    async def work():
        await MarkedBodies(inner, 5, 99)({"type": "http", "method": "POST"}, receive, None)
        return [line async for line in MarkedLines(lines())]

    assert anyio.run(work) == [marked(call).decode()]
    assert seen == [marked(call)]
    assert MARK.encode() in seen[0]


def test_an_error_says_what_to_do_and_whether_to_try_again(agent, bank):
    bank.caller.reply = lambda call: NoServerAvailable(user="bob", location="pc1", name="Bank", domain="d")  # fmt: skip

    found = agent(bank, calling("BankDemo_show"))

    assert found.is_error
    assert "Start a session server of this domain" in found.content[0].text
    assert "may succeed a little later" in found.content[0].text
    assert "(error 2643, request " in found.content[0].text


def test_a_permission_taken_away_counts_at_once_for_calls_and_lists(agent, bank):
    now = [0.0]

    async def work(client):
        before = await listing(client)
        bank.settings.config = dataclasses.replace(
            bank.settings.config, tools_allowed=("*/*/ping",)
        )
        now[0] += 3
        with pytest.raises(MCPError, match="not allowed now") as refused:
            await client.call_tool("BankDemo_show", {})
        return before, refused.value

    before, refused = agent(bank, work, now=lambda: now[0])

    assert "BankDemo_show" in before
    assert refused.code == -32602
    assert bank.caller.calls == []


def test_a_gateway_that_is_away_is_told_in_words(agent):
    class Away(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request):
            raise httpx2.ConnectError("refused")

    assert agent(Away(), listing) == {}
    found = agent(Away(), calling("x"))
    assert found.content[0].text == "The gateway cannot be reached (ConnectError)."


def test_secret_columns_leave_in_no_result_and_no_log(agent, start, caplog, logged):
    model = Model(
        name="M",
        digest="1",
        tables=(
            Table(
                name="T",
                columns=(Column(name="Name"), Column(name="Pin", secret=True)),
                procedures=(
                    Procedure(
                        name="Show", kind="select", outputs=("Name", "Pin"),
                        filters=(Parameter(column="Pin"),), read_only=True,
                    ),
                ),
            ),
        ),
    )  # fmt: skip
    running = start(EVERYTHING, model)
    running.caller.reply = Rows((("Name", "text"), ("Pin", "text")), [["Ann", "s3cret"]])
    caplog.set_level(logging.DEBUG)
    levels = {name: logging.getLogger(name).level for name in SILENT}
    quieten()

    async def work(client):
        return await listing(client), await client.call_tool("M_show", {"filters": {"Pin": "s3cret"}})  # fmt: skip

    tools, found = agent(running, work)

    assert found.structured_content == {"rows": [{"Name": "Ann"}], "more": False}
    assert "Pin" not in str(tools["M_show"].output_schema)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    assert not [line for line in logged() if "s3cret" in line]


# ---- the process ---------------------------------------------------------------------------------


def test_the_gateway_is_named_by_url_or_found_in_its_configuration(tmp_path):
    file = tmp_path / "plugin-cfg.xml"
    file.write_text('<properties><entry key="httpPort">8080</entry><entry key="httpInterface">0.0.0.0</entry></properties>')  # fmt: skip

    for options, url in (
        (Options(), "http://127.0.0.1:9680"),
        (Options(gateway="https://h:9681/"), "https://h:9681"),
        (Options(config=file), "http://127.0.0.1:8080"),
    ):
        assert gateway_url(options, config_of(options)) == url


def test_beyond_this_machine_a_token_is_needed(capsys, monkeypatch):
    monkeypatch.delenv("VERDIGRIS_MCP_TOKEN", raising=False)

    assert serve_tools(Options(http="0.0.0.0:9690")) == 78
    assert "set VERDIGRIS_MCP_TOKEN" in capsys.readouterr().err
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "h")] == [True, True, True, False, False]  # fmt: skip


def test_a_broken_configuration_is_told(capsys, tmp_path):
    (tmp_path / "x.xml").write_text("<properties><entry key='maxRows'>x</entry></properties>")

    assert serve_tools(Options(config=tmp_path / "x.xml")) == 78
    assert "the value of maxRows is not" in capsys.readouterr().err


def test_the_process_takes_the_options_of_its_siblings():
    run = CliRunner().invoke
    assert "gateway.mcp, version" in run(main, ["--version"]).output
    assert run(main, ["-h"]).exit_code == 0
    both = run(main, ["--gateway", "http://h", "--config", "x"])
    assert (both.exit_code, "not both" in both.output) == (2, True)


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [("t", b"Bearer t", 200), ("t", b"Bearer x", 401), ("t", b"", 401), ("", b"", 200)],
)
def test_the_token_is_asked_for(token, given, status):
    sent = []

    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message)

    async def ask():
        scope = {"type": "http", "headers": [(b"authorization", given)] if given else []}
        await Guarded(inner, token)(scope, None, send)

    anyio.run(ask)

    assert sent[0]["status"] == status
    assert "t'" not in repr(Guarded(inner, "t"))
