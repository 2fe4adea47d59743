"""The layers of SSH under a terminal session, on Twisted's Conch.

Law: whatever a host sends, the worst that happens is that `LineOwner.failed` hears of it; Conch's own
log, which holds what was sent, goes nowhere. A host key is judged before anything secret is sent,
and its signature has to be of the algorithm agreed on.
Tested in `tests/sesssrvr/hosts/ssh/test_line.py`.
"""

import warnings
from typing import Final

from twisted.conch.ssh.service import SSHService
from twisted.conch.ssh.transport import (
    DISCONNECT_BY_APPLICATION,
    SSHTransportBase,
)
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from sesssrvr.hosts.ssh import groups
from sesssrvr.hosts.ssh.algorithms import KINDS, kind_of, missing
from sesssrvr.hosts.ssh.channel import Connection
from sesssrvr.hosts.ssh.owner import QUIET, LineOwner
from sesssrvr.hosts.ssh.packets import PacketReader
from sesssrvr.hosts.ssh.sealed_transport import STRICT_CLIENT, SealedTransport
from sesssrvr.hosts.ssh.signon import SshSignOn, shown
from verdigris.errors import SshFailed, VerdigrisError


log = Logger()
# Said on every exchange of keys by the library under Conch; users of such a host know.
warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields", UserWarning)

groups.enter()

MAX_GREETING: Final = 8192
"""Bytes a host may say before it names its version (RFC 4253, section 4.2, sets no limit)."""
_VERSIONS: Final = (b"SSH-2.0-", b"SSH-1.99-")
_SMALLEST_GROUP: Final = 2048  # bits; RFC 8270


