"""Clients of the matrix: reads, writes and sessions through both gateways, changes through both management servers.

Law: a client notes what it was told and when; it judges nothing. Each waits for every answer, however long.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.fault_callers import NOBODY, RestCaller, SoapCaller, Told
from tests.support.fault_hosts import BANK
from tests.support.fault_matrix.checker import WAIT, Call, Change
from tests.support.fault_matrix.installation import GATEWAYS, MANAGERS, SecureInstallation
from tests.support.fault_rig import Write


NUMBER = re.compile(
    r'<domain name="number-([a-z0-9]+)"><member server="vs1" weight="(\d+)"/></domain>'
)
"""A writer's number in the installation: the weight of the one member of a domain of its own."""


class Load:
    """Everybody who uses the installation.

    Args:
        there: the installation.
        seed: of what they do.
        calls, sessions: how many clients there are of each kind.

    Attributes:
        calls: all calls, in no order.
        writes: all writes.
        changes: all changes of the installation.
        problems: what no client may meet.
    """

    def __init__(
        self, there: SecureInstallation, seed: int, calls: int = 3, sessions: int = 2
    ) -> None:
        self._there, self._seed = there, seed
        self._clients: list[Callable[[str, random.Random], None]] = [self._call] * calls
        self._clients += [self._session] * sessions
        self._over = threading.Event()
        self._left: list[tuple[str, str]] = []
        self.calls: list[Call] = []
        self.writes: list[Write] = []
        self.changes: list[Change] = []
        self.problems: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """The clients call for as long as the block lasts."""
        jobs = [
            threading.Thread(target=self._again, args=(client, f"C{number}X"))
            for number, client in enumerate(self._clients)
        ]
        jobs += [threading.Thread(target=self._again, args=(self._change, it)) for it in MANAGERS]
        for job in jobs:
            job.start()
        try:
            yield
        finally:
            self._over.set()
            for job in jobs:
                job.join()

    def _again(self, client: Callable[[str, random.Random], None], name: str) -> None:
        chance = random.Random(f"{self._seed} {name}")  # noqa: S311 - repeatable
        number = 0
        while not self._over.is_set():
            number += 1
            try:
                client(f"{name}{number}" if client != self._change else name, chance)
            except Exception as problem:  # noqa: BLE001 - told to the test, in its own thread
                self.problems.append(f"{name}: {problem!r}")
                return
            self._over.wait(chance.uniform(0, 0.4))

    # ---- calls

    def _call(self, name: str, chance: random.Random) -> None:
        """A read or a write by REST or SOAP; a write with a key is sent up to three times."""
        gateway = chance.choice(GATEWAYS)
        rest = RestCaller(self._there.town, BANK, gateway, WAIT)
        by = chance.choice([rest, SoapCaller(self._there.town, BANK, gateway, WAIT)])
        if chance.random() < 0.4:
            self._read(by, gateway)
            return
        keyed = by is rest and chance.random() < 0.6
        retry, told = False, NOBODY
        for _ in range(3 if keyed else 1):
            told = self._noted(lambda: by.write(name, name if keyed else ""), gateway)
            retry = retry or told.retry
            if told.done:
                break
        self.writes.append(Write(name, keyed, told.done, retry and not told.done, told.effect))

    def _read(self, by: RestCaller | SoapCaller, gateway: str, session: str = "") -> bool:
        told = self._noted(by.read, gateway, session)
        if told.done and told.rows != BANK.rows:
            self.problems.append(f"a read found {told.rows} of {BANK.rows}")
        return told.done

    def _noted(self, call: Callable[[], Told], gateway: str, session: str = "") -> Told:
        began = time.monotonic()
        told = call()
        self.calls.append(Call(began, time.monotonic(), gateway, told, session))
        if told.problem:
            self.problems.append(told.problem)
        elif told == NOBODY:
            self._over.wait(0.05)  # nobody there
        return told

    # ---- sessions

    def _session(self, name: str, chance: random.Random) -> None:
        """A session that is kept over some reads and a write."""
        gateway = chance.choice(GATEWAYS)
        wait = {"ConnectionTimeout": WAIT}
        try:
            answer = self._there.town.call("wsResourceCreate", environment=wait, gateway=gateway)
        except Exception:  # noqa: BLE001 - whatever ended it, there is none
            self._over.wait(0.05)
            return
        if not answer.ok:
            return
        (session,) = answer.all("SessionID")
        by = SoapCaller(self._there.town, BANK, gateway, session=session)
        held = all(self._read(by, gateway, session) for _ in range(chance.randrange(2, 5)))
        if held:
            told = self._noted(lambda: by.write(name), gateway, session)
            self.writes.append(Write(name, keyed=False, acknowledged=told.done, effect=told.effect))
        if not self._given_back(gateway, session):
            self._left.append((gateway, session))

    def _given_back(self, gateway: str, session: str) -> bool:
        """Whether somebody answered that the session is ended, or is not there any more."""
        here = {"SessionID": session}
        try:
            self._there.town.call("wsResourceDestroy", environment=here, gateway=gateway)
        except Exception:  # noqa: BLE001 - no answer
            return False
        return True

    def give_back(self) -> bool:
        """Whether all sessions are given back, also those whose gateway was not there."""
        self._left = [it for it in self._left if not self._given_back(*it)]
        return not self._left

    # ---- changes

    def _change(self, manager: str, chance: random.Random) -> None:
        """A new number of this writer, put into the installation by one management server."""
        numbers, revision, document = self._document(manager)
        if not document:
            self._over.wait(0.2)
            return
        mine = (
            max(
                [
                    numbers.get(manager, 0),
                    *(it.number for it in self.changes if it.writer == manager),
                ]
            )
            + 1
        )
        numbers = numbers | {manager: mine}
        began = time.monotonic()
        status, said = self._there.ask(
            manager, "/installation", "PUT", _with(document, numbers).encode(),
            If_Match=f'"{revision}"', Content_Type="application/xml",
        )  # fmt: skip
        outcome = "stored" if status == 200 else "unknown"
        if status >= 400 and isinstance(said, dict) and said.get("effect") != "unknown":
            outcome = "refused"
        self.changes.append(Change(began, time.monotonic(), manager, numbers, outcome))
        self._over.wait(chance.uniform(0.1, 0.5))

    def _document(self, manager: str) -> tuple[dict[str, int], str, str]:
        """The writers' numbers, the revision and the document; the revision is never the newer one."""
        status, version = self._there.ask(manager, "/version")
        if status != 200:
            return {}, "", ""
        status, document = self._there.ask(manager, "/installation")
        if status != 200:
            return {}, "", ""
        return self.numbers(document), version["revision"], document

    @staticmethod
    def numbers(document: str) -> dict[str, int]:
        """The writers' numbers in a document."""
        return {name: int(number) for name, number in NUMBER.findall(document)}


def _with(document: str, numbers: dict[str, int]) -> str:
    domains = "".join(
        f'<domain name="number-{name}"><member server="vs1" weight="{number}"/></domain>'
        for name, number in sorted(numbers.items())
    )
    return NUMBER.sub("", document).replace("</domains>", f"{domains}</domains>")
