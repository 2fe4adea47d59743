"""Models at the edges: 500 procedures, one, none, and names that XML or other names forbid."""

import json
import time

import msgspec
import pytest
import zeep.exceptions

from gateway.soap.codec.compiled import compiled_codecs
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.metadata import Column, Model, Parameter, Procedure, Table, Variable
from verdigris.values import is_name
from verdigris.wire import Rows
from wsdl import contract_of, document


PATH = "/vhi-ws/model/Odd"
SESSION = "vs1~0123456789abcdef"
BOUND = 20.0
"""CPU seconds for everything of 500 operations: it takes 2, and grew with the square of their number
once it takes minutes."""


def select(name, **more):
    return Procedure(
        name=name, kind="select", outputs=("Text",), filters=(Parameter(column="Text"),), **more
    )


def odd(*procedures, **more):
    columns = (Column(name="Text"), Column(name="Number", type="integer"))
    tables = (Table(name="T", columns=columns, procedures=procedures),) if procedures else ()
    return Model(name="Odd", digest="1", tables=tables, **more)


@pytest.fixture(params=["spyne", "compiled"])
def serve(request, start):
    def make(model):
        running = start(PluginConfig(request_path=request.param), model)
        running.caller.reply = Rows((("Text", "text"),), [["pong"]])
        return running

    return make


def test_500_operations_are_served_in_bounded_time_and_the_last_can_be_called(start):
    model = odd(*(select(f"Procedure{n:03}") for n in range(500)))
    began = time.process_time()

    contract = contract_of(model, namespace="urn:odd")
    text = document(contract, "http://h/x")
    compiled_codecs(contract)
    running = start(PluginConfig(), model)
    running.caller.reply = Rows((("Text", "text"),), [["pong"]])
    rows = running.zeep(PATH, port="Soap12").procedure499(procedure499Filters={"Text": "ping"})

    assert time.process_time() - began < BOUND
    assert len(contract.operations) == 500
    assert text.count(b"<wsdl:operation ") == 3 * 505
    assert [row.Text for row in rows] == ["pong"]
    assert running.caller.last.procedure == "Procedure499"
    assert running.http("GET", "/vhi-rs/model/Odd/procedure499?Text=ping").status == 200


def test_a_model_with_one_procedure(serve):
    running = serve(odd(select("Only")))

    assert [row.Text for row in running.zeep(PATH).only()] == ["pong"]
    assert (running.caller.last.table, running.caller.last.procedure) == ("T", "Only")


def test_a_model_without_procedures_has_the_operations_of_every_service(serve):
    running = serve(odd(variables=(Variable(name="region"),)))
    running.caller.reply = {"region": "north"}
    service = running.zeep(PATH)

    offered = sorted(service._operations)
    assert offered == [
        "executeSQLStatement", "getModelVariables", "processString", "wsResourceCreate",
        "wsResourceDestroy",
    ]  # fmt: skip
    assert service.getModelVariables(environment={"SessionID": SESSION}) == "north"
    with pytest.raises(zeep.exceptions.Fault, match="table"):
        service.executeSQLStatement(SQLStatement="SELECT Text FROM T")
    assert running.http("GET", "/vhi-rs/model/Odd/tools.json").text.split() == [
        "{", '"tools":', "[]", "}",
    ]  # fmt: skip


def test_what_cannot_be_named_is_left_out_by_name_and_the_rest_serves(serve):
    model = odd(
        select("Good"),
        select("gOOD"),
        select("9lead"),
        select("Größe"),
        select("with-dash"),
        select("Environment"),
        select("GoodResponse"),
        Procedure(name="Bad", kind="select", outputs=("no such",)),
    )
    running = serve(model)
    service = running.zeep(PATH)

    assert {"good", "größe", "with-dash"} <= set(service._operations)
    assert [row.Text for row in service["größe"]()] == ["pong"]
    assert running.caller.last.procedure == "Größe"
    page = running.http("GET", PATH).text
    for name in ("T.gOOD", "T.9lead", "T.Environment", "T.GoodResponse", "T.Bad"):
        assert name in page
    asked = running.http("GET", "/vhi-rs/model/Odd/gr%C3%B6%C3%9Fe")
    assert (asked.status, asked.text) == (200, '{"rows":[{"Text":"pong"}]}')


@pytest.mark.parametrize("name", ["9Lives", "_x", "a.b-c_d", "X" * 63])
def test_a_model_of_any_name_that_is_allowed_is_called_through_its_wsdl(serve, name):
    running = serve(msgspec.structs.replace(odd(select("Only")), name=name))
    path = f"/vhi-ws/model/{name}"

    assert is_name(name)
    assert f'href="{path}?wsdl"' in running.http("GET", "/vhi-ws").text
    assert [row.Text for row in running.zeep(path).only()] == ["pong"]
    assert running.caller.last.name == name
    assert json.loads(running.http("GET", f"/vhi-rs/model/{name}?json").body)["name"] == name


@pytest.mark.parametrize(
    "namespace",
    [
        "urn:example:a%20b",
        "http://example.com/x?a=1&b=2#c",
        "urn:x;y,(z)'$!*",
        "relative",
        "a" * 2_000,
    ],
)
def test_any_uri_is_a_namespace(serve, namespace):
    running = serve(msgspec.structs.replace(odd(select("Only")), namespace=namespace))

    assert [row.Text for row in running.zeep(PATH).only()] == ["pong"]
    assert running.caller.last.procedure == "Only"


@pytest.mark.parametrize(
    "namespace", ["urn:größe", "urn:a b", "%zz", "http://x/[", "urn:{x}", "a\tb"]
)
def test_a_namespace_that_is_none_is_said_on_the_list_and_the_others_serve(serve, namespace):
    running = serve(odd(select("Only")))
    other = msgspec.structs.replace(odd(select("Only")), name="Other", namespace=namespace)
    running.deploy(odd(select("Only")), other)

    page = running.http("GET", "/vhi-ws").text
    assert "model Other is not served: its namespace" in page
    assert "is not a URI" in page
    assert [row.Text for row in running.zeep(PATH).only()] == ["pong"]
