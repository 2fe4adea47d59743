"""Opening the documents of one management server, in the store that mgmtsrvr.xml names.

Every document is a `Store` of its own: the installation, the users, and what later versions keep.
"""

from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.web.client import Agent, HTTPConnectionPool

from mgmtsrvr.store.base import Store
from mgmtsrvr.store.etcd import EtcdClient, EtcdStore
from mgmtsrvr.store.etcd.tls import policy
from mgmtsrvr.store.file import FileStore
from verdigris.config.installation import Check
from verdigris.config.store_settings import EtcdSettings, StoreSettings
from verdigris.config.watch import Elsewhere, at_once, read_file


class Stores:
    """The documents of one management server.

    Args:
        settings: where they are kept.
        reactor: for connections and time.
        keep: the number of versions to keep of each.
        elsewhere: runs the calls of the file system, and checks.
    """

    def __init__(
        self,
        settings: StoreSettings,
        reactor: IReactorTime,
        *,
        keep: int = 20,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._keep = keep
        self._elsewhere = elsewhere
        self._etcd = _etcd(settings.etcd, reactor) if settings.etcd else None

    def document(self, name: str, path: Path, check: Check) -> Store:
        """A document.

        Args:
            name: within the store, such as "installation".
            path: its file on this machine: the document itself, or in etcd the first version; the
                copy of what is in etcd lies beside it.
            check: raises `ConfigurationError` for a document that cannot be used.
        """
        etcd = self._settings.etcd
        if etcd is None or self._etcd is None:
            return FileStore(path, check, self._reactor, keep=self._keep, elsewhere=self._elsewhere)
        return EtcdStore(
            self._etcd,
            f"{etcd.prefix}/{name}",
            path.with_name(path.name + ".copy"),
            check,
            first=path if path.exists() else None,
            keep=self._keep,
            elsewhere=self._elsewhere,
            name=path.name,
        )


def _etcd(settings: EtcdSettings, reactor: Any) -> EtcdClient:
    agent = Agent(reactor, policy(settings), connectTimeout=1.0, pool=HTTPConnectionPool(reactor))

    def password() -> str:
        if settings.password_file is None:
            return ""
        return read_file(settings.password_file).decode("utf-8").rstrip("\r\n")

    return EtcdClient(settings.endpoints, agent, reactor, settings.user, password)
