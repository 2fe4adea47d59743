"""Servers start, refuse to start and end in the same way, whichever application they are of."""

import signal
import subprocess
import sys

import pytest

from tests.support.lines import next_line
from verdigris.config import installation


pytestmark = pytest.mark.processes

SERVERS = {
    "gateway": ["--port", "0"],
    "mgmtsrvr": ["--port", "0", "--api-port", "0", "--installation", "installation.xml"],
    "sesssrvr": ["--name", "vs1", "--port", "0", "--data", "data"],
}


@pytest.fixture(params=SERVERS)
def server(request):
    return request.param


@pytest.fixture
def start(server, tmp_path):
    """Start the server with these arguments, in a folder of its own."""
    (tmp_path / "installation.xml").write_text(installation.sample())
    started = []

    def begin(*arguments):
        made = subprocess.Popen(
            [sys.executable, "-m", server, *arguments], cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(made)
        return made

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_given_twice_ends_it_without_a_traceback(server, start, number):
    process = start(*SERVERS[server])
    assert " listening on " in next_line(process)
    process.send_signal(number)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert " critical " not in err


def test_a_file_that_cannot_be_used_is_reported_with_status_78(start, tmp_path):
    (tmp_path / "broken.xml").write_text("<broken")
    process = start("--config", "broken.xml")
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (78, "")
    assert "broken.xml cannot be used" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["--sample"], ["--sample", "config"]])
def test_a_sample_file_is_one_the_server_starts_with(server, start, tmp_path, arguments):
    process = start(*arguments)
    sample, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    (tmp_path / "sample.xml").write_text(sample)

    process = start("--config", "sample.xml", *SERVERS[server])
    assert " listening on " in next_line(process)


def test_the_log_is_text_or_json(server, start):
    process = start("--log-format", "json", "--log-level", "debug", *SERVERS[server])
    next_line(process)
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert err.startswith("{")


def test_a_mistake_on_the_command_line_is_status_2_and_not_a_start(start):
    process = start("--prot", "0")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "--port" in err


def test_it_says_its_version(server, start):
    out, _ = start("--version").communicate(timeout=20)
    assert out.startswith(f"{server}, version ")
