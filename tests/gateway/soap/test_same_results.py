"""The same message through SOAP, REST by POST, REST by GET and a tool: one call, one result."""

import json
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import anyio
import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.mcp.gateway_client import GatewayTools
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.wire import Rows
from wsdl.names import xml_text


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
HERE = "/vhi-rs/model/BankDemo"
ALL = (("Text", "text"), ("Number", "integer"), ("Amount", "decimal"), ("Day", "date"), ("Flag", "boolean"))  # fmt: skip
KINDS = dict(ALL)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12).map(xml_text)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)  # fmt: skip
VALUES = {
    "Text": TEXTS,
    "Number": st.integers(-(2**63), 2**63 - 1),
    "Amount": DECIMALS.map(lambda d: format(d, "f")),
    "Day": st.dates(date(1, 1, 1)).map(str),
    "Flag": st.booleans(),
}
FILTERS = st.fixed_dictionaries({}, optional=VALUES)
DATA = st.fixed_dictionaries({}, optional={n: st.none() | VALUES[n] for n in VALUES if n != "Number"})  # fmt: skip
ROWS = st.lists(
    st.tuples(*(st.none() | (st.text(max_size=8) if n == "Text" else VALUES[n]) for n in VALUES)).map(list),
    max_size=4,
)  # fmt: skip

COMMON = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["spyne", "compiled"])
def bank(request, start, bank_model):
    return start(
        PluginConfig(request_path=request.param, tools_allowed=("*/*/*",), tools_read_only=False),
        bank_model,
    )


def written(value):
    """A value as XML text."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def soap(bank, operation, **blocks):
    """Perform by SOAP; the response element."""
    root = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = etree.SubElement(root, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    wrapper = etree.SubElement(body, f"{{{NS}}}{operation}")
    for name, values in blocks.items():
        block = etree.SubElement(wrapper, f"{{{NS}}}{operation}{name.title()}")
        for column, value in values.items():
            leaf = etree.SubElement(block, f"{{{NS}}}{column}")
            if value is None:
                leaf.set(f"{XSI}nil", "true")
            else:
                leaf.text = written(value)
    found = bank.post(etree.tostring(root, encoding="utf-8"))
    assert found.status == 200, found.text
    return etree.fromstring(found.body)[0][0]


def rows_of(response):
    """A SOAP response's rows as REST has them."""
    read = {"text": lambda t: t or "", "integer": int, "decimal": str, "date": str, "boolean": lambda t: t == "true"}  # fmt: skip
    return [
        {
            leaf.tag: None if leaf.get(f"{XSI}nil") else read[KINDS[leaf.tag]](leaf.text)
            for leaf in row
        }
        for row in response
    ]


def rest(bank, operation, **blocks):
    found = bank.http(
        "POST", f"{HERE}/{operation}", json.dumps(blocks).encode(), Content_Type="application/json"
    )
    assert found.status == 200, found.text
    return json.loads(found.body)


def by_query(bank, operation, filters):
    query = "&".join(f"{name}={quote(written(value), '')}" for name, value in filters.items())
    found = bank.http("GET", f"{HERE}/{operation}?{query}")
    assert found.status == 200, found.text
    return json.loads(found.body)


def by_tool(bridge, bank, operation, **blocks):
    async def work():
        async with httpx2.AsyncClient(transport=bridge(bank), base_url="http://g") as http:
            return await GatewayTools(http, lambda: 0.0).call(f"BankDemo_{operation}", blocks)

    found = anyio.run(work)
    assert found.result is not None, found.problem
    return found.result


def asked(bank):
    """The calls so far, without what differs by way, and forget them."""
    seen = [
        (c.action, c.kind, c.name, c.table, c.procedure, c.filters, c.data, c.columns, c.domain)
        for c in bank.caller.calls
    ]
    bank.caller.calls.clear()
    bank.connections.clear()
    return seen


@COMMON
@given(filters=FILTERS, rows=ROWS)
def test_a_search_is_the_same_call_and_the_same_rows_by_every_way(bank, bridge, filters, rows):
    bank.caller.reply = Rows(ALL, rows)

    by_soap = rows_of(soap(bank, "show", filters=filters))
    answers = [
        rest(bank, "show", filters=filters)["rows"],
        by_query(bank, "show", filters)["rows"],
        by_tool(bridge, bank, "show", filters=filters)["rows"],
    ]

    calls = asked(bank)
    assert calls == [calls[0]] * 4
    for answer in answers:
        assert answer == by_soap


@COMMON
@given(number=VALUES["Number"], data=DATA, count=st.integers(0, 9))
def test_a_change_is_the_same_call_and_the_same_count_by_every_way(
    bank, bridge, number, data, count
):
    bank.caller.reply = Rows((), [], affected=count)
    blocks = {"filters": {"Number": number}, "data": data}

    by_soap = int(soap(bank, "change", **blocks)[0].text)
    by_post = rest(bank, "change", **blocks)
    tool = by_tool(bridge, bank, "change", **blocks)

    calls = asked(bank)
    assert calls == [calls[0]] * 3
    assert by_post == tool == {"affected": by_soap}


