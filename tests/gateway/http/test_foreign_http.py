"""HTTP as curl speaks it, to a running gateway: what a library of ours could get wrong with itself."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lines import next_line


pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
]

NS = "urn:xmlns:attachmate:vhi-ws:Bank"
MESSAGE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    f'<list xmlns="{NS}"><listFilters><Column0>%s</Column0></listFilters></list></e:Body></e:Envelope>'
)
WHOLE = "value 0 7</Column7></listRow>"


@pytest.fixture(scope="module")
def gateway():
    program = Path(__file__).with_name("at_once.py")
    with subprocess.Popen(
        [sys.executable, program, json.dumps({})], stdout=subprocess.PIPE, text=True
    ) as process:
        yield "http://127.0.0.1:" + next_line(process).strip().rpartition(":")[2]
        process.kill()


@pytest.fixture
def curl(gateway, tmp_path):
    """`curl(path, *options, body=...)` -> what it printed; it fails where curl does."""

    def run(path, *options, body=None, times=1):
        given = []
        if body is not None:
            (tmp_path / "body").write_bytes(body)
            given = ["--data-binary", f"@{tmp_path / 'body'}", "-H", "Content-Type: text/xml"]
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "20", *given, *options, *[gateway + path] * times],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def message(size=10):
    return (MESSAGE % ("x" * size)).encode()


BANK = "/vhi-ws/model/Bank"


@pytest.mark.parametrize("size", [10, 1_000_000, 4_000_000])
@pytest.mark.parametrize(
    "how",
    [
        (),
        ("-H", "Expect: 100-continue"),
        ("-H", "Transfer-Encoding: chunked"),
        ("-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"),
        ("--http1.0",),
        ("--http2",),
        ("--compressed",),
        ("-H", "Connection: close"),
        ("--limit-rate", "8M"),
    ],
    ids=" ".join,
)
def test_a_message_of_any_size_arrives_however_it_is_sent(curl, how, size):
    said = curl(BANK, *how, "-w", "%{http_code}", body=message(size))

    assert said.endswith("200")
    assert WHOLE in said


def test_a_body_in_gzip_is_read_and_a_large_reply_comes_in_gzip(curl):
    body = MESSAGE.replace("<Column0>%s</Column0>", "<Number>400</Number>").encode()

    said = curl(
        BANK, "-H", "Content-Encoding: gzip", "--compressed", "-w", "%{size_download}",
        body=gzip.compress(body),
    )  # fmt: skip

    assert said.count("</listRow>") == 400
    assert int(said.rpartition(">")[2]) < len(said) // 4


def test_one_connection_serves_many_requests(curl):
    said = curl(BANK, "-w", "%{num_connects}\\n", body=message(), times=5)

    assert [line[-1] for line in said.splitlines() if line.endswith(("0", "1"))] == list("10000")
    assert said.count(WHOLE) == 5


def test_a_reply_of_50_mb_is_whole(curl):
    said = curl("/vhi-rs/model/Bank/list?Number=200000", "-H", "Accept: text/csv")

    assert said.count("\n") == 200_001
    assert said.endswith('"value 199999 7"\n')


def test_head_gives_the_headers_of_get(curl):
    def headers(text):
        return {
            line.partition(":")[0].lower(): line.partition(":")[2].strip()
            for line in text.splitlines()
            if ":" in line and not line.lower().startswith(("date", "x-request-id"))
        }

    head, get = curl(BANK + "?wsdl", "-I"), curl(BANK + "?wsdl", "-D", "-", "-o", "/dev/null")

    assert headers(head) == headers(get)
    assert int(headers(head)["content-length"]) > 1_000


def test_a_body_beyond_the_limit_is_a_fault_with_413(curl):
    for how in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue")):
        said = curl(BANK, *how, "-w", "%{http_code}", body=message(6_000_000))
        assert said.endswith("413"), how
        assert "<id>9109</id>" in said


def test_what_stands_in_the_cache_is_not_sent_again(curl):
    tag = next(
        line.partition(":")[2].strip()
        for line in curl(BANK + "?wsdl", "-I").splitlines()
        if line.lower().startswith("etag")
    )
    said = curl(
        BANK + "?wsdl", "-H", f"If-None-Match: {tag}", "-w", "%{http_code} %{size_download}"
    )

    assert said == "304 0"
