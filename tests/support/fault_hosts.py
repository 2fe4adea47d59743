"""Hosts that keep a journal: how often each reference was booked; and what clients do there.

The demo bank and the order host run in this process, and the journal is of their books. The calendar
is calcurse over telnetd: the journal is what was typed, and a booking is a subject with its Enter.
"""

import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.threads import blockingCallFromThread

from hostemul.faults import Faults
from hostemul.order_entry.testing import start_orders
from hostemul.testing import start_bank
from tests.support.vt_hosts import EXAMPLES, TELNETD, need, telnet


Values = Mapping[str, str | int]

SLOW = Faults(delay=0.1)
REFERENCE = re.compile(rb"([A-Z]+\d+(?:X\d+)?)\r")
"""What the rig's clients call a write, and the key that books it in the calendar."""


@dataclass(frozen=True)
class JournallingHost:
    """A running host.

    Attributes:
        port: on loopback.
        booked: how often each reference was booked.
        sessions: how many sessions the host has.
    """

    port: int
    booked: Callable[[], Mapping[str, int]]
    sessions: Callable[[], int]


@dataclass(frozen=True)
class HostKind:
    """An example with its host, a write of it and a read.

    Attributes:
        example: with a pool of session servers.
        pool: its pool.
        start: starts the host: a context of a reactor and a folder.
        write: procedure, its filters, and its data without the reference.
        reference: column of the reference.
        read: procedure and its filters.
        column: of each row read.
        rows: how many there are, whatever was written.
    """

    example: str
    pool: str
    start: Any
    write: tuple[str, Values, Values]
    reference: str
    read: tuple[str, Values]
    column: str
    rows: int


@contextmanager
def _bank(reactor: Any, _folder: Path) -> Iterator[JournallingHost]:
    running = blockingCallFromThread(reactor, start_bank, reactor, motd_rate=0, faults=SLOW)
    booked: Counter[str] = Counter()
    plain = running.bank.transfer

    def transfer(source: str, target: str, pence: int, text: str) -> str:
        number = plain(source, target, pence, text)
        booked[text] += 1
        return number

    running.bank.transfer = transfer
    yield from _until_stopped(reactor, running, booked)


@contextmanager
def _orders(reactor: Any, _folder: Path) -> Iterator[JournallingHost]:
    running = blockingCallFromThread(reactor, start_orders, reactor, faults=SLOW)
    booked: Counter[str] = Counter()
    plain = running.book.place

    def place(customer: Any, reference: str, *more: Any) -> Any:
        order = plain(customer, reference, *more)
        booked[reference] += 1
        return order

    running.book.place = place
    yield from _until_stopped(reactor, running, booked)


def _until_stopped(reactor: Any, running: Any, booked: Counter[str]) -> Iterator[JournallingHost]:
    def sessions() -> int:
        return int(blockingCallFromThread(reactor, lambda: running.control.sessions))

    try:
        yield JournallingHost(running.address[1], lambda: booked, sessions)
    finally:
        blockingCallFromThread(reactor, running.stop)


@contextmanager
def _calendar(_reactor: Any, folder: Path) -> Iterator[JournallingHost]:
    need(TELNETD, "calcurse", "script")
    journal = folder / "journal"
    journal.mkdir()
    shutil.copy(EXAMPLES / "hosts" / "calendar.apts", folder)
    text = re.sub(
        "exec (calcurse .*)",
        rf"D=$D exec script --quiet --flush --log-in '{journal}'/$$ -c '\1'",
        (EXAMPLES / "hosts" / "calendar").read_text(),
    )
    program = folder / "calendar"
    program.write_text(text.replace("mktemp -d", f"mktemp -d -p '{folder}'"))
    program.chmod(0o755)

    def booked() -> Mapping[str, int]:
        typed = b"\r\r".join(path.read_bytes() for path in journal.iterdir())
        return Counter(it.decode() for it in REFERENCE.findall(typed))

    try:
        with telnet(program, folder) as host:
            yield JournallingHost(int(host), booked, lambda: len(host.programs("calcurse")))
    finally:
        _end_all(folder)


def _end_all(folder: Path) -> None:
    """End what names this folder: script(1) and calcurse without a terminal use a processor each."""
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            if bytes(folder) in one.read_bytes():
                os.kill(int(one.parent.name), signal.SIGKILL)


BANK = HostKind(
    "BankDemo", "BankPool", _bank,
    ("transfer", {"FromAccount": 40000002}, {"ToAccount": 40000004, "Amount": "1.00"}),
    "Reference",
    ("customerSearch", {"LastName": "SMITH"}), "LastName", 45,
)  # fmt: skip
ORDERS = HostKind(
    "OrderEntry", "OrderPool", _orders,
    ("addOrder", {}, {"CustomerNumber": 1003, "WantedOn": "2026-04-01", "Item1": "RO1308",
                      "Quantity1": 1}),
    "Reference",
    ("orderDetail", {"OrderNumber": 500005}), "Line", 21,
)  # fmt: skip
CALENDAR = HostKind(
    "Calendar", "CalendarPool", _calendar,
    ("addAppointment", {}, {"Day": "2026-11-25", "Start": "09:00", "End": "10:00"}),
    "Subject",
    ("listAppointments", {"Day": "2026-11-23"}), "Start", 2,
)  # fmt: skip
KINDS = {"3270": BANK, "5250": ORDERS, "VT": CALENDAR}
