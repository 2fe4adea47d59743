"""TLS to hosts: from the first byte and by START_TLS; a bad certificate ends it with a reason."""

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from hostemul.certificate import server_tls
from hostemul.order_entry.testing import start_orders
from hostemul.testing import start_bank
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.hosts.tls import HostTls
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable


def certificate(folder, name, *, names=("127.0.0.1",), days=1, passphrase=b""):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    alternatives = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=9))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked(passphrase)))
    return files


def locked(passphrase):
    return BestAvailableEncryption(passphrase) if passphrase else NoEncryption()


@pytest.fixture
def pair(tmp_path):
    return certificate(tmp_path, "host")


@pytest.fixture
def visit(on_reactor, _reactor_thread):
    """Connect to a bank and return the first screen; `server` are the bank's options."""

    def go(server, *, tls=False, **options):
        async def there():
            bank = start_bank(_reactor_thread, motd_rate=0, **server)
            found = tuple((name.replace("_", "-"), value) for name, value in options.items())
            host = HostSettings(host=bank.address[0], port=bank.address[1], options=found)
            hosts = RealHosts(_reactor_thread)
            session = HostSession("the bank", _reactor_thread, lambda *_: None)
            try:
                endpoint = hosts.endpoint(host, 5, tls=tls)
                await session.connect(endpoint, hosts.terminal(host), 5)
                return str(session.screen())
            finally:
                session.close()
                await bank.stop()

        return on_reactor(there)

    return go


@pytest.mark.sockets
@pytest.mark.parametrize("start", ["", "offer", "require"])
def test_a_certificate_that_is_believed_leads_to_the_first_screen(visit, pair, start):
    server = {"tls": server_tls(*pair), "start_tls": start}
    shown = visit(server, tls=not start, tls_authorities=str(pair[0]))
    assert "BNK000" in shown


@pytest.mark.sockets
@pytest.mark.parametrize("start", ["", "offer"])
def test_a_certificate_nobody_vouches_for_is_refused_with_its_problem(visit, pair, start):
    server = {"tls": server_tls(*pair), "start_tls": start}
    with pytest.raises(HostUnreachable, match="certificate is not good: it is signed by itself"):
        visit(server, tls=not start)
    assert "BNK000" in visit(server, tls=not start, tls_verify="false")


@pytest.mark.sockets
@pytest.mark.parametrize("start", ["", "offer"])
def test_a_certificate_for_another_name_is_refused(visit, tmp_path, start):
    files = certificate(tmp_path, "other", names=("other.example",))
    server = {"tls": server_tls(*files), "start_tls": start}
    with pytest.raises(HostUnreachable, match=r"it is not for 127\.0\.0\.1"):
        visit(server, tls=not start, tls_authorities=str(files[0]))
    named = {"tls_authorities": str(files[0]), "tls_name": "other.example"}
    assert "BNK000" in visit(server, tls=not start, **named)


@pytest.mark.sockets
def test_an_expired_certificate_is_refused(visit, tmp_path):
    files = certificate(tmp_path, "old", days=-1)
    with pytest.raises(HostUnreachable, match="it has expired"):
        visit({"tls": server_tls(*files)}, tls=True, tls_authorities=str(files[0]))


@pytest.mark.sockets
def test_a_host_that_wants_to_know_us_gets_our_certificate(visit, pair, tmp_path):
    ours = certificate(tmp_path, "ours")
    server = {"tls": server_tls(*pair, ours[0])}
    believed = {"tls_authorities": str(pair[0])}
    shown = visit(server, tls=True, tls_certificate=str(ours[0]), tls_key=str(ours[1]), **believed)
    assert "BNK000" in shown
    with pytest.raises(HostUnreachable):
        visit(server, tls=True, **believed)


@pytest.mark.sockets
def test_our_key_may_have_a_passphrase(visit, pair, tmp_path):
    ours = certificate(tmp_path, "ours", passphrase=b"open sesame")
    (tmp_path / "passphrase").write_text("open sesame\n")
    shown = visit(
        {"tls": server_tls(*pair, ours[0])},
        tls=True,
        tls_authorities=str(pair[0]),
        tls_certificate=str(ours[0]),
        tls_key=str(ours[1]),
        tls_passphrase=str(tmp_path / "passphrase"),
    )
    assert "BNK000" in shown


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("wrong one", r"ours\.key: the passphrase in .*secret does not open it"),
        ("", r"ours\.key: the passphrase in .*secret does not open it"),
        (None, r"ours\.key has a passphrase: tls-passphrase has to name the file"),
    ],
)
def test_a_passphrase_that_opens_nothing_is_told_and_not_shown(tmp_path, secret, said):
    ours = certificate(tmp_path, "ours", passphrase=b"open sesame")
    options = [("tls-certificate", str(ours[0])), ("tls-key", str(ours[1]))]
    if secret is not None:
        (tmp_path / "secret").write_text(secret)
        options.append(("tls-passphrase", str(tmp_path / "secret")))
    host = HostSettings(host="h", tls=True, options=tuple(options))
    with pytest.raises(HostUnreachable, match=said) as caught:
        HostTls.of(host).creator()
    assert "sesame" not in str(caught.value)
    assert "wrong one" not in str(caught.value)


@pytest.mark.sockets
def test_a_host_without_the_start_tls_that_is_required_is_left_at_once(visit):
    with pytest.raises(HostUnreachable, match="does not offer the START_TLS"):
        visit({}, start_tls="require")
    assert "BNK000" in visit({}, start_tls="accept")


@pytest.mark.sockets
def test_an_offer_may_be_refused(visit, pair):
    server = {"tls": server_tls(*pair), "start_tls": "offer"}
    assert "BNK000" in visit(server, start_tls="refuse")


@pytest.mark.sockets
def test_tls_at_a_port_without_tls_says_so(visit):
    with pytest.raises(HostUnreachable, match=r"TLS failed|terminal session"):
        visit({}, tls=True)


@pytest.mark.sockets
def test_5250_hosts_speak_tls_too(on_reactor, _reactor_thread, pair):  # noqa: PT019 - its value is used
    async def there():
        orders = start_orders(_reactor_thread, tls=server_tls(*pair))
        host = HostSettings(
            type="5250", model="IBM-3179-2", host=orders.address[0], port=orders.address[1],
            options=(("tls-authorities", str(pair[0])),),
        )  # fmt: skip
        hosts = RealHosts(_reactor_thread)
        session = HostSession("the order host", _reactor_thread, lambda *_: None)
        try:
            await session.connect(hosts.endpoint(host, 5, tls=True), hosts.terminal(host), 5)
            return str(session.screen())
        finally:
            session.close()
            await orders.stop()

    assert "ORD000" in on_reactor(there)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tls-verify": "perhaps"}, "tls-verify is 'perhaps'"),
        ({"start-tls": "yes"}, "start-tls is 'yes'"),
        ({"tls-authorities": "/nowhere.pem"}, "/nowhere.pem: No such file"),
        ({"tls-certificate": __file__}, "holds no certificate"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(options, said):
    host = HostSettings(host="h", options=tuple(options.items()))
    with pytest.raises(HostUnreachable, match=said):
        HostTls.of(host).creator()
