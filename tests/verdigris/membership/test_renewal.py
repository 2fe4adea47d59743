"""When a part asks for a certificate, what it does with the answer, and without one."""

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.x509 import load_pem_x509_certificate
from msgspec import structs
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock

from tests.support.identities import Identities, signer
from verdigris.config.watch import at_once
from verdigris.errors import ServerUnreachable
from verdigris.identity import Part, Role, Security
from verdigris.identity import certificates as make
from verdigris.identity import material as files
from verdigris.identity.certificates import fingerprint, pem
from verdigris.membership import renewal
from verdigris.membership.renewal import ASK, Renewal
from verdigris.values import Endpoint
from verdigris.wire import Renewed, RevokedPart


START = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
LIFE = dt.timedelta(days=90)
ROOT = signer("bank", START)
OTHER = signer("bank", START + dt.timedelta(seconds=1))
PART = Part("bank", Role.SESSION_SERVER, "vs1")


class Server:
    """Management servers at addresses m1, m2...: what they answer, what they were asked."""

    def __init__(self, there):
        self.there, self.signer, self.trusted = there, ROOT, [ROOT]
        self.away, self.asked = set(), []
        self.revoked, self.others, self.files = (), (), {}
        self.part = Part("bank", Role.MANAGEMENT_SERVER, "m1")

    def to(self, address, *, seconds):
        if address.host in self.away:
            error = ServerUnreachable(server=address.host, address=address, reason="refused")
            return fail(error)
        return succeed(self)

    def call(self, question, *, request_id, seconds):
        self.asked.append(bool(question.request))
        chain = b""
        if question.request:
            key, hosts = make.read_request(question.request)
            now = self.there.now()
            made = make.part_certificate(self.signer, PART, key, hosts, now, LIFE)
            chain = pem([made, self.signer.certificate])
        said = fingerprint(self.signer.certificate)
        trusted = pem([it.certificate for it in self.trusted])
        return succeed(Renewed(trusted, self.revoked, chain, said, self.others, self.files))

    def close(self):
        """Do nothing."""


class There:
    """A running part, its clock and its management servers."""

    def __init__(self, *, folder=None, renews=True):
        self.clock = Clock()
        self.server = Server(self)
        mine = Identities("bank", ROOT).material("session-server", "vs1", now=START, life=LIFE)
        self.security = Security(replace(mine, folder=folder), self.now)
        self.kept, self.met = [], []
        self.renewal = Renewal(
            self.security,
            lambda: [Endpoint("m1", 1), Endpoint("m2", 1)],
            self.clock,
            at_once,
            now=self.now,
            keep=self.kept.append,
            meet=self.met.append,
            renews=renews,
        )
        self.renewal.start()

    def now(self):
        return START + dt.timedelta(seconds=self.clock.seconds())

    def at(self, **after):
        """Let the clock show a time after the start, and pass one look at it."""
        self.clock.advance(dt.timedelta(**after).total_seconds() - self.clock.seconds())

    @property
    def mine(self):
        return self.security.material


@pytest.fixture
def begin(monkeypatch):
    """Makes running parts."""
    made = []

    def begun(**how):
        made.append(There(**how))
        monkeypatch.setattr(renewal, "Dialer", lambda *_, **__: made[-1].server)
        return made[-1]

    yield begun
    for one in made:
        one.renewal.stop()


@pytest.mark.parametrize(("days", "renewed"), [(1, False), (59.9, False), (60.1, True), (89, True)])
def test_a_certificate_is_renewed_when_two_thirds_of_its_time_are_over(begin, days, renewed):
    there = begin()
    before = there.mine
    there.at(days=days)
    assert there.server.asked == [renewed]
    assert (there.mine.chain != before.chain) is renewed
    assert there.mine.key is before.key


def test_it_asks_every_minute_and_not_more_often(begin):
    there = begin()
    for second in range(1, 182):
        there.at(seconds=second)
    assert there.server.asked == [False] * 4
    assert ASK == 60


