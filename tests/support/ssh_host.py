"""An SSH host in memory: Conch's own server, and a session on it with a clock that tests move."""

from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.conch.avatar import ConchUser
from twisted.conch.error import ConchError, ValidPublicKey
from twisted.conch.interfaces import ISession, ISessionSetEnv
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.session import SSHSession
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.conch.ssh.userauth import SSHUserAuthServer
from twisted.cred.checkers import ICredentialsChecker, InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import ISSHPrivateKey
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.test.iosim import FakeTransport, connect
from zope.interface import implementer

from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.hosts.ssh import knownhosts
from sesssrvr.model import HostSettings


PASSWORD = "pa55 w0rd, and more"
KEYS = {
    "ed25519": Key(ed25519.Ed25519PrivateKey.generate()),
    "rsa": Key(rsa.generate_private_key(65537, 2048)),
    "ecdsa": Key(ec.generate_private_key(ec.SECP256R1())),
}
HOST_KEYS = {
    b"ssh-ed25519": Key(ed25519.Ed25519PrivateKey.generate()),
    b"ssh-rsa": Key(rsa.generate_private_key(65537, 2048)),
}


def text_of(key: Key) -> str:
    """A private key as files have it."""
    made = key._keyObject.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return made.decode()


@implementer(ISession, ISessionSetEnv)
class Shell:
    """A terminal session of the host: what was asked for, what was typed."""

    def __init__(self, host: "Host") -> None:
        self.host = host
        self.environ: dict[bytes, bytes] = {}
        self.typed = b""
        self.pty: Any = None
        self.sizes: list[tuple[int, int]] = []
        self.command: bytes | None = None
        self.closes = 0
        self.process: Any = None
        host.shells.append(self)

    def setEnv(self, name, value):
        self.environ[name] = value

    def getPty(self, term, size, modes):
        if self.host.refuses == "pty":
            raise ConchError("no pty")
        self.pty = (term, *size[:2])

    def openShell(self, process):
        if self.host.refuses == "shell":
            raise ConchError("no shell")
        self.process = process
        process.makeConnection(self)
        for _ in range(self.host.times):  # before the answer that there is a shell
            process.session.write(self.host.early)
        self.process.session.write(self.host.greeting)

    def execCommand(self, process, command):
        self.command = command
        self.openShell(process)

    def windowChanged(self, size):
        self.sizes.append(size[:2])

    def eofReceived(self):
        pass

    def closed(self):
        self.closes += 1

    # ---- the transport of Conch's process protocol

    def write(self, data):
        self.typed += data

    def loseConnection(self):
        pass

    def say(self, data):
        self.process.session.write(data)

    def exit(self, status):
        session = self.process.session
        session.conn.sendRequest(session, b"exit-status", status.to_bytes(4, "big"))
        session.loseConnection()


class Terminal(SSHSession):
    """Conch's session; breaks are kept."""

    def request_break(self, data):
        self.session.typed += b"<break>"
        return 1


class User(ConchUser):
    def __init__(self, host):
        super().__init__()
        self.host = host
        if host.refuses != "channel":
            self.channelLookup[b"session"] = Terminal


class Auth(SSHUserAuthServer):
    """Conch's sign-on, with our clock; tries are kept."""

    @property
    def clock(self):
        return self.transport.factory.host.clock

    @property
    def attemptsBeforeDisconnect(self):
        return self.transport.factory.host.patience

    def tryAuth(self, kind, user, data):
        if kind != b"none":
            self.transport.factory.host.tries.append(kind)
        return super().tryAuth(kind, user, data)


class HostTransport(SSHServerTransport):
    version = b"Test"

    def dataReceived(self, data):
        if not self.factory.host.deaf:
            super().dataReceived(data)


@implementer(ICredentialsChecker)
class Keys:
    """Who shows one of these keys is clerk (Conch's own checker imports what 3.13 lacks)."""

    credentialInterfaces = (ISSHPrivateKey,)

    def __init__(self, keys):
        self.keys = keys

    def requestAvatarId(self, credentials):
        shown = Key.fromString(credentials.blob)
        if shown not in self.keys:
            raise UnauthorizedLogin
        if not credentials.signature:
            raise ValidPublicKey
        if not shown.verify(credentials.signature, credentials.sigData):
            raise UnauthorizedLogin
        return b"clerk"


