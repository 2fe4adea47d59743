"""How many new connections a listening port takes in one turn of the event loop.

Law (tests/field/faults/test_connection_shares.py): a port takes `MOST` at a time however many wait; the
others wait in the system's queue while the connections there are have their turn.
"""

from typing import Final, TypeVar

from twisted.internet.tcp import Port


MOST: Final = 2
"""New connections of a turn: each is up to half a millisecond of work. Twisted takes 20 more each time
that it could take all it wanted: a client that connects again and again held the event loop for 140."""

P = TypeVar("P")


def take_few(port: P) -> P:
    """Let a listening port take few new connections in a turn; gives the port."""
    if isinstance(port, Port):
        take = port.doRead

        def take_some() -> None:
            port.numberAccepts = min(port.numberAccepts, MOST)
            take()  # type: ignore[no-untyped-call] # Twisted's

        port.doRead = take_some  # type: ignore[method-assign] # Twisted has no option for it
    return port
