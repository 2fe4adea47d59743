"""HTTPS from the start: a given certificate, or one of the gateway's own, kept and shown."""

import datetime as dt
import ssl
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from OpenSSL.SSL import Connection
from twisted.internet.task import Clock

from gateway.security.certificate import fingerprint, own
from gateway.security.live_certificate import LiveCertificate
from gateway.security.tls import identity_of
from gateway.server import Gateway
from gateway.settings import Settings
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import ConfigurationError


NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def written(folder, begins=-1, ends=100):
    """A certificate for localhost, valid between these days from now, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + dt.timedelta(days=begins))
        .not_valid_after(now + dt.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "key.pem").chmod(0o600)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def pem(tmp_path):
    return written(tmp_path)


@pytest.mark.sockets
def test_the_same_pages_over_tls(on_reactor, _reactor_thread, pem, tmp_path):  # noqa: PT019 - its value is used
    file = tmp_path / "plugin-cfg.xml"
    file.write_text(
        f"""<properties><entry key="certificateFile">{pem[0]}</entry>
        <entry key="privateKeyFile">{pem[1]}</entry><entry key="httpsPort">0</entry>
        <entry key="managementServers"/><entry key="sessionServer">127.0.0.1:9</entry></properties>"""
    )

    async def open_gateway():
        gateway = Gateway(_reactor_thread, Settings(file, _reactor_thread), port=0)
        return gateway, [port.getHost().port for port in await gateway.start()]

    gateway, ports = on_reactor(open_gateway)
    try:
        trust = ssl.create_default_context(cafile=str(pem[0]))
        with urllib.request.urlopen(f"https://localhost:{ports[1]}/live", context=trust) as answer:
            assert (answer.status, answer.read()) == (200, b"live\n")
    finally:
        on_reactor(gateway.stop)


def test_files_that_cannot_be_used_are_all_named(tmp_path):
    (tmp_path / "key.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nsecretbytes\n-----END PRIVATE KEY-----"
    )

    config = PluginConfig(
        certificate_file=str(tmp_path / "none.pem"), private_key_file=str(tmp_path / "key.pem")
    )
    with pytest.raises(ConfigurationError) as caught:
        identity_of(config, None, NOW)

    said = str(caught.value)
    assert "none.pem, named in certificateFile, cannot be used: No such file or directory" in said
    assert (
        "key.pem, named in privateKeyFile, cannot be used: it is not a PEM file of that kind"
        in said
    )
    assert "secretbytes" not in said


# ---- the gateway's own certificate -----------------------------------------------------------


@pytest.mark.sockets
def test_without_files_https_is_there_from_the_start_and_its_fingerprint_is_shown(
    on_reactor,
    _reactor_thread,  # noqa: PT019 - its value is used
    tmp_path,
    logged,
):
    file = tmp_path / "plugin-cfg.xml"
    file.write_text(
        """<properties><entry key="managementServers"/><entry key="sessionServer">127.0.0.1:9</entry>
        </properties>"""
    )

    async def open_gateway():
        gateway = Gateway(_reactor_thread, Settings(file, _reactor_thread), port=0)
        return gateway, [port.getHost().port for port in await gateway.start()]

    gateway, ports = on_reactor(open_gateway)
    try:
        trust = ssl.create_default_context(cafile=str(tmp_path / "gateway-tls/certificate.pem"))
        trust.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default
        for host in ("localhost", "127.0.0.1"):
            url = f"https://{host}:{ports[1]}/vhi-ws"
            with urllib.request.urlopen(url, context=trust) as answer:
                assert gateway.certificate.identity.fingerprint in answer.read().decode()
        assert any(gateway.certificate.identity.fingerprint in line for line in logged())
    finally:
        on_reactor(gateway.stop)


def test_it_is_made_once_and_made_again_only_near_its_end(tmp_path):
    folder = tmp_path / "tls"
    first = own(folder, ("localhost", "10.0.0.1"), NOW)
    again = own(folder, ("localhost",), NOW + dt.timedelta(days=3000))
    late = own(folder, ("localhost",), NOW + dt.timedelta(days=3630))

    assert (first.made, again.made, late.made) == (True, False, True)
    assert again.pem == first.pem
    assert late.pem != first.pem
    assert (folder / "gateway.pem").stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in (folder / "certificate.pem").read_bytes()
    assert "PRIVATE" not in repr(first)
    assert fingerprint(first.certificate)[:11] in repr(first)


def test_a_kept_file_that_is_broken_is_replaced(tmp_path):
    (tmp_path / "gateway.pem").write_bytes(b"rubbish")

    assert own(tmp_path, ("localhost",), NOW).made
    assert not own(tmp_path, ("localhost",), NOW).made


def test_a_folder_that_cannot_be_written_still_gives_a_certificate(tmp_path):
    (tmp_path / "file").write_text("no folder")

    found = own(tmp_path / "file" / "tls", ("localhost",), NOW)

    assert found.made
    assert found.kept is None
    assert "Not a directory" in found.problem


def test_the_first_of_several_that_start_together_writes(tmp_path, monkeypatch):
    theirs = own(tmp_path / "theirs", ("localhost",), NOW).pem

    def slower(part, file):
        file.write_bytes(theirs)
        raise FileExistsError

    monkeypatch.setattr("verdigris.config.atomic.os.link", slower)

    assert own(tmp_path / "ours", ("localhost",), NOW).pem == theirs


def test_tls_can_be_left_out(start):
    assert PluginConfig().transport_layer_security
    settings = Settings(None, start().clock)
    settings.config = PluginConfig(transport_layer_security=False)
    gateway = Gateway(start().clock, settings, port=0)

    assert len(gateway._endpoints()) == 1


def configured(pem):
    return PluginConfig(certificate_file=str(pem[0]), private_key_file=str(pem[1]))


def test_a_certificate_and_the_key_of_another_are_refused(tmp_path, pem):
    (tmp_path / "other").mkdir()
    other = written(tmp_path / "other")
    with pytest.raises(ConfigurationError, match="is not the key of the certificate"):
        identity_of(configured((pem[0], other[1])), None, dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [(-9, -1, ["expired at"]), (1, 90, ["is not valid before"]), (-1, 3, ["expires at"]), (-1, 90, [])],
)  # fmt: skip
def test_a_certificate_out_of_its_time_is_warned_about(tmp_path, begins, ends, said):
    found = identity_of(configured(written(tmp_path, begins, ends)), None, dt.datetime.now(dt.UTC))
    assert len(found.warnings) == len(said)
    assert all(part in warning for part, warning in zip(said, found.warnings, strict=True))


def test_a_key_that_everybody_may_read_is_warned_about(pem):
    pem[1].chmod(0o644)
    found = identity_of(configured(pem), None, dt.datetime.now(dt.UTC))
    assert [warning for warning in found.warnings if "can be read by every user" in warning]


def test_a_renewed_certificate_is_taken_without_a_restart_and_a_broken_one_is_not(tmp_path, pem):
    clock = Clock()
    live = LiveCertificate(configured(pem), None, clock)
    shown = []
    live.on_change = shown.append
    live.start()
    before = live.identity

    pem[0].write_text("half a file")
    clock.pump([1] * 5)
    assert live.identity is before

    written(tmp_path)
    clock.pump([1] * 5)
    assert live.identity is not before
    assert shown == [live.identity]
    live.stop()
    assert clock.getDelayedCalls() == []


def test_tls_1_2_has_no_suite_without_authenticated_encryption(pem):
    """RFC 9325, 4.2: no CBC."""
    context = identity_of(configured(pem), None, dt.datetime.now(dt.UTC)).options.getContext()
    suites = Connection(context).get_cipher_list()
    assert suites
    assert all("GCM" in suite or "POLY1305" in suite for suite in suites)
