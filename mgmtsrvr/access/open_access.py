"""Opening what logins need, beside the installation file: users, keys, directories."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mgmtsrvr.access.ended_logins import EndedLogins
from mgmtsrvr.access.logins import Logins
from mgmtsrvr.access.session_access import SessionAccess
from mgmtsrvr.access.shared_logins import LoginSharing
from mgmtsrvr.access.token_keys import Refused, TokenKeys
from mgmtsrvr.access.users import UsersInForce
from mgmtsrvr.audit import AuditLog
from mgmtsrvr.directories import Authenticator
from mgmtsrvr.directories.factory import Directories
from mgmtsrvr.directories.native import THREADS, WAITING, NativeDirectory
from mgmtsrvr.peers import Peers
from mgmtsrvr.store.opening import Stores
from verdigris.config.atomic import write_file
from verdigris.config.installation import Installation
from verdigris.config.token_keys import EMPTY
from verdigris.credential_checks.threads import CheckThreads
from verdigris.link.own_thread import OwnThread


USERS: Final = "users.xml"
KEYS: Final = "token-keys.xml"
PRIVATE_KEYS: Final = "token-keys"
AUDIT: Final = "audit"
ENDED: Final = "ended-logins.json"
"""Names beside the installation file; the last three, two folders and a file, are of this machine alone."""


@dataclass(frozen=True, slots=True)
class OpenedAccess:
    """What logins need, running.

    Attributes:
        logins: for those who ask.
        keys: of tokens; their public halves are for session servers.
        directories: behind the logins.
        threads: that compute hashes.
        audit: the audit log.
        sharing: tells the other management servers of logins.
        sessions: session server security.
    """

    logins: Logins
    keys: TokenKeys
    directories: Directories
    threads: CheckThreads
    audit: AuditLog
    sharing: LoginSharing
    sessions: SessionAccess

    def stop(self) -> None:
        """End its loops and threads."""
        self.sharing.stop()
        self.keys.stop()
        self.directories.stop()
        self.threads.stop()


async def open_access(
    folder: Path,
    stores: Stores,
    reactor: Any,
    *,
    installation: Callable[[], Installation],
    server: str,
    peers: Peers,
    refused: Refused,
    wall: Callable[[], float] = time.time,
) -> OpenedAccess:
    """Open users, keys and directories.

    Args:
        folder: of the installation file.
        stores: where documents are kept.
        reactor: for threads and time.
        installation: gives the one in force.
        server: the name of this management server.
        peers: the others.
        refused: whether a key of tokens counts no longer.
        wall: seconds since 1970.

    Raises:
        ConfigurationError: a document cannot be used.
        CannotWrite: the audit log cannot.
    """
    users = UsersInForce(str(folder / USERS))
    threads = CheckThreads(reactor, THREADS, WAITING, "passwords")
    authenticator = Authenticator(NativeDirectory(lambda: users.users, threads), reactor)
    directories = Directories(authenticator, reactor)
    users.followers.append(directories.follow)
    await users.start(stores.document("users", folder / USERS, users.check))
    keys = TokenKeys(server, folder / PRIVATE_KEYS, reactor, wall, refused)
    if not (folder / KEYS).exists():
        write_file(folder / KEYS, EMPTY)
    await keys.start(stores.document("token-keys", folder / KEYS, keys.check))
    files = OwnThread(reactor)
    ended = EndedLogins(folder / ENDED, files, wall)
    logins = Logins(installation().id, authenticator, keys, users, threads, ended, wall)
    sharing = LoginSharing(peers, keys, ended, reactor)
    logins.share = sharing.share
    audit = AuditLog(folder / AUDIT, server, files, wall)
    await audit.start()
    sessions = SessionAccess(installation, logins, keys, wall)
    return OpenedAccess(logins, keys, directories, threads, audit, sharing, sessions)
