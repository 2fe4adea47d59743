"""Tokens: what is signed is read, and everything else is refused."""

import base64
import json
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from verdigris.errors import TokenRefused
from verdigris.rights import Principal, Subject
from verdigris.tokens import (
    PublicKey,
    SessionRight,
    SigningKey,
    UserLogin,
    read_login,
    read_session_right,
    sign_login,
    sign_session_right,
)
from verdigris.tokens.signed import LEEWAY


KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
NOW = 1_800_000_000
KEYS = {KEY.id: PublicKey("ms1", KEY.public, NOW - 100, NOW + 1000)}
LOGIN = UserLogin(
    Subject(Principal("alice", "corporate"), frozenset({Principal("Bank Tellers", "corporate")})),
    NOW, NOW + 600, "login-1", "stamp",
)  # fmt: skip
RIGHT = SessionRight(
    Principal("alice"), "vs1", "vs1~12", "req-1", "mydomain1", "BankDemo", NOW, NOW + 60
)


def login(token: str, *, now: float = NOW, installation: str = "x") -> UserLogin:
    return read_login(token, installation, KEYS, now)


def right(
    token: str, *, now: float = NOW, server: str = "vs1", session: str = "vs1~12", installation: str = "x"
) -> SessionRight:  # fmt: skip
    return read_session_right(token, installation, server, session, KEYS, now)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


names = st.text(min_size=1, max_size=20)
principals = st.builds(Principal, names, names)


@given(principals, st.frozensets(principals, max_size=5), names, st.text(max_size=8))
def test_a_login_is_read_as_it_was_signed(user, groups, id_, stamp):
    made = UserLogin(Subject(user, groups), NOW, NOW + 5, id_, stamp)
    assert login(sign_login(made, "x", KEY)) == made


@given(principals, names, names)
def test_a_right_is_read_as_it_was_signed(user, request_, domain):
    made = replace(RIGHT, user=user, request=request_, domain=domain)
    assert right(sign_session_right(made, "x", KEY)) == made


def test_a_right_is_as_short_as_a_header_may_be():
    assert len(sign_session_right(RIGHT, "x", KEY)) < 420


SIGNED_LOGIN, SIGNED_RIGHT = sign_login(LOGIN, "x", KEY), sign_session_right(RIGHT, "x", KEY)


@given(st.integers(0, len(SIGNED_LOGIN) - 1), st.characters(max_codepoint=0x7F))
def test_a_token_with_another_character_is_refused(at: int, letter: str):
    changed = SIGNED_LOGIN[:at] + letter + SIGNED_LOGIN[at + 1 :]
    try:
        found = login(changed)
    except TokenRefused:
        return
    assert found == LOGIN  # base64 has unused bits at the end of a part


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str):
    with pytest.raises(TokenRefused):
        login(text)
    with pytest.raises(TokenRefused):
        right(text)


CLAIMS = jwt.decode(SIGNED_LOGIN, options={"verify_signature": False})
HEAD = jwt.get_unverified_header(SIGNED_LOGIN)


def signed(claims: dict[str, object], head: dict[str, object] = HEAD, key: SigningKey = KEY) -> str:
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key.key, "EdDSA", head)


def mac(secret: bytes) -> str:
    """HS256 with a public key as its secret: a verifier that reads the header takes it (RFC 8725, 2.1)."""
    return jwt.PyJWS().encode(
        json.dumps(CLAIMS).encode(), secret, "HS256", {**HEAD, "alg": "HS256"}
    )


RSA = generate_private_key(65537, 2048)

ATTACKS = {
    "alg none": ".".join([part({**HEAD, "alg": "none"}), part(CLAIMS), ""]),
    "alg none with the signature": ".".join([part({**HEAD, "alg": "none"}), *SIGNED_LOGIN.split(".")[1:]]),
    "no signature": SIGNED_LOGIN.rpartition(".")[0] + ".",
    "two parts": SIGNED_LOGIN.rpartition(".")[0],
    "HS256 with the public key": mac(KEY.public),
    "RS256 of somebody": jwt.PyJWS().encode(json.dumps(CLAIMS).encode(), RSA, "RS256", {**HEAD, "alg": "RS256"}),
    "another key that says it is ours": signed(CLAIMS, key=OTHER),
    "another key": signed(CLAIMS, {**HEAD, "kid": OTHER.id}, OTHER),
    "its own key in the header": signed(CLAIMS, {**HEAD, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, OTHER),
    "no key id": signed(CLAIMS, {"typ": HEAD["typ"]}),
    "a key id that is a number": signed(CLAIMS, {**HEAD, "kid": "1"}),
    "a critical header that nobody knows": signed(CLAIMS, {**HEAD, "crit": ["x"], "x": 1}),
    "a session's right": SIGNED_RIGHT,
    "a right that calls itself a login": signed({**CLAIMS, "aud": "vs1"}),
    "no type": signed(CLAIMS, {"kid": KEY.id}),
    "no expiry": signed({k: v for k, v in CLAIMS.items() if k != "exp"}),
    "an expiry that is a text": signed({**CLAIMS, "exp": "9999999999"}),
    "an expiry that is true": signed({**CLAIMS, "exp": True}),
    "no user": signed({k: v for k, v in CLAIMS.items() if k != "sub"}),
    "a user that is a list": signed({**CLAIMS, "sub": ["admin"]}),
    "groups that are no pairs": signed({**CLAIMS, "grp": ["x"]}),
    "claims that are a list": jwt.PyJWS().encode(b"[]", KEY.key, "EdDSA", HEAD),
    "claims that are no JSON": jwt.PyJWS().encode(b"\xff", KEY.key, "EdDSA", HEAD),
    "another installation": sign_login(LOGIN, "y", KEY),
    "expired": sign_login(replace(LOGIN, expires=NOW - LEEWAY - 1), "x", KEY),
    "of the future": sign_login(replace(LOGIN, issued=NOW + LEEWAY + 1), "x", KEY),
    "long": "e" * 20_000,
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_login_is_refused(attack: str):
    with pytest.raises(TokenRefused):
        login(ATTACKS[attack])


@pytest.mark.parametrize(
    "how",
    [
        {"server": "vs2"},
        {"session": "vs1~13"},
        {"installation": "y"},
        {"now": NOW + 60 + LEEWAY + 1},
        {"now": NOW - LEEWAY - 1},
    ],
)
def test_a_right_opens_one_session_on_one_server_in_its_time(how):
    assert right(SIGNED_RIGHT) == RIGHT
    with pytest.raises(TokenRefused):
        right(SIGNED_RIGHT, **how)


def test_a_right_that_is_good_for_longer_than_a_minute_is_refused():
    with pytest.raises(TokenRefused):
        right(sign_session_right(replace(RIGHT, expires=NOW + 61), "x", KEY))


def test_a_login_is_no_right():
    with pytest.raises(TokenRefused):
        right(SIGNED_LOGIN)


def test_a_key_that_has_ended_counts_no_longer():
    ended = {KEY.id: PublicKey("ms1", KEY.public, NOW - 100, NOW - LEEWAY - 1)}
    with pytest.raises(TokenRefused):
        read_login(SIGNED_LOGIN, "x", ended, NOW)


def test_a_key_shows_nothing_of_itself():
    assert repr(KEY) == f"<SigningKey {KEY.id}>"
