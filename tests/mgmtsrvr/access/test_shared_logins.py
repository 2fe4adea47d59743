"""Several management servers without a common store: a login counts and ends at every one of them."""

import msgspec
import pytest
from twisted.internet.task import Clock

from mgmtsrvr.access.shared_logins import EVERY, PATH, SharedLogins
from mgmtsrvr.peers import FromPeer
from tests.support.access import PASSWORD, Access, now, users_xml
from verdigris.errors import BadRequest, StoreUnavailable, TokenRefused
from verdigris.tokens.rotation import LIFETIME
from verdigris.wire import AskPeer, PeerAnswer


class Others:
    """The other management servers of one, reached at once if they are up."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name

    @property
    def servers(self):
        return tuple(it for it in self.cluster.servers if it != self.name)

    async def ask_each(self, question, request_id):
        del request_id
        found = []
        for name in self.servers:
            if name in self.cluster.away:
                found.append(FromPeer(name, problem="refused"))
                continue
            boot = self.cluster.boots[name]
            answer = await self.cluster.answer(name, question(name, boot))
            found.append(FromPeer(name, answer, boot=boot))
        return found


class Cluster:
    def __init__(self, folder, *names):
        self.folder, self.away, self.boots, self.old = folder, set(), {}, set()
        self.clock = Clock()
        self.asked: list[SharedLogins] = []
        self.servers: dict[str, Access] = {}
        for name in names:
            self.start(name)

    def start(self, name):
        home = self.folder / name
        home.mkdir(exist_ok=True)
        if name in self.servers:
            self.servers[name].sharing.stop()
        made = Access(self.clock, home, users_xml("bob"), server=name, peers=Others(self, name))
        self.servers[name] = made
        self.boots[name] = self.boots.get(name, "") + "*"
        made.sharing.start()

    async def answer(self, name, question):
        assert question.path == PATH
        self.asked.append(msgspec.json.decode(question.body, type=SharedLogins))
        if name in self.old:
            return PeerAnswer(404, "application/problem+json", b"{}")
        return await self.servers[name].sharing.answer(question)

    def round(self):
        self.clock.advance(EVERY)

    def login(self, name):
        return now(self.servers[name].logins.login("bob", PASSWORD, "192.0.2.1"))

    def knows(self, name, token):
        try:
            return now(self.servers[name].logins.identify(token)).subject.user.name == "bob"
        except TokenRefused:
            return False


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path, "m1", "m2", "m3")


def test_a_login_counts_at_each_of_them_from_the_start_and_after_its_issuer_has_died(cluster):
    for name in cluster.servers:
        token, _ = cluster.login(name)
        assert all(cluster.knows(other, token) for other in cluster.servers)
    token, _ = cluster.login("m1")
    cluster.away = {"m1"}
    assert cluster.knows("m2", token)
    cluster.start("m3")
    assert cluster.knows("m3", token)


def test_one_that_starts_after_the_issuer_has_died_learns_its_key_from_another(tmp_path):
    cluster = Cluster(tmp_path, "m1", "m2")
    token, _ = cluster.login("m1")
    cluster.away = {"m1"}
    cluster.start("m3")
    assert cluster.knows("m3", token)


def test_a_logout_is_known_to_all_before_it_is_answered(cluster):
    token, login = cluster.login("m1")
    assert now(cluster.servers["m2"].logins.end(login)) == []
    assert not any(cluster.knows(name, token) for name in cluster.servers)
    other, _ = cluster.login("m1")
    assert all(cluster.knows(name, other) for name in cluster.servers)


def test_one_that_was_away_is_named_and_learns_of_the_logout_afterwards(cluster):
    token, login = cluster.login("m1")
    cluster.away = {"m3"}
    assert now(cluster.servers["m1"].logins.end(login)) == ["m3"]
    assert cluster.knows("m3", token)
    cluster.away = set()
    cluster.round()
    assert not cluster.knows("m3", token)


def test_what_one_knows_reaches_those_that_the_first_cannot(cluster):
    token, login = cluster.login("m1")
    cluster.away = {"m3"}
    now(cluster.servers["m1"].logins.end(login))
    cluster.away = {"m1"}
    cluster.round()
    assert not cluster.knows("m3", token)


def test_a_restart_forgets_no_logout(cluster):
    token, login = cluster.login("m1")
    now(cluster.servers["m1"].logins.end(login))
    (cluster.folder / "m2" / "ended-logins.json").unlink()  # as if its disk had been lost
    cluster.start("m2")
    assert not cluster.knows("m2", token)


def test_nothing_is_told_twice(cluster):
    _, login = cluster.login("m1")
    now(cluster.servers["m1"].logins.end(login))
    cluster.round()
    cluster.round()
    cluster.asked.clear()
    cluster.round()
    assert cluster.asked
    assert not any(it.ended or it.everything for it in cluster.asked)


def test_a_key_that_has_expired_is_not_learned_from_one_with_a_late_clock(cluster):
    token, _ = cluster.login("m1")
    server = cluster.servers["m2"]
    server.time += LIFETIME + 1
    key = cluster.servers["m1"].keys.signing.id
    server.keys.learn([it for it in cluster.servers["m1"].keys.public.values() if it.id == key])
    assert not cluster.knows("m2", token)


def test_keys_of_a_removed_server_count_no_longer_and_are_not_learned_again(cluster):
    token, _ = cluster.login("m1")
    gone = cluster.servers["m1"].keys.signing.id
    for name in ("m2", "m3"):
        cluster.servers[name].keys._refused = lambda key: key.server == "m1"
        cluster.servers[name].keys.look_again()
    assert not cluster.knows("m2", token)
    cluster.round()
    for name in ("m2", "m3"):
        assert gone not in cluster.servers[name].keys._known


def test_a_server_whose_document_cannot_be_written_learns_all_the_same(cluster):
    server = cluster.servers["m2"]

    async def refuse(*_, **__):
        raise StoreUnavailable(store="m1", reason="it does not answer")

    server.key_store.publish = refuse
    cluster.start("m4")
    token, _ = cluster.login("m4")
    assert cluster.knows("m2", token)


def test_an_older_management_server_is_asked_again_and_harms_nothing(cluster):
    cluster.old = {"m3"}
    token, login = cluster.login("m1")
    assert now(cluster.servers["m1"].logins.end(login)) == []
    cluster.old = set()
    cluster.round()
    assert not cluster.knows("m3", token)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"keys": [{"server": "m", "public": "zz", "since": 1, "until": 9999999999}]}',
     b'{"keys": [{"server": "m", "public": "00", "since": 1, "until": 9999999999}]}',
     b'{"ended": {"a": "b"}}', b"\xff"],
)  # fmt: skip
def test_nonsense_is_refused_in_words(cluster, body):
    with pytest.raises(BadRequest):
        now(cluster.servers["m1"].sharing.answer(AskPeer(PATH, body=body)))
