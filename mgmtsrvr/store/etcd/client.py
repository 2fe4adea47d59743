"""A client of etcd's JSON gateway: ranges, transactions, leases; several endpoints; login.

Law (tests/mgmtsrvr/store/test_etcd.py): another endpoint is tried after a transport error, silence,
and gRPC codes 14 (unavailable), 4 (deadline exceeded) and 8 (resource exhausted), and after nothing
else. A transaction may have been applied although no answer came: whoever sends one has to compare,
so that it is applied once at most, and to read afterwards.

The gateway: POST with JSON; keys and values in base64, 64-bit numbers as strings, fields that are
zero left out (etcd, api_grpc_gateway).
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse

from mgmtsrvr.store.etcd.body import BytesProducer, Whole
from verdigris.errors import StoreUnavailable


Json = dict[str, Any]

TRY: Final = 1.0
"""Seconds one endpoint has to answer: a frozen one is noticed by that, a dead one at once. When all of
them were silent, it is not one that is frozen but the store that is slow: then twice as long."""
TOTAL: Final = 5.0
"""Seconds a question is tried at all endpoints: an election takes 0.7 to 1.8 of them."""
PAUSE: Final = 0.05
"""Seconds between two rounds over all endpoints."""

UNAVAILABLE: Final = 14
NEXT_ENDPOINT: Final = frozenset({UNAVAILABLE, 4, 8})
UNAUTHENTICATED: Final = 16
"""gRPC status codes."""
INVALID_ARGUMENT: Final = 3

Password = Callable[[], str]
"""Reads the password when it is needed, so that a new one is taken without a restart."""


class EtcdError(Exception):
    """An answer that another endpoint would give as well.

    Args:
        code: the gRPC status.
        said: etcd's words.
    """

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{said} (gRPC status {code})")
        self.code = code
        self.said = said


class _NextEndpoint(Exception):
    """Why this endpoint could not answer."""


class _Silence(_NextEndpoint):
    """This endpoint has not answered in its time."""

    def __init__(self) -> None:
        super().__init__("no answer in time")


class EtcdClient:
    """A client of one etcd cluster.

    Args:
        endpoints: URLs of the client port of each member.
        agent: makes HTTP requests; TLS is decided there.
        clock: for time limits.
        user: an etcd user; "" logs in as nobody.
        password: of the user.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        agent: IAgent,
        clock: IReactorTime,
        user: str = "",
        password: Password = str,
    ) -> None:
        self.endpoints = tuple(url.rstrip("/") for url in endpoints)
        self.clock = clock
        self._agent = agent
        self._user = user
        self._password = password
        self._token = ""
        self._current = 0

    def __repr__(self) -> str:
        return f"<EtcdClient {self}>"

    def __str__(self) -> str:
        return ", ".join(self.endpoints)

    # ---- questions ---------------------------------------------------------------------------

    async def range(self, key: str, *, prefix: bool = False, total: float = TOTAL) -> Json:
        """The value of a key, or of all keys that begin so, linearizable; see `values_of`.

        Raises:
            StoreUnavailable: no endpoint answers, or there is no quorum.
        """
        body: Json = {"key": b64(key)}
        if prefix:
            body["range_end"] = b64(end_of(key))
        return await self.ask("/v3/kv/range", body, total)

    async def txn(
        self, compare: Sequence[Json], success: Sequence[Json], failure: Sequence[Json]
    ) -> Json:
        """A transaction: the requests of `success` if all comparisons hold, else of `failure`.

        Raises:
            StoreUnavailable: no endpoint answers; it may have been applied all the same.
        """
        return await self.ask(
            "/v3/kv/txn", {"compare": [*compare], "success": [*success], "failure": [*failure]}
        )

    async def ask(self, path: str, body: Json, total: float = TOTAL) -> Json:
        """The answer to a request, of the first endpoint that can answer.

        Raises:
            StoreUnavailable: none did within `total` seconds, or etcd refused the request.
        """
        until = self.clock.seconds() + total
        reasons: dict[str, str] = {}
        patience = TRY
        while True:
            silent = 0
            for _ in self.endpoints:
                endpoint = self.endpoint
                left = until - self.clock.seconds()
                if left <= 0:
                    break
                try:
                    return await self._ask(endpoint, path, body, min(patience, left))
                except _NextEndpoint as why:
                    silent += isinstance(why, _Silence)
                    reasons[endpoint] = str(why)
                    self.avoid(endpoint)
                except EtcdError as problem:
                    raise self.unavailable(str(problem)) from None
            if until - self.clock.seconds() <= PAUSE:
                break
            if silent == len(self.endpoints):
                patience *= 2
            await deferLater(self.clock, PAUSE)
        raise self.unavailable("; ".join(f"{at}: {why}" for at, why in reasons.items()))

    def unavailable(self, reason: str) -> StoreUnavailable:
        """The error that the store cannot be used."""
        return StoreUnavailable(store=str(self), reason=reason.rstrip(".") or "no time is left")

    # ---- one endpoint ------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The endpoint that is asked first: the last one that answered."""
        return self.endpoints[self._current]

    def avoid(self, endpoint: str) -> None:
        """Ask the next one first, if this one still is."""
        if endpoint == self.endpoint:
            self._current = (self._current + 1) % len(self.endpoints)

    async def open(self, endpoint: str, path: str, body: Json, seconds: float) -> IResponse:
        """Send a request to one endpoint; its response, whose body is still to come.

        Raises:
            EtcdError: etcd refused the request.
            ConnectionError: this endpoint cannot answer.
        """
        try:
            return await self._authorized(endpoint, path, body, seconds)
        except _NextEndpoint as why:
            raise ConnectionError(str(why)) from None

    async def _ask(self, endpoint: str, path: str, body: Json, seconds: float) -> Json:
        began = self.clock.seconds()
        response = await self._authorized(endpoint, path, body, seconds)
        left = max(0.01, seconds - (self.clock.seconds() - began))
        answer: Json = msgspec.json.decode(await self._read(response, left))
        return answer

    async def _authorized(self, endpoint: str, path: str, body: Json, seconds: float) -> IResponse:
        if self._user and not self._token:
            await self._login(endpoint, seconds)
        try:
            return await self._send(endpoint, path, body, seconds)
        except EtcdError as problem:
            expired = (
                problem.code in {UNAUTHENTICATED, INVALID_ARGUMENT} and "token" in problem.said
            )
            if not self._user or not expired:
                raise
        self._token = ""
        await self._login(endpoint, seconds)
        return await self._send(endpoint, path, body, seconds)

    async def _login(self, endpoint: str, seconds: float) -> None:
        body = {"name": self._user, "password": self._password()}
        response = await self._send(endpoint, "/v3/auth/authenticate", body, seconds)
        self._token = msgspec.json.decode(await self._read(response, seconds))["token"]

    async def _send(self, endpoint: str, path: str, body: Json, seconds: float) -> IResponse:
        headers = Headers({"Content-Type": ["application/json"]})
        if self._token:
            headers.addRawHeader("Authorization", self._token)
        if path == "/v3/watch":  # a member without a leader ends the watch instead of keeping quiet
            headers.addRawHeader("Grpc-Metadata-hasleader", "true")
        data = BytesProducer(msgspec.json.encode(body))
        end = self.clock.seconds() + seconds
        sent: Deferred[IResponse] = self._agent.request(
            b"POST", (endpoint + path).encode("ascii"), headers, data
        )
        try:
            response = await sent.addTimeout(seconds, self.clock)
        except Exception as problem:  # noqa: BLE001 - whatever the network said, the next endpoint is asked
            raise self._why(problem, end) from None
        if response.code == 200:  # noqa: PLR2004 - OK
            return response
        raise _refusal(response.code, await self._read(response, seconds))

    async def _read(self, response: IResponse, seconds: float) -> bytes:
        end = self.clock.seconds() + seconds
        try:
            whole = Whole()
            response.deliverBody(whole)
            body = await whole.done.addTimeout(seconds, self.clock)
        except Exception as problem:  # noqa: BLE001 - as above
            raise self._why(problem, end) from None
        return body

    def _why(self, problem: Exception, end: float) -> _NextEndpoint:
        """Why an endpoint could not answer; what a cancelled request says of itself tells nothing."""
        if self.clock.seconds() >= end:
            return _Silence()
        return _NextEndpoint(_words(problem))


