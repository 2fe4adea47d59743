"""A telnet host on loopback: one telnetd (Debian: telnetd) with a program for each connection.

python examples/hosts/telnet_host.py 2323 examples/hosts/calendar

Prints the port it listens on; 0 takes a free one. Ends with its standard input, and every session
with it: calcurse and abook without a terminal never end, and take a processor each.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


TELNETD = "/usr/sbin/telnetd"
GRACE = 2.0  # seconds a program has to end once its line is gone


def serve(listening: socket.socket, program: str) -> None:
    """Give each connection a telnetd of its own, in a session of its own."""
    while True:
        connection, _ = listening.accept()
        with connection:
            subprocess.Popen(  # noqa: S603 - the program is ours
                [TELNETD, "-h", "-E", program],
                stdin=connection,
                stdout=connection,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )


def generations() -> tuple[list[int], list[int]]:
    """The telnetd of each session, and all processes below them."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    children = [one for one, parent in parents.items() if parent == os.getpid()]
    below = list(children)
    for one in below:
        below += [child for child, parent in parents.items() if parent == one]
    return children, below[len(children) :]


def kill(process: int) -> None:
    """End it, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def end() -> None:
    """Hang up on every session, and see that its programs end."""
    lines, left = generations()
    for one in lines:
        kill(one)
    for one in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGCONT)
    until = time.monotonic() + GRACE
    while any(Path(f"/proc/{one}").exists() for one in left) and time.monotonic() < until:
        time.sleep(0.02)
    for one in left:
        kill(one)


def main() -> None:
    """Serve until standard input ends."""
    port, program = int(sys.argv[1]), str(Path(sys.argv[2]).resolve())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a telnetd
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # programs are to end when their line hangs up
    listening = socket.create_server(("127.0.0.1", port))
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(listening, program), daemon=True).start()
    try:
        sys.stdin.read()
    finally:
        listening.close()
        end()


if __name__ == "__main__":
    main()
