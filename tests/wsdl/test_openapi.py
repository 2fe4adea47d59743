"""The OpenAPI document, the metadata and the tools: golden bytes, and equal to the WSDL."""

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from verdigris.metadata import Column, Model, Parameter, Procedure, Table
from verdigris.problem import ProblemDocument
from wsdl import (
    contract_of,
    document,
    fits,
    lexical,
    metadata_json,
    openapi,
    schema_document,
    tools,
    tools_json,
)


ROOT = Path(__file__).parents[2]
NS = "urn:xmlns:attachmate:vhi-ws:Every-Thing"
XS = "{http://www.w3.org/2001/XMLSchema}"
HERE = "http://gateway.example.com:9680/vhi-rs/model/"
EXAMPLES = sorted(folder.parent.name for folder in (ROOT / "examples").glob("*/model"))


@pytest.fixture
def made(everything):
    return contract_of(everything, namespace=NS)


@pytest.fixture
def bank(example):
    return example("BankDemo")


@pytest.fixture(params=["every-thing", *EXAMPLES])
def contract(request, made, example):
    """Each contract whose documents are published."""
    return made if request.param == "every-thing" else example(request.param)


def test_the_documents_are_the_reviewed_ones(made, golden):
    golden("every-thing.openapi.json", openapi(made, HERE + "Every-Thing"))
    golden("every-thing.tools.json", tools_json(tools(made, "model")))