class ClientTransport(SealedTransport):
    """The connection: greeting, key exchange, encryption.

    Args:
        owner: who opens it.

    Attributes:
        taken: signature algorithms the host takes of users (RFC 8308); None if it does not say.
    """

    _log = QUIET
    version = b"Verdigris"
    ourVersionString = b"SSH-2.0-Verdigris"

    def __init__(self, owner: LineOwner) -> None:
        self._owner = owner
        self._greeting: bytes | None = b""
        self._over = self._secure = False
        offered = {
            kind: [one.encode() for one in getattr(owner.algorithms, kind)] for kind in KINDS
        }
        self.supportedKeyExchanges = [*offered["exchanges"], STRICT_CLIENT]
        self.supportedPublicKeys = offered["keys"]
        self.supportedCiphers = offered["ciphers"]
        self.supportedMACs = offered["macs"]
        self.supportedCompressions = [b"none"]
        if "diffie-hellman-group-exchange-sha1" not in owner.algorithms.exchanges:
            self._dhMinimalGroupSize = _SMALLEST_GROUP

    @property
    def taken(self) -> list[str] | None:
        """Signature algorithms the host says it takes."""
        said = self.peerExtensions.get(b"server-sig-algs")
        return None if said is None else said.decode("ascii", "replace").split(",")

    def connectionMade(self) -> None:
        """Greet; a dead host is noticed by keepalive, if by nothing else."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self._owner.reached("greeting")
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Take what the host sends; nothing of it is an exception."""
        self._owner.heard()
        if self._over:
            return
        try:
            for part in self._greeted(data):
                super().dataReceived(part)
        except VerdigrisError as problem:
            self._owner.failed(problem)
        except Exception:  # noqa: BLE001 - Conch's way to say that a message is not valid
            log.failure("a host's message is not valid", level=LogLevel.debug)
            self._owner.failed(self._failed("it sent a message that is not valid SSH"))

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        """Stop the service and inform the owner."""
        self._over = True
        self._owner.lost("" if reason is None else reason.getErrorMessage().rstrip("."))
        super().connectionLost(reason)

    def leave(self) -> None:
        """Say good-bye; nothing that comes is looked at any more."""
        if self._over or self.transport is None:
            return
        self._over = True
        SSHTransportBase.sendDisconnect(self, DISCONNECT_BY_APPLICATION, b"bye")

    # ---- the greeting --------------------------------------------------------------------------

    def _greeted(self, data: bytes) -> list[bytes]:
        """The parts for Conch: the line with the host's version, then everything after it."""
        if self._greeting is None:
            return [data]
        said = self._greeting = self._greeting + data
        while not said.startswith(b"SSH-"):
            line, end, rest = said.partition(b"\n")
            if b"\xff" in line or b"\0" in line or len(said) > MAX_GREETING:
                raise self._failed(
                    f"it speaks another protocol ({shown(line.decode('latin-1'))!r})"
                )
            if not end:
                return []
            said = self._greeting = rest
        line, end, rest = said.partition(b"\n")
        if len(line) > MAX_GREETING:
            raise self._failed("its version has no end")
        if not end:
            return []
        if not line.startswith(_VERSIONS):
            raise self._failed(f"it has another version: {shown(line.decode('latin-1'))}")
        self._greeting = None
        self._owner.reached("key exchange")
        return [line + end, rest] if rest else [line + end]

    # ---- the key exchange ----------------------------------------------------------------------

    def ssh_KEXINIT(self, packet: bytes) -> None:
        """The host's algorithms; what we do not have in common is said in words."""
        message = PacketReader(packet)
        message.take(16)
        if lacking := missing(self._owner.algorithms, [message.names() for _ in range(6)]):
            raise self._failed(lacking)
        super().ssh_KEXINIT(packet)

    def ssh_KEX_DH_GEX_GROUP(self, packet: bytes) -> None:
        """A group, or (the same number) the host's key and signature."""
        if not self.kexAlg.startswith(b"diffie-hellman-group-exchange"):
            self._check_signature(packet)
        super().ssh_KEX_DH_GEX_GROUP(packet)

    def ssh_KEX_DH_GEX_REPLY(self, packet: bytes) -> None:
        """The host's key and signature."""
        self._check_signature(packet)
        super().ssh_KEX_DH_GEX_REPLY(packet)

    def _check_signature(self, packet: bytes) -> None:
        """See that key and signature are those agreed on: Conch takes any the key can make."""
        message = PacketReader(packet)
        key = message.string()
        message.string()
        signature = PacketReader(message.string())
        agreed = self.keyAlg.decode()
        if PacketReader(key).text() != kind_of(agreed) or signature.text() != agreed:
            raise self._failed(f"its signature is not the {agreed} agreed on")

    def verifyHostKey(self, hostKey: bytes, fingerprint: bytes) -> "Deferred[bool]":
        """Ask the owner."""
        del fingerprint  # MD5
        try:
            self._owner.judge(hostKey)
        except VerdigrisError as problem:
            self._owner.failed(problem)
            return fail(problem)
        return succeed(True)  # noqa: FBT003 - what Conch awaits

    def connectionSecure(self) -> None:
        """Sign on; keys that are exchanged anew change nothing."""
        if not self._secure and not self._over:
            self._secure = True
            self._owner.reached("sign-on")
            self.requestService(SignOnService(self._owner))

    # ---- the end -------------------------------------------------------------------------------

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        """Conch gives up; after an error of our own it does so because of that."""
        if not self._over:
            said = desc.decode("utf-8", "replace")
            self._owner.failed(self._failed(shown(said) or f"reason {reason}"))

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        """The host gives up."""
        del reasonCode
        self._owner.disconnected(shown(description.decode("utf-8", "replace")))

    def _failed(self, reason: str) -> SshFailed:
        return SshFailed(host=self._owner.address, reason=reason)


class SignOnService(SSHService):
    """Signs on, as `signon.SshSignOn` says.

    Args:
        owner: who opens the line.
    """

    name = b"ssh-userauth"
    _log = QUIET
    transport: ClientTransport

    def __init__(self, owner: LineOwner) -> None:
        self._owner = owner
        self.sign_on: SshSignOn | None = None

    def serviceStarted(self) -> None:
        """Ask for the ways to sign on."""
        owner = self._owner
        session = self.transport.sessionID or b""
        self.sign_on = SshSignOn(owner.address, owner.credentials, session, self.transport.taken)
        self._send(self.sign_on.begin())

    def packetReceived(self, messageNum: int, packet: bytes) -> None:
        """A message of the host."""
        sign_on = self.sign_on
        if sign_on is None:
            return
        self._send(sign_on.receive(messageNum, packet))
        if sign_on.problem is not None:
            self._owner.failed(sign_on.problem)
        elif sign_on.signed_on:
            self._owner.reached("opening of a terminal session")
            self.transport.setService(Connection(self._owner))

    def _send(self, messages: list[tuple[int, bytes]]) -> None:
        for number, data in messages:
            self.transport.sendPacket(number, data)
