"""The installation that is made to fail: security on, every part at a proxy, with a disk and a clock of its own.

Three members of etcd, two management servers, three session servers, two gateways of two workers; the
demo bank is in this process, which looks into its books.
"""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from twisted.internet.threads import blockingCallFromThread

from tests.support import fleet as towns
from tests.support.etcd_processes import EtcdCluster
from tests.support.fault_hosts import BANK, JournallingHost
from tests.support.fault_matrix.administration import Administration
from tests.support.fault_matrix.network import Network
from tests.support.fleet import Town, pool_setting, quick
from verdigris.child_process import Process, free_port
from verdigris.errors import NotStarted
from verdigris.identity import Part, Role
from verdigris.identity import certificates as make
from verdigris.identity.material import Material, write
from verdigris_command.demo.fleet import HERE, IDENTITY, INSTALLATION, Fleet, Member


MANAGERS = ("mgmtsrvr", "mgmtsrvr2")
SERVERS = ("vs1", "vs2", "vs3")
GATEWAYS = ("gateway", "gateway2")
MEMBERS = ("n1", "n2", "n3")
KINDS: dict[str, tuple[str, ...]] = {
    "gateway": GATEWAYS,
    "management server": MANAGERS,
    "session server": SERVERS,
    "host": ("host",),
    "etcd": MEMBERS,
}
ROLES = dict.fromkeys(GATEWAYS, Role.GATEWAY)
ROLES |= dict.fromkeys(MANAGERS, Role.MANAGEMENT_SERVER) | dict.fromkeys(
    SERVERS, Role.SESSION_SERVER
)

TIMERS = ("--heartbeat-interval", "250", "--election-timeout", "2500")
"""Of etcd: slow ones, so that a busy machine does not make it elect all the time."""

STARTED = 120.0
"""Seconds after which a part that could not be started is given up."""

MONITOR = '<monitor heartbeat="0.5" misses="6" ask="1"/>'
"""Of management servers: slower to believe in a loss than by default, since a busy machine makes parts silent."""

POOL_LIMIT = 2
"""Sessions of the pool at each server: with one of them lost there are fewer than clients, so that it is reached."""

DISKS: dict[str, str] = {"gateway": "gateway/data", "mgmtsrvr2": "mgmtsrvr2", "vs1": "vs1"}
"""The folders that are small disks of their own, of one part of each kind."""

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
"""Debian's libfaketime: makes the clock of a process wrong, and its monotonic one not."""