NOTHING = st.sampled_from(["nil", "empty", "missing"])


@COMMON
@given(
    filters=st.fixed_dictionaries({}, optional=VALUES),
    data=st.fixed_dictionaries({}, optional=VALUES),
    number=VALUES["Number"],
    ways=st.dictionaries(st.sampled_from(list(VALUES)), NOTHING),
    white=st.sampled_from(["", " ", "\n\t "]),
)
def test_nil_empty_and_missing_are_the_same_by_every_way(
    bank, bridge, filters, data, number, ways, white
):
    """A filter without a value is no filter; in data, nil and JSON's null blank."""
    bank.caller.reply = Rows(ALL, [])
    absent = {name for name, way in ways.items() if way != "empty" or name != "Text"}
    kept = {name: value for name, value in filters.items() if name not in absent}
    xml, body, query = dict(kept), dict(kept), dict(kept)
    for name in absent:
        if ways[name] == "nil":
            xml[name] = body[name] = None
        elif ways[name] == "empty":
            xml[name], query[name], body[name] = white, "", None
    soap(bank, "show", filters=xml)
    rest(bank, "show", filters=body)
    by_query(bank, "show", query)
    by_tool(bridge, bank, "show", filters=body)
    calls = asked(bank)
    assert [call[5] for call in calls] == [calls[0][5]] * 4
    assert calls[0][5].keys() == kept.keys()

    bank.caller.reply = Rows((), [], affected=1)
    given = {name: value for name, value in data.items() if name not in {*absent, "Number"}}
    blank = [n for n in absent if ways[n] != "missing" and n != "Number"]
    xml = {name: None if ways[name] == "nil" else white for name in blank}
    nulls = dict.fromkeys(blank, None)
    soap(bank, "change", filters={"Number": number}, data=given | xml)
    rest(bank, "change", filters={"Number": number}, data=given | nulls)
    by_tool(bridge, bank, "change", filters={"Number": number}, data=given | nulls)
    calls = asked(bank)
    assert calls == [calls[0]] * 3
    assert {name for name, value in calls[0][6].items() if value is None} == set(blank)
    assert calls[0][6].keys() == {*given, *blank}


@COMMON
@given(
    filters=st.fixed_dictionaries(
        {},
        optional={
            "Number": st.sampled_from(["x", 2**63, "5.5", -(2**70), "1_0"]),
            "Amount": st.sampled_from(["1e5", "--1", "1,5", "NaN", "INF"]),
            "Day": st.sampled_from(["2026-02-30", "x", "2026-2-1"]),
            "Flag": st.sampled_from(["yes", "2", "TRUE"]),
        },
    ).filter(bool)
)
def test_a_wrong_value_is_the_same_error_by_soap_and_rest(bank, filters):
    body = "".join(f"<{name}>{value}</{name}>" for name, value in filters.items())
    told = bank.post(
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<show xmlns="{NS}"><showFilters>{body}</showFilters></show></e:Body></e:Envelope>'
    )
    query = "&".join(f"{name}={quote(str(value), '')}" for name, value in filters.items())
    found = json.loads(bank.http("GET", f"{HERE}/show?{query}").body)

    entries = [
        (int(entry.findtext("id")), entry.findtext("text"))
        for entry in etree.fromstring(told.body).iter("error")
    ]
    several = found.get("details", {}).get("errors", [found])
    assert sorted(entries) == sorted((it["code"], it["detail"]) for it in several)
    assert len(entries) == len(filters)
    assert asked(bank) == []


@COMMON
@given(
    filters=st.fixed_dictionaries(
        {},
        optional={
            "Text": st.integers() | st.just("a\x00"),
            "Number": st.sampled_from(["x", 2**63, 5.5, -(2**70)]),
            "Amount": st.sampled_from(["1e5", "", "--1", "1,5"]),
            "Day": st.sampled_from(["2026-02-30", "x", "2026-2-1"]),
            "Flag": st.sampled_from(["yes", 2]),
        },
    ).filter(bool)
)
def test_what_rest_refuses_a_tool_refuses_and_nothing_is_performed(bank, bridge, filters):
    found = bank.http(
        "POST",
        f"{HERE}/show",
        json.dumps({"filters": filters}).encode(),
        Content_Type="application/json",
    )

    async def work():
        async with httpx2.AsyncClient(transport=bridge(bank), base_url="http://g") as http:
            return await GatewayTools(http, lambda: 0.0).call("BankDemo_show", {"filters": filters})

    told = anyio.run(work)
    assert (found.status, told.result) == (400, None)
    assert json.loads(found.body)["detail"] in told.problem
    assert asked(bank) == []


def test_a_decimal_number_in_json_is_the_decimal_of_soap(bank):
    bank.caller.reply = Rows(ALL, [])
    soap(bank, "show", filters={"Amount": Decimal("12345678901234567890.123456789")})
    bank.http("POST", f"{HERE}/show", b'{"filters":{"Amount":12345678901234567890.123456789}}', Content_Type="application/json")  # fmt: skip

    first, second = asked(bank)
    assert first == second
