"""A telnet host on loopback: one telnetd (Debian: telnetd) with a program for each connection.

python examples/hosts/telnet_host.py 2323 examples/hosts/calendar

Prints the port it listens on; 0 takes a free one. Ends with its standard input.
"""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path


TELNETD = "/usr/sbin/telnetd"


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


def main() -> None:
    """Serve until standard input ends."""
    port, program = int(sys.argv[1]), str(Path(sys.argv[2]).resolve())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a telnetd
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # programs are to end when their line hangs up
    listening = socket.create_server(("127.0.0.1", port))
    print(listening.getsockname()[1], flush=True)
    threading.Thread(target=serve, args=(listening, program), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
