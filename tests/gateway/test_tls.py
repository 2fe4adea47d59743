"""HTTPS: opened with a certificate and key, refused in words without."""

import datetime as dt
import ssl
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.server import Gateway
from gateway.settings import Settings
from gateway.tls import certificate_options
from verdigris.errors import ConfigurationError


@pytest.fixture
def pem(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return tmp_path / "cert.pem", tmp_path / "key.pem"


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

    with pytest.raises(ConfigurationError) as caught:
        certificate_options(str(tmp_path / "none.pem"), str(tmp_path / "key.pem"))

    said = str(caught.value)
    assert "none.pem, named in certificateFile, cannot be used: No such file or directory" in said
    assert (
        "key.pem, named in privateKeyFile, cannot be used: it is no PEM file of that kind" in said
    )
    assert "secretbytes" not in said
