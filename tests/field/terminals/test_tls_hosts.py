"""Old TLS hosts: refused in words by default, taken where one option of the host says so.

Sources: IBM/tnz#95, pmattes/x3270#99 and gglessner/hack3270#2 (TLS 1.0 and 1.1; x3270 has tlsMinProtocol
and tlsSecurityLevel, tnz ZTI_SECLEVEL); openssl/openssl#21296 (error 66); twisted/twisted#12074 and
pyca/service-identity#66 (a common name only; RFC 9525, section 2); X509_V_ERR 66 to 68.
"""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.python.failure import Failure

from sesssrvr.hosts.tls import HostTls, tls_failure
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable
from verdigris.identity.certificate_problems import problem_of


NOW = dt.datetime.now(dt.UTC)
OLD = [("1.0", SSL.TLS1_VERSION), ("1.1", SSL.TLS1_1_VERSION)]


class Certificates:
    """A host's key and certificate, and the file that believes it."""

    def __init__(self, folder, bits=2048, names=("host1",)):
        self.key = rsa.generate_private_key(65537, bits)
        root_key = rsa.generate_private_key(65537, 2048)
        root = self._made("root", root_key, "root", root_key, ())
        self.leaf = self._made("host1", self.key, "root", root_key, names)
        self.file = folder / "root.pem"
        self.file.write_bytes(root.public_bytes(Encoding.PEM))

    def _made(self, name, key, issuer, signer, names):
        subject, by = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=1))
            .not_valid_after(NOW + dt.timedelta(days=1))
            .add_extension(
                x509.BasicConstraints(ca=name == "root", path_length=None), critical=True
            )
        )
        if names:
            found = [x509.DNSName(one) for one in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(found), critical=False)
        return builder.sign(signer, hashes.SHA256())

    def shake(self, newest=SSL.TLS1_2_VERSION, **options):
        """The version agreed on, and the problem."""
        found = tuple((name.replace("_", "-"), value) for name, value in options.items())
        settings = HostSettings(
            host="host1", port=992, options=(("tls-authorities", str(self.file)), *found)
        )
        protocol = Protocol()
        client = HostTls.of(settings).creator().clientConnectionForTLS(protocol)
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.use_privatekey(self.key)
        context.use_certificate(self.leaf)
        context.set_min_proto_version(0)
        context.set_max_proto_version(newest)
        server = SSL.Connection(context, None)
        server.set_accept_state()
        client.set_connect_state()
        problem = exchange(client, server)
        problem = protocol.wrappedProtocol.tls_problem or problem
        return ("" if problem else client.get_protocol_version_name()), problem


class Protocol:
    """What TLS needs of a protocol of Twisted's."""

    def __init__(self):
        self.wrappedProtocol = type("Above", (), {"tls_problem": ""})()
        self.factory = type("Factory", (), {"wrappedFactory": object()})()


def exchange(client, server):
    """Carry the handshake; gives the client's problem."""
    problem, done = "", set()
    for _ in range(12):
        for me, other in ((client, server), (server, client)):
            try:
                if me not in done:
                    me.do_handshake()
                    done.add(me)
            except SSL.WantReadError:
                pass
            except SSL.Error as wrong:
                done.add(me)
                problem = problem or (tls_failure(Failure(wrong)) if me is client else "")
            try:
                while True:
                    other.bio_write(me.bio_read(65536))
            except SSL.WantReadError:
                pass
    return problem


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("good"))


@pytest.mark.parametrize(("word", "newest"), OLD)
def test_an_old_version_is_refused_unless_the_host_is_said_to_need_it(good, word, newest):
    version, problem = good.shake(newest)
    assert (version, "protocol version" in problem) == ("", True)
    version, problem = good.shake(newest, tls_minimum=word)
    assert (version, problem) == ("TLSv1" if word == "1.0" else "TLSv1.1", "")


def test_a_lower_minimum_turns_no_other_check_off(good):
    _, problem = good.shake(SSL.TLS1_VERSION, tls_minimum="1.0", tls_name="other")
    assert "it is not for other but for host1" in problem


def test_a_higher_minimum_refuses_what_is_usual(good):
    assert good.shake(SSL.TLS1_2_VERSION, tls_minimum="1.3")[0] == ""
    assert good.shake(SSL.TLS1_3_VERSION, tls_minimum="1.3")[0] == "TLSv1.3"


def test_a_short_key_is_refused_in_words_unless_the_level_takes_it(tmp_path):
    host = Certificates(tmp_path, bits=1024)
    version, problem = host.shake()
    assert version == ""
    assert "its key is too short (option tls-security-level)" in problem
    assert host.shake(tls_security_level="0") == ("TLSv1.2", "")


@pytest.mark.parametrize(
    ("error", "said"), [(66, "too short"), (67, "too short"), (68, "SHA-1"), (999, "error 999")]
)
def test_every_refusal_of_a_level_has_words(error, said):
    assert said in problem_of(error)


def test_a_certificate_with_a_common_name_only_is_refused_in_words(tmp_path):
    version, problem = Certificates(tmp_path, names=()).shake()
    assert version == ""
    assert "it has no name in a subjectAltName" in problem


@pytest.mark.parametrize(
    ("name", "value"), [("tls-minimum", "1"), ("tls-minimum", "2.0"), ("tls-security-level", "9")]
)
def test_a_version_or_level_that_does_not_exist_is_refused_in_words(name, value):
    with pytest.raises(HostUnreachable, match=f"option {name} is '{value}', not one of"):
        HostTls.of(HostSettings(host="host1", port=992, options=((name, value),)))
