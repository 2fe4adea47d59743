"""Encryption that Conch does not have: AES-GCM, and MACs over what is encrypted (as of 2026-12-01).

A patch kept small: these classes take the place of Conch's `SSHCiphers` in each key exchange, and go
once Conch has them (twisted/twisted#12184, #6966). Encryption itself is the `cryptography` library's.
Both forms send a packet's length in clear and protect it with the rest. Sources: RFC 5647 with
OpenSSH's names (section 1.6 of its PROTOCOL: the MAC is then ignored, the nonce is the IV plus a
counter), and section 1.5 of PROTOCOL (*-etm@openssh.com: the MAC covers the length and the encrypted
bytes).
Tested in `tests/sesssrvr/hosts/ssh/test_protection.py`.
"""

import hmac
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from twisted.conch.ssh.transport import SSHCiphers


LENGTH: Final = 4
MAX_PACKET: Final = 256 * 1024
"""Bytes; RFC 4253, section 6.1, asks for 35,000, and OpenSSH sends no more than this."""
BLOCK: Final = 16
_ETM: Final = b"-etm@openssh.com"
_GCM: Final = {b"aes256-gcm@openssh.com": 32, b"aes128-gcm@openssh.com": 16}
_NONCE: Final = 12
_FIXED: Final = 4  # bytes of the nonce that stay; the others are a counter


class BadPacketError(ValueError):
    """A packet that has been changed, or was never one."""


class OneWay(Protocol):
    """The protection of one direction.

    Attributes:
        tag: bytes after each packet that prove it unchanged.
    """

    tag: int

    def seal(self, sequence: int, body: bytes) -> bytes:
        """A packet as it is sent: its length, and the body encrypted and proved."""

    def open(self, sequence: int, packet: bytes) -> bytes:
        """The body of a packet as it was received; raises BadPacketError."""


class GcmOneWay:
    """AES-GCM in one direction.

    Args:
        key: of 16 or 32 bytes.
        iv: the first nonce.
    """

    tag = 16

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._cipher = AESGCM(key)
        self._fixed = iv[:_FIXED]
        self._counter = int.from_bytes(iv[_FIXED:_NONCE], "big")

    def seal(self, sequence: int, body: bytes) -> bytes:
        """See `OneWay`."""
        del sequence
        length = len(body).to_bytes(LENGTH, "big")
        return length + self._cipher.encrypt(self._nonce(), body, length)

    def open(self, sequence: int, packet: bytes) -> bytes:
        """See `OneWay`."""
        del sequence
        try:
            return self._cipher.decrypt(self._nonce(), packet[LENGTH:], packet[:LENGTH])
        except InvalidTag:
            raise BadPacketError("its tag is wrong") from None

    def _nonce(self) -> bytes:
        counter, self._counter = self._counter, (self._counter + 1) % 2**64
        return self._fixed + counter.to_bytes(_NONCE - _FIXED, "big")


class EtmOneWay:
    """Any cipher, and a MAC over what it has encrypted, in one direction.

    Args:
        cipher: an encryptor or a decryptor.
        digest: makes the MAC's hash.
        key: of the MAC.
    """

    def __init__(self, cipher: Any, digest: Any, key: bytes) -> None:
        self._cipher, self._digest = cipher, digest
        self.tag: int = digest().digest_size
        self._key = key[: self.tag]

    def seal(self, sequence: int, body: bytes) -> bytes:
        """See `OneWay`."""
        sent: bytes = len(body).to_bytes(LENGTH, "big") + self._cipher.update(body)
        return sent + self._mac(sequence, sent)

    def open(self, sequence: int, packet: bytes) -> bytes:
        """See `OneWay`."""
        received, mac = packet[: -self.tag], packet[-self.tag :]
        if not hmac.compare_digest(mac, self._mac(sequence, received)):
            raise BadPacketError("its MAC is wrong")
        body: bytes = self._cipher.update(received[LENGTH:])
        return body

    def _mac(self, sequence: int, data: bytes) -> bytes:
        numbered = (sequence % 2**32).to_bytes(4, "big") + data
        return hmac.new(self._key, numbered, self._digest).digest()


class PacketProtection(SSHCiphers):
    """Conch's ciphers, and those it does not have.

    Attributes:
        sealing, opening: the two directions; None where Conch's own way is right.
    """

    cipherMap = {  # noqa: RUF012 - Conch's attribute
        **SSHCiphers.cipherMap,
        **{name: SSHCiphers.cipherMap[b"aes%d-ctr" % (size * 8)] for name, size in _GCM.items()},
    }
    macMap = {  # noqa: RUF012 - Conch's attribute
        **SSHCiphers.macMap,
        **{name + _ETM: SSHCiphers.macMap[name] for name in (b"hmac-sha2-256", b"hmac-sha2-512")},
    }

    sealing: OneWay | None = None
    opening: OneWay | None = None

    def setKeys(
        self,
        outIV: bytes,
        outKey: bytes,
        inIV: bytes,
        inKey: bytes,
        outInteg: bytes,
        inInteg: bytes,
    ) -> None:
        """Take the keys of both directions."""
        super().setKeys(outIV, outKey, inIV, inKey, outInteg, inInteg)
        sent, received = (self.outCipType, self.outMACType), (self.inCipType, self.inMACType)
        self.sealing = self._one_way(*sent, self.encryptor, (outIV, outKey, outInteg))
        self.opening = self._one_way(*received, self.decryptor, (inIV, inKey, inInteg))

    def _one_way(
        self, cipher: bytes, mac: bytes, made: Any, keys: tuple[bytes, bytes, bytes]
    ) -> OneWay | None:
        iv, key, integrity = keys
        if size := _GCM.get(cipher):
            return GcmOneWay(key[:size], iv)
        if mac.endswith(_ETM):
            return EtmOneWay(made, self.macMap[mac], integrity)
        return None


def is_weak_to_cutting(cipher: bytes, mac: bytes) -> bool:
    """Whether packets could be cut off unnoticed without strict key exchange (Terrapin, 2023).

    CBC with a MAC over what is encrypted is; AES-GCM and CTR lose step at once.
    """
    return cipher.endswith(b"-cbc") and mac.endswith(_ETM)