def clock_environment(file: Path) -> dict[str, str]:
    """What makes the clock of a process wrong by as much as a file says, such as `+3600`."""
    return {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip


class ProxiedFleet(Fleet):
    """A fleet whose processes have clocks that can be set, and are started one kind after the other."""

    def start(self) -> Self:
        """Start everything: on a busy machine not all at once."""
        for name in self.names():
            self._prepare(name)
        for kind in (MANAGERS, SERVERS, GATEWAYS[:1], GATEWAYS[1:]):
            with ThreadPoolExecutor(len(kind)) as starting:
                list(starting.map(self.start_part, kind))
        return self

    def start_part(self, name: str) -> Process:
        """Start one part, for as long as it takes; a worker of a killed gateway has its port for a moment."""
        end = time.monotonic() + STARTED
        while time.monotonic() < end:
            with suppress(NotStarted):
                return super().start_part(name)
            time.sleep(0.5)
        return super().start_part(name)

    def _prepare(self, name: str) -> Process:
        found = super()._prepare(name)
        if FAKETIME.exists():
            clock = self.folder / f"{name}.clock"
            clock.write_text("+0")
            found.environment |= clock_environment(clock)
        return found


class SecureInstallation:
    """All of it, running.

    Attributes:
        town: to call the gateways.
        administration: to ask the management servers.
        etcd: the members of etcd.
        network: all links.
        host: the bank and its journal.
        reactor: of the proxies and the bank, in a thread of its own.
    """

    def __init__(self, folder: Path, reactor: Any, host: JournallingHost) -> None:
        self.folder, self.reactor, self.host = folder, reactor, host
        self.etcd = EtcdCluster(folder, options=TIMERS)
        self.network = Network(reactor, self.processes)
        self._disks: list[Path] = []
        self.town = Town(self._fleet())
        self.administration = Administration(self.town.fleet)

    # ---- beginning and end

    def _fleet(self) -> Fleet:
        ports = {name: free_port() for name in (*MANAGERS, *SERVERS)} | {"host": self.host.port}
        doors = {
            name: self.on_reactor(self.network.open, name, port) for name, port in ports.items()
        }
        for name, (client, peer) in self.etcd.ports.items():
            self.etcd.advertised[name] = (
                self.on_reactor(self.network.open, name, client),
                self.on_reactor(self.network.open, f"{name} peers", peer),
            )
        found_at = {
            f"{by}-{name}": doors[name] for by in ("", "gateway") for name in (*MANAGERS, *SERVERS)
        }
        for server in SERVERS:
            found_at |= {f"{server}-{name}": doors[name] for name in (*MANAGERS, "host")}
            self.network.most[server, "host"] = POOL_LIMIT
        settings = '<quarantine seconds="1.5" keep="1"/><reconnect first="0.1" last="0.4"/>'
        changes = {
            "deploy/deploy_desc.xml": [
                pool_setting(f"max-{kind}-sessions", POOL_LIMIT) for kind in ("concurrent", "idle")
            ]
        }
        return ProxiedFleet(
            self.folder, towns.package(quick(5) | changes), members=tuple(Member(it, 1, 1) for it in SERVERS),
            host=(), secure=True, managers=len(MANAGERS), gateways=len(GATEWAYS), workers=2, ports=ports | found_at,
            limits={"concurrent": str(POOL_LIMIT + 1), "pending": str(POOL_LIMIT + 1)},
            settings=settings + '<sessions claim="3" return="3"/>',
            management=f'<store kind="etcd" endpoints="{" ".join(self.etcd.endpoints)}"/>'
            f'{MONITOR}<flapping falls="1000"/>',
            plugin={"maxClientSessions": "1000"},
        )  # fmt: skip

    def start(self) -> None:
        """Start everything."""
        if os.geteuid() == 0:
            for place in DISKS.values():
                self._small_disk(self.folder / place)
        self.etcd.start()
        self.town.fleet.start()

    def close(self) -> None:
        """End everything."""
        self.town.close()
        self.etcd.close()
        for folder in self._disks:
            subprocess.run(["umount", "--lazy", folder], check=True, timeout=10)
        blockingCallFromThread(self.reactor, self.network.stop)

    def on_reactor(self, do: Any, *arguments: Any) -> Any:
        """Do something in the reactor's thread."""
        return blockingCallFromThread(self.reactor, do, *arguments)

    def processes(self) -> dict[str, int]:
        """The process ids of all parts."""
        parts = {name: it.pid for name, it in self.town.fleet.processes.items() if it.pid}
        return parts | {name: it.pid for name, it in self.etcd.processes.items()}

    def ask(self, manager: str, path: str, *more: Any, **how: Any) -> tuple[int, Any]:
        """(status, JSON or text) of a management server's administration API."""
        return self.administration.ask(manager, path, *more, **how)

    # ---- disks, clocks, certificates

    def _small_disk(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "none", folder], check=True, timeout=10
        )  # fmt: skip
        self._disks.append(folder)

    @property
    def has_disks(self) -> bool:
        """Whether parts have disks of their own: only root can make them."""
        return bool(self._disks)

    @contextmanager
    def full_disk(self, name: str) -> Iterator[None]:
        """A part whose disk has no room."""
        filler = self.folder / DISKS[name] / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 10, 1):
                with suppress(OSError):  # no room for a piece of this size
                    while True:
                        file.write(bytes(size))
        try:
            yield
        finally:
            filler.unlink(missing_ok=True)

    def set_clock(self, name: str, seconds: int) -> None:
        """Make the clock of a part wrong by so many seconds."""
        clock = self.folder / f"{name}.clock"
        new = clock.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.replace(clock)

    def give_certificate(self, name: str, *, expired: bool) -> str:
        """Give a part a certificate, one that has expired or a good one; what its log says then."""
        authority = self.town.fleet._authority
        assert authority is not None
        now = dt.datetime.now(dt.UTC)
        began, life = (now - dt.timedelta(days=2), 1) if expired else (now, 90)
        part, key = Part(INSTALLATION, ROLES[name], name), make.new_key()
        certificate = make.part_certificate(
            authority.signer, part, key.public_key(), HERE, began, dt.timedelta(days=life)
        )
        trusted = (authority.certificate,)
        write(self.identity(name), Material(trusted, (certificate, authority.certificate), key))
        return "expired at" if expired else "the identity was read again"

    def identity(self, name: str) -> Path:
        """The identity folder of a part."""
        return self.folder / ("" if name == MANAGERS[0] else name) / IDENTITY


@contextmanager
def _quick_turns() -> Iterator[None]:
    """All links pass this process's reactor: the threads of the clients do not keep it waiting."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def running(folder: Path, reactor: Any) -> Iterator[SecureInstallation]:
    """A whole installation, gone at the end."""
    with _quick_turns(), BANK.start(reactor, folder) as host:
        there = SecureInstallation(folder, reactor, host)
        try:
            there.start()
            yield there
        finally:
            there.close()