def test_the_bytes_do_not_depend_on_the_hash_seed():
    program = (
        "import hashlib;"
        "from tests.support.contracts import EVERYTHING as model;"
        "from wsdl import *;"
        "made = contract_of(model, namespace='urn:x');"
        "data = openapi(made, 'http://h') + tools_json(tools(made, 'pool'));"
        "print(hashlib.sha256(data).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(seen) == 1


# ---- equal to the WSDL ---------------------------------------------------------------------------

JSON_TYPE = {"string": ("string", ""), "long": ("integer", "int64"), "int": ("integer", ""), "decimal": ("string", "decimal"),
             "date": ("string", "date"), "boolean": ("boolean", "")}  # fmt: skip
FACETS = {"minInclusive": "minimum", "maxInclusive": "maximum", "minLength": "minLength", "maxLength": "maxLength"}  # fmt: skip


class Xsd:
    """What a WSDL's schema says, in plain words."""

    def __init__(self, contract):
        root = etree.fromstring(document(contract, "http://h/x"))
        self.schema = root.find(f".//{XS}schema")
        self.operations = {
            e.get("name")
            for e in root.find(".//{*}portType").findall("{*}operation")
        }  # fmt: skip

    def documentation(self, element):
        found = element.find(f"{XS}annotation/{XS}documentation")
        return "" if found is None else found.text

    def block(self, name):
        """name -> (type, facets, required, nillable, words) of a named complex type."""
        made = {}
        for element in self.schema.find(f"{XS}complexType[@name='{name}']/{XS}sequence"):
            rule = element.find(f"{XS}simpleType/{XS}restriction")
            base = element.get("type") if rule is None else rule.get("base")
            facets = (
                {} if rule is None else {etree.QName(f).localname: f.get("value") for f in rule}
            )
            made[element.get("name")] = (
                base.partition(":")[2], facets, element.get("minOccurs", "1") == "1",
                element.get("nillable") == "true", self.documentation(element),
            )  # fmt: skip
        return made

    def wrapper(self, name):
        element = self.schema.find(f"{XS}element[@name='{name}']")
        children = element.find(f"{XS}complexType/{XS}sequence")
        return self.documentation(element), {
            e.get("name"): e.get("minOccurs", "1") == "1" for e in children
        }


def flat(schema):
    """The schema with the keywords of all its choices, to be compared with one element."""
    if "anyOf" not in schema:
        return schema
    made = {name: value for name, value in schema.items() if name != "anyOf"}
    for choice in schema["anyOf"]:
        made |= {name: value for name, value in choice.items() if name != "type"}
    return made | {"type": [choice["type"] for choice in schema["anyOf"]]}


def kinds(schema):
    found = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {kind for kind in found if kind != "null"}, "null" in found


def compare(xsd_block, schema, *, reply=False):
    assert list(schema["properties"]) == list(xsd_block)
    required = {name for name, it in xsd_block.items() if it[2]}
    assert set(schema.get("required", ())) == required
    for name, (base, facets, needed, nil, words) in xsd_block.items():
        said = flat(schema["properties"][name])
        types, null = kinds(said)
        kind, form = JSON_TYPE[base]
        assert kind in types, name
        assert said.get("format", "") == form, name
        assert null == (nil or (not needed and not reply)), name
        assert words in said.get("description", ""), name
        for facet, value in facets.items():
            if base == "date":
                assert value in said["description"], name
            elif facet == "fractionDigits":
                assert value in said["pattern"], name
            else:
                assert Decimal(str(said[FACETS[facet]])) == Decimal(value), name
        own = {"minimum", "maximum", "minLength", "maxLength"} & set(said)
        assert len(own) == len([f for f in facets if f in FACETS and base != "date"]), name


def test_operations_parameters_types_optionality_and_words_are_those_of_the_wsdl(contract):
    xsd, api = Xsd(contract), json.loads(openapi(contract, "http://h/x"))
    schemas = api["components"]["schemas"]

    named = {path[1:].replace("rsResource", "wsResource") for path in api["paths"]}
    assert named == xsd.operations
    for operation in contract.operations:
        words, children = xsd.wrapper(operation.name)
        post = api["paths"][f"/{operation.name}"]["post"]
        request_schema = schemas[f"{operation.name}Request"]
        block_names = {operation.filter_block: "filters", operation.data_block: "data"}
        assert post.get("description", "") == words
        assert [block_names.get(n, n) for n in children] == list(request_schema["properties"])
        assert {block_names.get(n, n) for n, needed in children.items() if needed} == set(
            request_schema.get("required", ())
        )
        assert post["requestBody"]["required"] == any(children.values())
        for block in (operation.filter_block, operation.data_block):
            if block in children:
                compare(xsd.block(block), schemas[block])
        if operation.returns_rows:
            compare(xsd.block(operation.row), schemas[operation.row], reply=True)
            assert schemas[operation.response]["properties"]["rows"]["items"]["$ref"].endswith(
                f"/{operation.name}Row"
            )


def test_environment_and_variables_are_those_of_the_wsdl(contract):
    xsd = Xsd(contract)
    api = json.loads(openapi(contract, "http://h/x").replace(b"rsResource", b"wsResource"))
    schemas = api["components"]["schemas"]

    for name, (base, facets, _, _, words) in xsd.block("RequestEnvironment").items():
        said = schemas["RequestEnvironment"]["properties"][name]
        header = api["components"]["parameters"][f"X-Verdigris-{name}"]["schema"]
        assert (said["description"], header["description"]) == (words, words)
        assert kinds(said)[0] == {JSON_TYPE[base][0]}
        assert {f: str(said[FACETS[f]]) for f in facets} == facets
    assert set(schemas["ModelVariables"]["properties"]) == set(xsd.block("ModelVariables"))
    assert set(schemas["ModelVariableValues"]["properties"]) == set(
        xsd.block("ModelVariableValues")
    )


def test_tools_are_the_operations_with_the_same_parameters(contract):
    schemas = json.loads(openapi(contract, "http://h/x"))["components"]["schemas"]
    listed = json.loads(tools_json(tools(contract, "model")))["tools"]

    assert [t["operation"] for t in listed] == [o.name for o in contract.operations]
    for operation, tool in zip(contract.operations, listed, strict=True):
        taken = tool["inputSchema"]["properties"]
        assert operation.description in tool["description"]
        for name, title in (("filters", operation.filter_block), ("data", operation.data_block)):
            same_but_plain(taken.get(name), schemas.get(title), null=name == "data")
        if operation.returns_rows:
            row = tool["outputSchema"]["properties"]["rows"]["items"]
            same_but_plain(row, schemas[operation.row], null=True)


def same_but_plain(tool, api, *, null):
    """A block of a tool says what the block of the document says, without formats and type lists."""
    if api is None:
        assert tool is None
        return
    assert tool.get("required") == api.get("required")
    assert list(tool["properties"]) == list(api["properties"])
    for name, schema in tool["properties"].items():
        full, found = flat(api["properties"][name]), flat(schema)
        assert kinds(found)[0] == kinds(full)[0] - (
            {"number"} if "string" in kinds(full)[0] else set()
        )
        assert kinds(found)[1] == (null and kinds(full)[1])
        assert "format" not in found
        for word in ("description", "pattern", "minLength", "maxLength", "writeOnly"):
            assert found.get(word) == full.get(word), (name, word)
        if "integer" in kinds(full)[0]:
            assert (found.get("minimum"), found.get("maximum")) == (
                full.get("minimum"),
                full.get("maximum"),
            )


# ---- tools ---------------------------------------------------------------------------------------


def model(*procedures, columns=(), name="M"):
    return contract_of(
        Model(name=name, tables=(Table(name="T", columns=columns, procedures=procedures),)),
        namespace="urn:x",
    )


def test_hints_promise_what_the_modeller_promised():
    key = (Column(name="K"),)
    takes = (Parameter(column="K"),)
    made = model(
        Procedure(name="Look", kind="select", outputs=("K",), read_only=True),
        Procedure(name="LookAndChange", kind="select", outputs=("K",)),
        Procedure(name="Add", kind="insert", data=takes),
        Procedure(name="Set", kind="update", data=takes),
        Procedure(name="Remove", kind="delete", filters=takes),
        columns=key,
    )

    hints = {t.operation: (t.read_only, t.destructive, t.idempotent) for t in tools(made, "pool")}

    assert hints == {
        "look": (True, False, True),
        "lookAndChange": (False, True, False),
        "add": (False, False, False),
        "set": (False, True, False),
        "remove": (False, True, False),
    }


def test_a_secret_column_is_no_output_of_a_tool():
    made = model(
        Procedure(name="Show", kind="select", outputs=("Name", "Pin")),
        columns=(Column(name="Name"), Column(name="Pin", secret=True)),
    )

    (tool,) = tools(made, "model")

    assert tool.outputs == ("Name",)
    assert "Pin" not in str(tool.output_schema)


def test_tool_names_are_short_ascii_and_apart():
    long = "x" * 70
    made = model(
        *(Procedure(name=n, kind="select") for n in (f"{long}A", f"{long}B", "größe", "grÄße")),
        name="Ü",
    )

    names = [tool.name for tool in tools(made, "model")]

    assert names == ["x" * 48, "x" * 46 + "_2", "__gr__e", "__gr__e_2"]


def test_units_are_told_to_agents(bank):
    (tool,) = [t for t in tools(bank, "model") if t.operation == "calcCostLoan"]
    assert b"Unit:" in tools_json((tool,))


# ---- odd contracts -------------------------------------------------------------------------------


def test_a_model_with_one_procedure_and_one_with_500_have_documents():
    few = model(Procedure(name="One", kind="delete"))
    many = model(
        *(
            Procedure(name=f"P{n}", kind="select", outputs=("A",), filters=(Parameter(column="A"),))
            for n in range(500)
        ),
        columns=(Column(name="A"),),
    )

    assert len(json.loads(openapi(few, "http://h"))["paths"]) == 6
    assert len(json.loads(openapi(many, "http://h"))["paths"]) == 505
    assert len(tools(many, "pool")) == 500


def test_names_beyond_ascii_have_ascii_component_keys_and_quoted_paths():
    made = model(
        Procedure(name="Größe", kind="select", outputs=("Höhe",)), columns=(Column(name="Höhe"),)
    )
    api = json.loads(openapi(made, "http://h"))

    assert "/gr%C3%B6%C3%9Fe" in api["paths"]
    assert all(key.isascii() for key in api["components"]["schemas"])
    row = api["components"]["schemas"]["gr_u00f6__u00df_eRow"]
    assert list(row["properties"]) == ["Höhe"]


def test_get_is_offered_only_where_nothing_secret_would_stand_in_the_url():
    secret = (Column(name="Pin", secret=True), Column(name="Name"))
    made = model(
        Procedure(name="Open", kind="select", filters=(Parameter(column="Name"),)),
        Procedure(name="Safe", kind="select", filters=(Parameter(column="Pin"),)),
        columns=secret,
    )
    paths = json.loads(openapi(made, "http://h"))["paths"]

    assert set(paths["/open"]) == {"parameters", "post", "get"}
    assert set(paths["/safe"]) == {"parameters", "post"}


def test_metadata_tells_every_operation_and_why_others_are_not_published():
    made = model(
        Procedure(name="Look", kind="select", outputs=("K",)),
        Procedure(name="not a name", kind="delete"),
        columns=(Column(name="K", unit="EUR", description="Key."),),
    )
    said = json.loads(metadata_json(made, "pool", "http://h/vhi-rs/session/M"))

    assert said["kind"] == "session"
    assert said["operations"][0]["url"] == "http://h/vhi-rs/session/M/look"
    assert said["operations"][0]["outputs"] == [
        {"name": "K", "type": "text", "unit": "EUR", "description": "Key."}
    ]
    assert said["refused"] == [
        {"name": "T.not a name", "reason": "'not a name' is not an XML name"}
    ]  # fmt: skip


# ---- values --------------------------------------------------------------------------------------


def bounded(kind, value):
    low, high = sorted([value, value + 10])
    return Column(name="C", type=kind, minimum=str(low), maximum=str(high))


COLUMNS = st.one_of(
    st.builds(
        lambda low, high: Column(name="C", min_length=min(low, high), max_length=max(low, high)),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    st.builds(lambda n: bounded("integer", n), st.integers(-20, 20)),
    st.builds(
        lambda n, digits: Column(
            name="C",
            type="decimal",
            fraction_digits=digits,
            minimum=str(n),
            maximum=str(n + Decimal("2.5")),
        ),
        st.decimals(-5, 5, places=2),
        st.integers(-1, 3),
    ),
    st.just(Column(name="C", type="date", minimum="2020-02-01", maximum="2020-03-01")),
)
NUMBERS = st.decimals(-9, 9, places=3).map(str) | st.decimals(-5, 8, places=1).map(str)
VALUES = {
    "text": st.text(st.sampled_from("aß🙂 "), max_size=6),
    "integer": st.integers(-35, 35),
    "decimal": NUMBERS | NUMBERS.map(lambda n: f"{n}0"),
    "date": st.dates(date(2020, 1, 1), date(2020, 4, 1)).map(str),
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_value_fits_when_the_schema_takes_it(data):
    column = data.draw(COLUMNS)
    value = data.draw(VALUES[column.type])
    made = model(
        Procedure(name="P", kind="select", filters=(Parameter(column="C", required=True),)),
        columns=(column,),
    )
    root = etree.fromstring(schema_document(made))
    etree.SubElement(root, f"{XS}element", name="probe", type="tns:pFilters")
    probe = etree.fromstring('<probe xmlns="urn:x"><C/></probe>')
    probe[0].text = lexical(column.type, value)

    assert fits(column, value) == etree.XMLSchema(root).validate(probe)


def test_the_problem_of_the_document_is_the_one_every_endpoint_answers_with(made):
    problem = json.loads(openapi(made, "http://h/vhi-rs/model/M"))["components"]["schemas"][
        "Problem"
    ]
    fields = {field.name: field for field in msgspec.structs.fields(ProblemDocument)}
    assert set(problem["properties"]) == set(fields)
    assert problem["required"] == [name for name, field in fields.items() if field.required]
