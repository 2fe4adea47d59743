"""Real VT hosts: Debian's telnetd with curses programs; and a session on one, driven step by step."""

import getpass
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import ProcedureCall, build_package, read_folder, read_package, run_procedure
from sesssrvr.model import start as started
from sesssrvr.model.steps import Press, SetCursor, TimedOut, Wait
from tests.support.lines import next_line
from tests.support.runs import driven


EXAMPLES = Path(__file__).parents[2] / "examples"
TELNETD = "/usr/sbin/telnetd"
SSHD = "/usr/sbin/sshd"


def need(*programs: str) -> None:
    """Skip, loudly, or fail where everything has to be there, without these programs."""
    missing = [one for one in programs if shutil.which(one) is None]
    if missing:
        said = (
            f"NOT TESTED against a real VT host: {', '.join(missing)} not installed (scripts/test)"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)


class Host(int):
    """The port of a telnet host, and the processes behind it."""

    def __new__(cls, process: subprocess.Popen[str]) -> Self:
        made = super().__new__(cls, next_line(process))
        made.process = process
        return made

    def programs(self, name: str) -> list[int]:
        """Process ids of this name under the host, in the order they were started."""
        return under(self.process.pid, name)


def under(host: int, name: str) -> list[int]:
    """Process ids of this name under a process, in the order they were started."""
    parents, named = {}, []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has ended
        one, _, what = head.partition(" (")
        parents[int(one)] = int(rest.split()[1])
        if what == name and rest.split()[0] != "Z":
            named.append(int(one))

    def ours(one: int) -> bool:
        while one in parents and one != host:
            one = parents[one]
        return one == host

    return sorted(filter(ours, named))


@contextmanager
def telnet(program: Path, folder: Path) -> Iterator["Host"]:
    """A telnet host; its sessions' programs end with it, and so do their folders."""
    made = subprocess.Popen(
        [sys.executable, EXAMPLES / "hosts" / "telnet_host.py", "0", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        yield Host(made)
    finally:
        made.stdin.close()
        made.stdout.close()
        made.wait(10)


@dataclass(frozen=True)
class SshHost:
    """A running sshd.

    Attributes:
        folder: keys, known_hosts, sshd.log.
        port: on loopback.
        user: who signs on.
        pid: of the sshd that listens.
    """

    folder: Path
    port: int
    user: str
    pid: int

    def programs(self, name: str) -> list[int]:
        """Process ids of this name under the host, in the order they were started."""
        return under(self.pid, name)

    def sessions(self) -> list[int]:
        """Process ids of the sshd of each session: one that is root's, and for others one theirs."""
        return [one for one in self.programs("sshd") if one != self.pid]

    @property
    def key(self) -> Path:
        """The user's private key."""
        return self.folder / "id_ed25519"

    @property
    def attributes(self) -> dict[str, str]:
        """Of the `<host>` of a session server."""
        known = str(self.folder / "known_hosts")
        return {
            "protocol": "ssh",
            "ssh-known-hosts": known,
            "ssh-user": self.user,
            "ssh-key": str(self.key),
        }


@contextmanager
def sshd(program: Path, folder: Path, options: Iterable[str]) -> Iterator[SshHost]:
    """An SSH host; its sessions' programs end when their lines do."""
    script = EXAMPLES / "hosts" / "ssh_host.py"
    words = [word for one in options for word in ("-o", one)]
    made = subprocess.Popen(
        [sys.executable, script, "0", program, "--folder", folder, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        port = int(next_line(made))
        (pid,) = map(int, Path(f"/proc/{made.pid}/task/{made.pid}/children").read_text().split())
        yield SshHost(folder, port, getpass.getuser(), pid)
    finally:
        made.stdin.close()
        made.stdout.close()
        made.wait(10)


class Desk:
    """A session on a real host: steps performed with real time, one thread, no reactor."""

    def __init__(self, example: str, port: int) -> None:
        self.model = read_package(build_package(read_folder(EXAMPLES / example))).model
        self.wire = socket.create_connection(("127.0.0.1", int(port)))
        self.terminal: Any = make_vt(self.model.host)(self.wire.sendall)
        self.variables = self.model.resolve({})
        self.drive(started(self.model, self.terminal.screen(), self.variables))

    def close(self) -> None:
        self.wire.close()

    def call(self, procedure: str, filters: Any = None, data: Any = None, **more: Any) -> Any:
        order = ProcedureCall("", procedure, filters or {}, data or {}, **more)
        screen = self.terminal.screen()
        found = self.drive(run_procedure(self.model, screen, order, self.variables))
        names = [name for name, _ in found.columns]
        return [dict(zip(names, row, strict=True)) for row in found.rows]

    def drive(self, run: Any) -> Any:
        return driven(run, self.perform)

    def perform(self, step: Any) -> Any:
        if isinstance(step, Wait):
            return self.wait(step)
        if isinstance(step, Press):
            self.terminal.key(step.key)
        elif isinstance(step, SetCursor):
            self.terminal.move_cursor(step.row, step.column)
        else:
            assert (step.row, step.erase) == (0, False), "a VT's cursor is the host's"
            self.terminal.type(step.text)
        return self.terminal.screen()

    def wait(self, step: Wait) -> Any:
        end = time.monotonic() + step.seconds
        while True:
            screen = self.terminal.screen()
            holds = step.until(screen) and (not step.heard or self.terminal.heard(step.heard))
            if holds and not step.quiet:
                return screen
            left = end - time.monotonic()
            if left <= 0:
                return TimedOut(screen, step.seconds)
            if not select.select([self.wire], [], [], min(left, step.quiet if holds else left))[0]:
                if holds and left > step.quiet:
                    return screen
                continue
            data = self.wire.recv(65536)
            assert data, "the host hung up"
            self.terminal.feed(data)
