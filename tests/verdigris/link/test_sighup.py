import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.support.lines import next_line


PROGRAM = """
import sys
from twisted.internet import reactor
from verdigris.link.sighup import outlive_hangups
from verdigris.logs import start_logging

start_logging("test", "info")
outlive_hangups(reactor)
reactor.callWhenRunning(lambda: print("ready", flush=True))
reactor.callLater(30, lambda: sys.exit(9))
reactor.addSystemEventTrigger("after", "shutdown", lambda: open(sys.argv[1], "w").write("ended"))
reactor.run()
"""


@pytest.fixture(autouse=True)
def not_ignored():
    """As in a shell, also where the tests run under nohup: a child inherits that SIGHUP is ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.processes
def test_a_hangup_is_noted_and_ends_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "end")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert next_line(process) == "ready\n"
        process.send_signal(signal.SIGHUP)
        assert "nothing to do" in next_line(process, process.stderr)
        process.terminate()
        assert process.wait(20) == 0


@pytest.mark.processes
def test_a_closed_terminal_ends_the_process_in_order(tmp_path):
    end = tmp_path / "end"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, str(end)])  # noqa: S606 - this test's own program
    shown = b""
    while b"ready" not in shown:
        assert select.select([terminal], [], [], 60)[0], shown
        shown += os.read(terminal, 1000)
    os.close(terminal)
    assert ended(pid, 60) == 0
    assert end.read_text() == "ended"


def ended(pid, seconds):
    """The exit status of a process that ends within this time."""
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        assert time.monotonic() < end, "it has not ended"
        time.sleep(0.02)
