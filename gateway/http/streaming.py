"""A body in pieces, made as fast as the client takes them.

Law: no more than one piece waits for the connection, whatever the size of the body. A piece that
cannot be made ends the connection before the body's end, so that nobody takes it for whole.
"""

from collections.abc import Iterator

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from zope.interface import implementer

from gateway.http import Request


log = Logger()


@implementer(IPushProducer)
class Pouring:
    """Writes the pieces of a response's body.

    Args:
        request: with its headers set and no Content-Length, unless the pieces add up to it.
        pieces: of the body.
    """

    def __init__(self, request: Request, pieces: Iterator[bytes]) -> None:
        self._request = request
        self._pieces = pieces
        self._paused = False
        self._over = False

    def __repr__(self) -> str:
        return f"<Pouring [{'over' if self._over else 'paused' if self._paused else 'running'}]>"

    def start(self) -> None:
        """Begin; the request is finished when the pieces are."""
        self._request.registerProducer(self)
        if not self._paused:
            self.resumeProducing()

    def pauseProducing(self) -> None:
        """The connection's buffer is full."""
        self._paused = True

    def resumeProducing(self) -> None:
        """The connection takes more."""
        self._paused = False
        while not (self._paused or self._over):
            self._piece()

    def stopProducing(self) -> None:
        """The client is gone."""
        self._over = True

    def _piece(self) -> None:
        try:
            piece = next(self._pieces, None)
        except Exception:  # noqa: BLE001 - whatever it is, the client must not take this for whole
            log.failure("a body could not be finished")
            self._end()
            self._request.loseConnection()
            return
        if piece is None:
            self._end()
            self._request.finish()
        elif piece:
            self._request.write(piece)

    def _end(self) -> None:
        self._over = True
        self._request.unregisterProducer()