# ---- JSON of the gateway ---------------------------------------------------------------------


def b64(value: str | bytes) -> str:
    """A key or value as the gateway takes it."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode("ascii")


def end_of(prefix: str) -> str:
    """The end of the range of all keys that begin so."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def values_of(answer: Json) -> list[tuple[str, bytes, int]]:
    """(key, value, mod_revision) of a range's answer."""
    return [value_of(kv) for kv in answer.get("kvs", ())]


def value_of(kv: Json) -> tuple[str, bytes, int]:
    """(key, value, mod_revision) of one entry."""
    key = base64.b64decode(kv["key"]).decode("utf-8", "replace")
    return key, base64.b64decode(kv.get("value", "")), int(kv.get("mod_revision", "0"))


def revision(answer: Json) -> int:
    """The revision of the whole store, from an answer's header."""
    return int(answer.get("header", {}).get("revision", "0"))


def mod_is(key: str, mod_revision: int) -> Json:
    """The comparison: this key was last changed at this revision; 0: there is no such key."""
    return {"key": b64(key), "target": "MOD", "result": "EQUAL", "mod_revision": str(mod_revision)}


def put(key: str, value: bytes, lease: str = "") -> Json:
    """The request of a transaction to write a key."""
    return {
        "request_put": {"key": b64(key), "value": b64(value), **({"lease": lease} if lease else {})}
    }


def delete(key: str) -> Json:
    """The request of a transaction to remove a key."""
    return {"request_delete_range": {"key": b64(key)}}


def read(key: str) -> Json:
    """The request of a transaction to read a key."""
    return {"request_range": {"key": b64(key)}}


def _refusal(status: int, data: bytes) -> Exception:
    """What an answer that is not 200 means."""
    try:
        said = msgspec.json.decode(data)
        code, message = int(said.get("code", 0)), str(said.get("message") or said.get("error"))
    except (msgspec.DecodeError, AttributeError, ValueError):
        return _NextEndpoint(f"HTTP status {status}: this is not etcd's JSON gateway")
    if code in NEXT_ENDPOINT:
        return _NextEndpoint(message)
    return EtcdError(code, message)


def _words(problem: Exception) -> str:
    inner = problem.args[0] if problem.args and isinstance(problem.args[0], list) else []
    if inner:  # Twisted's list of failures
        return str(inner[0].getErrorMessage()).rstrip(".")
    return str(problem).rstrip(".") or type(problem).__name__
