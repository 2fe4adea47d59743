"""Opening the documents of one management server, in the store that mgmtsrvr.xml names.

Every document is a `Store` of its own: the installation, the users, and what later versions keep.
"""

from pathlib import Path
from typing import Any, Final

from twisted.internet.interfaces import IReactorTime
from twisted.web.client import Agent, HTTPConnectionPool

from mgmtsrvr.store.base import Store
from mgmtsrvr.store.etcd import EtcdClient, EtcdStore
from mgmtsrvr.store.etcd.tls import policy
from mgmtsrvr.store.file import FileStore
from mgmtsrvr.store.replica import ReplicaStore
from verdigris.config.installation import Check
from verdigris.config.store_settings import EtcdSettings, StoreSettings
from verdigris.config.watch import Elsewhere, at_once, read_file
from verdigris.errors import BadRequest, ProtocolError
from verdigris.link import Dialer
from verdigris.wire import DocumentIs, WatchDocument


CONNECT: Final = 1.0
"""Seconds for a connection to the other machine."""


class Stores:
    """The documents of one management server.

    Attributes:
        replicas: the documents that two machines keep, by name.

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
        self.replicas: dict[str, ReplicaStore] = {}
        self._dialer: Dialer | None = None
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
            file = FileStore(path, check, self._reactor, keep=self._keep, elsewhere=self._elsewhere)
            return self._replica(name, path, file)
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

    def _replica(self, name: str, path: Path, file: FileStore) -> Store:
        """The file alone, or one of two copies."""
        replica = self._settings.replica
        if replica is None:
            return file
        made = ReplicaStore(
            file, path, name, str(replica.peer), self._reactor, primary=replica.primary
        )
        self.replicas[name] = made
        self._follow(made)
        return made

    def connect(self, dialer: Dialer) -> None:
        """Follow the other machine, where there are two; also for documents opened later."""
        self._dialer = dialer
        for replica in self.replicas.values():
            self._follow(replica)

    def _follow(self, replica: ReplicaStore) -> None:
        dialer = self._dialer
        if dialer is not None:
            replica.connect(lambda question, seconds: self._ask(dialer, question, seconds))

    def stop(self) -> None:
        """Follow it no longer."""
        for replica in self.replicas.values():
            replica.stop()

    async def answer(self, question: WatchDocument, seconds: float) -> DocumentIs:
        """The answer to the other machine.

        Raises:
            BadRequest: this one keeps no such document for two.
        """
        try:
            replica = self.replicas[question.name]
        except KeyError:
            raise BadRequest(problem=f"there is no replica of {question.name!r:.80}") from None
        return await replica.answer(question, seconds)

    async def promote(self, *, force: bool) -> None:
        """Make this machine the primary of every document.

        Raises:
            PrimaryAnswers: the present primary answers, and this is not forced.
            BadRequest: there are no replicas.
        """
        if not self.replicas:
            raise BadRequest(problem="this management server does not keep a replica")
        for replica in self.replicas.values():
            await replica.promote(force=force)

    async def _ask(self, dialer: Dialer, question: WatchDocument, seconds: float) -> DocumentIs:
        assert self._settings.replica is not None  # noqa: S101 - there are replicas
        link = await dialer.to(self._settings.replica.peer, seconds=CONNECT)
        said = await link.call(question, request_id="replica", seconds=seconds)
        if not isinstance(said, DocumentIs):
            raise ProtocolError(peer=str(self._settings.replica.peer), problem="no document")
        return said


def _etcd(settings: EtcdSettings, reactor: Any) -> EtcdClient:
    agent = Agent(reactor, policy(settings), connectTimeout=1.0, pool=HTTPConnectionPool(reactor))

    def password() -> str:
        if settings.password_file is None:
            return ""
        return read_file(settings.password_file).decode("utf-8").rstrip("\r\n")

    return EtcdClient(settings.endpoints, agent, reactor, settings.user, password)
