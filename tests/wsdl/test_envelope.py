"""The schema of whole messages: exactly one known operation gets through."""

import pytest
from lxml import etree

from wsdl import SOAP11, SOAP12, contract_of, envelope_schema


NS = "urn:t"


@pytest.fixture(params=[SOAP11, SOAP12], ids=["1.1", "1.2"])
def judge(request, everything):
    version = request.param
    schema = envelope_schema(contract_of(everything, namespace=NS), version)

    def judged(body, header="", attributes=""):
        text = (
            f'<e:Envelope xmlns:e="{version.envelope}" xmlns="{NS}" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {attributes}>'
            f"{header and f'<e:Header>{header}</e:Header>'}<e:Body>{body}</e:Body></e:Envelope>"
        )
        return schema.validate(etree.fromstring(text))

    return judged


CLOSE = "<close><closeFilters><Key>5</Key></closeFilters></close>"


def test_a_message_by_the_contract_is_valid(judge):
    assert judge(CLOSE)
    assert judge("<all/>")


def test_headers_are_taken_and_ours_is_checked(judge):
    assert judge("<all/>", "<x:y xmlns:x='urn:x'/>" * 32)
    assert judge("<all/>", "<environment><MaxRows>1</MaxRows></environment>")
    assert judge("<all/>", '<environment e:mustUnderstand="1"/>')
    assert not judge("<all/>", "<environment><MaxRows>x</MaxRows></environment>")
    assert not judge("<all/>", "<x:y xmlns:x='urn:x'/>" * 33)


def test_an_encoding_style_on_the_envelope_is_taken(judge):
    assert judge("<all/>", attributes='e:encodingStyle="x"')


def test_columns_may_be_nil_but_blocks_not(judge):
    assert judge("<close><closeFilters><Key xsi:nil='true'/></closeFilters></close>")
    assert not judge("<close><closeFilters xsi:nil='true'/></close>")


@pytest.mark.parametrize(
    "body",
    [
        "", "<all/><all/>", "<nothing/>", "<x:all xmlns:x='urn:other'/>", "<close/>", "<close><closeFilters/></close>",
        "<close><closeFilters><Key>0</Key></closeFilters></close>",
        "<close><closeFilters><Key>100000</Key></closeFilters></close>",
        "<close><closeFilters><Key>5</Key><Key>5</Key></closeFilters></close>",
        "<close x='1'><closeFilters><Key>5</Key></closeFilters></close>",
        "<all>text</all>",
    ],
)  # fmt: skip
def test_anything_else_is_not(judge, body):
    assert not judge(body)


def test_the_types_come_from_memory_alone(everything, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "verdigris:types").write_text("<broken")

    envelope_schema(contract_of(everything, namespace="urn:a&b='c'"), SOAP11)
