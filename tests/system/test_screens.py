"""The screens a call passed, as the explorer shows them: of a 5250 host, hidden fields blank."""

import base64
import http.client
import json
import time
import urllib.request
import zlib
from pathlib import Path

import pytest

from sesssrvr.cli.model_files import built
from verdigris_command.demo.fleet import Fleet, Member


pytestmark = pytest.mark.processes

EXAMPLE = Path(__file__).parents[2] / "examples" / "OrderEntry"
PATIENCE = 30.0
NS = "urn:xmlns:attachmate:vhi-ws:OrderEntry"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The gateway's."""
    made = Fleet(
        tmp_path_factory.mktemp("screens"),
        built(EXAMPLE)[0],
        model="OrderEntry",
        members=(Member("vs1", 50, 1),),
        host=("hostemul", "orders"),
    )
    with made:
        made.start()
        end = time.monotonic() + PATIENCE
        while not _served(made.wsdl()):
            assert time.monotonic() < end
            time.sleep(0.05)
        yield made.port("gateway")


def _served(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as found:  # noqa: S310 - ours
            return found.status == 200
    except OSError:
        return False


def test_a_5250_call_shows_the_sign_on_without_its_password_and_the_rows(port):
    body = (
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
        f'<listOrders xmlns="{NS}"><environment><ConnectionTimeout>60</ConnectionTimeout></environment>'
        "<modelVariables><userID>CLERK58</userID><password>ORDER58</password></modelVariables>"
        "<listOrdersFilters><Status>OPEN</Status></listOrdersFilters></listOrders></Body></Envelope>"
    )
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
    line.request("POST", "/vhi-ws/model/OrderEntry", body,
                 {"Content-Type": "text/xml", "X-Verdigris-Screens": "1"})  # fmt: skip
    answer = line.getresponse()
    text = answer.read()
    line.close()
    assert answer.status == 200, text
    passed = json.loads(zlib.decompress(base64.b64decode(answer.headers["X-Verdigris-Screens"])))

    assert passed[0]["screen"].strip()
    shown = "\n".join(it["screen"] for it in passed)
    assert b"OPEN" in text
    assert any("OPEN" in it["screen"] for it in passed)
    assert "ORDER58" not in shown
    assert "CLERK58" in shown
    assert [it["entity"] for it in passed].count("OrderList") >= 1
