"""Who joins, whose certificate is renewed, who is removed; on one management server and on two."""

import datetime as dt
from types import SimpleNamespace

import pytest
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.membership import Membership
from mgmtsrvr.store import MemoryStore
from verdigris.config.installation_edit import InstallationDocument
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import BadRequest, CannotWrite, JoinRefused, UnknownDomain, UnknownPart
from verdigris.identity import Part, Role, Security, join_token
from verdigris.identity import certificates as make
from verdigris.identity.authority import NEXT, Authority
from verdigris.identity.certificates import pem
from verdigris.identity.material import public_bytes, signed_by
from verdigris.values import Endpoint
from verdigris.wire import Join, Leave, Renew, SetAuthorities


NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HERE = ("localhost",)
KEY = make.new_key()
REQUEST = make.request(KEY, ["vs1.example"])
ROOT, OTHER = Authority.create("bank", NOW), Authority.create("bank", NOW + DAY)


class Users:
    """Lets everybody in who knows the word."""

    async def require(self, part, user, password, address):
        if password != "sesame":
            raise JoinRefused(part=part, reason=f"user name or password is wrong, from {address}")


class Link:
    """A connection of a part, or of a newcomer, which has no certificate."""

    def __init__(self, part=None, certificate=None):
        self.part, self.certificate = part, certificate
        self.address, self.ended, self.spared = "10.0.0.7:5000", False, False

    def abort(self):
        self.ended = True

    def spare(self):
        self.spared = True


class Server:
    """One management server of an installation whose document is in a store."""

    def __init__(self, there, name):
        self.there, folder = there, there.folder / name / "authority"
        ROOT.write(folder)
        config = ManagementConfig(name=name, authority=folder, installation=folder / "none.xml")
        self.config, self.configuration = config, Configuration("installation.xml")
        if there.store is None:
            there.store = MemoryStore(document(), self.configuration.check)
        run(self.configuration.start(there.store))
        part = Part("bank", Role.MANAGEMENT_SERVER, name)
        self.security = Security(ROOT.material(part, HERE, NOW), there.now)
        self.membership = Membership(config, self.configuration, self.security, Users(), there.now)
        self.configuration.followers.append(lambda it, _: self.membership.follow(it))

    def join(self, name="vs1", role="session-server", **other):
        said = {"address": f"{name}:9623", "request": REQUEST, "password": "sesame"} | other
        return run(self.membership.join(call(Link()), Join(role, name, **said)))

    def connected(self, joined):
        """A connection of a part that has joined."""
        shown = load_pem_x509_certificate(joined.certificate)
        link = Link(make.part_of(shown), shown)
        self.security.opened(link)
        return link

    def lets_in(self, joined):
        """Whether a certificate is admitted now."""
        shown = load_pem_x509_certificate(joined.certificate)
        part = make.part_of(shown)
        return not any(it.covers(part, shown) for it in self.security.revocations)


class There:
    """An installation with two management servers and one store."""

    def __init__(self, folder):
        self.folder, self.store, self.later = folder, None, dt.timedelta()
        self.servers = [Server(self, "m1"), Server(self, "m2")]

    def now(self):
        return NOW + self.later

    def token(self, name="vs1", role=Role.SESSION_SERVER, until=NOW + DAY):
        return join_token.make(ROOT, role, name, until)

    @property
    def installation(self):
        return self.servers[0].configuration.installation


def document():
    made = InstallationDocument(b'<installation xmlns="urn:verdigris:installation:1" id="bank"/>')
    made.set_authorities(pem([ROOT.certificate]).decode(), ())
    for name in ("m1", "m2"):
        made.add("management-server", name, f"{name}:9641")
    made.add_domain("default")
    return made.data


def call(link):
    return SimpleNamespace(link=link)


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


@pytest.fixture
def there(tmp_path):
    return There(tmp_path)


def test_a_part_that_joins_is_listed_everywhere_and_gets_whom_to_trust(there):
    joined = there.servers[0].join(domains=("default",), weight=30)
    shown, root = load_pem_x509_certificates(joined.certificate)
    assert signed_by(shown, ROOT.certificate)
    assert root == ROOT.certificate
    assert make.part_of(shown) == Part("bank", Role.SESSION_SERVER, "vs1")
    assert shown.not_valid_after_utc - NOW == 90 * DAY
    assert (joined.installation, joined.files) == ("bank", {})
    assert joined.management_servers == ("m1:9641", "m2:9641")
    assert load_pem_x509_certificates(joined.authorities) == [ROOT.certificate]
    for server in there.servers:
        (listed,) = server.configuration.installation.servers
        assert (listed.name, listed.address) == ("vs1", Endpoint("vs1", 9623))
    (member,) = there.installation.domains[0].members
    assert (member.server, member.weight) == ("vs1", 30)


