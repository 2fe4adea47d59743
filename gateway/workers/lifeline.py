"""What ties a worker to its parent: signs of life one way, the parent's own life the other.

Law: a worker whose parent is gone, however it went, finishes and ends.
"""

import os
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from gateway.workers.supervisor import ALIVE, BEAT, READY


log = Logger()

STANDARD_INPUT: Final = 0
STANDARD_OUTPUT: Final = 1


@implementer(IReadDescriptor)
class Lifeline:
    """A worker's standard input and output, both pipes to its parent.

    Args:
        reactor: for reading and beats.
        parent_gone: called once when the parent is gone.
        descriptors: the input and the output.
    """

    def __init__(
        self,
        reactor: Any,
        parent_gone: Callable[[], None],
        descriptors: tuple[int, int] = (STANDARD_INPUT, STANDARD_OUTPUT),
    ) -> None:
        self._reactor = reactor
        self._parent_gone = parent_gone
        self._in, self._out = descriptors
        self._held = False
        self._beat = LoopingCall(self._say, ALIVE)
        self._beat.clock = reactor

    def __repr__(self) -> str:
        return f"<Lifeline to process {os.getppid()}>"

    def hold(self) -> None:
        """Watch the parent from now on."""
        self._held = True
        self._reactor.addReader(self)

    def ready(self) -> None:
        """Say that this worker serves, and from now on that it lives."""
        self._say(READY)
        self._beat.start(BEAT, now=False)

    def fileno(self) -> int:
        """For the reactor."""
        return self._in

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """For Twisted's log."""
        return "lifeline"

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """The parent says nothing: what can be read is the end."""
        if not os.read(self._in, 100):
            self._end()

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """The other way the end shows: poll tells of a pipe without writers as broken."""
        self._end()

    def release(self) -> None:
        """This worker ends by itself: the parent does not matter any more."""
        self._held = False
        self._reactor.removeReader(self)

    def _end(self) -> None:
        if self._held:
            self.release()
            log.warn("the parent of this worker is gone: it finishes")
            self._parent_gone()

    def _say(self, what: bytes) -> None:
        try:
            os.write(self._out, what)
        except OSError:
            return  # the parent is gone; the input tells it too
