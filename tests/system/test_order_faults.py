"""The 5250 order host stops, is killed, or something else answers at its port; over SOAP, real processes.

Always: the call ends in bounded time with a coded error that says what was awaited and what was
shown, the session is not used again, and the pool heals when the host does.
"""

import re
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.fleet import quick


pytestmark = pytest.mark.processes

ASKED = 1
"""Seconds every operation of this town's model waits for its destination."""

CLERK = {"userID": "CLERK57", "password": "ORDER57"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "OrderEntry"


@pytest.fixture(scope="module")
def town(start_example):
    changes = quick(ASKED, EXAMPLE)
    text = (EXAMPLE / "model" / "model.xml").read_text()
    changes["model/model.xml"] = re.sub(
        r'connect-timeout="\d+"', 'connect-timeout="2"', text
    ).encode()
    return start_example(
        "OrderEntry", "OrderPool", changes, host=("hostemul", "orders"), log_level="debug",
        settings='<quarantine seconds="1.5" keep="1"/><reconnect first="0.1" last="0.4"/>'
        '<sessions claim="1" return="3"/>',
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _well_again(town):
    yield
    host = town.fleet["host"]
    with suppress(ProcessLookupError):
        host.signal(signal.SIGCONT)
    if not host.running:
        town.fleet.start_part("host")
    town.until(lambda: town.pools()["vs1"]["idle"] >= 1, "a session is idle again")
    town.until(lambda: not town.pools()["vs1"]["quarantined"], "quarantine ends")
    town.until(lambda: listed(town).ok, "calls are answered again")
    town.quiet()


def listed(town, **more):
    return town.call("listOrders", environment={"MaxRows": 3, "ConnectionTimeout": 2}, **more)


def test_a_stopped_host_ends_the_call_in_its_time_and_says_what_was_awaited(town):
    town.idle()
    town.fleet["host"].signal(signal.SIGSTOP)
    answer = listed(town)
    assert answer.code == 9401, answer.text
    assert ASKED <= answer.seconds < ASKED + 4
    said = re.search(
        r"Entity (\w+) was not reached within 1 seconds in operation \w+.*nearest to (\w+) \((.+)\)",
        answer.text,
    )
    assert said, answer.text
    assert said[2] == "MainMenu"
    assert "keyboard is locked" in said[3]
    assert "ORD" in answer.all("screen")[0]
    town.until(lambda: not town.pools()["vs1"]["active"], "it is nobody's")
    assert town.api("/servers/vs1/sessions")  # the server is well


def test_a_host_that_goes_on_too_late_is_not_used_again(town):
    town.idle()
    town.fleet["host"].signal(signal.SIGSTOP)
    assert listed(town).code in {9401, 9301, 9302, 2643, 2820}
    town.fleet["host"].signal(signal.SIGCONT)
    town.until(lambda: listed(town).ok, "calls are answered")
    for _ in range(4):  # every session of the pool is where it should be
        assert len(listed(town).all("OrderNumber")) == 3


def test_a_killed_host_is_told_at_once_and_its_return_noticed(town):
    host = town.fleet["host"]
    town.idle()
    host.signal(signal.SIGSTOP)
    answers, begun = [], town.calls_begun()
    calling = threading.Thread(target=lambda: answers.append(listed(town)))
    calling.start()
    town.until(lambda: town.calls_begun() > begun, "a call is under way")
    host.kill()
    calling.join(20)
    assert answers[0].code in {9301, 9302, 9401}, answers[0].text
    assert answers[0].seconds < ASKED + 4
    town.until(lambda: town.pools()["vs1"]["problem"], "the pool says what is wrong")
    answer = listed(town)
    assert answer.code in {2643, 9301, 9302, 3152}, answer.text
    assert answer.seconds < 6
    town.fleet.start_part("host")
    town.until(lambda: listed(town).ok, "calls are answered again")
    town.until(lambda: not town.pools()["vs1"]["problem"], "the pool is well")


@contextmanager
def somebody_else(port, first, more=b""):
    """Another program at the host's port: says this to everybody, and then goes on with that."""
    over = threading.Event()

    def serve(line):
        with suppress(OSError), line:
            line.sendall(first)
            while not over.is_set():
                if more:
                    line.sendall(more)
                elif not line.recv(4096):
                    return

    def accept():
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=serve, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)


NEGOTIATED = b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfd\x19\xff\xfb\x19\xff\xfd\x00\xff\xfb\x00"
"""Terminal type, end of record, binary: RFC 4777."""


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"220 mail.example.org ESMTP\r\n", b""),
        (b"SYSTEM DOWN FOR MAINTENANCE\r\n", b"SYSTEM DOWN FOR MAINTENANCE\r\n" * 100),
        (NEGOTIATED + b"\xff\xef" * 50, b"\x00\x11\x12\xa0\x00\x00\x04\x00\x00\x03\x04\xf3\xff\xef" * 200),
        (NEGOTIATED + b"\x00\x05junk\xff\xef", b"\xff\xfa\x18\x01" * 1000),
    ],
)  # fmt: skip
def test_something_else_at_its_port_is_told_in_bounded_time(town, first, more):
    town.fleet["host"].kill()
    with somebody_else(town.fleet.port("host"), first, more):
        answer = listed(town, kind="model", variables=CLERK)
        assert answer.code in {9301, 9302, 9406}, answer.text
        assert answer.seconds < 6
        assert town.get("/vhi-ws/model/OrderEntry?wsdl")[0] == 200  # nobody else is hurt
        town.until(lambda: town.pools()["vs1"]["problem"], "the pool says what is wrong")


def test_no_password_is_in_any_log(town):
    assert listed(town, kind="model", variables=CLERK).ok
    logs = town.logs()
    assert "vs1.log" in logs
    for name, text in logs.items():
        assert not re.findall(r".*ORDER\d\d.*", text), name
        assert "Traceback" not in text, name
