import os
import pty
import signal
import subprocess
import sys

import pytest


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


@pytest.mark.processes
def test_a_hangup_is_noted_and_ends_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "end")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        assert "nothing to do" in process.stderr.readline()
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
        shown += os.read(terminal, 1000)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert end.read_text() == "ended"
