"""Names and numbers in published documents that generators, hosts of agents and models' APIs choke on."""

import json
from collections import Counter

import pytest
from lxml import etree

from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from wsdl import contract_of, document, left_out, openapi, tools, tools_json
from wsdl.contract import RESERVED
from wsdl.openapi import REST_OWN


def contract(*procedures, columns=(), name="M", variables=()):
    model = Model(
        name=name,
        variables=variables,
        tables=(Table(name="T", columns=columns, procedures=procedures),),
    )
    return contract_of(model, namespace="urn:x")


def select(name, *filters):
    return Procedure(
        name=name,
        kind="select",
        outputs=("A",),
        filters=tuple(Parameter(column=column) for column in filters),
        read_only=True,
    )


A = (Column(name="A"),)


def described(made, **more):
    return json.loads(openapi(made, "http://h/x", **more))


def ids(api):
    return [
        op["operationId"]
        for path in api["paths"].values()
        for op in path.values()
        if isinstance(op, dict)
    ]


def alike(names):
    return [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("Own",),
        ("own",),
        ("CustomerDetail", "CustomerDetailByquery"),
        ("CustomerDetail", "CustomerDetailByQuery"),
        ("GetModelVariablesByQuery",),
        ("Find", "FindByQuery", "FindByQueryByquery"),
        ("größe", "gr_u00f6__u00df_e"),
        ("RequestEnvironment1", "Own", "OWN2"),
    ],
)
def test_names_of_an_openapi_document_differ_even_when_case_is_ignored(names):
    """OpenAPITools/openapi-generator#12608, #19744, openapi-generators/openapi-python-client#1163.

    Generators write one class or file for two names that differ by case only.
    """
    made = contract(*map(select, names), columns=A)
    api = described(made)

    assert len(made.operations) == len(names)
    assert alike(api["components"]["schemas"]) == []
    assert alike(ids(api)) == []
    assert alike(tool.name for tool in tools(made, "model")) == []
    text = json.dumps(api)
    for key in api["components"]["schemas"]:
        assert f"#/components/schemas/{key}" in text, key


