"""What is special to the store in etcd: endpoints, silence, unknown outcomes, no quorum, login."""

import dataclasses
import os
import signal
import ssl

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from mgmtsrvr.store import Note, revision_of
from mgmtsrvr.store.etcd import EtcdStore
from mgmtsrvr.store.etcd.client import b64
from mgmtsrvr.store.opening import _etcd
from tests.support.certificates import TestAuthority
from tests.support.etcd_processes import TUNED, EtcdCluster, need_etcd
from tests.support.stores import InEtcd, InRealEtcd, Seen, check, run
from verdigris.config.store_settings import EtcdSettings
from verdigris.errors import ChangeUnknown, Conflict, StoreUnavailable


ONE, TWO = revision_of(b"<one/>"), revision_of(b"<two/>")
E1, E2, E3 = InEtcd.ENDPOINTS


@pytest.fixture
def at(tmp_path):
    place = InEtcd(tmp_path)
    yield place
    place.close()


def start(at, coroutine) -> list:
    """Begin; the list holds the result or the error once there is one."""
    found: list = []
    Deferred.fromCoroutine(coroutine).addCallbacks(found.append, lambda it: found.append(it.value))
    return found


# ---- endpoints -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["down", 14, 4, 8])
def test_the_next_endpoint_is_asked_and_stayed_with(at, how):
    at.etcd.members[E1] = how
    client = at.client()
    run(client.range("/v/x/head"))
    run(client.range("/v/x/head"))
    asked = [address for address, _, _ in at.etcd.requests[-3:]]
    assert asked == [E1, E2, E2]


def test_other_refusals_are_final(at):
    at.etcd.members[E1] = 7
    with pytest.raises(StoreUnavailable, match="status 7"):
        run(at.client().range("/v/x/head"))
    assert at.etcd.requests[-1][0] == E1


def test_a_silent_endpoint_costs_one_second(at):
    at.etcd.members[E1] = "silent"
    found = start(at, at.client().range("/v/x/head"))
    at.wait(0.9)
    assert not found
    at.wait(0.2)
    assert found[0]["kvs"]


def test_a_store_that_takes_more_than_a_second_for_everything_can_be_used(at):
    """It was asked again every second, and never listened to for long enough."""
    at.etcd.members = dict.fromkeys(at.ENDPOINTS, 1.4)
    found = start(at, at.client().range("/v/x/head"))
    at.wait(5)
    assert found[0]["kvs"]


def test_silence_is_said_to_be_silence(at):
    at.etcd.members = dict.fromkeys(at.ENDPOINTS, 9.0)
    found = start(at, at.client().range("/v/x/head"))
    at.wait(5.5)
    assert all(f"{endpoint}: no answer in time" in str(found[0]) for endpoint in at.ENDPOINTS)


def test_nobody_answers_is_said_with_every_reason(at):
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "down"
    found = start(at, at.store.publish(b"<two/>", ONE))
    at.wait(5.5)
    assert isinstance(found[0], StoreUnavailable)
    assert all(endpoint in str(found[0]) for endpoint in at.ENDPOINTS)
    assert found[0].effect == "none" or found[0].usual_effect == "none"


def test_a_user_logs_in_and_again_when_the_token_ends(at):
    at.etcd.users = {"verdigris": "secret"}
    client = at.client(user="verdigris", password=lambda: "secret")
    assert run(client.range("/v/x/head"))["kvs"]
    at.etcd.tokens.clear()
    assert run(client.range("/v/x/head"))["kvs"]
    sent = [body for _, path, body in at.etcd.requests if path == "/v3/auth/authenticate"]
    assert sent == [{"name": "verdigris", "password": "secret"}] * 2


# ---- writes --------------------------------------------------------------------------------------


def test_every_write_compares(at):
    run(at.store.publish(b"<two/>", ONE))
    writes = [body for _, path, body in at.etcd.requests if path == "/v3/kv/txn"]
    assert len(writes) == 2
    assert all(body["compare"] for body in writes)
    assert not [
        path for _, path, _ in at.etcd.requests if path in {"/v3/kv/put", "/v3/kv/deleterange"}
    ]


def test_a_write_that_was_applied_without_an_answer_is_recognized_as_ours(at):
    head = run(at.other._head())
    at.etcd.members[E1] = "deaf"
    found = start(at, at.store._write(b"<two/>", ONE, Note(), head))
    at.wait(2)
    assert found[0].revision == TWO
    assert [v.data for v in run(at.store.versions())] == [b"<one/>", b"<two/>"]


