"""What a user does with recordings, with every kind of host: record, replay, test, ask what happened."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from hostemul.pytest_plugin import (  # noqa: F401 - fixtures
    HostProcess,
    _hosts,
    demo_bank,
    host_replay,
    order_host,
)
from sesssrvr.pytest_plugin import model_at  # noqa: F401 - a fixture
from tests.support.lines import next_line
from verdigris.errors import MethodTimedOut, UnknownScreen


pytestmark = pytest.mark.processes

EXAMPLES = Path(__file__).parents[2] / "examples"
BANK = {"userID": "TELLER001", "password": "BANK001"}
CLERK = {"userID": "CLERK58", "password": "ORDER58"}
KINDS = {
    "BankDemo": (BANK, (6, MethodTimedOut), ("Customers", "CustomerSearch", {"LastName": "SMITH"})),
    "OrderEntry": (
        CLERK,
        (5, MethodTimedOut),
        ("Orders", "ListOrders", {"CustomerNumber": "1014"}),
    ),
    "Calendar": (
        {},
        (1, UnknownScreen),
        ("Appointments", "ListAppointments", {"Day": "2026-03-02"}),
    ),
}


@pytest.fixture
def host(demo_bank, order_host, tmp_path):  # noqa: F811 - fixtures
    """Makes the host of a model."""
    running = []

    def make(model):
        if model == "BankDemo":
            return demo_bank("--motd-rate", "0")
        if model == "OrderEntry":
            return order_host()
        if not (shutil.which("calcurse") and Path("/usr/sbin/telnetd").exists()):
            if os.environ.get("CI") == "true":
                pytest.fail("calcurse and telnetd have to be installed (scripts/test)")
            pytest.skip("NOT TESTED against a real VT host: calcurse, telnetd (scripts/test)")
        program = EXAMPLES / "hosts"
        made = subprocess.Popen(
            [sys.executable, program / "telnet_host.py", "0", program / "calendar"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        running.append(made)
        return "127.0.0.1", int(next_line(made))

    yield make
    for one in running:
        one.stdin.close()
        one.stdout.close()
        one.wait(10)


@contextmanager
def tapped(address, file, *more):
    """A tap before this host."""
    tap = HostProcess.recording(address, file, *more)
    try:
        yield tap
    finally:
        tap.stop()


def settled(file):
    """The file, when nothing more is written to it."""
    end, size = time.monotonic() + 10, -1
    while file.stat().st_size != size:
        assert time.monotonic() < end
        size = file.stat().st_size
        time.sleep(0.1)
    return file


def coded(secret):
    """How it would stand in a trace."""
    return [
        one.encode(page).hex() for one in (secret, secret.lower()) for page in ("cp037", "utf-8")
    ]


def said(file):
    """The bytes of a trace, as one text."""
    return "".join(re.findall(r"^[<>] 0x\w+ +(\w+)$", file.read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", KINDS)
def test_a_recording_is_the_host_and_the_terminal_of_a_test(
    name,
    host,
    host_replay,  # noqa: F811
    model_at,  # noqa: F811
    tmp_path,
):
    variables, _, call = KINDS[name]
    secret = variables.get("password", "")
    at, file = host(name), tmp_path / "visit.trc"
    with tapped(at, file, *(("--mask", secret) if secret else ())) as tap:
        model = model_at(EXAMPLES / name, tap.address, **variables)
        rows = model.call(*call)
        model.stop()
    settled(file)
    assert not [form for form in coded(secret) if form and form in said(file)]
    again = model_at(EXAMPLES / name, host_replay(file), **variables)
    assert again.call(*call) == rows
    again.stop()
    assert host_replay.differences() == []
    if name != "Calendar":  # a diary that begins anew for each session
        return
    visit = subprocess.run(
        [sys.executable, "-m", "hostemul", "visit", str(file), "--host", "{}:{}".format(*at)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (visit.returncode, visit.stdout) == (0, "hostemul visit: 0 differences\n"), visit.stderr


def test_another_terminal_is_told_in_what_it_differs(order_host, host_replay, model_at, tmp_path):  # noqa: F811
    file = tmp_path / "visit.trc"
    with tapped(order_host(), file, "--mask", CLERK["password"]) as tap:
        model = model_at(EXAMPLES / "OrderEntry", tap.address, **CLERK)
        model.call("Orders", "ListOrders", {"CustomerNumber": "1014"})
        model.stop()
    settled(file)
    again = model_at(
        EXAMPLES / "OrderEntry", host_replay(file), userID="CLERK9", password="ANOTHER"
    )
    again.call("Orders", "ListOrders", {"CustomerNumber": "1014"})
    again.stop()
    (line,) = host_replay.differences()
    assert re.fullmatch(
        r"step \d+: record 1: 6 characters instead of 7 in the field at row 6 column 44", line
    )


@pytest.mark.parametrize("name", KINDS)
def test_the_trace_of_an_error_is_a_test_of_it(name, host, host_replay, model_at, tmp_path):  # noqa: F811
    """A host that falls silent: the same error comes of its trace, without the password in it."""
    variables, (stall, kind), call = KINDS[name]
    with tapped(host(name), tmp_path / "all.trc", "--stall-after", str(stall)) as tap:
        model = model_at(EXAMPLES / name, tap.address, **variables)
        with pytest.raises(kind) as first:
            model.call(*call, seconds=2)
        (trace,) = model.traces()
        model.stop()
    assert first.value.details["trace"] == trace.stem
    text = trace.read_text()
    assert text.startswith(f"// request {first.value.request_id}\n// error {kind.code} ")
    if variables:
        assert coded(variables["userID"])[0] in said(trace)
        assert not [form for form in coded(variables["password"]) if form in said(trace)]
    again = model_at(EXAMPLES / name, host_replay(trace), **variables)
    with pytest.raises(kind) as second:
        again.call(*call, seconds=2)
    again.stop()
    for what in ("awaited", "screen", "cause"):
        assert second.value.details.get(what) == first.value.details.get(what)
    assert host_replay.differences() == []
