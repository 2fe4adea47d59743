"""The screens a call passed, as the explorer shows them: of a real VT program, lines and all."""

import base64
import http.client
import json
import time
import urllib.request
import zlib

import pytest

from sesssrvr.cli.model_files import built
from verdigris_command.demo.fleet import Fleet, Member


pytestmark = pytest.mark.processes

PATIENCE = 30.0
BODY = (
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
    '<listAppointments xmlns="urn:xmlns:attachmate:vhi-ws:Calendar">'
    "<listAppointmentsFilters><Day>2026-11-23</Day></listAppointmentsFilters>"
    "</listAppointments></Body></Envelope>"
)


def served(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as found:  # noqa: S310 - ours
            return found.status == 200
    except OSError:
        return False


def test_a_vt_call_shows_the_screens_of_its_program(telnet_host, examples, tmp_path):
    package = built(examples / "Calendar")[0]
    with (
        telnet_host("calendar", "calcurse") as host,
        Fleet(
            tmp_path, package, model="Calendar", members=(Member("vs1", 50, 1),), host=(),
            ports={"host": host},
        ) as fleet,
    ):  # fmt: skip
        fleet.start()
        end = time.monotonic() + PATIENCE
        while not served(fleet.wsdl(kind="session", name="CalendarPool")):
            assert time.monotonic() < end
            time.sleep(0.05)
        line = http.client.HTTPConnection("127.0.0.1", fleet.port("gateway"), timeout=60)
        names = {"Content-Type": "text/xml", "X-Verdigris-Screens": "1"}
        line.request("POST", "/vhi-ws/session/CalendarPool", BODY, names)
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()

    assert answer.status == 200, text
    passed = json.loads(zlib.decompress(base64.b64decode(answer.headers["X-Verdigris-Screens"])))
    assert {"Month", "GoToDay", "DayList"} <= {it["entity"] for it in passed}
    shown = next(it["screen"] for it in passed if it["entity"] == "DayList")
    assert "Appointments" in shown
    assert "November 23, 2026" in shown
    assert "\u2500" in shown, "lines are drawn"