def test_another_signer_renews_at_once(begin):
    there = begin()
    there.server.signer, there.server.trusted = OTHER, [OTHER, ROOT]
    there.at(seconds=1)
    there.at(seconds=2)
    assert there.server.asked == [False, True]
    assert files.signed_by(there.mine.chain[0], OTHER.certificate)
    assert set(there.mine.authorities) == {OTHER.certificate, ROOT.certificate}


def test_a_further_authority_is_trusted_without_a_new_certificate(begin):
    there = begin()
    chain = there.mine.chain
    there.server.trusted = [ROOT, OTHER]
    there.at(seconds=1)
    assert OTHER.certificate in there.mine.authorities
    assert there.mine.chain == chain


def test_without_an_answer_it_goes_on_with_what_it_has_and_asks_again(begin):
    there = begin()
    before = there.mine
    there.server.away = {"m1", "m2"}
    there.at(days=61)
    assert there.mine is before
    assert there.server.asked == []
    there.server.away = {"m1"}
    there.at(days=61, seconds=59)
    assert there.server.asked == []
    there.at(days=61, seconds=60)
    assert there.server.asked == [True]
    assert there.mine.chain != before.chain


def test_a_server_that_lacks_the_key_renews_nothing_and_says_whom_to_trust(begin):
    there = begin()
    before = there.mine.chain
    answer = there.server.call

    def without(question, **how):
        return answer(question, **how).addCallback(lambda it: structs.replace(it, certificate=b""))

    there.server.call = without
    there.server.trusted.append(OTHER)
    there.at(days=61)
    assert there.server.asked == [True]
    assert there.mine.chain == before
    assert set(there.mine.authorities) == {ROOT.certificate, OTHER.certificate}


def test_an_identity_that_does_not_fit_is_not_used(begin):
    there = begin()
    before = there.mine
    there.server.signer = OTHER  # signs, and is not among those to be trusted
    there.at(days=61)
    assert there.server.asked == [True]
    assert there.mine is before


def test_a_peer_that_is_not_a_management_server_is_not_asked(begin):
    there = begin()
    there.server.part = Part("bank", Role.GATEWAY, "gw1")
    there.at(days=61)
    assert there.server.asked == []


def test_open_connections_are_not_touched_but_those_of_removed_parts(begin):
    class Opened:
        def __init__(self, name):
            shown = Identities("bank", ROOT).material("gateway", name, now=START)
            self.part, self.certificate, self.ended = shown.part, shown.chain[0], False

        def abort(self):
            self.ended = True

    there = begin()
    stays, leaves = Opened("gw1"), Opened("gw2")
    for one in (stays, leaves):
        there.security.opened(one)
    there.server.revoked = (RevokedPart("gateway", "gw2", "2026-12-20T00:00:00Z"),)
    there.at(days=61)
    assert there.server.asked == [True]
    assert (stays.ended, leaves.ended) == (False, True)


def test_what_is_renewed_is_in_the_identity_folder(begin, tmp_path):
    there = begin(folder=tmp_path)
    there.at(days=61)
    assert files.read(tmp_path).chain == there.mine.chain
    shown = load_pem_x509_certificate((tmp_path / files.CERTIFICATE).read_bytes())
    assert make.issued(shown) == there.now()


def test_another_process_of_the_part_asks_and_writes_nothing(begin, tmp_path):
    there = begin(folder=tmp_path, renews=False)
    there.server.revoked = (RevokedPart("gateway", "gw2", "2026-12-20T00:00:00Z"),)
    there.server.trusted = [ROOT, OTHER]
    there.at(days=61)
    assert there.server.asked == [False]
    assert [it.name for it in there.security.revocations] == ["gw2"]
    assert not (tmp_path / files.CERTIFICATE).exists()


def test_files_are_kept_and_the_management_servers_met_once(begin):
    there = begin()
    there.server.files, there.server.others = {"authority/key.pem": b"k"}, ("m1:9", "m3")
    there.at(seconds=1)
    there.at(seconds=61)
    assert there.kept == [{"authority/key.pem": b"k"}] * 2
    assert there.met == [(Endpoint("m1", 9), Endpoint("m3", 9641))]
