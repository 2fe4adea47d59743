"""An LDAP directory: its replicas in turn, in threads, within a deadline."""

from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from mgmtsrvr.directories.directory import Answer
from mgmtsrvr.directories.ldap_conversation import LdapConversation, ServerUnusableError
from verdigris.config.directories import LdapSettings
from verdigris.config.file_modes import exposed
from verdigris.credential_checks.threads import CheckThreads
from verdigris.errors import DirectoryAway


log = Logger()

THREADS: Final = 4
"""Logins that one directory is asked at a time: each is 100 ms of waiting."""

WAITING: Final = 100
"""Logins that wait for a thread."""

ANSWERS: Final = 3
"""Times the timeout of one answer: what a whole login may take, replicas that do not answer included."""

MAX_SECRET: Final = 4096
"""Bytes of a password file."""


def threads_for(settings: LdapSettings, reactor: Any) -> CheckThreads:
    """The threads of a directory."""
    return CheckThreads(reactor, THREADS, WAITING, settings.name)


class LdapDirectory:
    """An LDAP directory.

    Args:
        settings: from users.xml.
        reactor: for deadlines.
        threads: that wait for its servers; of its own, so that one that hangs holds up no other.
    """

    def __init__(self, settings: LdapSettings, reactor: Any, threads: CheckThreads) -> None:
        self.name = settings.name
        self._settings = settings
        self._reactor = reactor
        self._threads = threads
        self._good = 0
        if problem := exposed(settings.bind_password_file):
            log.warn("{problem}", problem=problem)

    def __repr__(self) -> str:
        return f"<LdapDirectory {self.name!r} [{', '.join(map(str, self._settings.servers))}]>"

    async def check(self, user: str, password: str) -> Answer:
        """See `PasswordDirectory.check`."""
        attempt = _Attempt(self._settings, self._good)
        done: Deferred[Answer] = self._threads.run(lambda: attempt.login(user, password))
        timer = self._reactor.callLater(self._settings.timeout * ANSWERS, done.cancel)
        try:
            answer = await done
        except ServerUnusableError as problem:
            raise DirectoryAway(directory=self.name, reason=str(problem)) from None
        except CancelledError:
            attempt.abort()
            raise DirectoryAway(directory=self.name, reason="it took too long") from None
        finally:
            if timer.active():
                timer.cancel()
        self._good = attempt.server
        return answer


class _Attempt:
    """One login, at one replica after the other; runs in a thread but for `abort`."""

    def __init__(self, settings: LdapSettings, first: int) -> None:
        self.server = first
        self._settings = settings
        self._conversation: LdapConversation | None = None
        self._aborted = False

    def abort(self) -> None:
        """End it from another thread."""
        self._aborted = True
        if self._conversation is not None:
            self._conversation.abort()

    def login(self, user: str, password: str) -> Answer:
        """Ask the replicas, beginning with the one that answered last."""
        secret = _secret(self._settings.bind_password_file)
        servers = self._settings.servers
        reasons: list[str] = []
        for turn in range(len(servers)):
            self.server = (self.server + 1) % len(servers) if turn else self.server
            server = servers[self.server]
            self._conversation = LdapConversation(self._settings, server, secret)
            if self._aborted:
                break
            try:
                return self._conversation.login(user, password)
            except ServerUnusableError as problem:
                reasons.append(f"{server}: {problem}")
        raise ServerUnusableError("; ".join(reasons) or "it took too long")


def _secret(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_SECRET)
        secret = data.decode().strip("\r\n")
    except (OSError, ValueError) as problem:
        raise ServerUnusableError(f"{file} cannot be read: {problem}") from None
    if not secret:
        raise ServerUnusableError(f"{file} has no password")
    return secret
