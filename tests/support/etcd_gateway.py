"""etcd's JSON gateway in memory: an HTTP agent whose members share one key-value store."""

import base64
import json

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseNeverReceived
from twisted.web.iweb import IAgent
from zope.interface import implementer


def text(value: str) -> str:
    return base64.b64decode(value).decode("latin-1")


def coded(value: str | bytes) -> str:
    return base64.b64encode(value.encode("latin-1") if isinstance(value, str) else value).decode()


class FakeEtcd:
    """What all members know.

    members: how each endpoint behaves: "up", "down" (refuses), "silent" (accepts and never
        answers), "deaf" (carries out what it is asked and never answers), a gRPC status, or the seconds
        it takes, as a float.
    users: passwords by name; with some, requests need a token.
    """

    def __init__(self, *endpoints: str):
        self.members: dict[str, str | int | float] = dict.fromkeys(endpoints, "up")
        self.keys: dict[str, dict] = {}
        self.revision = 1
        self.leases: dict[str, set[str]] = {}
        self.watches: list[tuple[str, str, Body]] = []
        self.users: dict[str, str] = {}
        self.tokens: set[str] = set()
        self.requests: list[tuple[str, str, dict]] = []

    # ---- the store

    def answer(self, path: str, body: dict) -> dict:
        return {
            "header": {"revision": str(self.revision)},
            **getattr(self, path[4:].replace("/", "_"))(body),
        }

    def kv_range(self, body):
        key, end = text(body["key"]), body.get("range_end")
        names = [k for k in sorted(self.keys) if (key <= k < text(end) if end else k == key)]
        return {"kvs": [self.keys[k] for k in names], "count": str(len(names))} if names else {}

    def kv_txn(self, body):
        held = all(self._holds(it) for it in body.get("compare", ()))
        requests = body.get("success" if held else "failure", ())
        if any("request_range" not in it for it in requests):
            self.revision += 1
        responses = [self._carry_out(it) for it in requests]
        header = {"revision": str(self.revision)}
        return {"header": header, **({"succeeded": True} if held else {}), "responses": responses}

    def _holds(self, compare) -> bool:
        assert (compare["target"], compare["result"]) == ("MOD", "EQUAL")
        known = self.keys.get(text(compare["key"]), {"mod_revision": "0"})
        return known["mod_revision"] == compare["mod_revision"]

    def _carry_out(self, request):
        ((kind, body),) = request.items()
        if kind == "request_range":
            return {"response_range": self.kv_range(body)}
        if kind == "request_delete_range":
            self.keys.pop(text(body["key"]), None)
            return {"response_delete_range": {}}
        self.write(text(body["key"]), body.get("value", ""), body.get("lease", ""))
        return {"response_put": {}}

    def write(self, key: str, value: str, lease: str = "") -> None:
        old = self.keys.get(key)
        kv = {"key": coded(key), "mod_revision": str(self.revision), "value": value}
        kv["create_revision"] = old["create_revision"] if old else str(self.revision)
        self.keys[key] = {name: it for name, it in kv.items() if it}
        if lease:
            self.leases[lease].add(key)
        for at, watched, body in tuple(self.watches):
            if watched == key and self.members[at] == "up":
                body.line(
                    {"result": {"header": {"revision": str(self.revision)}, "events": [{"kv": kv}]}}
                )

    def put(self, key: str, value: bytes) -> None:
        """A write without comparison, as etcdctl does it."""
        self.revision += 1
        self.write(key, coded(value))

    # ---- leases

    def lease_grant(self, body):
        name = str(7000 + len(self.leases))
        self.leases[name] = set()
        return {"ID": name, "TTL": body["TTL"]}

    def lease_keepalive(self, body):
        return {"result": {"ID": body["ID"], **({"TTL": "2"} if body["ID"] in self.leases else {})}}

    def lease_revoke(self, body):
        for key in self.leases.pop(body["ID"], ()):
            self.keys.pop(key, None)
        return {}

    def auth_authenticate(self, body):
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return {"token": token}

    # ---- watches

    def progress(self) -> None:
        """The sign of life of every member that is up."""
        for at, _, body in tuple(self.watches):
            if self.members[at] == "up":
                body.line({"result": {"header": {"revision": str(self.revision)}}})

    def end_watches(self, said: dict) -> None:
        for _, _, body in tuple(self.watches):
            body.line(said)


class Body:
    """A response that goes on."""

    code = 200

    def __init__(self, etcd: FakeEtcd):
        self.etcd = etcd
        self.protocol = None
        self.waiting: list[bytes] = []

    def deliverBody(self, protocol):  # noqa: N802 - Twisted's name
        self.protocol = protocol
        protocol.makeConnection(self)
        for data in self.waiting:
            protocol.dataReceived(data)

    def line(self, said: dict) -> None:
        data = json.dumps(said).encode() + b"\n"
        if self.protocol is None:
            self.waiting.append(data)
        else:
            self.protocol.dataReceived(data)

    def loseConnection(self):  # noqa: N802 - Twisted's name
        self.etcd.watches = [it for it in self.etcd.watches if it[2] is not self]
        protocol, self.protocol = self.protocol, None
        if protocol is not None:
            protocol.connectionLost(Failure(ResponseDone()))


class Answered:
    """A whole response."""

    def __init__(self, code: int, said: dict):
        self.code = code
        self.data = json.dumps(said).encode()

    def deliverBody(self, protocol):  # noqa: N802 - Twisted's name
        protocol.makeConnection(self)
        protocol.dataReceived(self.data)
        protocol.connectionLost(Failure(ResponseDone()))

    def loseConnection(self):  # noqa: N802 - Twisted's name
        """It is over already."""


@implementer(IAgent)
class FakeAgent:
    """Reaches the members of a `FakeEtcd`."""

    def __init__(self, etcd: FakeEtcd, clock=None):
        self.etcd = etcd
        self.clock = clock

    def request(self, method, uri, headers=None, bodyProducer=None):  # noqa: N803 - Twisted's name
        assert method == b"POST"
        address, _, path = uri.decode().partition("/v3")
        path = "/v3" + path
        body = json.loads(bodyProducer.data)
        self.etcd.requests.append((address, path, body))
        how = self.etcd.members[address]
        if how == "down":
            return fail(Refused())
        if how == "silent":
            return Deferred()
        if isinstance(how, int):
            return succeed(Answered(503, {"error": "no", "message": "etcdserver: no", "code": how}))
        if self.etcd.users and path != "/v3/auth/authenticate":
            token = (headers.getRawHeaders("Authorization") or [""])[0]
            if token not in self.etcd.tokens:
                said = {"error": "etcdserver: invalid auth token", "code": 16}
                return succeed(Answered(401, said))
        if path == "/v3/watch":
            assert headers.hasHeader("Grpc-Metadata-hasleader")
            watch = Body(self.etcd)
            watch.line({"result": {"header": {}, "created": True}})
            self.etcd.watches.append((address, text(body["create_request"]["key"]), watch))
            return succeed(watch)
        said = self.etcd.answer(path, body)
        if isinstance(how, float):
            late = Deferred(
                lambda it: it.errback(ResponseNeverReceived([Failure(CancelledError())]))
            )
            self.clock.callLater(how, lambda: late.called or late.callback(Answered(200, said)))
            return late
        return Deferred() if how == "deaf" else succeed(Answered(200, said))