def test_an_applied_write_that_another_replaced_meanwhile_is_ours_all_the_same(at):
    head = run(at.other._head())
    at.etcd.members[E1] = "deaf"
    found = start(at, at.store._write(b"<two/>", ONE, Note(), head))
    at.wait(0.2)
    at.other._client.avoid(E1)
    run(at.other.publish(b"<three/>", run(at.other.load()).revision))
    at.wait(2)
    assert found[0].revision == TWO
    assert run(at.other.load()).data == b"<three/>"


def test_another_writer_won_is_a_conflict(at):
    seen = run(at.other._head())
    run(at.other.publish(b"<three/>", ONE))
    with pytest.raises(Conflict):
        run(at.store._write(b"<two/>", ONE, Note(), seen))
    assert run(at.store.load()).data == b"<three/>"


def test_silence_after_a_write_and_no_word_of_it_is_unknown(at):
    seen = run(at.other._head())
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "silent"
    found = start(at, at.store._write(b"<two/>", ONE, Note(), seen))
    at.wait(20)
    assert isinstance(found[0], ChangeUnknown)
    assert found[0].effect or found[0].usual_effect == "unknown"


# ---- the watch -----------------------------------------------------------------------------------


def test_a_silent_watch_is_dead_after_two_and_a_half_seconds(at):
    seen = Seen()
    at.watch(seen)
    at.etcd.members[E1] = "silent"
    at.other._client.avoid(E1)
    run(at.other.publish(b"<two/>", ONE))
    at.wait(2)
    assert seen.changes == []
    at.wait(1.8)
    assert seen.changes == [b"<two/>"]


def test_progress_keeps_a_watch(at):
    at.watch(Seen())
    for _ in range(10):
        at.wait(1)
        at.etcd.progress()
    assert len([1 for _, path, _ in at.etcd.requests if path == "/v3/watch"]) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"result": {"header": {}, "canceled": True, "compact_revision": "7"}},
        {"error": {"grpc_code": 14, "message": "etcdserver: no leader"}},
    ],
)
def test_a_watch_that_is_ended_begins_again_with_what_it_missed(at, said):
    seen = Seen()
    at.watch(seen)
    at.etcd.end_watches(said)
    run(at.other.publish(b"<two/>", ONE))
    at.wait(0.2)
    assert seen.changes == [b"<two/>"]


# ---- without the store ---------------------------------------------------------------------------


def test_the_last_document_goes_on_and_the_problem_is_shown_and_ends(at):
    seen = Seen()
    at.watch(seen)
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "silent"
    at.wait(8)
    assert isinstance(at.store.problem, StoreUnavailable)
    found = start(at, at.store.load())
    at.wait(6)
    assert found[0].data == b"<one/>"
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "up"
    at.wait(5)
    assert at.store.problem is None
    run(at.other.publish(b"<two/>", ONE))
    at.wait(0.2)
    assert seen.changes[-1] == b"<two/>"


def test_a_restart_without_the_store_goes_on_with_the_local_copy(at):
    run(at.store.publish(b"<two/>", ONE))
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "down"
    again = at.open()
    found = start(at, again.load())
    at.wait(3)
    assert found[0].data == b"<two/>"
    assert isinstance(again.problem, StoreUnavailable)


def test_a_first_start_without_the_store_and_without_a_copy_is_refused(at):
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "down"
    found = start(at, at.open("new.copy").load())
    at.wait(3)
    assert isinstance(found[0], StoreUnavailable)


def test_a_store_that_has_lost_everything_is_not_filled_with_an_old_copy_by_itself(at):
    at.etcd.keys.clear()
    again = at.open()
    assert run(again.load()).data == b"<one/>"
    assert "no document" in str(again.problem)
    run(again.publish(b"<two/>", ONE))
    assert run(at.other.load()).data == b"<two/>"


def test_a_document_that_cannot_be_read_is_reported_and_the_last_good_stays(at):
    seen = Seen()
    at.watch(seen)
    at.etcd.put("/v/x/head", b"rubbish")
    at.wait(0.5)
    assert run(at.store.load()).data == b"<one/>"
    assert "head" in str(at.store.problem)


# ---- leases --------------------------------------------------------------------------------------


def test_a_lease_that_cannot_be_renewed_is_not_held_beyond_its_time(at):
    lease = run(at.store.lease("job", 2.0))
    at.wait(5)
    assert lease.held
    for endpoint in at.ENDPOINTS:
        at.etcd.members[endpoint] = "silent"
    at.wait(2.1)
    assert not lease.held


def test_a_lease_that_ended_at_etcd_is_lost_at_the_next_renewal(at):
    lease = run(at.store.lease("job", 2.0))
    at.etcd.lease_revoke({"ID": lease._id})
    at.wait(0.8)
    assert not lease.held


