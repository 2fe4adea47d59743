"""Packets of the protections that Conch does not have, and strict key exchange (as of 2026-12-01).

Strict key exchange (section 1.10 of OpenSSH's PROTOCOL, against Terrapin, CVE-2023-48795): until the first
keys are in use nothing but the key exchange is taken, and packets are counted anew with each
keys, so that none can be put in or cut off before. A host that has it says so in its first message.
Tested in `tests/sesssrvr/hosts/ssh/test_protection.py`.
"""

from typing import Final

from twisted.conch.ssh.transport import (
    DISCONNECT_MAC_ERROR,
    DISCONNECT_PROTOCOL_ERROR,
    MSG_DISCONNECT,
    MSG_KEXINIT,
    MSG_NEWKEYS,
    SSHClientTransport,
)
from twisted.python.randbytes import secureRandom

from sesssrvr.hosts.ssh.packets import PacketReader
from sesssrvr.hosts.ssh.protection import (
    BLOCK,
    LENGTH,
    MAX_PACKET,
    BadPacketError,
    OneWay,
    PacketProtection,
    is_weak_to_cutting,
)


STRICT_CLIENT: Final = b"kex-strict-c-v00@openssh.com"
STRICT_SERVER: Final = "kex-strict-s-v00@openssh.com"
_PADDING: Final = 4  # bytes at least; RFC 4253, section 6
_OF_EXCHANGE: Final = frozenset((MSG_DISCONNECT, MSG_KEXINIT, MSG_NEWKEYS, *range(30, 50)))


class SealedTransport(SSHClientTransport):
    """Conch's client, with more protections.

    Attributes:
        strict: both sides keep to strict key exchange.
    """

    strict = False
    _keyed = False

    # ---- the key exchange ----------------------------------------------------------------------

    def ssh_KEXINIT(self, packet: bytes) -> None:
        """The host's algorithms."""
        message = PacketReader(packet)
        message.take(16)
        if not self._keyed and STRICT_SERVER in message.names():
            self.strict = True
            if self.incomingPacketSequence != 1:
                self._leave("it sent something before the key exchange")
                return
        super().ssh_KEXINIT(packet)
        agreed = self.nextEncryptions
        if agreed is None or self.kexAlg is None:
            return
        ways = (agreed.outCipType, agreed.outMACType), (agreed.inCipType, agreed.inMACType)
        if not self.strict and any(is_weak_to_cutting(*way) for way in ways):
            self._leave("CBC with this MAC wants strict key exchange, which it does not have")
            return
        self.nextEncryptions = PacketProtection(
            agreed.outCipType, agreed.inCipType, agreed.outMACType, agreed.inMACType
        )

    def dispatchMessage(self, messageNum: int, payload: bytes) -> None:
        """Take a message; before the first keys of a strict exchange only what belongs to it."""
        if self.strict and not self._keyed and messageNum not in _OF_EXCHANGE:
            self._leave("it sent something in the middle of the key exchange")
            return
        super().dispatchMessage(messageNum, payload)

    def _newKeys(self) -> None:
        """Use the new keys; in a strict exchange packets are counted anew."""
        self._keyed = True
        if self.strict:
            self.incomingPacketSequence = self.outgoingPacketSequence = 0
        super()._newKeys()

    def _leave(self, why: str) -> None:
        self.sendDisconnect(DISCONNECT_PROTOCOL_ERROR, why.encode())

    # ---- packets -------------------------------------------------------------------------------

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        """Send a message, or keep it until the key exchange is over."""
        sealing: OneWay | None = getattr(self.currentEncryptions, "sealing", None)
        exchanging = self._keyExchangeState != self._KEY_EXCHANGE_NONE
        if sealing is None or (exchanging and not self._allowedKeyExchangeMessageType(messageType)):
            super().sendPacket(messageType, payload)
            return
        size = 2 + len(payload)  # the bytes that hold the padding's length and the message's number
        padding = BLOCK - size % BLOCK
        padding += BLOCK if padding < _PADDING else 0
        body = bytes((padding, messageType)) + payload + secureRandom(padding)
        assert self.transport is not None  # noqa: S101 - keys were agreed on over it
        self.transport.write(sealing.seal(self.outgoingPacketSequence, body))
        self.outgoingPacketSequence += 1

    def getPacket(self) -> bytes | None:
        """The next whole packet of what was received; None if there is none yet."""
        opening: OneWay | None = getattr(self.currentEncryptions, "opening", None)
        if opening is None:
            found: bytes | None = super().getPacket()
            return found
        if len(self.buf) < LENGTH:
            return None
        length = int.from_bytes(self.buf[:LENGTH], "big")
        if not BLOCK <= length <= MAX_PACKET or length % BLOCK:
            self._leave(f"bad packet length {length}")
            return None
        whole = LENGTH + length + opening.tag
        if len(self.buf) < whole:
            return None
        packet, self.buf = self.buf[:whole], self.buf[whole:]
        try:
            return self._payload(opening.open(self.incomingPacketSequence, packet))
        except BadPacketError as problem:
            self.sendDisconnect(DISCONNECT_MAC_ERROR, f"bad packet: {problem}".encode())
            return None

    def _payload(self, body: bytes) -> bytes:
        padding = body[0]
        if not _PADDING <= padding < len(body) - 1:
            raise BadPacketError("its padding is wrong")
        self.incomingPacketSequence += 1
        return body[1 : len(body) - padding]
