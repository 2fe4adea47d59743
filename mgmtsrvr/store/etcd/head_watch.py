"""Following one key of etcd: read it, watch it, and begin again whenever that ends.

Law (tests/mgmtsrvr/store/test_etcd.py): every change that lasts is told; silence of `SILENCE`
seconds counts as the end of the watch, since a frozen member keeps its connections open and says
nothing. The servers send progress every second if started with
`--experimental-watch-progress-notify-interval 1s`; with others, the key is read anew that often.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mgmtsrvr.store.etcd.body import Lines
from mgmtsrvr.store.etcd.client import EtcdClient, EtcdError, Json, b64, revision, values_of
from verdigris.errors import VerdigrisError


log = Logger()

SILENCE: Final = 2.5
"""Seconds without a line after which a watch is dead: one missing progress, and a half."""
READ: Final = 3.0
"""Seconds for reading the key, over all endpoints."""
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""Seconds between tries while nothing answers, doubling."""

Taken = Callable[[bytes, int], Awaitable[None]]
"""Takes the value of the key and the revision of its last change."""


class HeadWatch:
    """A watch of one key.

    Args:
        client: of the cluster.
        key: the key.
        taken: is given the value after each (re)start and with each change.
        missed: is told that the store does not answer; `taken` says that it does again.
    """

    def __init__(
        self,
        client: EtcdClient,
        key: str,
        taken: Taken,
        missed: Callable[[VerdigrisError], None],
    ) -> None:
        self._client = client
        self._key = key
        self._taken = taken
        self._missed = missed
        self._job: Deferred[None] | None = None

    def __repr__(self) -> str:
        return f"<HeadWatch of {self._key}{'' if self._job else ' (stopped)'}>"

    def start(self) -> None:
        """Begin to watch."""
        if self._job is None:
            self._job = Deferred.fromCoroutine(self._run())
            self._job.addErrback(lambda caught: caught.trap(CancelledError) and None)

    def stop(self) -> None:
        """Watch no longer."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                seen = await self._read()
                pause = FIRST_PAUSE
                await self._follow(seen + 1)
                await deferLater(self._client.clock, pause)
            except VerdigrisError as problem:
                self._missed(problem)
                await deferLater(self._client.clock, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except CancelledError:
                raise
            except Exception:  # noqa: BLE001 - the watch has to go on
                log.failure("watching {key} failed", key=self._key)
                await deferLater(self._client.clock, LONGEST_PAUSE)

    async def _read(self) -> int:
        """Read the key; returns the revision of the whole store at that moment."""
        answer = await self._client.range(self._key, total=READ)
        for _, value, changed in values_of(answer):
            await self._taken(value, changed)
        return revision(answer)

    async def _follow(self, start: int) -> None:
        """Watch from a revision on, until the watch ends."""
        endpoint = self._client.endpoint
        create: Json = {
            "key": b64(self._key),
            "start_revision": str(start),
            "progress_notify": True,
        }
        lines = Lines()
        try:
            response = await self._client.open(
                endpoint, "/v3/watch", {"create_request": create}, SILENCE
            )
            response.deliverBody(lines)
            while not lines.ended.called:
                await lines.come().addTimeout(SILENCE, self._client.clock)
                for line in lines.taken():
                    await self._take(line)
        except CancelledError:
            raise
        except (ConnectionError, EtcdError, WaitedTooLong) as why:
            log.debug(
                "the watch of {key} at {at} ended: {why}", key=self._key, at=endpoint, why=why
            )
            self._client.avoid(endpoint)
        finally:
            lines.abort()

    async def _take(self, line: bytes) -> None:
        """Take one line of the gateway's stream.

        Raises:
            ConnectionError: it ends the watch; compaction too, since the key is read anew.
        """
        said = msgspec.json.decode(line)
        result = said.get("result")
        if not isinstance(result, dict) or result.get("canceled"):
            raise ConnectionError(line[:200].decode("utf-8", "replace"))
        for event in result.get("events", ()):
            if event.get("type", "PUT") == "PUT":
                for _, value, changed in values_of({"kvs": [event["kv"]]}):
                    await self._taken(value, changed)
