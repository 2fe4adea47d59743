"""What is stated twice is an error and never guessed: in JSON, queries, headers and XML.

freedomofpress/securedrop-client#1752, GOCDB/gocdb#46, oasis-tcs/csaf#1626: duplicate keys were taken
in silence and the last counted. RFC 8259, section 4: the behaviour is unpredictable; RFC 7493, 2.3:
names must not be repeated.
"""

import pytest

from tests.field.soap.conftest import NS
from verdigris.json_members import repeated_member


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"filters":{"Name":"SMITH","Name":"ABERNATHY"}}', "Name"),
        (b'{"filters":{"Name":"SMITH","N\\u0061me":"ABERNATHY"}}', "Name"),
        (b'{"filters":{"Name":"SMITH","Name":"SMITH"}}', "Name"),
        (b'{"filters":{"Name":"a:b","Amount":1,"Amount":2.5}}', "Amount"),
        (b'{"filters":{},"filters":{"Name":"x"}}', "filters"),
        (b'{"environment":{"MaxRows":1,"MaxRows":2}}', "MaxRows"),
        (b'{"modelVariables":{"userID":"a","userID":"b"}}', "userID"),
        (b'{"unknown":[{"x":1,"x":2}]}', "x"),
    ],
)
def test_a_json_member_twice_is_refused_by_name_and_nothing_is_called(desk, body, name):
    found = desk.rest(body)

    assert found.status == 400
    assert f"member '{name}' comes twice" in found.text
    assert desk.calls == []


@pytest.mark.parametrize("operation", ["change", "executeSQLStatement", "rsResourceCreate"])
def test_no_operation_takes_a_member_twice(desk, operation):
    found = desk.rest(b'{"environment":{},"environment":{}}', operation)

    assert (found.status, desk.calls) == (400, [])


@pytest.mark.parametrize(
    "body",
    [b'{"filters":{"Name":"a:b:c","Number":1}}', b'{"filters":{"Name":"{\\"x\\":1,\\"x\\":2}"}}', b" {} ", b""],
)  # fmt: skip
def test_colons_in_texts_are_no_members(desk, body):
    assert desk.rest(body).status == 200


def test_a_long_number_beside_a_repeated_member_costs_no_time():
    document = b'{"a":' + b"1" * 300_000 + b',"b":"::","b":0}'

    assert repeated_member(document, {"a": 0, "b": 0}) == "b"


def test_soap_and_the_query_refuse_it_too(desk):
    soap = desk.soap("<Name>SMITH</Name><Name>ABERNATHY</Name>")
    query = desk.running.http("GET", "/vhi-rs/model/Field/show?Name=SMITH&Name=ABERNATHY")

    assert (soap.status, query.status, desk.calls) == (500, 400, [])
    assert "element Name comes twice" in soap.text
    assert "parameter Name comes twice" in query.text


@pytest.mark.parametrize("path", ["/vhi-ws/model/Field?wsdl&soap=1.1&soap=1.2", "/vhi-ws/model/Field?wsdl&soap=1.1&SOAP=1.2"])  # fmt: skip
def test_a_parameter_of_a_document_twice_is_refused(desk, path):
    assert desk.running.http("GET", path).status == 400
    assert desk.running.http("GET", "/vhi-ws/model/Field?wsdl&WSDL").status == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Content-Type: application/json", "Content-Type: application/json; charset=utf-16"),
        ("Authorization: Basic YTpi", "Authorization: Basic Yzpk"),
        ("X-Verdigris-MaxRows: 1", "X-Verdigris-MaxRows: 2"),
        ("Idempotency-Key: a", "Idempotency-Key: b"),
        ("Content-Encoding: gzip", "Content-Encoding: identity"),
    ],
)
@pytest.mark.parametrize("path", ["/vhi-rs/model/Field/change", "/vhi-ws/model/Field"])
def test_a_header_with_two_values_is_refused(desk, first, second, path):
    if "vhi-ws" in path and first.startswith(("X-Verdigris", "Idempotency")):
        return  # SOAP has neither
    body = b'{"filters":{"Number":1}}' if "vhi-rs" in path else b"<x/>"
    connection = desk.running.connect()
    kind = "" if first.startswith("Content-Type") else "Content-Type: application/json\r\n"
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\n{kind}{first}\r\n{second}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.send(head.encode() + body)

    assert connection.response().status in {400, 415}
    assert desk.calls == []


def test_a_parameter_of_a_media_type_twice_is_refused(desk):
    found = desk.soap("<Name>x</Name>", Content_Type="text/xml; charset=utf-8; charset=iso-8859-1")

    assert found.status == 500
    assert "states the parameter charset twice" in found.text


@pytest.mark.parametrize("name", ["Username", "Password", "Nonce", "Created"])
def test_a_part_of_a_username_token_twice_is_refused(start, name):
    desk = start(credentials_on_plain_http="always")
    wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    prefix = "u" if name == "Created" else "w"
    token = (
        f'<w:Security xmlns:w="{wsse}" xmlns:u="{wsu}"><w:UsernameToken><w:Username>a</w:Username>'
        f"<w:Password>b</w:Password>{f'<{prefix}:{name}>YQ==</{prefix}:{name}>' * 2}"
        "</w:UsernameToken></w:Security>"
    )
    message = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>{token}</e:Header>'
        f'<e:Body><show xmlns="{NS}"/></e:Body></e:Envelope>'
    )

    found = desk.post(message, Content_Type="text/xml")

    assert f"{name} comes twice in a UsernameToken" in found.text
    assert desk.calls == []
