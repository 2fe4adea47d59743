"""Whether a host reads what is sent to it: its TCP connection and the window of its channel.

Law (tests/sesssrvr/hosts/ssh/test_flow.py): who fills the line is told to pause while either of the
two is full, and once for both (RFC 4254, section 5.2: the window of a channel is apart from TCP's).
"""

from typing import Literal, TypeAlias

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


Full: TypeAlias = Literal["connection", "window"]


@implementer(IPushProducer)
class LineFlow:
    """What stands between the two and who fills the line.

    Attributes:
        producer: who fills it.
    """

    def __init__(self) -> None:
        self.producer: IPushProducer | None = None
        self._full: set[Full] = set()

    def __repr__(self) -> str:
        return f"<LineFlow {' and '.join(sorted(self._full)) or 'nothing'} full>"

    def filled(self, what: Full) -> None:
        """The host does not take any more."""
        first = not self._full
        self._full.add(what)
        if first and self.producer is not None:
            self.producer.pauseProducing()

    def emptied(self, what: Full) -> None:
        """It has taken what there was."""
        if what in self._full:
            self._full.remove(what)
            if not self._full and self.producer is not None:
                self.producer.resumeProducing()

    # ---- what the TCP connection calls ---------------------------------------------------------

    def pauseProducing(self) -> None:
        """The connection is full."""
        self.filled("connection")

    def resumeProducing(self) -> None:
        """It is empty again."""
        self.emptied("connection")

    def stopProducing(self) -> None:
        """It is being lost; the line's owner hears of that."""
