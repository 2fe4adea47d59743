"""Commands to a session server without a management server in between."""

from twisted.internet.defer import Deferred

from verdigris.connector._thread import in_thread
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import Hello, Request, Response


def tell(address: Endpoint, command: Request, seconds: float) -> Response:
    """The answer of a session server to one command.

    Args:
        address: of the session server.
        command: what to do.
        seconds: it has.

    Raises:
        VerdigrisError: ServerUnreachable, or what it answered.
    """
    thread = in_thread()

    async def job() -> Response:
        dialer = Dialer(thread.reactor, Hello("tool", "verdigris"))
        try:
            link = await dialer.to(address, seconds=5.0)
            return await link.call(command, request_id="", seconds=seconds, grace=1.0)
        finally:
            dialer.close()

    answer: Response = thread.wait(lambda: Deferred.fromCoroutine(job()))
    return answer
