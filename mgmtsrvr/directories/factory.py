"""The directories that a users file names, made and unmade as the file changes."""

from collections.abc import Sequence
from typing import Any

from mgmtsrvr.directories.authenticator import Authenticator
from mgmtsrvr.directories.openid import OpenIdDirectory
from verdigris.config.directories import Directory, LdapSettings, OpenIdSettings
from verdigris.config.users import Users
from verdigris.credential_checks import CheckThreads


class Directories:
    """The directories in force behind an authenticator.

    Args:
        authenticator: gets them.
        reactor: for their deadlines and threads.
    """

    def __init__(self, authenticator: Authenticator, reactor: Any) -> None:
        self._authenticator = authenticator
        self._reactor = reactor
        self._settings: tuple[Directory, ...] | None = None
        self._threads: list[CheckThreads] = []
        self._made: tuple[Sequence[Any], Sequence[OpenIdDirectory]] = ((), ())

    def __repr__(self) -> str:
        return f"<Directories {self._authenticator!r}>"

    def follow(self, users: Users) -> None:
        """Put the directories, rights and lock-out settings of a document into force."""
        if users.directories != self._settings:
            self.stop()
            self._settings = users.directories
            self._made = (
                [self._ldap(it) for it in users.directories if isinstance(it, LdapSettings)],
                [self._openid(it) for it in users.directories if isinstance(it, OpenIdSettings)],
            )
        guesses, rules = self._authenticator.guesses, users.lock_out
        guesses.free, guesses.longest, guesses.forgotten = rules.free, rules.longest, rules.forget
        self._authenticator.configure(users.rights, *self._made)

    def stop(self) -> None:
        """Ask them no more."""
        for threads in self._threads:
            threads.stop()
        self._threads = []

    def _ldap(self, settings: LdapSettings) -> Any:
        from mgmtsrvr.directories.ldap import LdapDirectory, threads_for  # noqa: PLC0415 - ldap3 takes 0.2 s and 15 MiB

        threads = threads_for(settings, self._reactor)
        self._threads.append(threads)
        return LdapDirectory(settings, self._reactor, threads)

    def _openid(self, settings: OpenIdSettings) -> OpenIdDirectory:
        threads = CheckThreads(self._reactor, 1, 10, settings.name)
        self._threads.append(threads)
        return OpenIdDirectory(settings, self._reactor, threads)
