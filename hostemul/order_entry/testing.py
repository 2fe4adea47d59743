"""The order host for tests: on a loopback port of a given reactor, or without any network.

    running = start_orders(reactor)
    host, port = running.address
    running.control.stall()
    await running.stop()

Without a network, `make_orders(clock).terminal()` is a protocol for any transport.
"""

import codecs
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, Unpack, cast

import ebcdic  # noqa: F401  registers the code pages the standard library lacks
from twisted.internet.interfaces import (
    IOpenSSLServerConnectionCreator,
    IReactorTCP,
    IReactorTime,
)

from hostemul.control import Control
from hostemul.faults import QUIET, Faults
from hostemul.order_entry.book import Book
from hostemul.order_entry.host import OrderSite
from hostemul.protocol.tn5250 import devices
from hostemul.serving import LOOPBACK, RunningHost, address, listen_for_terminals


class OrderOptions(TypedDict, total=False):
    """Options of an order host; all may be left out.

    Attributes:
        seed: of the orders (1).
        codepage: `cp037`, `cp273` or any other single-byte page Python knows (`cp037`).
        reject_devices: device names that are not to be had.
        faults: what goes wrong on purpose.
        tls: makes TLS connections, from the first byte.
    """

    seed: int
    codepage: str
    reject_devices: Collection[str]
    faults: Faults
    tls: IOpenSSLServerConnectionCreator | None


@dataclass(slots=True)
class RunningOrders(RunningHost):
    """An order host that listens.

    Attributes:
        book: the orders, to look into or change.
    """

    book: Book


def make_orders(clock: IReactorTime, **options: Unpack[OrderOptions]) -> OrderSite:
    """An order host that is not yet on a network; `clock` times delays and the negotiation.

    Raises:
        LookupError: the code page is unknown.
    """
    codec = options.get("codepage", "cp037")
    codecs.lookup(codec)
    terminals = devices(options.get("reject_devices", ()))
    control = Control(options.get("faults", QUIET), terminals)
    return OrderSite(clock, Book(options.get("seed", 1)), codec, control, options.get("tls"))


def serve_orders(
    site: OrderSite, reactor: IReactorTCP, port: int = 0, interface: str = LOOPBACK
) -> RunningOrders:
    """Listen for terminals; port 0 takes a free one.

    Raises:
        twisted.internet.error.CannotListenError: the port is taken.
    """
    listening = listen_for_terminals(site, reactor, port, interface)
    return RunningOrders(listening, address(listening), site.control, site.book)


def start_orders(
    reactor: IReactorTCP, port: int = 0, **options: Unpack[OrderOptions]
) -> RunningOrders:
    """Serve an order host on a loopback port; 0 takes a free one.

    Raises:
        LookupError: the code page is unknown.
        twisted.internet.error.CannotListenError: the port is taken.
    """
    return serve_orders(make_orders(cast("IReactorTime", reactor), **options), reactor, port)
