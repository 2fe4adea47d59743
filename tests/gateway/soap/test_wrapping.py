"""A message in every wrapping HTTP and XML allow, and results of every size."""

import gzip

import pytest
from lxml import etree
from twisted.internet.defer import Deferred

from gateway.soap.codec.compiled import MAX_WHOLE_ROWS, ROWS_PER_PIECE
from tests.support.gateway import ENVELOPES
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def show(text, declaration=""):
    return (
        f'{declaration}<e:Envelope xmlns:e="{SOAP}"><e:Body><show xmlns="{NS}"><showFilters>'
        f"<Text>{text}</Text></showFilters></show></e:Body></e:Envelope>"
    )


def rows(count=1, value="x"):
    columns = (
        ("Text", "text"),
        ("Number", "integer"),
        ("Amount", "decimal"),
        ("Day", "date"),
        ("Flag", "boolean"),
    )
    return Rows(columns, [[value, n, "1.50", "2026-11-22", True] for n in range(count)])  # fmt: skip


@pytest.fixture
def bank(bank):
    bank.caller.reply = lambda call: rows()
    return bank


# ---- encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "codec", "content_type"),
    [
        ("", "utf-8", "text/xml"),
        ("", "utf-8-sig", "text/xml; charset=iso-8859-1"),
        ("", "utf-8", "text/xml; charset=no-such-thing"),
        ("<?xml version='1.0' encoding='utf-8'?>", "latin-1", "text/xml; charset=ISO-8859-1"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", "utf-8", "text/xml; charset=utf-8"),
        ("<?xml version='1.0' encoding='utf-16'?>", "utf-8", "text/xml; charset=utf-8"),
        ("<?xml version='1.0' encoding='utf-16'?>", "utf-8-sig", "text/xml; charset=utf-16"),
        ("<?xml version='1.0' encoding='utf-8'?>", "utf-16", "text/xml; charset=utf-8"),
        ("<?xml version='1.0' encoding='utf-8'?>", "utf-16-le", "text/xml; charset=utf-16"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", "cp1252", "text/xml; charset=windows-1252"),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?>",
            "iso-8859-15",
            "text/xml; charset=iso-8859-15",
        ),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?>",
            "latin-1",
            "text/xml; charset=no-such-thing",
        ),
        ("", "utf-8", 'application/soap+xml; action="urn:a;charset=utf-16"; charset=utf-8'),
        ("", "utf-8", 'application/soap+xml; action="urn:\\"a;charset=utf-16"; charset="utf-8"'),
        ("<?xml version='1.0' encoding='utf-16'?>", "utf-16", "text/xml"),
        ("", "utf-16", "text/xml; charset=utf-16"),
        ("", "utf-16-le", "text/xml; charset=UTF-16LE"),
        ("", "utf-16-be", 'application/soap+xml; charset="utf-16be"; action="x"'),
        ("<?xml version='1.0' encoding='ISO-8859-1'?>", "latin-1", "text/xml"),
        ("", "latin-1", "text/xml; charset=iso-8859-1"),
        ("", "latin-1", "text/xml; charset='ISO-8859-1'"),
        ("<?xml version='1.0' encoding='windows-1252'?>", "cp1252", ""),
    ],
)
def test_text_arrives_in_every_encoding_xml_or_http_name(bank, declared, codec, content_type):
    response = bank.post(show("Grün & §".replace("&", "&amp;"), declared).encode(codec), Content_Type=content_type)  # fmt: skip

    assert response.status == 200, response.text
    assert bank.caller.last.filters == {"Text": "Grün & §"}


def test_bytes_that_are_not_what_they_say_are_refused(bank):
    response = bank.post(show("Grün").encode("latin-1"), Content_Type="text/xml; charset=utf-8")

    assert response.status == 500
    assert "not well-formed XML" in response.text


