"""How soon the loss of a part is noticed and made good, and whether losses are noticed that are none.

    PYTHONPATH=. python benchmarks/failover.py [result.json] [seconds of full load]

Real processes with security on: three members of etcd, two management servers, three session servers, a
gateway, the host. Clients call all the time. Each loss is repeated; figures in milliseconds. When a session
server was noticed is read in the management server's log. False alarms are counted over the full load, ten
minutes by default.
"""

import datetime as dt
import http.client
import json
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import report

from tests.support import fleet as towns
from tests.support.etcd_processes import EtcdCluster
from tests.support.fault_matrix.administration import Administration
from tests.support.fleet import Town, pool_setting
from verdigris_command.demo.fleet import Fleet, Member


MANAGERS, SERVERS = ("mgmtsrvr", "mgmtsrvr2"), ("vs1", "vs2", "vs3")
TIMES = 8
"""Losses of each kind."""

CALL = "/vhi-rs/session/BankPool/accountDetail?AccountNumber=40000002"
ALARMS = {it: re.compile(rf"session server \S+ is {it}") for it in ("offline", "suspect")}


class Client:
    """A client of the gateway with one connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: http.client.HTTPConnection | None = None

    def call(self, session: str = "") -> tuple[bool, float]:
        """Whether a call was served, and how many milliseconds it took."""
        began = time.perf_counter()
        self._line = self._line or http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"X-Verdigris-SessionID": session} if session else {}
        try:
            self._line.request("GET", CALL, headers=headers)
            answer = self._line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._line = None
            return False, 0.0
        return answer.status == http.HTTPStatus.OK, (time.perf_counter() - began) * 1000

    def take(self) -> str:
        """The id of a session."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        line.request("POST", "/vhi-rs/session/BankPool/rsResourceCreate")
        found = str(json.loads(line.getresponse().read())["SessionID"])
        line.close()
        return found