# ---- Debian's etcd -------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path):
    need_etcd()
    made = EtcdCluster(tmp_path)
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def real(tmp_path, cluster, _reactor_thread):
    place = InRealEtcd(tmp_path, cluster, _reactor_thread)
    yield place
    place.close()


@pytest.mark.processes
def test_writes_go_on_after_the_leader_was_killed_and_the_watch_misses_nothing(real, cluster):
    seen = Seen()
    real.watch(seen)
    cluster.kill(cluster.leader())
    published = real.run(real.store.publish(b"<two/>", ONE))
    real.edit(b"<three/>")
    assert published.revision == TWO
    assert seen.changes[-1] == b"<three/>"


@pytest.mark.processes
def test_a_write_frozen_with_its_leader_never_comes_over_a_newer_one(real, cluster):
    """A plain put did, 3 of 3 times, when it was measured (decision 0260)."""
    leader = cluster.leader()
    real.store._client._current = list(cluster.ports).index(leader)
    os.kill(cluster.processes[leader].pid, signal.SIGSTOP)
    real.run(real.store.publish(b"<two/>", ONE))
    real.other._client._current = real.store._client._current
    real.run(real.other.publish(b"<three/>", TWO))
    cluster.thaw(leader)
    real.edit(b"<four/>")
    assert [v.data for v in real.run(real.store.versions())] == [
        b"<one/>", b"<two/>", b"<three/>", b"<four/>",
    ]  # fmt: skip


@pytest.mark.processes
def test_without_quorum_the_document_serves_also_after_a_restart_and_writes_are_refused(
    real, cluster
):
    for name in ("n1", "n2"):
        cluster.kill(name)
    with pytest.raises(StoreUnavailable):
        real.run(real.store.publish(b"<two/>", ONE))
    again = real.open()
    assert real.run(again.load()).data == b"<one/>"
    cluster.start_member("n1")
    cluster.ready()
    assert real.run(again.publish(b"<two/>", ONE)).revision == TWO


@pytest.mark.processes
def test_mutual_tls_and_a_user_whose_rights_end_at_our_prefix(
    tmp_path,
    _reactor_thread,  # noqa: PT019 - its value is used
):
    need_etcd()
    authority = TestAuthority(tmp_path)
    theirs, their_key = authority.server("etcd", "127.0.0.1")
    ours, our_key = authority.server("us", "us.example", common=False)
    (tmp_path / "password").write_text("secret\n")
    context = ssl.create_default_context(cafile=authority.ca)
    context.load_cert_chain(ours, our_key)
    files = ("--cert-file", str(theirs), "--key-file", str(their_key), "--client-cert-auth",
             "--trusted-ca-file", str(authority.ca))  # fmt: skip
    cluster = EtcdCluster(tmp_path, 1, (*TUNED, *files), tls=context)
    settings = EtcdSettings(
        tuple(cluster.endpoints),
        "/ours",
        ours,
        our_key,
        authority.ca,
        "verdigris",
        tmp_path / "password",
    )

    def job(coroutine):
        return blockingCallFromThread(_reactor_thread, Deferred.fromCoroutine, coroutine)

    def client(**changes):
        made = dataclasses.replace(settings, **changes)
        return _etcd(made, _reactor_thread)

    try:
        cluster.start()
        root = client(user="")
        for path, body in (
            ("user/add", {"name": "root", "password": "r"}),
            ("user/grant", {"user": "root", "role": "root"}),
            ("role/add", {"name": "ours"}),
            ("role/grant", {"name": "ours", "perm": {
                "permType": "READWRITE", "key": b64("/ours/"), "range_end": b64("/ours0")}}),
            ("user/add", {"name": "verdigris", "password": "secret"}),
            ("user/grant", {"user": "verdigris", "role": "ours"}),
            ("enable", {}),
        ):  # fmt: skip
            job(root.ask(f"/v3/auth/{path}", body))
        (tmp_path / "x.xml").write_bytes(b"<one/>")
        ours_only = client()
        store = EtcdStore(ours_only, "/ours/x", tmp_path / "c", check, first=tmp_path / "x.xml")
        assert job(store.load()).data == b"<one/>"
        assert job(store.publish(b"<two/>", ONE)).revision == TWO
        with pytest.raises(StoreUnavailable, match="permission denied"):
            job(ours_only.range("/others/x"))
        with pytest.raises(StoreUnavailable):  # another authority's certificate is not trusted
            job(client(authorities=None).range("/ours/x/head", total=1.0))
    finally:
        cluster.close()
