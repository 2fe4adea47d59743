"""What users of every example see: reviewed bytes of each document, and all say the same."""

import re
from pathlib import Path

import pytest
from lxml import etree

from wsdl import SOAP11, SOAP12, document, openapi, schema_document, tools, tools_json


ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(folder.parent.name for folder in (ROOT / "examples").glob("*/model"))
AT = "http://gateway.example.com:9680"
W = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(params=EXAMPLES)
def made(request, example):
    return example(request.param)


def soap(contract, *versions):
    return document(contract, f"{AT}/vhi-ws/model/{contract.name}", versions)


def test_these_are_all_the_examples():
    assert EXAMPLES == ["AddressBook", "BankDemo", "Calendar", "OrderEntry"]


def test_nothing_of_an_example_is_refused(made):
    assert made.refused == ()
    assert all(operation.description for operation in made.operations)


def test_every_document_is_the_reviewed_one(made, golden):
    name = made.name
    golden(f"{name}.wsdl", soap(made, SOAP11, SOAP12))
    golden(f"{name}-soap11.wsdl", soap(made, SOAP11))
    golden(f"{name}.xsd", schema_document(made))
    golden(f"{name}.openapi.json", openapi(made, f"{AT}/vhi-rs/model/{name}"))
    golden(f"{name}.tools.json", tools_json(tools(made, "model")))


def canonical(element):
    """Without the indentation, and without the namespaces its parent declares."""
    alone = etree.fromstring(re.sub(rb">\s+<", b"><", etree.tostring(element).strip()))
    etree.cleanup_namespaces(alone, keep_ns_prefixes=["tns", "xs"])
    return etree.tostring(alone, method="c14n")


def test_all_wsdls_and_the_schema_say_the_same(made):
    """The narrower WSDLs are the whole one less a binding; the schema alone is the one inside."""
    whole = etree.fromstring(soap(made, SOAP11, SOAP12))
    inner = whole.find(f"{W}types/{XS}schema")
    assert canonical(etree.fromstring(schema_document(made))) == canonical(inner)
    for version in (SOAP11, SOAP12):
        one = etree.fromstring(soap(made, version))
        for part in ("types", "portType"):
            assert canonical(one.find(W + part)) == canonical(whole.find(W + part))
        (binding,) = one.findall(f"{W}binding")
        (same,) = [b for b in whole.findall(f"{W}binding") if b.get("name") == binding.get("name")]
        assert canonical(binding) == canonical(same)


def test_words_of_the_model_are_in_the_port_type(made):
    port_type = etree.fromstring(soap(made, SOAP11)).find(f"{W}portType")
    said = {
        operation.get("name"): operation.findtext(f"{W}documentation")
        for operation in port_type.iter(f"{W}operation")
    }
    for operation in made.operations:
        assert said[operation.name] == operation.description.strip()
