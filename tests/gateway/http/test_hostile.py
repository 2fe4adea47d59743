"""Attacks on a running gateway: each has its status, its coded fault, and bounds of time and memory."""

import contextlib
import gzip
import http.client
import json
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lxml import etree

from tests.support.lines import next_line


pytestmark = [pytest.mark.sockets, pytest.mark.processes]

NS = "urn:xmlns:attachmate:vhi-ws:Bank"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SECONDS = 5.0
"""For one attack; each takes milliseconds, and this machine may be busy."""

MEGABYTES = 64
"""That one attack may add to the gateway's memory."""


class Target:
    """The gateway under attack."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def post(self, body, path="/vhi-ws/model/Bank", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("POST", path, body, names)
            found = connection.getresponse()
            return found.status, found.read()
        finally:
            connection.close()

    def live(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/live")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def open(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def memory(self, name="VmRSS"):
        """MiB; VmHWM is the highest it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(
            int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(name)
        )

    def files(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


@contextlib.contextmanager
def running(**settings):
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("at_once.py"), json.dumps(settings)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Target(process, int(next_line(process).rpartition(":")[2]))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def target():
    with running() as found:
        assert found.post(message())[0] == 200
        yield found


def message(filters="", header="", wrapper="list", attributes="", more=""):
    head = f"<e:Header>{header}</e:Header>" if header else ""
    inner = f"<listFilters {attributes}>{filters}</listFilters>" if filters or attributes else ""
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">{head}<e:Body>'
        f'<{wrapper} xmlns="{NS}">{inner}</{wrapper}>{more}</e:Body></e:Envelope>'
    ).encode()


def many(count, text):
    return " ".join(text.replace("{}", str(n)) for n in range(count))


def doctype(inner, use="&x;"):
    return f"<!DOCTYPE x [{inner}]>".encode() + message(f"<Column0>{use}</Column0>")


LAUGHS = "<!ENTITY x0 'ha'>" + "".join(f"<!ENTITY x{n} '&x{n - 1};&x{n - 1};&x{n - 1};&x{n - 1};'>" for n in range(1, 30))  # fmt: skip

ATTRIBUTES = many(20_000, 'a{}="1"')
HEADER = f'<h:x xmlns:h="urn:h" {ATTRIBUTES}/>'

