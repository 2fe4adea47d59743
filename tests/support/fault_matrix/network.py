"""Links between the parts of one machine by who dials whom, so that any two can be cut off from each other.

Parts find each other at proxies. Who has dialled is asked of the system.
"""

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import gatherResults
from twisted.internet.protocol import Factory, Protocol

from tests.support.fault_matrix.sockets import ESTABLISHED, owner, state_and_inode
from tests.support.fault_proxy import FaultLink


OUTSIDE = "outside"
"""Who has dialled if it is none of the parts."""


class Network:
    """All links. Of the reactor's thread.

    Args:
        reactor: for connections.
        processes: the ids of the parts' processes at the moment.

    Attributes:
        links: by who dials and whom.
        most: by who dials and whom, how many connections there may be at once.
        exceeded: what was more than that.
    """

    def __init__(self, reactor: Any, processes: Callable[[], Mapping[str, int]]) -> None:
        self._reactor, self._processes = reactor, processes
        self._doors: dict[str, _Door] = {}
        self.links: dict[tuple[str, str], FaultLink] = {}
        self.most: dict[tuple[str, str], int] = {}
        self.exceeded: list[str] = []

    def open(self, part: str, port: int) -> int:
        """Listen for a part that has this port; the port at which others find it.

        A part with several ports has several doors: `n1`, `n1 peers`.
        """
        self._doors[part] = _Door(self, self._reactor, part, port)
        return self._doors[part].port

    def dialled(self, part: str, port: int) -> Protocol:
        """What a connection from this port to a part speaks."""
        _, inode = state_and_inode(port, self._doors[part].port)
        by = owner(inode, self._processes()) if inode else ""
        return self.link(by or OUTSIDE, part).taken()

    def link(self, by: str, part: str) -> FaultLink:
        """The connections of one part to another."""
        if (by, part) not in self.links:
            self.links[by, part] = FaultLink(self._reactor, self._doors[part].target)
        return self.links[by, part]

    def between(self, one: set[str], others: set[str]) -> list[FaultLink]:
        """The links from some parts to others, in both directions."""
        ways = [(a, b) for a in one for b in others] + [(b, a) for a in one for b in others]
        return [self.link(by, d) for by, part in ways for d in self._doors if _part(d) == part]

    def of(self, part: str) -> list[FaultLink]:
        """All links of a part."""
        everybody = {_part(one) for way in self.links for one in way}
        return self.between({part}, everybody - {part})

    @property
    def waiting(self) -> bool:
        """Whether something has not been passed on yet."""
        return any(it.waiting for it in self.links.values())

    def look(self) -> None:
        """Count the connections of links that have a limit.

        One may end and another begin while they are counted: two looks after each other have in
        common what was there at one moment.
        """
        for (by, part), most in self.most.items():
            link = self.links.get((by, part))
            if link is None or len(callers := link.callers()) <= most:
                continue
            there = self._established(self._established(callers, part), part)
            if len(there) > most:
                self.exceeded.append(f"{by} has {len(there)} connections to {part}, not {most}")

    def stop(self) -> Any:
        """End everything."""
        for link in self.links.values():
            link.end_all(hard=True)
        return gatherResults([door.listening.stopListening() for door in self._doors.values()])

    def _established(self, callers: set[int], part: str) -> set[int]:
        port = self._doors[part].port
        return {it for it in callers if state_and_inode(it, port)[0] == ESTABLISHED}


def _part(door: str) -> str:
    return door.partition(" ")[0]


class _Door(Factory):
    """The port at which the others find a part."""

    noisy = False

    def __init__(self, network: Network, reactor: Any, part: str, target: int) -> None:
        self._network, self._reactor = network, reactor
        self._part, self.target = part, target
        self.listening = reactor.listenTCP(0, self, interface="127.0.0.1", backlog=512)
        self.port: int = self.listening.getHost().port

    def buildProtocol(self, addr: Any) -> Protocol:  # noqa: N802  Twisted's name
        self._reactor.callLater(0, self._network.look)  # when it is one of the link's
        return self._network.dialled(self._part, addr.port)
