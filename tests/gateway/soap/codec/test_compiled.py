"""The compiled path and spyne's understand the same requests and answer the same XML."""

import dataclasses

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.soap.canonical import blocks_of, canonical
from gateway.soap.codec.compiled import compiled_codecs, supports
from gateway.soap.codec.protocol import Message
from gateway.soap.codec.spyne_codec import spyne_codecs
from gateway.soap.validation import dates_of, schema_errors
from verdigris.errors import InternalError
from verdigris.metadata import Model
from verdigris.wire import Rows
from wsdl import SOAP11, SOAP12, contract_of, envelope_schema


TYPES = {"Text": "text", "Number": "integer", "Amount": "decimal", "Day": "date", "Flag": "boolean"}
NS = "urn:a&b"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

SENT = {
    "Text": st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
    "Number": st.integers(-(2**63), 2**63 - 1).map(str),
    "Amount": st.decimals(
        allow_nan=False, allow_infinity=False, max_value=10**20, min_value=-(10**20), places=4
    ).map(str),
    "Day": st.tuples(st.dates(), st.sampled_from(["", "Z", "-05:00"])).map(
        lambda d: d[0].isoformat() + d[1]
    ),
    "Flag": st.sampled_from(["true", "false", "0", "1"]),
}
RETURNED = {
    "Text": st.text(max_size=20),
    "Number": st.integers(-(2**63), 2**63 - 1),
    "Amount": st.decimals(
        allow_nan=False, allow_infinity=False, max_value=10**20, min_value=-(10**20)
    ).map(lambda d: format(d, "f")),
    "Day": st.dates().map(str),
    "Flag": st.booleans(),
}


def tree(element):
    return (
        element.tag,
        dict(element.attrib),
        element.text or "",
        [tree(child) for child in element],
    )


@pytest.fixture(scope="module", params=[False, True], ids=["unqualified", "qualified"])
def both(request, bank_model: Model):
    contract = contract_of(bank_model, namespace=NS, qualified_replies=request.param)
    schemas = {version: envelope_schema(contract, version) for version in (SOAP11, SOAP12)}
    operations = {o.name: o for o in contract.operations}
    codecs = (spyne_codecs(contract), compiled_codecs(contract))

    def serve(version, body, result):
        """What each codec read and wrote; both must be the same."""
        outcomes = []
        for by_operation in codecs:
            root = etree.fromstring(
                f'<e:Envelope xmlns:e="{version.envelope}"><e:Body/></e:Envelope>'
            )
            root[0].append(etree.fromstring(etree.tostring(body)))
            name = etree.QName(body).localname
            operation = operations.get(name)
            canonical(root[0][0], name, NS, blocks_of(contract, operation))
            assert schema_errors(schemas[version], root, operation, dates_of(operation)) == []
            codec = by_operation[name]
            invocation = codec.read(Message(version, root))
            try:
                answer = tree(etree.fromstring(codec.write(version, result)))
            except InternalError as error:
                answer = str(error)
            outcomes.append((invocation, answer))
        assert outcomes[0] == outcomes[1]
        return outcomes[0]

    return serve


def element(operation, block="", values=(), environment=()):
    root = etree.Element(f"{{{NS}}}{operation}")
    for name, leaves in (("environment", environment), (block, values)):
        if leaves:
            parent = etree.SubElement(root, f"{{{NS}}}{name}")
            for leaf, text in leaves:
                child = etree.SubElement(parent, f"{{{NS}}}{leaf}")
                child.text = text
                if text is None:
                    child.set(f"{{{XSI}}}nil", "true")
    return root


VERSIONS = st.sampled_from([SOAP11, SOAP12])


@settings(max_examples=40, deadline=None)
@given(VERSIONS, st.fixed_dictionaries({}, optional=SENT), st.data())
def test_a_select_is_the_same_both_ways(both, version, sent, data):
    row = st.tuples(*(st.none() | RETURNED[name] for name in TYPES)).map(list)
    rows = data.draw(st.lists(row, max_size=4))

    invocation, _ = both(
        version, element("show", "showFilters", sent.items()), Rows(tuple(TYPES.items()), rows)
    )

    assert set(invocation.filters) == {
        name for name, text in sent.items() if text.strip() or name == "Text"
    }


@settings(max_examples=20, deadline=None)
@given(
    VERSIONS,
    st.fixed_dictionaries(
        {}, optional={k: st.none() | v for k, v in SENT.items() if k != "Number"}
    ),
)
def test_an_update_is_the_same_both_ways(both, version, data):
    root = element("change", "changeFilters", [("Number", "1")])
    if data:
        root.append(element("change", "changeData", data.items())[0])

    invocation, _ = both(version, root, Rows((), [], affected=4))

    assert set(invocation.data) == set(data)


@pytest.mark.parametrize("version", [SOAP11, SOAP12], ids=["1.1", "1.2"])
@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("getModelVariables", {"userID": "a<b", "region": ""}),
        ("wsResourceCreate", "vs1~00"),
        ("wsResourceDestroy", None),
        ("ping", Rows((("Text", "text"),), [])),
        ("ping", Rows((("Text", "text"),), [["\r\n\t ]]>"]])),
        ("ping", Rows((("TEXT", "text"), ("More", "text")), [["a", "b"]])),
    ],
)
def test_every_operation_is_the_same_both_ways(both, version, operation, result):
    environment = [("DomainName", ""), ("MaxRows", "3"), ("MethodTimeout", "1500")]

    _, answer = both(version, element(operation, environment=environment), result)

    assert isinstance(answer, tuple)


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("ping", None),
        ("ping", {"Text": "x"}),
        ("ping", Rows((), [[]])),
        ("ping", Rows((("Text", "text"),), [[1]])),
        ("ping", Rows((("Text", "text"),), [[]])),
    ],
)
def test_a_result_that_does_not_fit_is_refused_both_ways(both, operation, result):
    _, answer = both(SOAP11, element(operation), result)

    assert "the result does not fit the contract" in answer


def test_the_tables_know_every_type_a_model_can_have_and_no_other(bank_model: Model):
    contract = contract_of(bank_model, namespace=NS)
    column = msgspec.structs.replace(contract.operations[1].outputs[0], type="picture")
    strange = dataclasses.replace(contract.operations[1], outputs=(column,))

    assert supports(contract)
    assert not supports(dataclasses.replace(contract, operations=(strange,)))