class Host(SSHFactory):
    """The server.

    Attributes:
        deaf: it hears nothing any more, and says nothing.
        refuses: "channel", "pty", "shell" or nothing.
        tampered: changes what it sends, packet by packet.
    """

    protocol = HostTransport
    services: ClassVar = {**SSHFactory.services, b"ssh-userauth": Auth}

    def __init__(self, *, ways=("password", "publickey"), keys=("ed25519", "rsa", "ecdsa")):
        self.host = self
        self.clock, self.patience = Clock(), 5
        self.tries: list[bytes] = []
        self.early, self.times = b"", 1
        self.deaf, self.refuses, self.greeting = False, "", b"READY"
        self.shells: list[Shell] = []
        self.signed_on: list[bytes] = []
        self.transports: list[HostTransport] = []
        checkers: list[Any] = []
        if "password" in ways:
            checkers.append(InMemoryUsernamePasswordDatabaseDontUse(clerk=PASSWORD.encode()))
        if "publickey" in ways:
            checkers.append(Keys([KEYS[one].public() for one in keys]))
        self.portal = Portal(self, checkers)
        self.host_keys = dict(HOST_KEYS)

    def getPublicKeys(self):
        return {kind: key.public() for kind, key in self.host_keys.items()}

    def getPrivateKeys(self):
        return dict(self.host_keys)

    def getPrimes(self):
        return None

    def requestAvatar(self, name, mind, *interfaces):
        self.signed_on.append(name)
        return interfaces[0], User(self), lambda: None

    def buildProtocol(self, address):
        made = super().buildProtocol(address)
        self.transports.append(made)
        return made

    @property
    def shell(self):
        return self.shells[-1]

    @property
    def transport(self):
        return self.transports[-1]

    @property
    def pin(self):
        return knownhosts.fingerprint(self.host_keys[b"ssh-ed25519"].public().blob())


class Says(Protocol):
    """A host that says one thing and nothing more; `heard` is what it got."""

    def __init__(self, what=b""):
        self.what, self.heard, self.gone = what, b"", False

    def connectionMade(self):
        self.transport.write(self.what)

    def dataReceived(self, data):
        self.heard += data

    def connectionLost(self, reason=None):
        self.gone = True


class Wire:
    """The network: connects what comes to a server."""

    def __init__(self, make, tampered=None):
        self.make, self.pump = make, None
        self.tampered = tampered

    def connect(self, factory):
        client, server = factory.buildProtocol(None), self.make()
        client_io = FakeTransport(client, isServer=False)
        server_io = FakeTransport(server, isServer=True)
        if self.tampered is not None:
            written = server_io.write
            server_io.write = lambda data: written(self.tampered(data))
        self.client_io, self.server_io = client_io, server_io
        self.pump = connect(server, server_io, client, client_io)
        return succeed(client)

    def flush(self):
        if self.pump is not None:
            self.pump.flush()


class Visit:
    """A session with a host, from its connect on."""

    def __init__(self, make, tampered=None, **options):
        self.clock = Clock()
        self.wire = Wire(make, tampered)
        given = {
            name: options.pop(name)
            for name in ("user", "password", "private_key", "passphrase", "public_key", "tls")
            if name in options
        }
        pairs = tuple((name.replace("_", "-"), value) for name, value in options.items())
        self.settings = HostSettings(
            "VT",
            "VT220",
            host="mvs1",
            port=22,
            options=(("protocol", "ssh"), *pairs),
            **{"user": "clerk", **given},
        )
        self.hosts = RealHosts(self.clock)
        self.hosts._plain = lambda *_: self.wire
        self.lost = []
        self.session = HostSession("mvs1:22", self.clock, lambda _, why: self.lost.append(why))
        self.outcome = []

    def go(self, seconds=0.0):
        for _ in range(max(1, round(seconds / 0.5))):
            self.wire.flush()
            self.clock.advance(min(seconds, 0.5))
        self.wire.flush()

    def connect(self, seconds=5.0):
        """Connect; gives the session, or raises what became of it."""
        self.start(seconds)
        return self.finish(seconds)

    def finish(self, seconds=5.0):
        """Go on until it is known what became of it."""
        self.go()
        if not self.outcome:
            self.go(seconds)
        (found,) = self.outcome
        if isinstance(found, Failure):
            raise found.value
        return self.session

    def start(self, seconds=5.0):
        endpoint = self.hosts.endpoint(self.settings, seconds, tls=False)
        made = self.session.connect(endpoint, self.hosts.terminal(self.settings), seconds)
        job = Deferred.fromCoroutine(made)
        job.addBoth(self.outcome.append)
        return job

    @property
    def shown(self):
        return str(self.session.screen())

    @property
    def left(self):
        """Nothing of it is there any more: no connection, no timer."""
        self.wire.flush()
        connected = self.wire.pump is not None and not self.wire.client_io.disconnected
        return not connected and not self.clock.getDelayedCalls()