def test_the_private_key_of_a_part_is_never_seen(there):
    joined = there.servers[0].join()
    assert public_bytes(load_pem_x509_certificate(joined.certificate)) == public_bytes(KEY)
    stored = run(there.store.load()).data
    assert b"PRIVATE" not in stored + joined.certificate + joined.authorities
    assert b"PRIVATE" not in REQUEST


@pytest.mark.parametrize("second", [0, 1])
def test_a_token_is_used_once_whatever_management_server_is_asked(there, second):
    token = there.token(name="")
    there.servers[0].join(token=token)
    with pytest.raises(JoinRefused, match="the token has been used"):
        there.servers[second].join("vs2", token=token)
    assert [it.name for it in there.installation.servers] == ["vs1"]


def test_two_that_use_a_token_at_the_same_time_are_not_both_let_in(there):
    """The other one comes in between reading the document and writing it."""
    token, first, publish = there.token(name=""), there.servers[0], there.store.publish

    async def overtaken(*arguments):
        there.store.publish = publish
        there.servers[1].join("vs2", token=token)
        return await publish(*arguments)

    there.store.publish = overtaken
    with pytest.raises(JoinRefused, match="the token has been used"):
        first.join("vs1", token=token)
    assert [it.name for it in there.installation.servers] == ["vs2"]


def test_a_join_that_is_not_written_leaves_the_token_unused(there):
    token, publish = there.token(), there.store.publish

    async def full(*_):
        raise CannotWrite(file="installation.xml", reason="no space left")

    there.store.publish = full
    with pytest.raises(CannotWrite):
        there.servers[0].join(token=token)
    there.store.publish = publish
    assert there.installation.servers == ()
    there.servers[0].join(token=token)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"password": "wrong"}, JoinRefused, "from 10.0.0.7"),
        ({"token": "vdj1.x.y"}, JoinRefused, "it is not a join token"),
        ({"role": "king"}, BadRequest, "is not a role"),
        ({"role": "connector"}, BadRequest, "connectors do not join"),
        ({"name": "a/b"}, BadRequest, "cannot name a session server"),
        ({"address": ""}, BadRequest, "host"),
        ({"request": b"none"}, BadRequest, "it is not a certificate signing request"),
        ({"domains": ("elsewhere",)}, UnknownDomain, "elsewhere"),
        (
            {"role": "management-server", "name": "m3"},
            JoinRefused,
            "keeps the configuration in a file of its own",
        ),
    ],
)
def test_what_cannot_join_is_refused_and_nothing_is_changed(there, said, error, words):
    before = run(there.store.load())
    with pytest.raises(error, match=words):
        there.servers[0].join(**said)
    assert run(there.store.load()) == before


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ({"until": NOW}, "the token expired"),
        ({"name": "vs2"}, "the token is for a session server vs2"),
        ({"role": Role.GATEWAY, "name": ""}, "the token is for a gateway"),
    ],
)
def test_a_token_lets_only_its_part_in(there, token, words):
    with pytest.raises(JoinRefused, match=words):
        there.servers[0].join(token=there.token(**token))


def test_a_part_that_joins_again_has_the_good_certificate_and_its_old_one_is_refused(there):
    first = there.servers[0].join()
    there.later = DAY
    again = there.servers[1].join()
    for server in there.servers:
        assert not server.lets_in(first)
        assert server.lets_in(again)


def test_a_part_that_is_removed_is_refused_at_once_everywhere_and_its_connections_end(there):
    gone, stays = there.servers[0].join("vs1", domains=("default",)), there.servers[0].join("vs2")
    links = [(it.connected(gone), it.connected(stays)) for it in there.servers]
    run(there.servers[1].membership.remove(Role.SESSION_SERVER, "vs1"))
    assert [(a.ended, b.ended) for a, b in links] == [(True, False)] * 2
    assert [it.lets_in(gone) for it in there.servers] == [False, False]
    assert [it.lets_in(stays) for it in there.servers] == [True, True]
    (revoked,) = there.servers[0].membership.revoked
    assert (revoked.role, revoked.name) == ("session-server", "vs1")
    with pytest.raises(UnknownPart):
        run(there.servers[0].membership.remove(Role.SESSION_SERVER, "vs1"))


