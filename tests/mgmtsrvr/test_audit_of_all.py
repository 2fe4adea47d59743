"""The audit logs of several management servers, asked of any one of them."""

import msgspec
import pytest

from mgmtsrvr.api.audit import AuditQueries
from mgmtsrvr.api.route import ApiRequest
from mgmtsrvr.audit import AuditLog, Entry
from mgmtsrvr.peers import FromPeer
from tests.support.access import now
from verdigris.audit_record import AuditRecord, breaks, read_line
from verdigris.config.watch import at_once
from verdigris.errors import PeerSilent, UnknownPart
from verdigris.wire import PeerAnswer


def question(path="/audit", **query):
    return ApiRequest("GET", path, {}, query, {}, b"", "r")


class Others:
    """Ask the other logs as peers do: over JSON, each for itself."""

    def __init__(self, world, name):
        self.world, self.name = world, name

    def _ask(self, name, path, query):
        if name in self.world.away:
            return FromPeer(name, problem="connection refused")
        action = "audit" if path == "/audit" else "export_audit"
        asked = question(path, **query, own="true")
        reply = now(getattr(self.world.queries[name], action)(asked))
        body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        return FromPeer(name, PeerAnswer(200, reply.media_type, body))

    async def ask(self, path, query, request_id):
        others = [it for it in self.world.queries if it != self.name]
        return [self._ask(name, path, query) for name in others]

    async def ask_one(self, name, path, query, request_id, *, seconds):
        return self._ask(name, path, query) if name in self.world.queries else None


class World:
    def __init__(self, folder):
        self.time, self.away, self.logs, self.queries = 1_800_000_000.0, set(), {}, {}
        for name in ("m1", "m2", "m3"):
            made = AuditLog(folder / name, name, at_once, self.clock)
            now(made.start())
            self.logs[name] = made
            self.queries[name] = AuditQueries(made, name, Others(self, name))

    def clock(self):
        self.time += 1
        return self.time

    def done(self, server, who, act):
        now(self.logs[server].append(Entry(act, who)))

    def last(self, server, **query):
        reply = now(self.queries[server].audit(question(**query)))
        return reply, [(it.server, it.who, it.act) for it in reply.body]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.done("m2", "alice", "login")
    made.done("m1", "bob", "login")
    made.done("m3", "alice", "drain")
    return made


def test_records_of_all_come_newest_first_whoever_is_asked(world):
    wanted = [("m3", "alice", "drain"), ("m1", "bob", "login"), ("m2", "alice", "login")]
    for server in world.queries:
        reply, found = world.last(server)
        assert found == wanted
        assert reply.headers == {}
    assert world.last("m1", last="2")[1] == wanted[:2]
    assert world.last("m1", who="alice")[1] == [wanted[0], wanted[2]]
    assert world.last("m1", own="true")[1] == [wanted[1]]


def test_those_that_do_not_answer_are_named(world):
    world.away = {"m2", "m3"}
    reply, found = world.last("m1")
    assert found == [("m1", "bob", "login")]
    assert reply.headers == {"X-Verdigris-Unanswered": "m2 m3"}


def export(world, at, **query):
    body = now(world.queries[at].export_audit(question("/audit/export", **query))).body
    return [read_line(line) for line in body.splitlines()]


def test_any_server_gives_the_chain_of_any(world):
    world.done("m2", "bob", "drain")
    for at in world.queries:
        found = export(world, at, server="m2")
        assert [it.act for it in found] == ["login", "drain"]
        assert all(isinstance(it, AuditRecord) for it in found)
        assert [*breaks(found)] == []
        assert [it.number for it in export(world, at, server="m2", after="1")] == [2]
    assert [it.server for it in export(world, "m3")] == ["m3"]


def test_a_chain_that_cannot_be_had_is_an_error_and_not_an_empty_one(world):
    world.away = {"m2"}
    with pytest.raises(
        PeerSilent, match=r"Management server m2 did not answer: connection refused\."
    ):
        export(world, "m1", server="m2")
    with pytest.raises(UnknownPart, match="no management server named m9"):
        export(world, "m1", server="m9")
