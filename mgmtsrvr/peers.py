"""The other management servers of the installation, and questions to all of them at once.

Law (tests/mgmtsrvr/test_peers.py): a question is put to every other management server that the
installation names; each has `ANSWER` seconds, and those that do not answer are named with the
reason. Nothing is known of peers between questions: they share no state but the configuration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from verdigris.config.installation import Installation, ManagementServer
from verdigris.errors import ProtocolError, VerdigrisError
from verdigris.link import Dialer
from verdigris.wire import AskPeer, PeerAnswer, Request, Response


log = Logger()

ANSWER: Final = 1.0
"""Seconds a peer has to connect and to answer: people wait for the whole."""
OK: Final = 200

Question = Callable[[str, str], AskPeer]
"""What is asked of the peer of a name, in its run of this boot."""
R = TypeVar("R", bound=Response)


@dataclass(frozen=True, slots=True)
class FromPeer:
    """What one peer said.

    Attributes:
        name: of the peer.
        answer: its answer; None if there is none.
        problem: why there is none.
        boot: of its run; "" if it was not reached.
    """

    name: str
    answer: PeerAnswer | None = None
    problem: str = ""
    boot: str = ""

    @property
    def json(self) -> Any:
        """The answer as JSON; None if there is none, or it is an error."""
        if self.answer is None or self.answer.status != OK:
            return None
        return msgspec.json.decode(self.answer.body)


class Peers:
    """The other management servers.

    Args:
        dialer: opens links to them.
        name: of this management server.
        boot: of this run, so that it recognizes itself under another name.
        installation: names them.
    """

    def __init__(self, dialer: Dialer, name: str, boot: str, installation: Installation) -> None:
        self._dialer = dialer
        self._name = name
        self._boot = boot
        self.configure(installation)

    def __repr__(self) -> str:
        return f"<Peers of {self._name} [{', '.join(it.name for it in self.servers)}]>"

    def configure(self, installation: Installation) -> None:
        """Take the names and addresses of another version of the installation."""
        self.servers = tuple(it for it in installation.management_servers if it.name != self._name)

    async def ask(self, path: str, query: dict[str, str], request_id: str) -> list[FromPeer]:
        """What every peer says to a question, in the order of the installation."""
        return await self.ask_each(lambda _name, _boot: AskPeer(path, query), request_id)

    async def ask_one(
        self, name: str, path: str, query: dict[str, str], request_id: str, *, seconds: float
    ) -> FromPeer | None:
        """What one peer says; None if there is none of this name."""
        peer = next((it for it in self.servers if it.name == name), None)
        if peer is None:
            return None
        asked = AskPeer(path, query)
        return await self._ask(peer, lambda _name, _boot: asked, request_id, seconds)

    async def ask_each(self, question: Question, request_id: str) -> list[FromPeer]:
        """What every peer says to a question of its own, in the order of the installation."""
        asked = [
            Deferred.fromCoroutine(self._ask(peer, question, request_id)) for peer in self.servers
        ]
        results = await DeferredList(asked, consumeErrors=True)
        return [heard for good, heard in results if good and heard is not None]

    async def call(
        self, peer: ManagementServer, body: Request, kind: type[R], seconds: float, request_id: str
    ) -> R:
        """The answer of one peer to any request.

        Raises:
            VerdigrisError: it does not answer, or refuses.
            ProtocolError: it answers something else.
        """
        link = await self._dialer.to(peer.address, seconds=ANSWER)
        answer = await link.call(body, request_id=request_id, seconds=seconds)
        if not isinstance(answer, kind):
            raise ProtocolError(peer=peer.name, problem=f"{type(answer).__name__} as an answer")
        return answer

    async def _ask(
        self,
        peer: ManagementServer,
        question: Question,
        request_id: str,
        seconds: float = ANSWER,
    ) -> FromPeer | None:
        """The answer of one peer; None if it is this server itself."""
        try:
            link = await self._dialer.to(peer.address, seconds=ANSWER)
            boot = link.peer.boot if link.peer is not None else ""
            if boot == self._boot:
                return None
            asked = question(peer.name, boot)
            answer = await link.call(asked, request_id=request_id, seconds=seconds)
        except VerdigrisError as problem:
            log.warn("management server {peer} did not answer: {problem}",
                     peer=peer.name, problem=str(problem), request_id=request_id)  # fmt: skip
            return FromPeer(peer.name, problem=str(problem))
        if not isinstance(answer, PeerAnswer):
            return FromPeer(peer.name, problem=f"it answered with {type(answer).__name__}")
        return FromPeer(peer.name, answer, boot=boot)
