"""Hosts for tests: on a loopback port of a given reactor, or without any network.

    running = start_bank(reactor, motd_rate=0)
    host, port = running.address
    running.control.stall()
    await running.stop()

Without a network, `make_site(clock).terminal()` is a protocol for any transport.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, Unpack, cast

import ebcdic  # noqa: F401  registers the code pages the standard library lacks
from twisted.internet.interfaces import (
    IListeningPort,
    IOpenSSLServerConnectionCreator,
    IReactorTCP,
    IReactorTime,
)

from hostemul.bank.host import BankSite
from hostemul.bank.ledger import USERS, Bank
from hostemul.control import Control
from hostemul.faults import QUIET, Faults
from hostemul.protocol.tn3270 import Function, Terms
from hostemul.replay.player import Stage
from hostemul.serving import LOOPBACK, RunningHost, address, listen, listen_for_terminals
from hostemul.terminals import Terminals


class BankOptions(TypedDict, total=False):
    """Options of a bank; all may be left out.

    Attributes:
        seed: of customers, accounts, transactions and messages of the day (1).
        codepage: `cp037`, `cp1047` or any other single-byte page Python knows (`cp037`).
        motd_rate: share of sign-ons that see the message of the day (0.25).
        tellers: how many users there are (200).
        tn3270e: offer it; classic TN3270 is always there (True).
        functions: TN3270E functions to grant (`BIND-IMAGE`, `RESPONSES`, `SYSREQ`).
        responses: which records ask for a RESPONSE: `none`, `error` or `always` (`error`).
        reject_lus: LU names answered with INV-NAME.
        reject_types: device types answered with INV-DEVICE-TYPE.
        faults: what goes wrong on purpose.
        tls: makes TLS connections: from the first byte, or for `start_tls`.
        start_tls: TLS within the session: `offer` or `require` ("").
    """

    seed: int
    codepage: str
    motd_rate: float
    tellers: int
    tn3270e: bool
    functions: Collection[str]
    responses: str
    reject_lus: Collection[str]
    reject_types: Collection[str]
    faults: Faults
    tls: IOpenSSLServerConnectionCreator | None
    start_tls: str


@dataclass(slots=True)
class RunningBank(RunningHost):
    """A bank that listens.

    Attributes:
        bank: the books, to look into or change.
    """

    bank: Bank


def make_site(clock: IReactorTime, **options: Unpack[BankOptions]) -> BankSite:
    """A bank that is not yet on a network; `clock` times delays and the negotiation.

    Raises:
        LookupError: the code page or a function is unknown.
    """
    functions = options.get("functions", ("BIND-IMAGE", "RESPONSES", "SYSREQ"))
    terms = Terms(
        tn3270e=options.get("tn3270e", True),
        functions=tuple(Function[name.replace("-", "_")] for name in functions),
        responses=options.get("responses", "error"),
        start_tls=options.get("start_tls", ""),
    )
    terminals = Terminals(options.get("reject_lus", ()), options.get("reject_types", ()))
    control = Control(options.get("faults", QUIET), terminals)
    bank = Bank(
        options.get("seed", 1), options.get("motd_rate", 0.25), options.get("tellers", USERS)
    )
    codepage, tls = options.get("codepage", "cp037"), options.get("tls")
    return BankSite(clock, bank, terms, codepage, control, tls)


def serve(
    site: BankSite, reactor: IReactorTCP, port: int = 0, interface: str = LOOPBACK
) -> RunningBank:
    """Listen for terminals; port 0 takes a free one.

    Raises:
        twisted.internet.error.CannotListenError: the port is taken.
    """
    start_tls = site.terms.start_tls
    listening = listen_for_terminals(site, reactor, port, interface, start_tls=start_tls)
    return RunningBank(listening, address(listening), site.control, site.bank)


def start_bank(reactor: IReactorTCP, port: int = 0, **options: Unpack[BankOptions]) -> RunningBank:
    """Serve a bank on a loopback port; 0 takes a free one.

    Raises:
        LookupError: the code page or a function is unknown.
        twisted.internet.error.CannotListenError: the port is taken.
    """
    return serve(make_site(cast("IReactorTime", reactor), **options), reactor, port)


def start_replay(
    stage: Stage, reactor: IReactorTCP, port: int = 0, interface: str = LOOPBACK
) -> IListeningPort:
    """Serve a recording; port 0 takes a free one.

    Raises:
        twisted.internet.error.CannotListenError: the port is taken.
    """
    return listen(reactor, port, stage.factory(), interface)
