"""UsernameToken as zeep and node soap send it: read, proven, used once, refused when wrong."""

import base64
import datetime as dt
import hashlib

import pytest
from lxml import etree
from twisted.internet.task import Clock
from zeep.wsse.username import UsernameToken

from gateway.security.username_token import WINDOW, Nonces, Token, is_fresh, token_of
from gateway.workers.shared_state import LocalState
from verdigris.errors import BadRequest, CredentialsWrong, NotUnderstood


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MUST = f"{{{SOAP}}}mustUnderstand"
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC).timestamp()
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"


def node_soap(password="s3cret", created="2026-11-22T11:59:30Z", expires="2026-11-22T12:09:30Z"):
    """The header of node soap 1.x with passwordType PasswordDigest and hasNonce."""
    nonce = b"0123456789abcdef"
    digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest())  # noqa: S324 - the profile
    return f"""<wsse:Security soap:mustUnderstand="1" xmlns:soap="{SOAP}" xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">
      <wsu:Timestamp wsu:Id="Timestamp-1"><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>
      <wsse:UsernameToken wsu:Id="SecurityToken-1"><wsse:Username>ops</wsse:Username>
      <wsse:Password Type="{PROFILE}#PasswordDigest">{digest.decode()}</wsse:Password>
      <wsse:Nonce EncodingType="x#Base64Binary">{base64.b64encode(nonce).decode()}</wsse:Nonce>
      <wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"""


def read(*headers, now=NOW):
    return token_of([etree.fromstring(header) for header in headers], MUST, now)


def zeep_header(**options):
    envelope = etree.Element(f"{{{SOAP}}}Envelope")
    UsernameToken("ops", "s3cret", **options).apply(envelope, {})
    return etree.tostring(envelope.find(".//{*}Security"))


def test_a_message_without_a_token_has_none():
    assert read() is None
    assert read("<Other xmlns='urn:o'/>", f"<Security xmlns='{WSSE}'/>") is None


def test_zeeps_clear_password():
    token = read(zeep_header())

    assert (token.user, token.password, token.digest) == ("ops", "s3cret", b"")


@pytest.mark.parametrize("zone", [{}, {"zulu_timestamp": True}])
def test_zeeps_digest_proves_the_password_and_no_other(zone):
    created = dt.datetime(2026, 11, 22, 12, 0, 7, tzinfo=dt.UTC)

    token = read(zeep_header(use_digest=True, created=created, **zone))

    assert token.proves("s3cret")
    assert not token.proves("other")
    assert is_fresh(token, NOW)


def test_node_soaps_digest_with_its_timestamp_and_must_understand():
    token = read(node_soap())

    assert token.proves("s3cret")
    assert is_fresh(token, NOW)


@pytest.mark.parametrize(
    ("created", "fresh"),
    [
        ("2026-11-22T12:00:00Z", True),
        ("2026-11-22T12:00:00", True),
        ("2026-11-22T13:00:00.250+01:00", True),
        ("2026-11-22T12:04:59Z", True),
        ("2026-11-22T12:05:01Z", False),
        ("2026-11-22T11:54:59Z", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_a_digest_counts_only_near_its_time(created, fresh):
    assert is_fresh(Token("ops", digest=b"d", created=created), NOW) is fresh


def test_a_nonce_counts_once_for_as_long_as_it_could_come_again():
    nonces = Nonces(LocalState(Clock()))
    token = Token("ops", digest=b"d", nonce=b"n", created="2026-11-22T12:00:00Z")

    assert nonces.first(token, NOW)
    assert not nonces.first(token, NOW + 2 * WINDOW - 1)
    assert nonces.first(Token("other", digest=b"d", nonce=b"n", created=token.created), NOW)


def test_remembered_nonces_are_bounded(monkeypatch):
    monkeypatch.setattr("gateway.workers.shared_state.MAX_NAMES", 3)
    nonces = Nonces(LocalState(Clock()))
    tokens = [Token("ops", digest=b"d", nonce=bytes([n])) for n in range(5)]

    assert [nonces.first(token, NOW) for token in tokens] == [True, True, True, False, False]
    assert nonces.first(tokens[4], NOW + 2 * WINDOW)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (f"<Security xmlns='{WSSE}'><UsernameToken/></Security>", BadRequest),
        (f"<Security xmlns='{WSSE}'><UsernameToken><Username>ops</Username></UsernameToken></Security>", BadRequest),
        (node_soap().replace("#PasswordDigest", "#Other"), BadRequest),
        (node_soap().replace("MDEyMzQ1Njc4OWFiY2RlZg==", "no base64"), BadRequest),
        (node_soap().replace("MDEyMzQ1Njc4OWFiY2RlZg==", ""), BadRequest),
        (node_soap().replace("<wsse:Username>", "<wsse:Username>dev</wsse:Username><wsse:Username>"), BadRequest),
        (node_soap(expires="soon"), BadRequest),
        (node_soap(expires="2026-11-22T11:00:00Z"), CredentialsWrong),
        (node_soap().replace("</wsse:Security>", "<Signature/></wsse:Security>"), NotUnderstood),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_without_its_values(header, error):
    with pytest.raises(error) as caught:
        read(header)

    assert "s3cret" not in str(caught.value)
    assert "no base64" not in str(caught.value).replace("is not valid base64", "")


def test_a_signature_nobody_must_understand_is_left_alone():
    header = node_soap().replace("</wsse:Security>", "<Signature/></wsse:Security>")

    assert read(header.replace('soap:mustUnderstand="1"', "")).user == "ops"


def test_several_tokens_are_refused():
    with pytest.raises(BadRequest):
        read(node_soap(), node_soap())


def test_printing_a_token_shows_no_secret():
    assert repr(read(node_soap())) == "<Token 'ops' digest=hidden>"
    assert repr(read(zeep_header())) == "<Token 'ops' password=hidden>"
