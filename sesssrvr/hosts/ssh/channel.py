"""The channel of a terminal session (RFC 4254, section 6), on Twisted's Conch.

One channel, opened by us; the host opens none. The end of its program is reported once.
"""

import struct
from typing import Any, Final, cast

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.connection import SSHConnection
from twisted.internet.defer import Deferred

from sesssrvr.hosts.ssh.owner import QUIET, LineOwner
from sesssrvr.hosts.ssh.packets import PacketReader, string
from sesssrvr.hosts.ssh.signon import shown
from verdigris.errors import SshSessionRefused


WINDOW: Final = 131_072
"""Bytes a host may send before we say that we have taken them."""
_NO_MODES: Final = string(b"\0")  # TTY_OP_END: modes are the host's (RFC 4254, section 8)


class Connection(SSHConnection):
    """The channels: one, of a terminal session; the host may open none.

    Args:
        owner: who opens the line.
    """

    _log = QUIET

    def __init__(self, owner: LineOwner) -> None:
        super().__init__()
        self._owner = owner
        self.channel = Channel(owner)

    def serviceStarted(self) -> None:
        """Open the channel."""
        super().serviceStarted()
        self.openChannel(self.channel)

    def ask_for_life(self) -> None:
        """Send what a host has to answer, as OpenSSH does."""
        asked = self.sendGlobalRequest(b"keepalive@openssh.com", b"", wantReply=1)
        asked.addErrback(lambda _: None)  # "no" is an answer


class Channel(SSHChannel):
    """A terminal session on the host.

    Args:
        owner: who opens the line.
    """

    name = b"session"
    _log = QUIET

    def __init__(self, owner: LineOwner) -> None:
        super().__init__(localWindow=WINDOW)
        self._owner = owner
        self._how = ""

    def channelOpen(self, specificData: bytes) -> None:
        """Ask for a terminal, and then for the program."""
        del specificData
        session = self._owner.session
        for name, value in session.environ.items():
            self._ask(b"env", string(name) + string(value), wanted=False)
        size = struct.pack(">4L", session.columns, session.rows, 0, 0)
        asked = self._ask(b"pty-req", string(session.term) + size + _NO_MODES)
        asked.addCallbacks(self._started, lambda _: self._refused("it gives no terminal (pty)"))

    def _started(self, _: object) -> None:
        command = self._owner.session.command
        asked = self._ask(b"exec", string(command)) if command else self._ask(b"shell", b"")
        what = "it runs no such command" if command else "it gives no shell"
        asked.addCallbacks(lambda _: self._owner.opened(), lambda _: self._refused(what))

    def _ask(self, kind: bytes, data: bytes, *, wanted: bool = True) -> "Deferred[Any]":
        """Make a request; without an answer wanted, what is given never fires."""
        connection = cast("SSHConnection", self.conn)
        asked: Deferred[Any] | None = connection.sendRequest(self, kind, data, wantReply=wanted)
        return Deferred() if asked is None else asked

    def openFailed(self, reason: Exception) -> None:
        """The host gives no session."""
        said = reason.args[0] if reason.args else b""
        self._refused(
            shown(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))
        )

    def _refused(self, why: str) -> None:
        user = self._owner.credentials.user
        self._owner.failed(SshSessionRefused(host=self._owner.address, user=user, reason=why))

    def stopWriting(self) -> None:
        """The host's program does not read."""
        self._owner.flow.filled("window")

    def startWriting(self) -> None:
        """It has read."""
        self._owner.flow.emptied("window")

    def resize(self, rows: int, columns: int) -> None:
        """Tell the screen's size (RFC 4254, section 6.7)."""
        self._ask(b"window-change", struct.pack(">4L", columns, rows, 0, 0), wanted=False)

    def send_break(self) -> None:
        """Send a break of the host's own length (RFC 4335)."""
        self._ask(b"break", struct.pack(">L", 0), wanted=False)

    def dataReceived(self, data: bytes) -> None:
        """The program's output."""
        self._owner.received(data)

    def extReceived(self, dataType: int, data: bytes) -> None:
        """Its error output: with a terminal both are the screen."""
        del dataType
        self._owner.received(data)

    def request_exit_status(self, data: bytes) -> bool:
        """How the program ended."""
        self._how = f"exit status {PacketReader(data).number()}"
        return True

    def request_exit_signal(self, data: bytes) -> bool:
        """How the program ended."""
        self._how = f"signal {shown(PacketReader(data).text())}"
        return True

    def eofReceived(self) -> None:
        """The program is at its end; how it ended comes before the close."""

    def closeReceived(self) -> None:
        """The program has ended."""
        super().closeReceived()
        self._owner.ended(self._how)

    def closed(self) -> None:
        """The channel is closed, by either side."""
        self._owner.ended(self._how)
