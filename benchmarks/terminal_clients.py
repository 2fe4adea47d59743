"""One engine driving many sessions of the demo bank: `terminal_clients.py ENGINE PORT SESSIONS SCREENS`.

Prints one JSON line. Started by terminal.py.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from measure import cpu, memory


ACCOUNT = "40000004"
FIELDS = (
    (1, 2, 6, "BNK041"), (6, 24, 8, ACCOUNT),
)  # fmt: skip
"""Checked on the detail screen; nine further places are read."""

FURTHER = (
    (7, 24, 6),
    (8, 24, 20),
    (9, 24, 8),
    (10, 24, 3),
    (11, 24, 6),
    (12, 24, 10),
    (13, 24, 10),
    (14, 24, 8),
    (15, 24, 12),
)


def result(sessions: int, screens: int, seconds: float, used: float, per_session: float) -> None:
    print(json.dumps({
        "sessions": sessions,
        "screens per core-second": round(screens / used),
        "screens per second": round(screens / seconds),
        "CPU ms per screen": round(used / screens * 1000, 3),
        "KiB per session": round(per_session, 1),
    }))  # fmt: skip


def ours(port: int, sessions: int, screens: int) -> None:
    from twisted.internet import reactor
    from twisted.internet.protocol import Protocol

    from sesssrvr.terminal import Terminal3270

    state: dict[str, Any] = {
        "ready": 0,
        "screens": 0,
        "began": 0.0,
        "cpu": 0.0,
        "empty": memory(os.getpid())["private"],
    }

    class Session(Protocol):
        """A walk through the screens, driven by what the host shows."""

        number = 0
        seen = 0
        running = False

        def connectionMade(self) -> None:
            self.terminal = Terminal3270(self.transport.write)

        def dataReceived(self, data: bytes) -> None:
            if self.terminal.feed(data):
                screen = self.terminal.screen()
                if not screen.locked and screen.unlocks != self.seen:
                    self.seen = screen.unlocks
                    self.show(screen)

        def show(self, screen: Any) -> None:
            kind = screen.text(1, 2, 6)
            if self.running:
                state["screens"] += 1
                if state["screens"] >= screens:
                    finish()
                    return
            if kind == "BNK000":
                more()
                self.terminal.type(f"TELLER{self.number:03}")
                self.terminal.move_cursor(14, 37)  # a full field would skip by itself
                self.terminal.type(f"BANK{self.number:03}")
                self.terminal.key("Enter")
            elif kind == "BNK010" and not self.running:
                state["ready"] += 1
                waiting.append(self)
                if state["ready"] == sessions:
                    reactor.callLater(0, begin)
            else:
                self.step(kind, screen)

        def step(self, kind: str, screen: Any) -> None:
            if kind == "BNK010":
                self.terminal.type("2")
                self.terminal.key("Enter")
            elif kind == "BNK040":
                self.terminal.type(ACCOUNT)
                self.terminal.key("Enter")
            else:
                for row, column, length in FURTHER:
                    screen.text(row, column, length)
                assert kind == "BNK041"
                assert ACCOUNT in screen.characters
                self.terminal.key("PF12")

    waiting: list[Session] = []

    def begin() -> None:
        state["memory"] = memory(os.getpid())["private"]
        state["began"], state["cpu"] = time.perf_counter(), cpu(os.getpid())
        for session in waiting:
            session.running = True
            session.step("BNK010", session.terminal.screen())

    def finish() -> None:
        if reactor.running and "done" not in state:
            state["done"] = (time.perf_counter() - state["began"], cpu(os.getpid()) - state["cpu"])
            reactor.stop()

    numbers = iter(range(1, sessions + 1))

    def build() -> Session:
        session = Session()
        session.number = next(numbers)
        return session

    more = connect([port], sessions, build)
    reactor.run()
    seconds, used = state["done"]
    result(sessions, screens, seconds, used, (state["memory"] - state["empty"]) / sessions)


def connect(ports: Sequence[int], sessions: int, build: Callable[[], Any]) -> Callable[[], None]:
    """Connect 40, to the hosts in turn: more would overflow the host's queue, and be tried again late.

    Returns:
        Connects one more, to be called for each session that has its first screen.
    """
    from twisted.internet import reactor
    from twisted.internet.protocol import ClientFactory

    left = (ports[number % len(ports)] for number in range(sessions))
    factory = ClientFactory.forProtocol(build)
    factory.noisy = False

    def one() -> None:
        port = next(left, None)
        if port is not None:
            reactor.connectTCP("127.0.0.1", port, factory)

    for _ in range(40):
        one()
    return one


def idle(port: int, sessions: int, other: int) -> None:
    """Sessions of two hosts (one has 9,999 terminals at most) that show their first screen and wait: memory of the whole process."""
    from twisted.internet import reactor
    from twisted.internet.protocol import Protocol

    from sesssrvr.terminal import Terminal3270

    terminals: list[Terminal3270] = []
    empty = memory(os.getpid())["private"]

    class Session(Protocol):
        """Drawn once, then quiet."""

        def connectionMade(self) -> None:
            self.terminal = Terminal3270(self.transport.write)

        def dataReceived(self, data: bytes) -> None:
            if self.terminal.feed(data) and not self.terminal.screen().locked:
                terminals.append(self.terminal)
                more()
                if len(terminals) == sessions:
                    reactor.stop()

    more = connect([port, other], sessions, Session)
    reactor.run()
    assert len(terminals) == sessions
    assert all(one.screen().text(1, 2, 6) == "BNK000" for one in terminals)
    found = memory(os.getpid())
    print(json.dumps({
        "sessions": sessions,
        "MiB resident": round(found["rss"] / 1024),
        "KiB per session": round((found["private"] - empty) / sessions, 1),
        "CPU seconds to connect all": round(time.process_time(), 1),
    }))  # fmt: skip


def s3270(port: int, sessions: int, screens: int) -> None:
    peers = [
        subprocess.Popen(
            ["s3270", "-model", "3279-2-E", "-codepage", "cp037", "-clear", "blankFill", f"127.0.0.1:{port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(sessions)
    ]  # fmt: skip

    def ask(peer: Any, *actions: str) -> list[str]:
        lines: list[str] = []
        for action in actions:
            peer.stdin.write(action + "\n")
            peer.stdin.flush()
            while (line := peer.stdout.readline().rstrip("\n")) not in {"ok", "error"}:
                lines.append(line)
        return lines

    def everywhere(work: Callable[[int, Any], None]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(sessions) as threads:
            list(threads.map(lambda pair: work(*pair), enumerate(peers, 1)))

    def sign_on(number: int, peer: Any) -> None:
        ask(peer, "Wait(30,InputField)", f'String("TELLER{number:03}")', "Tab()",
            f'String("BANK{number:03}")', "Enter()", "Wait(30,Unlock)")  # fmt: skip

    def work(_: int, peer: Any) -> None:
        for _turn in range(screens // sessions // 3):
            ask(
                peer,
                'String("2")',
                "Enter()",
                "Wait(30,Unlock)",
                f'String("{ACCOUNT}")',
                "Enter()",
                "Wait(30,Unlock)",
            )
            shown = ask(peer, "Ascii()")
            assert any(ACCOUNT in line for line in shown), shown
            ask(peer, "PF(12)", "Wait(30,Unlock)")

    everywhere(sign_on)
    each = sum(memory(peer.pid)["private"] for peer in peers) / sessions
    before, began = sum(cpu(peer.pid) for peer in peers), time.perf_counter()
    everywhere(work)
    seconds, used = time.perf_counter() - began, sum(cpu(peer.pid) for peer in peers) - before
    result(sessions, screens // sessions // 3 * 3 * sessions, seconds, used, each)
    for peer in peers:
        peer.kill()


def tnz(port: int, sessions: int, screens: int) -> None:
    from tnz.tnz import Tnz

    async def until(session: Any, event: asyncio.Event, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.wait_for(event.wait(), 30)
            event.clear()

    connecting = asyncio.Semaphore(40)

    async def one(number: int, go: asyncio.Event, ready: list[int], turns: int) -> None:
        event = asyncio.Event()
        session = Tnz(f"S{number}")
        session.use_tn3270e = True
        session.amaxrow, session.amaxcol = 24, 80
        await connecting.acquire()
        session.connect("127.0.0.1", port, secure=False, event=event)

        def shows(kind: str) -> Callable[[], bool]:
            return lambda: not session.pwait and session.scrstr(0, 0)[1:7] == kind

        await until(session, event, shows("BNK000"))
        connecting.release()
        session.key_data(f"TELLER{number:03}")
        if number < 1000:  # a full field skips by itself
            session.key_tab()
        session.key_data(f"BANK{number:03}")
        session.enter()
        await until(session, event, shows("BNK010"))
        ready.append(number)
        await go.wait()
        for _ in range(turns):
            session.key_data("2")
            session.enter()
            await until(session, event, shows("BNK040"))
            session.key_data(ACCOUNT)
            session.enter()
            await until(session, event, shows("BNK041"))
            for row, column, length in FURTHER:
                start = (row - 1) * 80 + column - 1
                session.scrstr(start, start + length)
            assert ACCOUNT in session.scrstr(0, 0)
            session.pf12()
            await until(session, event, shows("BNK010"))

    async def all_of_them() -> None:
        go, ready = asyncio.Event(), []
        empty = memory(os.getpid())["private"]
        turns = screens // sessions // 3
        jobs = [asyncio.create_task(one(n, go, ready, turns)) for n in range(1, sessions + 1)]
        while len(ready) < sessions:
            await asyncio.sleep(0.05)
            for job in jobs:
                if job.done():
                    job.result()
        each = (memory(os.getpid())["private"] - empty) / sessions
        before, began = cpu(os.getpid()), time.perf_counter()
        go.set()
        await asyncio.gather(*jobs)
        seconds, used = time.perf_counter() - began, cpu(os.getpid()) - before
        result(sessions, turns * 3 * sessions, seconds, used, each)

    asyncio.run(all_of_them())


if __name__ == "__main__":
    engines = {"ours": ours, "idle": idle, "s3270": s3270, "tnz": tnz}
    engines[sys.argv[1]](*(int(argument) for argument in sys.argv[2:5]))
