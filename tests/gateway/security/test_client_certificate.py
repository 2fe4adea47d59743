"""Client certificates: whom they name, and what the port asks of them."""

import datetime as dt
import ssl
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from gateway.security.client_certificate import user_of
from gateway.security.tls import identity_of
from tests.support.certificates import TestAuthority
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import ConfigurationError
from verdigris.identity.certificates import new_key


NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def certificate(*common_names, alternatives=()):
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, it) for it in common_names])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + dt.timedelta(days=1))
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


MAIL, URI = x509.RFC822Name("alice@corp.example"), x509.UniformResourceIdentifier("urn:alice")


@pytest.mark.parametrize(
    ("shown", "field", "user"),
    [
        (certificate("alice"), "commonName", "alice"),
        (certificate("alice", alternatives=[MAIL, URI]), "email", "alice@corp.example"),
        (certificate("alice", alternatives=[MAIL, URI]), "uri", "urn:alice"),
        (certificate("alice"), "email", ""),
        (certificate("alice", alternatives=[MAIL]), "uri", ""),
        (certificate(), "commonName", ""),
        (certificate("alice", "bob"), "commonName", ""),
        (certificate("alice", alternatives=[MAIL, x509.RFC822Name("b@c.example")]), "email", ""),
        (certificate("two\nlines"), "commonName", ""),
    ],
)
def test_exactly_one_name_is_the_users(shown, field, user):
    assert user_of(shown, field) == user


def shake(options, client):
    """A handshake in memory; what the server sees of the client."""
    ours = SSL.Connection(options.getContext(), None)
    ours.set_accept_state()
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    for _ in range(10):
        for step in (theirs.do_handshake, ours.do_handshake):
            with suppress(ssl.SSLWantReadError, SSL.WantReadError):
                step()
            if data := to_server.read():
                ours.bio_write(data)
            with suppress(SSL.WantReadError):
                to_client.write(ours.bio_read(65536))
    return ours.get_peer_certificate()


@pytest.mark.parametrize("kind", ["none", "ours", "foreign"])
def test_the_port_takes_certificates_of_the_authorities_named_and_needs_none(tmp_path, kind):
    authority, foreign = TestAuthority(tmp_path), TestAuthority(tmp_path, "foreign")
    config = PluginConfig(client_authorities=str(authority.ca))
    options = identity_of(config, tmp_path / "plugin-cfg.xml", NOW).options
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    signer = {"ours": authority, "foreign": foreign}.get(kind)
    if signer is not None:
        client.load_cert_chain(*signer.server("alice", "alice.example"))
    if kind == "foreign":
        with pytest.raises((SSL.Error, ssl.SSLError)):
            shake(options, client)
        return
    seen = shake(options, client)
    assert (seen is None) == (kind == "none")
    if seen is not None:
        der = seen.to_cryptography().public_bytes(Encoding.DER)
        assert user_of(der, "commonName") == "alice"


def test_a_file_of_authorities_that_cannot_be_used_is_told_at_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="clientAuthorities"):
        identity_of(PluginConfig(client_authorities=str(tmp_path / "none")), None, NOW)
