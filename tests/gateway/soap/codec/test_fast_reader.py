"""Messages that are read in one walk: the same as put into order and read, or left to that."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.soap.canonical import blocks_of, canonical
from gateway.soap.codec.compiled import compiled_codecs, readers_of
from gateway.soap.codec.fast_reader import FastReader
from gateway.soap.codec.protocol import Message
from gateway.soap.validation import dates_of, schema_errors
from wsdl import SOAP11, contract_of, envelope_schema


NS = "urn:bank"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

NAMES = ["Text", "Number", "Amount", "Day", "Flag", "text", "DomainName", "MaxRows", "userID", "x"]
BLOCKS = ["environment", "modelVariables", "changeFilters", "changeData", "showFilters", "x"]
TEXTS = ["", " ", "a", " a ", "1", " 1", "2 ", "-3.50", "2026-01-02", "2026-01-02Z", "true", "1e5"]
ATTRIBUTES = [None, None, None, ("href", "#1"), (f"{{{XSI}}}nil", "true"), (f"{{{XSI}}}nil", "0"),
              (f"{{{XSI}}}type", "x"), ("{urn:other}a", "1")]  # fmt: skip
SPACES = [NS, NS, NS, NS, "", "urn:other"]


def elements(names, inner):
    """Elements of these names, mostly as they should be."""
    return st.tuples(
        st.sampled_from(names), st.sampled_from(SPACES), st.sampled_from(ATTRIBUTES), inner
    )


MESSAGES = elements(
    ["change", "show", "ping", "Change", "getModelVariables"],
    st.lists(elements(BLOCKS, st.lists(elements(NAMES, st.sampled_from(TEXTS)), max_size=3)), max_size=3),
)  # fmt: skip


def built(parent, described):
    name, space, attribute, inner = described
    made = etree.SubElement(parent, f"{{{space}}}{name}" if space else name)
    if attribute is not None:
        made.set(*attribute)
    made.text = inner if isinstance(inner, str) else None
    for child in [] if isinstance(inner, str) else inner:
        built(made, child)


@pytest.fixture(scope="module")
def ways(bank_model):
    """Reads an Envelope by the fast reader, and in order; gives both invocations, None for a refusal."""
    contract = contract_of(bank_model, namespace=NS)
    schema = envelope_schema(contract, SOAP11)
    codecs = compiled_codecs(contract)
    called = contract.called()

    def read(root):
        child = root[0][0]
        name = etree.QName(child).localname
        operation = called.get(name)
        blocks = blocks_of(contract, operation)
        name = operation.name if operation else name
        reader = FastReader(f"{{{NS}}}{name}", NS, blocks, readers_of(contract, operation))
        texts = reader.texts(child)
        if texts is None:
            return None, None
        assert tree_of(child) == tree_of(in_order(child, name, blocks))
        if schema_errors(schema, root, operation, dates_of(operation)):
            return None, None
        decode = codecs[name].read
        return decode(Message(SOAP11, root, texts)), decode(Message(SOAP11, root))

    return read


def in_order(child, name, blocks):
    copied = copy.deepcopy(child)
    canonical(copied, name, NS, blocks)
    return copied


def tree_of(element):
    return element.tag, dict(element.attrib), element.text or "", [tree_of(it) for it in element]


def envelope(described):
    root = etree.Element(f"{{{SOAP11.envelope}}}Envelope")
    built(etree.SubElement(root, f"{{{SOAP11.envelope}}}Body"), described)
    return root


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_what_is_read_straight_is_what_is_read_in_order(ways, described):
    straight, ordered = ways(envelope(described))

    assert straight == ordered


def leaf(name, text):
    return (name, NS, None, text)


def test_what_generated_clients_send_is_read_straight(ways):
    blocks = [
        ("environment", NS, None, [leaf("DomainName", ""), leaf("MaxRows", "5")]),
        ("modelVariables", NS, None, [leaf("userID", " u ")]),
        ("showFilters", NS, None, [leaf("Text", ""), leaf("Number", "7"), leaf("Day", "2026-01-02Z")]),
    ]  # fmt: skip
    straight, ordered = ways(envelope(("show", NS, None, blocks)))

    assert straight is not None
    assert straight == ordered
    assert straight.filters == {"Text": "", "Number": 7, "Day": "2026-01-02"}
    assert (straight.environment.max_rows, straight.variables) == (5, {"userID": " u "})


ONE = leaf("Number", "1")
FILTERS = ("changeFilters", NS, None, [ONE])
NIL = f"{{{XSI}}}nil"
ODD = {
    "missing block": [("changeData", NS, None, [leaf("Text", "a")])],
    "missing value": [("changeFilters", NS, None, [])],
    "empty value": [("changeFilters", NS, None, [leaf("Number", "")])],
    "blank before": [("changeFilters", NS, None, [leaf("Number", " 1")])],
    "blank behind": [("changeFilters", NS, None, [leaf("Number", "1 ")])],
    "claimed type": [("changeFilters", NS, (f"{{{XSI}}}type", "x"), [ONE])],
    "nil": [("changeFilters", NS, None, [("Number", NS, (NIL, "true"), "")])],
    "not nil": [("changeFilters", NS, None, [("Number", NS, (NIL, "false"), "1")])],
    "reference": [FILTERS, ("changeData", NS, None, [("Text", NS, ("href", "#1"), "a")])],
    "inner elements": [("changeFilters", NS, None, [("Number", NS, None, [ONE])])],
    "twice": [("changeFilters", NS, None, [ONE, ONE])],
    "another order": [FILTERS, ("changeData", NS, None, [leaf("Flag", "true"), leaf("Text", "a")])],
    "blocks in another order": [("changeData", NS, None, [leaf("Text", "a")]), FILTERS],
    "a block twice": [FILTERS, FILTERS],
    "no namespace": [("changeFilters", "", None, [ONE])],
    "another spelling": [("ChangeFilters", NS, None, [ONE])],
}


@pytest.mark.parametrize("blocks", ODD.values(), ids=ODD)
def test_what_is_out_of_the_ordinary_is_not(ways, blocks):
    assert ways(envelope(("change", NS, None, blocks))) == (None, None)


def test_the_ordinary_is(ways):
    straight, _ = ways(envelope(("change", NS, None, [FILTERS])))

    assert straight.filters == {"Number": 1}