# ---- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("<![CDATA[a < b & c]]>", "a < b & c"),
        ("a<![CDATA[b]]>c", "abc"),
        ("&lt;&amp;&gt;&quot;&apos;&#65;&#x42;", "<&>\"'AB"),
        ("  two  blanks ", "  two  blanks "),
        ("a\r\nb", "a\nb"),
        ("a&#13;b", "a\rb"),
        ("a<!-- remark -->b", "ab"),
        ("a<?target rest?>b", "ab"),
        ("", ""),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_text_is_what_xml_says_it_is(bank, sent, read):
    assert bank.post(show(sent)).status == 200
    assert bank.caller.last.filters == {"Text": read}


@pytest.mark.parametrize("sent", ["a\0b", "a&#0;b", "a&#xFFFE;b", "a&unknown;b", "a]]>b"])
def test_what_xml_cannot_hold_is_refused(bank, sent):
    assert bank.post(show(sent)).status == 500
    assert bank.caller.calls == []


# ---- wrappings -----------------------------------------------------------------------------------


def test_a_request_may_come_in_gzip(bank):
    data = gzip.compress(show("x" * 10_000).encode())

    assert bank.post(data, Content_Encoding="gzip").status == 200
    assert len(bank.caller.last.filters["Text"]) == 10_000


def test_a_bomb_is_413_and_a_fault(bank):
    response = bank.post(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    assert response.status == 413
    assert etree.fromstring(response.body).findtext(".//id") == "9109"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Encoding": "br"},
        {"Content_Type": 'multipart/related; type="application/xop+xml"; boundary=x'},
        {"Content_Type": "Multipart/Form-Data; boundary=x"},
        {"Content_Type": "application/xop+xml"},
    ],
)
def test_other_wrappings_are_415_and_a_fault_that_names_them(bank, headers):
    response = bank.post(show("x"), **headers)

    assert response.status == 415
    assert etree.fromstring(response.body).findtext(".//id") == "9133"
    assert bank.caller.calls == []


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ('multipart/related; type="application/xop+xml"; start-info="application/soap+xml"', "1.2"),
        ('multipart/related; type="application/soap+xml"', "1.2"),
        ('multipart/related; type="application/xop+xml"; start-info="text/xml"', "1.1"),
        ('multipart/related; boundary="application/soap+xml"', "1.1"),
    ],
)
def test_the_fault_for_a_package_is_of_the_version_of_its_root_part(bank, kind, version):
    """RFC 2387, 3.1 (type), XOP 1.0, 5 (start-info)."""
    response = bank.post(show("x"), Content_Type=kind)

    assert etree.QName(etree.fromstring(response.body)).namespace == ENVELOPES[version]


def test_a_reply_goes_in_gzip_to_those_that_take_it(bank):
    bank.caller.reply = lambda call: rows(100)

    plain = bank.post(show("x"))
    packed = bank.post(show("x"), Accept_Encoding="gzip, deflate")

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 5
    bank.caller.reply = lambda call: rows(1)
    assert "content-encoding" not in bank.post(show("x"), Accept_Encoding="gzip").headers


def chunked(data):
    pieces = [data[at : at + 7] for at in range(0, len(data), 7)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_chunks_expectations_and_requests_one_behind_the_other(bank):
    body = show("x").encode()
    head = b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\n"
    connection = bank.connect()

    connection.send(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    assert connection.wire.value() == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.wire.clear()
    connection.send(body)
    assert connection.response().status == 200
    connection.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body))
    assert connection.response().status == 200
    waiting = Deferred()
    bank.caller.reply = lambda call: waiting if len(bank.caller.calls) == 3 else rows()
    connection.send((head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)) * 3)
    assert connection.wire.value() == b""
    waiting.callback(rows())

    assert connection.wire.value().count(b"HTTP/1.1 200 OK") == 3
    assert not connection.wire.disconnecting


@pytest.mark.parametrize("path", ["/vhi-ws", "/vhi-ws/model/BankDemo?wsdl", "/live", "/none"])
def test_head_is_get_without_the_body(bank, path):
    get, head = bank.http("GET", path), bank.http("HEAD", path)

    assert head.body == b""
    for name in ("content-length", "content-type"):
        assert head.headers[name] == get.headers[name]
    assert head.status == get.status