def test_every_reference_leads_to_the_schema_of_its_own_operation():
    api = described(contract(select("Own", "A"), columns=A))
    body = api["paths"]["/own"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema = api["components"]["schemas"][body["$ref"].rpartition("/")[2]]

    assert "filters" in schema["properties"]
    assert "filters" not in api["components"]["schemas"]["OwnRequest"]["properties"]


@pytest.mark.parametrize("name", ["RsResourceCreate", "RsResourceDestroy", "rsresourcecreate", "Openapi.json", "Tools.JSON", "WsResourceCreate", "GetModelVariables", "ProcessString"])  # fmt: skip
def test_a_procedure_named_like_what_every_service_has_is_refused_by_name(name):
    """What is published can be called where it is published, in SOAP, in REST and as a tool."""
    made = contract(select(name), select("Good"), columns=A)

    assert [one.name for one in made.operations] == ["good"]
    assert made.refused[0].name == f"T.{name}"
    assert "of every service" in made.refused[0].reason
    assert {*REST_OWN} <= {*RESERVED}


def test_variables_of_one_name_are_published_once():
    made = contract(variables=(Variable(name="user"), Variable(name="User")))

    assert [variable.name for variable in made.variables] == ["user"]
    assert made.refused[0].name == "variable User"


def test_tool_names_leave_room_for_the_name_of_a_server():
    """sparfenyuk/mcp-proxy#45, awslabs/mcp#1283, microsoft/vscode#243602: hosts stop at 60 or 64."""
    made = contract(*(select(f"{'x' * 60}{end}") for end in "abAB"), columns=A, name="M" * 40)
    names = [tool.name for tool in tools(made, "model")]

    assert max(map(len, names)) == 48
    assert alike(names) == []


@pytest.mark.parametrize("name", ["N" * 65, "Größe"])
def test_a_tool_no_api_of_a_model_takes_is_left_out_by_name(name):
    """ComposioHQ/composio#2330, #3500: property keys have 1 to 64 ASCII characters."""
    columns = (Column(name="A"), Column(name=name), Column(name="N" * 64))
    made = contract(
        select("Bad", name), select("Long", "N" * 64), select("Good", "A"), columns=columns
    )

    assert [tool.operation for tool in tools(made, "model")] == ["long", "good"]
    (refusal,) = left_out(made)
    assert refusal.name == "T.Bad"
    assert name in refusal.reason


# ---- numbers -------------------------------------------------------------------------------------


def numbers(schema):
    """Every number in a JSON document, as a reader in JavaScript has it."""
    if isinstance(schema, dict):
        return [found for value in schema.values() for found in numbers(value)]
    if isinstance(schema, list):
        return [found for value in schema for found in numbers(value)]
    return [schema] if isinstance(schema, int | float) and not isinstance(schema, bool) else []


@pytest.mark.parametrize(
    "column",
    [
        Column(name="A", type="integer"),
        Column(name="A", type="integer", minimum="-9007199254740993", maximum="9223372036854775806"),
        Column(name="A", type="integer", minimum="0", maximum="9223372036854775807"),
        Column(name="A", type="decimal", minimum="-12345678901234567890.12", maximum="0.12345678901234567890123"),
        Column(name="A", max_length=2**62),
    ],
)  # fmt: skip
def test_no_number_in_a_document_is_another_one_for_a_reader_in_javascript(column):
    """adiom-data/grpcmcp#4, #5, RicoSuter/NJsonSchema#1798; RFC 7493, 2.2.

    A bound of 64 bits comes back as 9223372036854776000, above int64, and the API of a model
    refuses all tools.
    """
    made = contract(select("Find", "A"), columns=(column,))

    for text in (openapi(made, "http://h/x"), tools_json(tools(made, "model"))):
        exact = numbers(json.loads(text, parse_float=float))
        assert all(abs(number) <= 2**53 - 1 for number in exact), exact
    said = described(made)["components"]["schemas"]["findFilters"]["properties"]["A"]
    for bound in filter(None, (column.minimum, column.maximum)):
        assert bound in said.get("description", "") or str(bound) in json.dumps(said)


def test_bounds_that_everybody_reads_are_keywords():
    made = contract(select("Find", "A"), columns=(Column(name="A", type="integer", minimum="1", maximum="9007199254740991"),))  # fmt: skip
    said = described(made)["components"]["schemas"]["findFilters"]["properties"]["A"]

    assert (said["minimum"], said["maximum"], "description" in said) == (1, 2**53 - 1, False)


# ---- types ---------------------------------------------------------------------------------------

EVERY = (
    Column(
        name="A", type="decimal", minimum="0.01", maximum="999999999", fraction_digits=2, unit="EUR"
    ),
    Column(name="B", type="date"),
    Column(name="C", type="integer"),
    Column(name="D", type="boolean"),
    Column(name="E", secret=True, min_length=4, max_length=4),
)


def schemas(part):
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from schemas(value)
    elif isinstance(part, list):
        for value in part:
            yield from schemas(value)


def test_tools_have_no_formats_and_no_lists_of_types():
    """TGYD-helige/pi#119, anomalyco/opencode#8581 (unknown formats), google-gemini/gemini-cli#2237,
    sbroenne/mcp-server-excel#672 (formats on strings, lists of types)."""
    change = Procedure(
        name="Change", kind="update", data=tuple(Parameter(column=c.name) for c in EVERY)
    )
    show = Procedure(name="Show", kind="select", outputs=("A", "B", "C", "D"), filters=tuple(Parameter(column=c.name) for c in EVERY))  # fmt: skip
    made = contract(change, show, columns=EVERY)

    for tool in tools(made, "model"):
        for schema in schemas([tool.input_schema, tool.output_schema]):
            assert not isinstance(schema.get("type"), list), schema
            assert "format" not in schema, schema
    look = tools(made, "model")[1].input_schema["properties"]["filters"]["properties"]
    assert (look["A"]["type"], look["B"]["type"], look["E"]["writeOnly"]) == (
        "string",
        "string",
        True,
    )
    blanked = tools(made, "model")[0].input_schema["properties"]["data"]["properties"]["A"]
    assert [choice["type"] for choice in blanked["anyOf"]] == ["string", "null"]


def test_a_decimal_is_a_choice_of_a_text_and_a_number_with_bounds():
    """exoscale/egoscale#776, ogen-go/ogen#1617, #1619: bounds beside a list of types are misread."""
    api = described(contract(select("Find", "A"), columns=EVERY))
    text, number, null = api["components"]["schemas"]["findFilters"]["properties"]["A"]["anyOf"]
    query = api["paths"]["/find"]["get"]["parameters"][0]["schema"]

    assert (text["type"], "minimum" in text, null) == ("string", False, {"type": "null"})
    assert number == {"type": "number", "minimum": 0.01, "maximum": 999999999}
    assert (query["type"], query["pattern"]) == ("string", text["pattern"])


# ---- signing on, and the order of parts ----------------------------------------------------------


def test_the_document_says_how_to_sign_on_and_whether_one_must():
    """Redocly/redocly-cli#877, Universal-Commerce-Protocol/ucp#716; OpenAPI 3.1, 4.8.27 and 4.8.30."""
    made = contract(select("Find"), columns=A)
    optional, required = described(made), described(made, authenticated=True)

    (name,) = optional["components"]["securitySchemes"]
    scheme = optional["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "basic")
    assert optional["security"] == [{}, {name: []}]
    assert required["security"] == [{name: []}]


def test_the_setting_decides_whether_credentials_are_required(start):
    for setting, expected in ((False, 2), (True, 1)):
        desk = start(authn_service=setting)
        api = json.loads(desk.running.http("GET", "/vhi-rs/model/Field/openapi.json").body)
        assert len(api["security"]) == expected


def test_every_operation_has_a_summary():
    api = described(contract(select("Find"), columns=A))

    assert all(
        op["summary"]
        for path in api["paths"].values()
        for op in path.values()
        if isinstance(op, dict)
    )


def test_the_header_is_listed_before_the_body():
    """xsdata sends the parts of a message in the order of the binding; WSDL 1.1 leaves it free."""
    root = etree.fromstring(document(contract(select("Find"), columns=A), "http://h/x"))

    for taken in root.iterfind(".//{*}binding/{*}operation/{*}input"):
        assert [etree.QName(part).localname for part in taken] == ["header", "body"]


@pytest.mark.parametrize("query", ["wsdl", "singleWsdl", "SINGLEWSDL", "singleWsdl="])
def test_the_wsdl_is_given_to_those_who_ask_for_a_single_one(start, query):
    """dotnet/wcf#2016: .NET's tools ask for ?singleWsdl."""
    found = start().running.http("GET", f"/vhi-ws/model/Field?{query}")

    assert found.headers["content-type"].startswith("text/xml")
    assert b"definitions" in found.body
