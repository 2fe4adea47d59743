"""Today's algorithms are offered; old ones only by name; the right kind of host key first."""

import pytest
from twisted.conch.ssh.transport import SSHClientTransport

from sesssrvr.hosts.ssh.algorithms import KINDS, MODERN, OLD, missing, signature
from sesssrvr.hosts.ssh.groups import GROUPS
from sesssrvr.hosts.ssh.protection import PacketProtection


def test_nothing_weak_is_offered_unasked():
    names = [name for kind in KINDS for name in getattr(MODERN, kind)]
    weak = ("sha1", "md5", "cbc", "3des", "dss", "ssh-rsa")
    assert [name for name in names if any(part in name for part in weak)] == []


def test_everything_offered_is_built():
    built = {
        "exchanges": [*SSHClientTransport.supportedKeyExchanges, *GROUPS],
        "keys": SSHClientTransport.supportedPublicKeys,
        "ciphers": PacketProtection.cipherMap,
        "macs": PacketProtection.macMap,
    }
    for kind in KINDS:
        for name in (*getattr(MODERN, kind), *getattr(OLD, kind)):
            assert name.encode() in built[kind], name


def test_old_ones_come_behind_the_others():
    every = MODERN.with_old(["old"])
    for kind in KINDS:
        assert getattr(every, kind) == getattr(MODERN, kind) + getattr(OLD, kind)
    some = MODERN.with_old(["hmac-sha1", "ssh-rsa", "aes256-ctr"])
    assert some.macs == (*MODERN.macs, "hmac-sha1")
    assert some.keys == (*MODERN.keys, "ssh-rsa")
    assert some.ciphers == MODERN.ciphers


def test_what_is_no_algorithm_is_refused_with_what_there_is():
    with pytest.raises(ValueError, match=r"no algorithm rot13; old ones are .*hmac-sha1"):
        MODERN.with_old(["hmac-sha1", "rot13"])


def test_a_known_kind_of_key_is_asked_for_first():
    rsa = MODERN.preferring(["ssh-rsa"]).keys
    assert rsa[:2] == ("rsa-sha2-512", "rsa-sha2-256")
    assert sorted(rsa) == sorted(MODERN.keys)
    assert MODERN.preferring([]).keys == MODERN.keys


def offer(**changed):
    lists = {
        "exchanges": MODERN.exchanges,
        "keys": MODERN.keys,
        "ciphers": MODERN.ciphers,
        "ciphers_back": MODERN.ciphers,
        "macs": MODERN.macs,
        "macs_back": MODERN.macs,
        **changed,
    }
    return list(lists.values())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"exchanges": ["dh1"]}, "no key exchange in common; the host offers dh1"),
        ({"keys": ["ssh-dss"]}, "no kind of host key in common; the host offers ssh-dss"),
        ({"ciphers": []}, "no cipher in common; the host offers none"),
        ({"ciphers_back": ["a", "b"]}, "no cipher in common; the host offers a, b"),
        ({"macs_back": ["hmac-md5"]}, "no MAC in common; the host offers hmac-md5"),
    ],
)
def test_what_is_not_in_common_is_said(changed, said):
    assert missing(MODERN, offer(**changed)) == said


@pytest.mark.parametrize(
    ("kind", "old", "taken", "chosen"),
    [
        ("ssh-ed25519", (), None, "ssh-ed25519"),
        ("ssh-ed25519", (), ["rsa-sha2-512"], "ssh-ed25519"),
        ("ssh-rsa", (), None, "rsa-sha2-512"),
        ("ssh-rsa", (), ["ssh-ed25519", "rsa-sha2-256"], "rsa-sha2-256"),
        ("ssh-rsa", (), ["ssh-rsa"], ""),
        ("ssh-rsa", ("ssh-rsa",), ["rsa-sha2-256", "ssh-rsa"], "rsa-sha2-256"),
        ("ssh-rsa", ("ssh-rsa",), ["ssh-rsa"], "ssh-rsa"),
        ("ssh-rsa", ("ssh-rsa",), None, "ssh-rsa"),
        ("ssh-dss", (), None, ""),
    ],
)
def test_a_key_signs_with_what_the_host_takes(kind, old, taken, chosen):
    assert signature(kind, MODERN.with_old(old).keys, taken) == chosen
