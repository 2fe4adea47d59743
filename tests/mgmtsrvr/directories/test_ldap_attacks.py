"""LDAP servers that lie, hang, or accept anything: nobody comes in by them who should not."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterable

import pytest

from mgmtsrvr.directories import Refused, Unknown
from tests.support.certificates import TestAuthority
from tests.support.hostile_ldap import (
    BIND,
    EXTENDED,
    SEARCH,
    bind_of,
    bound,
    done,
    entry,
    hostile,
    referral,
    result,
)
from tests.support.slapd import ACCOUNT_PASSWORD, BASE
from verdigris.errors import DirectoryAway
from verdigris.rights import ADMIN, Permission, Profile, Rights, Subject, may
from verdigris.rights.rights import Members


pytestmark = pytest.mark.sockets

ALICE = f"uid=alice,ou=people,{BASE}"
KNOWN = {f"cn=verdigris,{BASE}": ACCOUNT_PASSWORD, ALICE: "alice password"}
YES, NO = 0, 49


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = TestAuthority(tmp_path_factory.mktemp("hostile"))
    return made, made.server("hostile", "127.0.0.1")


@pytest.fixture
def ask(authority, ldap_settings, ldap_directory, on_reactor):
    """Ask an honest directory on a hostile server; returns the answer and the server."""

    def go(answer, password="alice password", *, start_tls=False, **settings):
        ca, certificate = authority[0].ca, authority[1]
        with hostile(answer, certificate, start_tls=start_tls) as server:
            made = ldap_settings(
                server.port, ca=ca, start_tls=start_tls, **{"timeout": 1.0, **settings}
            )
            return on_reactor(ldap_directory(made).check, "alice", password), server

    return go


def honest(number: int, tag: int, content: bytes) -> Iterable[bytes]:
    """What a server says that does nothing wrong."""
    if tag == BIND:
        dn, password = bind_of(content)
        yield bound(number, YES if KNOWN.get(dn) == password else NO)
    elif tag == SEARCH and b"member" in content:
        yield entry(number, f"cn=tellers,ou=groups,{BASE}", cn="tellers")
        yield done(number)
    elif tag == SEARCH:
        yield entry(number, ALICE, uid="alice")
        yield done(number)
    elif tag == EXTENDED:
        yield result(number, 0x78)


def but(tag: int, *parts: bytes, of: bytes = b"", code=None):
    """An honest server but for its answers to one kind of request; `%n` is done by functions."""

    def answer(number, what, content):
        if what == tag and of in content:
            for part in parts:
                yield part(number) if callable(part) else part
        else:
            yield from honest(number, what, content)

    return answer


def test_the_honest_server_is_believed_and_asked_whether_it_believes_anything(ask):
    subject, server = ask(honest)
    assert isinstance(subject, Subject)
    assert len(server.binds) == 4
    assert server.binds[2] not in KNOWN.items()
    assert ask(honest, "wrong")[0] == Refused()


def test_one_that_accepts_any_password_is_not_believed(ask):
    with pytest.raises(DirectoryAway, match="accepts any password"):
        ask(but(BIND, bound), "whatever")


NEVER = "timed out|took too long"

LIES = {
    "another user": (
        but(SEARCH, lambda n: entry(n, f"uid=admin,ou=people,{BASE}", uid="admin"), done, of=b"uid"),
        "another user than was asked for",
    ),
    "a user outside the base": (
        but(SEARCH, lambda n: entry(n, "uid=alice,dc=evil", uid="alice"), done, of=b"uid"),
        "entries that were not asked for",
    ),
    "the base itself": (
        but(SEARCH, lambda n: entry(n, f"ou=people,{BASE}", uid="alice"), done, of=b"uid"),
        "entries that were not asked for",
    ),
    "an empty name": (
        but(SEARCH, lambda n: entry(n, "", uid="alice"), done, of=b"uid"),
        "entries that were not asked for|empty dn",
    ),
    "a name that is none": (
        but(SEARCH, lambda n: entry(n, "alice", uid="alice"), done, of=b"uid"),
        "attribute type not present",
    ),
    "two users": (
        but(SEARCH, lambda n: entry(n, ALICE, uid="alice"),
            lambda n: entry(n, f"uid=x,ou=people,{BASE}", uid="alice"), done, of=b"uid"),
        "several users with this uid",
    ),
    "no attribute": (
        but(SEARCH, lambda n: entry(n, ALICE), done, of=b"uid"), "another user than was asked for",
    ),
    "groups outside the base": (
        but(SEARCH, lambda n: entry(n, "cn=admins,dc=evil", cn="admins"), done, of=b"member"),
        "entries that were not asked for",
    ),
    "an error for a search": (but(SEARCH, lambda n: done(n, 1)), "answered a search with LDAP result 1"),
    "a bind that goes on": (
        but(BIND, lambda n: bound(n, 14)), "refused the account .* [(]LDAP result 14[)]"
    ),
    "the answer to another request": (but(BIND, lambda n: bound(n + 7)), "invalid messageId"),
    "the answer of another kind": (but(BIND, done), "accepts any password"),
    "garbage": (but(BIND, b"\x30\x03\x02\x01"), NEVER),
    "HTTP": (but(BIND, b"HTTP/1.1 200 OK\r\n\r\n"), NEVER),
    "a length of four gigabytes": (but(BIND, b"\x30\x84\xff\xff\xff\xff"), NEVER),
    "a length without end": (but(BIND, b"\x30\x80" + b"\x30\x80" * 500), NEVER),
    "nothing at all": (but(BIND), NEVER),
}  # fmt: skip
"""What a server does, and what is said of it."""


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_away_and_nobody_comes_in(ask, lie):
    begun = time.monotonic()
    with pytest.raises(DirectoryAway, match=LIES[lie][1]):
        ask(LIES[lie][0], timeout=0.2 if LIES[lie][1] == NEVER else 2.0)
    assert time.monotonic() - begun < 20


def test_groups_that_it_makes_up_are_groups_of_its_own_alone(ask):
    groups = but(
        SEARCH, lambda n: entry(n, f"cn=x,ou=groups,{BASE}", cn="admins"), done, of=b"member"
    )
    subject, _ = ask(groups)
    native = Rights(
        profiles={Profile.ADMINISTRATOR: Members(groups=frozenset({ADMIN._replace(name="admins")}))}
    )
    assert {it.directory for it in subject.groups} == {"corp"}
    assert not may(native, subject, Permission.VIEW)


def test_groups_without_end_end(ask):
    counted = iter(range(100_000))

    def answer(number, tag, content):
        if tag == SEARCH and b"member" in content:
            for _ in range(100):
                yield entry(number, f"cn=g{next(counted)},ou=groups,{BASE}", cn="g")
            yield done(number)
        else:
            yield from honest(number, tag, content)

    subject, _ = ask(answer, timeout=10.0)
    assert len(subject.groups) < 2_000


def test_a_referral_is_not_followed(ask):
    with hostile_elsewhere() as elsewhere:
        refer = but(
            SEARCH,
            lambda n: referral(n, f"ldap://127.0.0.1:{elsewhere.port}/{ALICE}"),
            done,
            of=b"uid",
        )
        assert ask(refer)[0] == Unknown()
        refused = but(BIND, lambda n: bound(n, 10), of=b"alice")
        with pytest.raises(DirectoryAway):
            ask(refused)
        assert elsewhere.connections == 0


@contextlib.contextmanager
def hostile_elsewhere():
    """A server that counts who comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)

        class Elsewhere:
            port = server.getsockname()[1]

            @property
            def connections(self):
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    return 0
                return 1

        yield Elsewhere()


