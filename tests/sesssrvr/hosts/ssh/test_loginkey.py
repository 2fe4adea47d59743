"""Private keys are read in the forms people have, and nothing of them is ever shown."""

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from twisted.conch.ssh.keys import Key

from sesssrvr.hosts.ssh import loginkey


PHRASE = "open sesame"
MADE = {
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ssh-rsa": rsa.generate_private_key(65537, 2048),
    "ecdsa-sha2-nistp256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-sha2-nistp521": ec.generate_private_key(ec.SECP521R1()),
}
FORMATS = {
    "openssh": PrivateFormat.OpenSSH,
    "pkcs8": PrivateFormat.PKCS8,
    "traditional": PrivateFormat.TraditionalOpenSSL,
}


def written(kind, form, phrase=""):
    lock = BestAvailableEncryption(phrase.encode()) if phrase else NoEncryption()
    return MADE[kind].private_bytes(Encoding.PEM, FORMATS[form], lock).decode()


CASES = [
    (kind, form)
    for kind in MADE
    for form in FORMATS
    if (kind, form) != ("ssh-ed25519", "traditional")
]


@pytest.mark.parametrize(("kind", "form"), CASES)
@pytest.mark.parametrize("phrase", ["", PHRASE])
@pytest.mark.parametrize("flat", [False, True])
def test_a_key_is_read_whatever_its_form_and_newlines(kind, form, phrase, flat):
    text = written(kind, form, phrase)
    found = loginkey.read(" ".join(text.split("\n")) if flat else text, phrase)
    assert found.kind == kind
    assert found.blob == Key(MADE[kind]).public().blob()
    algorithm = "rsa-sha2-256" if kind == "ssh-rsa" else kind
    assert Key(MADE[kind]).public().verify(found.sign(b"data", algorithm), b"data")


@pytest.mark.parametrize(("kind", "form"), CASES)
def test_a_wrong_or_missing_passphrase_is_said(kind, form):
    text = written(kind, form, PHRASE)
    assert loginkey.is_locked(text)
    assert not loginkey.is_locked(written(kind, form))
    with pytest.raises(ValueError, match="needs a passphrase, and there is none"):
        loginkey.read(text, "")
    with pytest.raises(
        ValueError, match="the passphrase is wrong, or the key is damaged"
    ) as caught:
        loginkey.read(text, "close sesame")
    assert "sesame" not in str(caught.value)


def test_a_passphrase_that_is_not_needed_does_no_harm():
    assert loginkey.read(written("ssh-ed25519", "openssh"), PHRASE).kind == "ssh-ed25519"


def test_a_key_that_has_to_be_of_a_public_key_is_of_it():
    text = written("ssh-ed25519", "openssh")
    mine = Key(MADE["ssh-ed25519"]).public().toString("OPENSSH").decode()
    other = Key(MADE["ssh-rsa"]).public().toString("OPENSSH").decode()
    assert loginkey.read(text, "", mine).kind == "ssh-ed25519"
    with pytest.raises(ValueError, match="not the one of the given public key"):
        loginkey.read(text, "", other)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a private key"),
        ("secret", "not a private key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nsecret", "puttygen"),
        ("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----", "it is damaged"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "damaged"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        loginkey.read(text, "")
    assert "secret" not in str(caught.value)


def test_kinds_ssh_does_not_have_are_refused():
    other = ed448.Ed448PrivateKey.generate()
    text = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="its kind is not supported"):
        loginkey.read(text, "")


def test_a_repr_shows_the_fingerprint_only():
    found = loginkey.read(written("ssh-ed25519", "openssh"), "")
    assert repr(found) == f"<LoginKey ssh-ed25519 {found.fingerprint}>"


@pytest.mark.processes
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_keys_of_ssh_keygen_are_read(kind, tmp_path):
    file = tmp_path / "id"
    made = ["ssh-keygen", "-q", "-t", kind, "-N", PHRASE, "-f", str(file)]
    subprocess.run(made, check=True, timeout=60)
    found = loginkey.read(file.read_text(), PHRASE)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", file], check=True, capture_output=True, timeout=60
    )
    assert found.fingerprint in shown.stdout.decode()


def test_dsa_keys_sign_only_for_hosts_that_may_be_old():
    key = dsa.generate_private_key(1024)  # noqa: S505 - all there is on old hosts
    text = key.private_bytes(Encoding.PEM, FORMATS["pkcs8"], NoEncryption()).decode()
    found = loginkey.read(text, "")
    assert found.algorithm(("ssh-ed25519",), None) == ""
    assert found.algorithm(("ssh-dss",), None) == "ssh-dss"


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_text_is_another_exception(text, phrase):
    for one in (text, f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text}\n-----END A-----"):
        with pytest.raises(ValueError, match=r"."):
            loginkey.read(one, phrase)
