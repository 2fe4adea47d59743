"""Tokens of an OpenID Connect issuer: those that its keys sign, in their time, for us, and no others."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.internet import reactor
from twisted.internet.task import Clock

from mgmtsrvr.directories import Authenticator
from mgmtsrvr.directories.native import NativeDirectory
from mgmtsrvr.directories.openid import FRESH, SELDOM, STALE, OpenIdDirectory
from tests.support.certificates import TestAuthority
from tests.support.issuer import AUDIENCE, ec_key, issuer, okp_key, rsa_key
from verdigris.config.directories import OpenIdSettings
from verdigris.config.users import parse, sample
from verdigris.credential_checks.threads import CheckThreads
from verdigris.errors import DirectoryAway, TokenRefused
from verdigris.rights import Principal, Rights, Subject
from verdigris.rights.rights import Members


pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with issuer(tmp_path_factory.mktemp("issuer")) as it:
        yield it


@pytest.fixture
def login(running):
    """The issuer, with new keys and nothing remembered of earlier tests."""
    running.publish(r1=rsa_key("r1"), e1=ec_key("e1"))
    running.broken = False
    running.redirects = {}
    running.fetched.clear()
    return running


class Asked:
    def __init__(self, login, on_reactor, **settings):
        given = {
            "name": "login", "issuer": login.url, "audience": AUDIENCE, "algorithms": ("RS256", "ES256"),
            "user_claim": "sub", "groups_claim": "groups", "ca_file": login.ca, "timeout": 5.0,
        }  # fmt: skip
        self.clock = Clock()
        self.directory = OpenIdDirectory(
            OpenIdSettings(**{**given, **settings}),
            self.clock,
            CheckThreads(reactor, 1, 10, "keys"),
        )
        self._on_reactor = on_reactor

    def __call__(self, token):
        return self._on_reactor(self.directory.check, token)


@pytest.fixture
def ask(login, on_reactor):
    return lambda **settings: Asked(login, on_reactor, **settings)


def test_a_token_says_who_it_is_about_and_which_groups_they_are_in(login, ask):
    asked = ask()
    found = asked(login.token(groups=["tellers", 7, "staff"]))
    groups = frozenset({Principal("tellers", "login"), Principal("staff", "login")})
    assert found == Subject(Principal("alice", "login"), groups)
    assert asked(login.token("e1", "ES256")).user.name == "alice"
    assert login.fetched == ["/realm/.well-known/openid-configuration", "/realm/keys"]


def test_other_claims_may_name_the_user_and_a_mail_address_has_to_be_verified(login, ask):
    asked = ask(user_claim="email")
    assert asked(login.token(email="a@b.example", email_verified=True)).user.name == "a@b.example"
    for verified in (None, False, "true"):
        with pytest.raises(TokenRefused, match="has not verified"):
            asked(login.token(email="a@b.example", email_verified=verified))


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(login):
    now, good = int(time.time()), login.token()
    head, claims, signature = good.split(".")
    pem = (
        login.private["r1"]
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    other = rsa_key("r1")[0]
    body = base64.urlsafe_b64decode(claims + "==")
    own = {"jwk": okp_key("x")[1]}
    return {
        "alg none": ".".join([part({"alg": "none", "kid": "r1"}), claims, ""]),
        "alg None": ".".join([part({"alg": "None", "kid": "r1"}), claims, signature]),
        "no alg": ".".join([part({"kid": "r1"}), claims, signature]),
        "HS256 with the public key": jwt.PyJWS().encode(body, b"x" * 32, "HS256", {"kid": "r1"}),
        "HS256 with the public key in PEM": _hs256(body, pem),
        "an algorithm that is not accepted": login.token(algorithm="RS512"),
        "an algorithm of another key": ".".join([part({"alg": "ES256", "kid": "r1"}), claims, signature]),
        "another key of this name": jwt.encode(json.loads(body), other, "RS256", {"kid": "r1"}),
        "another key": jwt.encode(json.loads(body), other, "RS256", {"kid": "r9"}),
        "its own key in the header": jwt.encode(json.loads(body), other, "RS256", {"kid": "r1", **own}),
        "its own address of keys": jwt.encode(json.loads(body), other, "RS256", {"kid": "r1", "jku": "https://evil.example/"}),
        "no key id": jwt.encode(json.loads(body), other, "RS256"),
        "another issuer": login.token(iss="https://evil.example"),
        "an issuer with a slash": login.token(iss=login.url + "/"),
        "no issuer": login.token(iss=None),
        "another audience": login.token(aud="other"),
        "other audiences": login.token(aud=["other", "more"]),
        "no audience": login.token(aud=None),
        "expired": login.token(exp=now - 61),
        "no expiry": login.token(exp=None),
        "an expiry that is a text": login.token(exp="never"),
        "not yet": login.token(nbf=now + 120),
        "of the future": login.token(iat=now + 120),
        "no user": login.token(sub=None),
        "an empty user": login.token(sub=""),
        "a user with a line": login.token(sub="a\nb"),
        "changed": ".".join([head, part({**json.loads(body), "sub": "admin"}), signature]),
        "a critical header": login.token(head={"crit": ["x"], "x": 1}),
        "no token": "x",
        "nothing": "",
    }  # fmt: skip


def _hs256(body, secret):
    import hashlib  # noqa: PLC0415 - the library refuses to make it
    import hmac  # noqa: PLC0415

    signed = f"{part({'alg': 'HS256', 'kid': 'r1'})}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}"
    digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def test_every_forged_token_is_refused(login, ask):
    asked, tokens = ask(), forged(login)
    for attack, token in tokens.items():
        try:
            found = asked(token)
        except TokenRefused:
            continue
        pytest.fail(f"{attack}: {found}")
    assert len(login.fetched) == 2  # whatever tokens name, it is not fetched


def test_a_clock_that_is_a_little_off_is_forgiven(login, ask):
    now = int(time.time())
    assert ask()(login.token(exp=now - 30, nbf=now + 30, iat=now + 30)).user.name == "alice"


def test_keys_roll(login, ask):
    asked = ask()
    old = login.token()
    asked(old)
    login.publish(r2=rsa_key("r2"))
    with pytest.raises(TokenRefused):
        asked(login.token("r2"))  # not fetched again at once
    asked.clock.advance(SELDOM)
    assert asked(login.token("r2")).user.name == "alice"
    with pytest.raises(TokenRefused):
        asked(old)


def test_a_key_that_is_withdrawn_counts_no_longer(login, ask):
    asked = ask()
    old = login.token()
    asked(old)
    login.publish(r2=rsa_key("r2"))
    asked.clock.advance(FRESH - 1)
    assert asked(old).user.name == "alice"
    asked.clock.advance(2)
    with pytest.raises(TokenRefused):
        asked(old)


def test_an_issuer_that_is_away_is_asked_seldom_and_its_keys_count_for_a_day(login, ask):
    asked = ask()
    asked(login.token())
    login.broken = True
    asked.clock.advance(FRESH + 1)
    for _ in range(5):
        assert asked(login.token()).user.name == "alice"
    assert len(login.fetched) == 3
    asked.clock.advance(STALE)
    with pytest.raises(DirectoryAway):
        asked(login.token())


def test_without_keys_nobody_comes_in(login, ask, tmp_path):
    login.broken = True
    asked = ask()
    for _ in range(3):
        with pytest.raises(DirectoryAway):
            asked(login.token())
    assert len(login.fetched) == 1
    login.broken = False
    with pytest.raises(DirectoryAway, match=r"(?i)certificate"):
        ask(ca_file=TestAuthority(tmp_path, "other").ca)(login.token())


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"<html>",
        {"issuer": "https://evil.example", "jwks_uri": "x"},
        {"issuer": "URL", "jwks_uri": "http://127.0.0.1/keys"},
        {"issuer": "URL", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "URL"},
        b" " * 2_000_000,
    ],
)
def test_documents_that_are_not_as_they_should_be_are_not_believed(login, ask, document):
    where = "/realm/.well-known/openid-configuration"
    if isinstance(document, dict):
        document = {
            name: login.url if value == "URL" else value for name, value in document.items()
        }
    login.documents[where] = document
    with pytest.raises(DirectoryAway):
        ask()(login.token())


def test_an_issuer_that_sends_elsewhere_is_not_followed(login, ask):
    login.redirects["/realm/.well-known/openid-configuration"] = f"{login.url}/keys"
    with pytest.raises(DirectoryAway):
        ask()(login.token())
    assert len(login.fetched) == 1


def test_keys_that_are_no_keys_for_signatures_are_left_out(login, ask):
    key, public = rsa_key("r1")
    login.publish(r1=(key, public))
    secret = {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg", "kid": "s1"}
    listed = login.documents["/realm/keys"]["keys"]
    listed += [secret, 7, {}, {"kty": "RSA"}, {**public, "kid": "enc", "use": "enc"}]
    asked = ask()
    assert asked(login.token()).user.name == "alice"
    with pytest.raises(TokenRefused):
        asked(login.token(head={"kid": "enc"}))
    assert set(asked.directory._keys) == {"r1"}


def test_a_key_that_names_its_algorithm_is_for_no_other(login, ask):
    login.publish(r1=rsa_key("r1", alg="RS256"), r2=rsa_key("r2"), o1=okp_key("o1"))
    asked = ask(algorithms=("RS256", "PS256", "EdDSA"))
    assert asked(login.token("r2", "PS256")).user.name == "alice"
    assert asked(login.token("o1", "EdDSA")).user.name == "alice"
    with pytest.raises(TokenRefused, match="does not fit the key"):
        asked(login.token("r1", "PS256"))


def test_the_only_key_needs_no_name(login, ask):
    key, public = rsa_key("r1")
    login.publish(r1=(key, {name: value for name, value in public.items() if name != "kid"}))
    assert ask()(jwt.encode(
        {"iss": login.url, "aud": AUDIENCE, "sub": "alice", "exp": time.time() + 9}, key, "RS256",
    )).user.name == "alice"  # fmt: skip


def test_the_door_finds_the_issuer_and_keeps_only_groups_that_count(login, ask, on_reactor):
    users = parse(sample().encode())
    door = Authenticator(NativeDirectory(lambda: users, CheckThreads(reactor, 1, 1, "x")), Clock())
    tellers = Principal("tellers", "login")
    rights = Rights(groups={Principal("g"): Members(groups=frozenset({tellers}))})
    door.configure(rights, (), (ask().directory,))
    found = on_reactor(door.bearer, login.token(groups=["tellers", "others"]))
    assert found == Subject(Principal("alice", "login"), frozenset({tellers}))
    with pytest.raises(TokenRefused, match="its issuer is not known here"):
        on_reactor(door.bearer, login.token(iss="https://evil.example"))
