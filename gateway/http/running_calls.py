"""Calls under way: carried through to their replies, and counted."""

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from gateway.call import Client
from gateway.http.request import Request
from gateway.http.responses import Reply, send_reply
from gateway.http.target import path_of
from gateway.problems import codes_of
from verdigris.errors import TooManyCalls
from verdigris.link.coroutine import Job
from verdigris.logs import debugging
from verdigris.values import client_at


log = Logger()


class RunningCalls:
    """The calls of one gateway that are under way.

    Every call is answered; a client that goes away takes its call with it. Nothing of the content of
    a request is logged.

    Args:
        clock: for durations in the log.

    Attributes:
        count: calls whose replies are not sent yet.
        idle: called when the last of them has ended.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self.count = 0
        self._of_client: dict[str, int] = {}
        self.idle: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<RunningCalls [{self.count}]>"

    def check(self, client: Client) -> None:
        """Refuse a call beyond the limit of all, or of its client's address.

        Raises:
            TooManyCalls: as many are under way.
        """
        limit = client.config.max_calls
        if self.count >= limit:
            raise TooManyCalls(peer="the gateway", limit=limit)
        share = client.config.max_client_calls or limit - limit // 4
        if self._of_client.get(client_at(client.location), 0) >= share:
            raise TooManyCalls(peer=f"client {client.location}", limit=share)

    def start(self, request: Request, request_id: str, answer: Coroutine[Any, Any, Reply]) -> None:
        """Carry a call through and send its reply.

        Args:
            request: to be answered.
            request_id: its id.
            answer: gives the reply; cancelled if the client goes away.
        """
        client = request.client_key
        self.count += 1
        self._of_client[client] = self._of_client.get(client, 0) + 1
        work = self._carry_through(request, request_id, client, answer)
        job = Job(work, _report, copy_context())
        job.start()
        if request.lost and not request.finished:
            job.cancel()
        elif not request.finished:
            request.ends.append(lambda lost: job.cancel() if lost else None)

    async def _carry_through(
        self, request: Request, request_id: str, client: str, answer: Coroutine[Any, Any, Reply]
    ) -> None:
        began = self._clock.seconds()
        try:
            reply = await answer
        except CancelledError:
            seconds = round(self._clock.seconds() - began, 3)
            log.info("the client went away", request_id=request_id, seconds=seconds)
        except Exception:  # noqa: BLE001 - the client must not wait for a reply that never comes
            log.failure("a request was not answered", request_id=request_id)
            if not request.lost:
                request.setResponseCode(500)
                request.finish()
        else:
            if reply.problems is not None or debugging():
                _log_reply(request, request_id, reply, self._clock.seconds() - began)
            if not request.lost:
                _send(request, request_id, reply)
        if request.lost or request.finished:
            self._ended(client)
        else:  # the reply is being streamed
            request.ends.append(lambda _: self._ended(client))

    def _ended(self, client: str) -> None:
        self.count -= 1
        left = self._of_client.pop(client) - 1
        if left:
            self._of_client[client] = left
        if not self.count:
            for tell in self.idle:
                tell()


def _send(request: Request, request_id: str, reply: Reply) -> None:
    try:
        send_reply(request, reply)
    except Exception:  # noqa: BLE001 - a client whose reply cannot be sent must not wait for it
        log.failure("a reply could not be sent", request_id=request_id)
        request.loseConnection()


def _report(outcome: object) -> None:
    if isinstance(outcome, Exception):
        log.failure("a call could not be ended", Failure(outcome))


def _log_reply(request: Request, request_id: str, reply: Reply, seconds: float) -> None:
    path, took = path_of(request), round(seconds, 3)
    if reply.problems is None:
        log.debug("{path}: ok in {seconds} s", path=path, seconds=took, request_id=request_id)
        return
    log.info(
        "{path}: fault {codes} in {seconds} s",
        path=path,
        codes=codes_of(reply.problems),
        seconds=took,
        request_id=request_id,
    )
