"""Packets are sealed as RFC 5647 and OpenSSH have it; what was changed is not opened."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from twisted.conch.ssh import _kex
from twisted.conch.ssh.transport import MSG_IGNORE, MSG_KEXINIT

from sesssrvr.hosts.ssh.groups import GROUPS
from sesssrvr.hosts.ssh.packets import string
from sesssrvr.hosts.ssh.protection import (
    BadPacketError,
    EtmOneWay,
    GcmOneWay,
    is_weak_to_cutting,
)
from sesssrvr.hosts.ssh.sealed_transport import STRICT_SERVER, SealedTransport


KEY, IV = bytes(range(32)), bytes(range(12))
BODY = bytes((10, 94)) + b"text" + bytes(10)


def gcm():
    return GcmOneWay(KEY, IV), GcmOneWay(KEY, IV)


def etm():
    made = Cipher(algorithms.AES(KEY), modes.CTR(bytes(16)))
    return (
        EtmOneWay(made.encryptor(), hashlib.sha256, KEY),
        EtmOneWay(made.decryptor(), hashlib.sha256, KEY),
    )


@pytest.mark.parametrize("ways", [gcm, etm])
def test_what_is_sealed_is_opened_in_order(ways):
    out, back = ways()
    for sequence in range(5):
        packet = out.seal(sequence, BODY)
        assert packet[:4] == len(BODY).to_bytes(4, "big")
        assert len(packet) == 4 + len(BODY) + out.tag
        assert BODY not in packet
        assert back.open(sequence, packet) == BODY


@pytest.mark.parametrize("ways", [gcm, etm])
@pytest.mark.parametrize("at", [0, 3, 4, 10, -1])
def test_a_changed_packet_is_not_opened(ways, at):
    out, back = ways()
    packet = bytearray(out.seal(0, BODY))
    packet[at] ^= 1
    with pytest.raises(BadPacketError):
        back.open(0, bytes(packet))


@pytest.mark.parametrize("ways", [gcm, etm])
def test_a_packet_that_was_cut_off_is_noticed_at_the_next(ways):
    out, back = ways()
    out.seal(0, BODY)
    with pytest.raises(BadPacketError):
        back.open(0, out.seal(1, BODY))


def test_the_mac_covers_the_number_the_length_and_the_encrypted_bytes():
    packet = etm()[0].seal(7, BODY)
    wanted = hmac.new(KEY, (7).to_bytes(4, "big") + packet[:-32], hashlib.sha256).digest()
    assert packet[-32:] == wanted


def test_the_gcm_nonce_counts_up_to_its_end():
    """RFC 5647, section 7.1: four bytes fixed, eight that count."""
    last = GcmOneWay(KEY, b"fixd" + b"\xff" * 8)
    first = GcmOneWay(KEY, b"fixd" + bytes(8))
    last.seal(0, BODY)
    assert last.seal(1, BODY) == first.seal(0, BODY)


def test_the_formula_of_rfc_3526_gives_the_prime_that_conch_has():
    assert GROUPS[b"diffie-hellman-group14-sha256"].prime == _kex._DHGroup14SHA1.prime
    assert GROUPS[b"diffie-hellman-group16-sha512"].prime.bit_length() == 4096


@pytest.mark.parametrize(
    ("cipher", "mac", "weak"),
    [
        (b"aes128-cbc", b"hmac-sha2-256-etm@openssh.com", True),
        (b"aes128-cbc", b"hmac-sha2-256", False),
        (b"aes128-ctr", b"hmac-sha2-256-etm@openssh.com", False),
    ],
)
def test_what_terrapin_can_cut_wants_a_strict_exchange(cipher, mac, weak):
    assert is_weak_to_cutting(cipher, mac) is weak


# ---- strict key exchange -------------------------------------------------------------------------


class Strict(SealedTransport):
    """A client without a connection, that keeps why it left."""

    left = ""

    def __init__(self):
        self.supportedKeyExchanges = [b"none-of-the-hosts"]

    def sendDisconnect(self, reason, desc):
        del reason
        self.left = self.left or desc.decode()

    def ssh_IGNORE(self, packet):
        pass


KEXINIT = bytes(16) + string(f"curve25519-sha256,{STRICT_SERVER}") + string("") * 9 + bytes(5)


def test_nothing_is_taken_before_the_hosts_first_message():
    client = Strict()
    client.incomingPacketSequence = 2
    client.dispatchMessage(MSG_KEXINIT, KEXINIT)
    assert client.left == "it sent something before the key exchange"


def test_nothing_is_taken_in_the_middle_of_the_exchange():
    client = Strict()
    client.incomingPacketSequence = 1
    client.dispatchMessage(MSG_KEXINIT, KEXINIT)
    assert client.strict
    client.left = ""
    client.dispatchMessage(MSG_IGNORE, string("padding"))
    assert client.left == "it sent something in the middle of the key exchange"


def test_packets_are_counted_anew_with_each_keys():
    client = Strict()
    client.strict, client._blockedByKeyExchange, client.nextEncryptions = True, [], None
    client.outgoingCompressionType = client.incomingCompressionType = b"none"
    client.incomingPacketSequence = client.outgoingPacketSequence = 9
    client._newKeys()
    assert (client.incomingPacketSequence, client.outgoingPacketSequence) == (0, 0)