MATRIX = [
    ("100,000 attributes on one element", message(attributes=many(100_000, 'a{}="1"')), 500, 9109),
    ("20,000 attributes on a header", message(header=HEADER), 500, 9109),
    ("200,000 children", message("<Number/>" * 200_000), 500, 9109),
    ("60,000 namespace declarations", message(attributes=many(60_000, 'xmlns:n{}="urn:{}"')), None, None),
    ("a file by an entity", doctype("<!ENTITY x SYSTEM 'file:///etc/passwd'>"), 500, 9100),
    ("a URL by an entity", doctype("<!ENTITY x SYSTEM 'http://127.0.0.1:1/'>"), 500, 9100),
    ("an external DTD", b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/'>" + message(), 500, 9100),
    ("a parameter entity", doctype("<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;", ""), 500, 9100),
    ("a billion laughs", doctype(LAUGHS, "&x29;"), 500, 9100),
    ("quadratic entities", doctype("<!ENTITY x '" + "a" * 100_000 + "'>", "&x;" * 20_000), 500, 9100),
    ("100,000 levels", message("<a>" * 100_000 + "</a>" * 100_000), 500, 9109),
    ("1 MB in one attribute", message(attributes=f'a="{"x" * 1_000_000}"'), 500, 9100),
    ("an empty Body", f'<e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode(), 500, 9100),
    ("no Body", f'<e:Envelope xmlns:e="{SOAP}"/>'.encode(), 500, 9100),
    ("a Fault as Body", f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault/></e:Body></e:Envelope>'.encode(), 500, 9100),
    ("two operations", message(more=f'<list xmlns="{NS}"/>'), 500, 9100),
    ("an extra parameter", message("<Extra>1</Extra>"), 500, 9105),
    ("another namespace", message().replace(NS.encode(), b"urn:other"), 500, 9100),
    ("NaN", message("<Amount>NaN</Amount>"), 500, 9104),
    ("a huge exponent", message("<Amount>1e400000</Amount>"), 500, 9104),
    ("a number with an underscore", message("<Number>1_000</Number>"), 500, 9104),
    ("a number that is too large", message("<Number>99999999999999999999</Number>"), 500, 9104),
    ("a number of 1,000,000 digits", message(f"<Number>{'9' * 1_000_000}</Number>"), 500, 9104),
    ("another operation's type", message('<Number i:type="wsResourceCreate">1</Number>'), 200, None),
    ("a header nobody understands", message(header='<h:x xmlns:h="urn:h" e:mustUnderstand="1"/>'), 500, None),
    ("columns in another order", message("<Amount>1</Amount><Number>1</Number>"), 200, None),
    ("a character no XML has", message("<Column0>&#0;</Column0>"), 500, 9100),
    ("bytes that are no UTF-8", message("<Column0>x</Column0>").replace(b">x<", b">\xff\xfe<"), 500, 9100),
    ("an encoding nobody knows", b'<?xml version="1.0" encoding="x-none"?>' + message(), 500, 9100),
    ("half of UTF-16", b"\xff\xfe" + message().decode().encode("utf-16-le")[:-1], 500, 9100),
    ("a processing instruction", b'<?xml-stylesheet href="http://127.0.0.1:1/"?>' + message(), 200, None),
    ("100,000 comments", message("<!-- -->" * 100_000 + "<Number>1</Number>"), 200, None),
    ("4 MB of text", message(f"<Column0>{'x' * 4_000_000}</Column0>"), 200, None),
    ("nothing", b"", 500, 9100),
    ("zeros", bytes(1_000_000), 500, 9100),
    ("no XML", b"GET / HTTP/1.1\r\n\r\n" * 1_000, 500, 9100),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "status", "code"), MATRIX, ids=[row[0] for row in MATRIX])
def test_an_attack_is_answered_soon_and_costs_little(target, name, body, status, code):
    before, began = target.memory(), time.monotonic()

    found, text = target.post(body, Content_Type="text/xml")

    assert time.monotonic() - began < SECONDS
    assert target.memory() - before < MEGABYTES
    assert b"root:" not in text
    if status is not None:
        assert found == status, text[:500]
        told = etree.fromstring(text).findtext(".//id")
        assert told == (None if code is None else str(code)), text[:500]
    assert target.live()


MODERN = "http://www.w3.org/2003/05/soap-envelope"
SENDER = [row for row in MATRIX if row[2] == 500 and row[3] is not None and row[0] != "nothing"]


@pytest.mark.parametrize(("name", "body", "status", "code"), SENDER, ids=[row[0] for row in SENDER])
def test_the_same_over_soap_1_2_is_a_fault_of_soap_1_2(target, name, body, status, code):
    began = time.monotonic()

    found, text = target.post(
        body.replace(SOAP.encode(), MODERN.encode()), Content_Type="application/soap+xml"
    )

    assert time.monotonic() - began < SECONDS
    root = etree.fromstring(text)
    assert (found, root.findtext(".//id")) == (400, str(code)), text[:500]
    assert root.tag == f"{{{MODERN}}}Envelope"
    assert root.findtext(".//{*}Value") == "soap:Sender"


def deep(inner):
    return b'{"filters": {"Column0": ' + inner + b"}}"


REST_MATRIX = [
    ("100,000 levels", deep(b"[" * 100_000 + b"]" * 100_000), 400),
    ("100,000 levels of objects", b'{"filters":' * 100_000 + b"}" * 100_000, 400),
    ("100,000 unknown names", b'{"filters": {' + b",".join(b'"a%d": 1' % n for n in range(100_000)) + b"}}", 400),
    ("a name a million times", b'{"filters": {' + b",".join([b'"Number": 1'] * 300_000) + b"}}", None),
    ("a number of 1,000,000 digits", b'{"filters": {"Number": ' + b"9" * 1_000_000 + b"}}", 400),
    ("a huge exponent", b'{"filters": {"Amount": 1e400000}}', 400),
    ("a huge exponent as text", b'{"filters": {"Amount": "1e400000"}}', 400),
    ("NaN", b'{"filters": {"Amount": NaN}}', 400),
    ("half a surrogate", deep(b'"\\ud800"'), 400),
    ("bytes that are no UTF-8", deep(b'"\xff\xfe"'), 400),
    ("UTF-16", '{"filters": {}}'.encode("utf-16"), 400),
    ("a character no XML has", deep(b'"\\u0000"'), 400),
    ("4 MB of text", deep(b'"' + b"x" * 4_000_000 + b'"'), 200),
    ("zeros", bytes(1_000_000), 400),
    ("XML", message(), 400),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "body", "status"), REST_MATRIX, ids=[row[0] for row in REST_MATRIX]
)
def test_an_attack_on_rest_is_answered_soon_and_costs_little(target, name, body, status):
    before, began = target.memory(), time.monotonic()

    found, text = target.post(body, path="/vhi-rs/model/Bank/list", Content_Type="application/json")

    assert time.monotonic() - began < SECONDS
    assert target.memory() - before < MEGABYTES
    assert len(text) < 100_000
    if status is not None:
        assert found == status, text[:500]
    if found != 200:
        assert json.loads(text)["code"] in range(9100, 9110)
    assert target.live()


def test_a_bomb_in_gzip_is_413(target):
    before = target.memory()

    assert target.post(gzip.compress(bytes(300_000_000)), Content_Encoding="gzip")[0] == 413
    assert target.memory() - before < MEGABYTES


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_100_mb_are_refused_before_they_are_read(target, announced):
    before = target.memory()
    how = b"Content-Length: 104857600" if announced else b"Transfer-Encoding: chunked"
    piece = bytes(65_536) if announced else b"10000\r\n" + bytes(65_536) + b"\r\n"
    sent = 0
    with target.open() as link:
        link.sendall(b"POST /vhi-ws/model/Bank HTTP/1.1\r\nHost: h\r\n" + how + b"\r\n\r\n")
        with contextlib.suppress(OSError):
            while sent < 104_857_600:
                link.sendall(piece)
                sent += len(piece)
    assert sent < 40_000_000  # what the system's own buffers take before the connection is gone
    assert target.memory() - before < MEGABYTES
    assert target.live()


@pytest.mark.parametrize(
    "begin",
    [
        b"POST /vhi-ws/model/Bank HTTP/1.1\r\nHost: h\r\nX: ",
        b"POST /vhi-ws/model/Bank HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n",
    ],
    ids=["header", "body"],
)
def test_a_slow_sender_is_gone_in_time(begin):
    with running(request_timeout=1) as target, target.open() as link:
        began, answer = time.monotonic(), b""
        link.sendall(begin)
        link.settimeout(0.1)
        while time.monotonic() - began < 30:
            try:
                link.sendall(b"a")
                got = link.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if not got:
                break
            answer += got
        assert time.monotonic() - began < 30
        assert answer.startswith(b"HTTP/1.1 408") or not answer
        assert target.live()


def test_10_000_connections_opened_and_left_are_let_go():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    if hard < wanted + 500:
        pytest.skip(f"this system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 500), hard))
    links = []
    try:
        with running(max_connections=20_000, idle_timeout=5) as target:
            before = target.memory()
            links += [target.open() for _ in range(wanted)]
            assert target.live()
            assert target.memory() - before < 300
            end = time.monotonic() + 60
            while target.files() > 200 and time.monotonic() < end:
                time.sleep(0.2)
            assert target.files() < 200
            assert target.post(message())[0] == 200
    finally:
        for link in links:
            link.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_beyond_the_limit_are_closed_as_they_come():
    with running(max_connections=50) as target:
        links = [target.open() for _ in range(200)]
        end = time.monotonic() + 60
        while target.files() > 80 and time.monotonic() < end:
            time.sleep(0.05)
        assert target.files() < 80
        for link in links:
            link.close()
        while not _answers(target) and time.monotonic() < end:
            time.sleep(0.05)
        assert target.live()


def _answers(target):
    try:
        return target.live()
    except OSError:
        return False


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_100_000_rows_stay_under_200_mib(encoding):
    with running() as target:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        connection.request(
            "POST",
            "/vhi-ws/model/Bank",
            message("<Number>100000</Number>"),
            {"Accept-Encoding": encoding},
        )
        answer, found = connection.getresponse(), 0
        unpack = etree.XMLPullParser(events=("end",), tag="{*}listRow")
        data = gzip.GzipFile(fileobj=answer) if encoding == "gzip" else answer
        while piece := data.read(65_536):
            unpack.feed(piece)
            for _, row in unpack.read_events():
                found += 1
                row.clear()
        connection.close()
        assert found == 100_000
        assert target.memory("VmHWM") < 200


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/csv"])
def test_100_000_rows_over_rest_stay_under_200_mib(kind, encoding):
    with running() as target:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        names = {"Accept": kind, "Accept-Encoding": encoding}
        connection.request("GET", "/vhi-rs/model/Bank/list?Number=100000", headers=names)
        answer, rows, rest = connection.getresponse(), 0, b""
        data = gzip.GzipFile(fileobj=answer) if encoding == "gzip" else answer
        while piece := data.read(65_536):
            rows += (rest + piece).count(b' 7"')  # how the last value of each row ends
            rest = piece[-2:]
        assert answer.status == 200
        assert rows == 100_000
        assert answer.getheader("Content-Type").startswith(kind)
        assert target.memory("VmHWM") < 200
        connection.close()