@pytest.mark.parametrize("query", ["?wsdl", "?xsd", "?wsdl&soap=1.1"])
def test_a_document_a_client_has_is_not_sent_again(bank, query):
    path = "/vhi-ws/model/BankDemo" + query
    first = bank.http("GET", path)
    tag = first.headers["etag"]

    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = bank.http("GET", path, If_None_Match=known)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert bank.http("GET", path, If_None_Match='"other"').status == 200
    assert bank.http("GET", path, Accept_Encoding="gzip").headers["etag"] == tag


# ---- results of every size -----------------------------------------------------------------------


def unchunked(data):
    found = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        found, data = found + data[: int(size, 16)], data[int(size, 16) + 2 :]
    return found


@pytest.mark.parametrize(
    "count",
    [
        MAX_WHOLE_ROWS - 1,
        MAX_WHOLE_ROWS,
        MAX_WHOLE_ROWS + 1,
        MAX_WHOLE_ROWS + ROWS_PER_PIECE,
        3 * ROWS_PER_PIECE,
        2_001,
    ],
)
def test_a_large_result_has_every_row_once(start, bank_model, count):
    answers = []
    for path in ("spyne", "compiled"):
        running = start(PluginConfig(request_path=path), bank_model)
        running.caller.reply = rows(count, "a<b")
        found = running.post(show("x"))
        flows = found.headers.get("transfer-encoding") == "chunked"
        assert flows == (path == "compiled" and count > MAX_WHOLE_ROWS)
        answers.append(etree.fromstring(unchunked(found.body) if flows else found.body))
    assert answers[0].xpath("//Number/text()") == [str(n) for n in range(count)]
    assert [[e.tag, e.text] for e in answers[0].iter()] == [[e.tag, e.text] for e in answers[1].iter()]  # fmt: skip


def test_a_large_result_goes_in_gzip(start, bank_model):
    running = start(PluginConfig(), bank_model)
    running.caller.reply = rows(3_000)
    connection = running.connect()
    body = show("x").encode()
    head = b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n"
    connection.send(head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    data = connection.wire.value().partition(b"\r\n\r\n")[2]
    assert gzip.decompress(unchunked(data)).count(b"<Text>") == 3_000
    assert running.resource.calls.count == 0


def test_a_value_that_does_not_fit_in_the_middle_ends_the_connection(start, bank_model, logged):
    running = start(PluginConfig(), bank_model)
    broken = rows(MAX_WHOLE_ROWS + ROWS_PER_PIECE)
    broken.rows[MAX_WHOLE_ROWS][1] = "no number"
    running.caller.reply = broken
    connection = running.connect()
    body = show("x").encode()
    connection.send(
        b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )

    assert connection.wire.disconnecting
    assert not connection.wire.value().endswith(b"0\r\n\r\n")
    assert any("could not be finished" in line for line in logged())


def test_a_value_that_does_not_fit_at_the_beginning_is_a_fault(start, bank_model):
    running = start(PluginConfig(), bank_model)
    broken = rows(MAX_WHOLE_ROWS + ROWS_PER_PIECE)
    broken.rows[0][1] = "no number"
    running.caller.reply = broken

    assert etree.fromstring(running.post(show("x")).body).findtext(".//id") == "9000"


# ---- stopping ------------------------------------------------------------------------------------


def test_a_gateway_that_stops_finishes_calls_and_keeps_no_connection(start, bank_model):
    running = start(PluginConfig(), bank_model)
    waiting = Deferred()
    running.caller.reply = waiting
    connection = running.connect()
    body = show("x").encode()
    request = b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)  # fmt: skip
    connection.send(request)
    told = []
    running.resource.calls.idle.append(lambda: told.append(True))

    running.resource.status.closing = True
    assert running.http("GET", "/ready").status == 503
    waiting.callback(rows())

    assert connection.response().status == 200
    assert told == [True]
    assert running.http("GET", "/live").headers["connection"] == "close"