def test_a_part_that_leaves_gets_its_answer_first(there):
    link = there.servers[0].connected(there.servers[0].join())
    run(there.servers[0].membership.leave(call(link), Leave()))
    assert link.spared
    assert there.installation.servers == ()


def test_a_part_is_told_whom_to_trust_and_gets_a_certificate_when_it_asks_for_one(there):
    server = there.servers[0]
    link = server.connected(server.join())
    only = run(server.membership.renew(call(link), Renew()))
    assert (only.certificate, only.signer) == (b"", ROOT.fingerprint)
    there.later = 60 * DAY
    new = run(server.membership.renew(call(link), Renew(REQUEST)))
    shown = load_pem_x509_certificate(new.certificate)
    assert make.part_of(shown) == link.part
    assert shown.not_valid_after_utc == NOW + 150 * DAY
    with pytest.raises(BadRequest):
        run(server.membership.renew(call(link), Renew(b"none")))


def trusted(server):
    return set(server.security.material.authorities)


def test_without_the_authoritys_key_parts_are_told_whom_to_trust_all_the_same(there):
    server = there.servers[0]
    joined = server.join()
    link = server.connected(joined)
    (server.config.authority / "key.pem").unlink()
    for request in (b"", REQUEST):
        answer = run(server.membership.renew(call(link), Renew(request)))
        assert answer.authorities == pem([ROOT.certificate])
        assert answer.signer == ROOT.fingerprint
        assert answer.certificate == b""


def test_another_authority_takes_the_place_and_the_servers_certificates_follow(there):
    OTHER.write(there.servers[0].config.authority / NEXT)
    set_authorities(there, ROOT, OTHER)
    assert [trusted(it) for it in there.servers] == [{ROOT.certificate, OTHER.certificate}] * 2
    set_authorities(there, OTHER, ROOT)
    one, two = there.servers
    for server in there.servers:
        server.membership.renew_own()
    assert signed_by(one.security.material.chain[0], OTHER.certificate)
    assert signed_by(two.security.material.chain[0], ROOT.certificate)  # it has no key yet
    link = Link(two.security.part)
    answer = run(one.membership.renew(call(link), Renew()))
    two.membership.keep_authorities(answer.files)
    two.membership.renew_own()
    assert signed_by(two.security.material.chain[0], OTHER.certificate)
    set_authorities(there, OTHER)
    assert [trusted(it) for it in there.servers] == [{OTHER.certificate}] * 2
    assert signed_by(load_pem_x509_certificate(two.join().certificate), OTHER.certificate)


def set_authorities(there, signer, *others):
    signs, *more = (pem([it.certificate]).decode() for it in (signer, *others))
    run(there.servers[0].membership.set_authorities(SetAuthorities(signs, tuple(more))))


def test_authorities_that_would_shut_this_server_out_are_refused(there):
    before = run(there.store.load())
    with pytest.raises(BadRequest, match="would not be trusted any more"):
        set_authorities(there, OTHER)
    with pytest.raises(BadRequest, match="not a certificate"):
        run(there.servers[0].membership.set_authorities(SetAuthorities("none", ())))
    assert run(there.store.load()) == before


def test_its_own_certificate_is_renewed_when_two_thirds_of_its_time_are_over(there):
    server = there.servers[0]
    before = server.security.material
    there.later = 59 * DAY
    server.membership.renew_own()
    assert server.security.material is before
    there.later = 61 * DAY
    server.membership.renew_own()
    assert server.security.material.chain[0].not_valid_after_utc == NOW + 151 * DAY


def test_only_management_servers_get_the_keys_of_authorities(there):
    server = there.servers[0]
    for role, name, given in [
        (Role.SESSION_SERVER, "vs1", False),
        (Role.GATEWAY, "gw1", False),
        (Role.MANAGEMENT_SERVER, "m2", True),
    ]:
        link = Link(Part("bank", role, name))
        assert bool(run(server.membership.renew(call(link), Renew())).files) is given
