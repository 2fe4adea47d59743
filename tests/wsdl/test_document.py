"""The WSDL: its golden bytes, and the rules that real clients taught."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from wsdl import (
    SOAP11,
    SOAP12,
    contract_of,
    document,
    schema_document,
)


NS = "urn:xmlns:attachmate:vhi-ws:Every-Thing"
W = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture
def made(everything):
    return contract_of(everything, namespace=NS)


@pytest.fixture
def root(made):
    return etree.fromstring(document(made, "http://h:9680/vhi-ws/model/Every-Thing"))


def test_the_documents_are_the_reviewed_ones(made, everything, golden):
    address = "http://gateway.example.com:9680/vhi-ws/model/Every-Thing"
    qualified = contract_of(everything, namespace=NS, qualified_replies=True)

    golden("every-thing.wsdl", document(made, address))
    golden("every-thing-soap11.wsdl", document(made, address, (SOAP11,)))
    golden("every-thing-qualified.xsd", schema_document(qualified))


def test_the_bytes_do_not_depend_on_the_hash_seed(everything):
    program = (
        "import sys, hashlib;"
        "from tests.support.contracts import EVERYTHING as model;"
        "from wsdl import contract_of, document;"
        "data = document(contract_of(model, namespace='urn:x'), 'http://h');"
        "print(hashlib.sha256(data).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(seen) == 1


def test_only_namespaces_that_are_used_are_declared(made):
    """A declared soap12 namespace makes gSOAP build a SOAP 1.2 client for a 1.1 service."""
    both = document(made, "http://h")
    one = document(made, "http://h", (SOAP11,))

    assert b"wsdl/soap12/" in both
    assert b"soap12" not in one
    used = {e.tag.partition("}")[0][1:] for e in etree.fromstring(one).iter()} | {NS}
    assert set(etree.fromstring(one).nsmap.values()) <= used


def test_messages_are_document_literal_wrapped(root):
    """Part named `parameters`, wrapper named like the operation: what tools unwrap by."""
    for operation in root.find(f"{W}portType").iter(f"{W}operation"):
        name = operation.get("name")
        assert operation.get("parameterOrder") is None
        taken = operation.find(f"{W}input").get("message").removeprefix("tns:")
        message = root.find(f"{W}message[@name='{taken}']")
        assert [part.attrib for part in message] == [
            {"name": "parameters", "element": f"tns:{name}"}
        ]
    assert {e.get("use") for e in root.iter("{*}body", "{*}header")} == {"literal"}


def test_soap_actions_name_the_namespace(root):
    actions = {e.get("soapAction") for e in root.iter(f"{{{SOAP11.binding}}}operation")}

    assert f"{NS}:search" in actions
    assert f"{NS}:wsResourceCreate" in actions


def test_the_soap_12_binding_has_no_wsdl_fault(root):
    """Axis 1.4 refuses the whole document otherwise: `Missing <soap:fault>`."""
    bindings = {binding.get("name"): binding for binding in root.iter(f"{W}binding")}

    assert bindings["Every-ThingSoap"].find(f".//{W}fault") is not None
    assert bindings["Every-ThingSoap12"].find(f".//{W}fault") is None
    assert [b.get("type") for b in bindings.values()] == ["tns:Every-ThingPortType"] * 2


def test_order_is_types_message_port_type_binding_service(root):
    order = [etree.QName(child).localname for child in root]
    assert [name for i, name in enumerate(order) if i == 0 or order[i - 1] != name] == [
        "documentation", "types", "message", "portType", "binding", "service",
    ]  # fmt: skip


def test_header_and_fault_are_in_the_services_namespace(root):
    for header in root.iter("{*}header"):
        assert (header.get("message"), header.get("part")) == ("tns:environment", "environment")
    names = {message.get("name") for message in root.iter(f"{W}message")}
    assert {"environment", "errorDetail"} <= names


def test_an_empty_result_is_valid_and_columns_are_always_there(root):
    row = root.find(f".//{XS}element[@name='searchResponse']//{XS}element")
    assert (row.get("minOccurs"), row.get("maxOccurs")) == ("0", "unbounded")
    columns = list(root.find(f".//{XS}complexType[@name='searchRow']").iter(f"{XS}element"))
    assert {c.get("nillable") for c in columns} == {"true"}
    assert {c.get("minOccurs", "1") for c in columns} == {"1"}


def test_reply_children_are_unqualified_unless_switched(everything, root):
    def forms(document_root):
        found = document_root.find(f".//{XS}complexType[@name='searchRow']").iter(f"{XS}element")
        return {c.get("form") for c in found}

    switched = contract_of(everything, namespace=NS, qualified_replies=True)
    assert forms(root) == {"unqualified"}
    assert forms(etree.fromstring(document(switched, "http://h"))) == {None}


def test_hidden_procedures_are_not_there(root):
    assert "idden" not in etree.tostring(root, encoding="unicode")


def test_an_address_is_escaped(made):
    found = etree.fromstring(document(made, 'http://h/?a=1&b="2"', (SOAP12,)))

    assert found.find(".//{*}address").get("location") == 'http://h/?a=1&b="2"'


def test_text_of_the_modeller_is_escaped_and_cleaned(everything):
    wild = msgspec.structs.replace(everything, description="a<b>\x00&amp;")
    found = etree.fromstring(document(contract_of(wild, namespace=NS), "http://h"))

    assert found.findtext(f"{W}documentation") == "a<b>\ufffd&amp;"