def slow_drip(number, tag, content):
    """A valid answer, a byte every tenth of a second: each comes in time, all of them never."""
    for part in honest(number, tag, content):
        for byte in part:
            yield bytes([byte])
            stopped.wait(0.1)


stopped = threading.Event()


def test_one_that_drips_is_cut_off_at_the_deadline(ask):
    begun = time.monotonic()
    with pytest.raises(DirectoryAway, match="it took too long"):
        ask(slow_drip, timeout=0.3)
    assert 0.8 < time.monotonic() - begun < 15


def test_answers_that_were_sent_before_tls_are_not_taken_for_answers_in_it(ask):
    """Response injection in StartTLS: what somebody between sent in clear stays unread."""

    def inject(number, tag, content):
        if tag == EXTENDED:
            yield result(number, 0x78) + bound(number + 1, YES)
        else:
            yield bound(number, NO)

    with pytest.raises(
        DirectoryAway, match=r"refused the account|invalid messageId|wrong version|WRONG_VERSION"
    ):
        ask(inject, start_tls=True)


def test_start_tls_that_is_refused_ends_it_before_a_password_is_sent(
    authority, ldap_settings, ldap_directory, on_reactor
):
    refuse = but(EXTENDED, lambda n: result(n, 0x78, 2))
    with hostile(refuse, authority[1], start_tls=True) as server:
        made = ldap_settings(server.port, ca=authority[0].ca, start_tls=True, timeout=1.0)
        with pytest.raises(DirectoryAway):
            on_reactor(ldap_directory(made).check, "alice", "alice password")
        assert server.binds == []
