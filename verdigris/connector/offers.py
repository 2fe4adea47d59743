"""Watching what is deployed, as the gateway does: its services appear and change by themselves.

Law: `changed` is called with every new state once, and with the present one again when the first
answer after a failure arrives; a management server that does not answer only delays the next state
(tests/verdigris/connector/test_offers.py).
"""

from collections.abc import Callable
from typing import Final, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from verdigris.connector.call_options import CallOptions
from verdigris.connector.consultation import ANSWER
from verdigris.connector.planner import Dispatch
from verdigris.errors import VerdigrisError
from verdigris.values import Endpoint
from verdigris.wire import AllocationTable, Offers


log = Logger()
T = TypeVar("T")

WATCH: Final = 5.0
"""Seconds one question stays open: so late a frozen management server is noticed at most."""


class Watch:
    """A running watch; `stop` ends it.

    Attributes:
        offers: the last state seen, None before the first.
        problem: why the last question failed, None if it was answered.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        chosen: CallOptions,
        server: Endpoint | str,
        changed: Callable[[Offers], None],
        failed: Callable[[VerdigrisError], None] | None,
        told_table: Callable[[AllocationTable], None] | None = None,
    ) -> None:
        self.offers: Offers | None = None
        self.problem: VerdigrisError | None = None
        self._dispatch = dispatch
        self._chosen = chosen
        self._server = server
        self._changed = changed
        self._failed = failed
        self._told_table = told_table
        self._table = ""
        self._job: Deferred[None] = Deferred.fromCoroutine(self._run())
        self._job.addErrback(lambda caught: caught.trap(CancelledError) and None)

    def __repr__(self) -> str:
        count = len(self.offers.offers) if self.offers else 0
        return f"<Watch [{count} offers{', failing' if self.problem else ''}]>"

    @property
    def alone(self) -> bool:
        """Whether no management server answered, of those that are watched, when it was asked last."""
        return self._dispatch.book(self._chosen).silent

    def stop(self) -> None:
        """End the watch; `changed` is not called any more."""
        self._job.cancel()

    async def _run(self) -> None:
        while True:
            try:
                seen = await self._next()
            except VerdigrisError as problem:
                self._note(problem)
                continue
            if seen.table is not None and self._told_table is not None:
                self._call(self._told_table, seen.table)
                self._table = seen.table.revision
            again, self.problem = self.problem is not None, None
            if again or self._is_new(seen):
                self._call(self._changed, seen)
            self.offers = seen

    def _is_new(self, seen: Offers) -> bool:
        known = self.offers
        return known is None or (seen.offers, seen.complete) != (known.offers, known.complete)

    async def _next(self) -> Offers:
        known = self.offers.revision if self.offers and not self.problem else ""
        attempts = self._dispatch.attempts(self._chosen)
        table = None if self._told_table is None else self._table
        seconds = WATCH if known else ANSWER
        plan = self._dispatch.offers(attempts, self._chosen, self._server, known, seconds, table)
        return await self._dispatch.network.carry_out(plan)

    def _note(self, problem: VerdigrisError) -> None:
        first = self.problem is None
        self.problem = problem
        if first:
            log.warn("cannot determine what is deployed: {problem}", problem=str(problem))
        if self._failed is not None:
            self._failed(problem)

    def _call(self, callback: Callable[[T], None], seen: T) -> None:
        try:
            callback(seen)
        except Exception:  # noqa: BLE001 - the watcher's own error must not end the watch
            log.failure("a callback for what is deployed failed")