class Losses:
    """An installation whose parts are lost and come back."""

    def __init__(self, folder: Path) -> None:
        self.etcd = EtcdCluster(folder)
        sessions = [
            pool_setting(f"max-{it}-sessions", 20) for it in ("concurrent", "idle", "pending")
        ]
        fleet = Fleet(
            folder, towns.package({"deploy/deploy_desc.xml": sessions}), secure=True, managers=2,
            members=tuple(Member(name, 1, 1) for name in SERVERS),
            management=f'<store kind="etcd" endpoints="{" ".join(self.etcd.endpoints)}"/>'
            '<flapping falls="1000"/>',
        )  # fmt: skip
        self.town = Town(fleet)
        self.api = Administration(fleet)
        self.calls = self.failed = 0

    def start(self) -> None:
        """Start everything."""
        self.etcd.start()
        self.town.fleet.start()
        self.whole()

    def close(self) -> None:
        """End everything."""
        self.town.close()
        self.etcd.close()

    def client(self) -> Client:
        """A client of the gateway."""
        return Client(self.town.fleet.port("gateway"))

    def whole(self) -> None:
        """Wait until everything works, and has had a moment's rest."""
        self.etcd.ready()
        for manager in MANAGERS:
            self.town.until(lambda m=manager: self._well(m), manager, 60, 0.1)  # type: ignore[misc] # a default
        self.town.until(lambda: self.client().call()[0], "a call is served", 60, 0.1)
        time.sleep(1)

    def _well(self, manager: str) -> bool:
        status, version = self.api.ask(manager, "/version")
        if status != http.HTTPStatus.OK or version["problem"]:
            return False
        _, servers = self.api.ask(manager, "/servers?own=true")
        return {it["state"] for it in servers if it["name"] in SERVERS} == {"online"}

    @contextmanager
    def load(self, clients: int, pause: float) -> Iterator[None]:
        """Clients that call, with a pause after each call."""
        over = threading.Event()

        def go() -> None:
            one = self.client()
            while not over.wait(pause):
                good, _ = one.call()
                self.calls += 1
                self.failed += not good

        threads = [threading.Thread(target=go) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    # ---- management servers

    def management_server_killed(self) -> list[float]:
        """The next call after the management server in use was killed, milliseconds."""
        found = []
        for _ in range(TIMES):
            one = self.client()
            one.call()
            lost = self._in_use()
            self.town.fleet[lost].kill()
            good, took = one.call()
            assert good, "the next call failed"
            found.append(took)
            self.town.fleet.start_part(lost)
            self.whole()
        return found

    def _in_use(self) -> str:
        """The management server that made the last allocation."""
        newest = {}
        for name in MANAGERS:
            _, made = self.api.ask(name, "/allocations?own=true")
            newest[name] = max((it["time"] for it in made), default="")
        return max(newest, key=lambda name: newest[name])

    def all_management_servers_killed(self) -> dict[str, object]:
        """What calls come to meanwhile: in sessions taken before, and new ones."""
        one, new = self.client(), self.client()
        session = one.take()
        for name in MANAGERS:
            self.town.fleet[name].kill()
        kept = [one.call(session)[0] for _ in range(50)]
        began = time.perf_counter()
        fresh = [new.call()[0] for _ in range(3)]
        took = time.perf_counter() - began
        for name in MANAGERS:
            self.town.fleet.start_part(name)
        self.whole()
        return {
            "calls in a session that failed, of 50": kept.count(False),
            "new calls that failed, of 3": fresh.count(False),
            "seconds of those": round(took, 2),
        }

    # ---- session servers

    def noticed(self, how: signal.Signals) -> list[float]:
        """Milliseconds until each management server knows that a session server is lost."""
        found = []
        for number in range(TIMES):
            name = SERVERS[number % len(SERVERS)]
            seen = {it: len(self.town.log(it)) for it in MANAGERS}
            began = time.time()
            self.town.fleet[name].signal(how)
            words = (
                f"session server {name} is offline"
                if how == signal.SIGKILL
                else f"{name} is offline"
            )
            for manager, length in seen.items():
                line = self._line(manager, length, words)
                at = dt.datetime.fromisoformat(line.split()[0]).timestamp()
                found.append((at - began) * 1000)
            if how == signal.SIGKILL:
                self.town.fleet[name].kill()
                self.town.fleet.start_part(name)
            else:
                self.town.fleet[name].signal(signal.SIGCONT)
            self.whole()
        return found

    def _line(self, manager: str, length: int, words: str) -> str:
        def line() -> str:
            later = self.town.log(manager)[length:].splitlines()
            return next((it for it in later if words in it), "")

        return str(self.town.until(line, f"{manager} says {words}", 20))

    def false_alarms(self, seconds: float) -> dict[str, object]:
        """Servers that were held for lost under full load, although none was."""
        seen = {it: len(self.town.log(it)) for it in MANAGERS}
        self.calls = self.failed = 0
        with self.load(16, 0.0):
            time.sleep(seconds)
        told = "".join(self.town.log(it)[length:] for it, length in seen.items())
        alarms = {name: len(words.findall(told)) for name, words in ALARMS.items()}
        return {"seconds": seconds, "calls": self.calls, "failed": self.failed, **alarms}

    # ---- etcd

    def leader_killed(self) -> list[float]:
        """Milliseconds until a change of the installation is stored after etcd's leader was killed."""
        found = []
        for number in range(TIMES):
            leader = self.etcd.leader()
            self.etcd.kill(leader)
            began = time.perf_counter()
            act = ("drain", "resume")[number % 2]
            status, said = self.api.ask(
                MANAGERS[number // 2 % 2], f"/servers/vs3/{act}", "POST", b""
            )
            assert status == http.HTTPStatus.OK, said
            found.append((time.perf_counter() - began) * 1000)
            self.etcd.start_member(leader)
            self.etcd.ready()
            time.sleep(3)
        return found


def spread(took: list[float]) -> dict[str, float]:
    """The figures of one kind of loss."""
    return {
        "median": round(statistics.median(took), 1), "worst": round(max(took), 1), "losses": len(took)
    }  # fmt: skip


def measured(there: Losses, seconds: float) -> dict[str, object]:
    """All figures."""
    found: dict[str, object] = {}
    one = there.client()
    found["a call, nothing lost"] = spread([one.call()[1] for _ in range(300)])

    def take(what: str, figures: Callable[[], object]) -> None:
        found[what] = figures()
        print(what, found[what], file=sys.stderr)

    with there.load(2, 0.05):
        take(
            "management server killed, next call", lambda: spread(there.management_server_killed())
        )
        take("session server killed, noticed", lambda: spread(there.noticed(signal.SIGKILL)))
        take("session server stopped, noticed", lambda: spread(there.noticed(signal.SIGSTOP)))
        take("etcd's leader killed, next change", lambda: spread(there.leader_killed()))
        take("all management servers killed", there.all_management_servers_killed)
    take("full load, 16 clients", lambda: there.false_alarms(seconds))
    return found


def main() -> None:
    """Start an installation, measure, end it."""
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    with tempfile.TemporaryDirectory() as name:
        there = Losses(Path(name))
        try:
            there.start()
            results = measured(there, seconds)
        finally:
            there.close()
    report("failover", results)


if __name__ == "__main__":
    main()
