"""What management servers tell each other so that a login counts, and ends, at every one of them.

Law (tests/mgmtsrvr/access/test_shared_logins.py): each tells each every `EVERY` seconds, and at once
when a login ends, which keys of tokens it knows and which logins have ended that the other has not
been told of. One that was away is told everything; what one has learned it tells the others too.
"""

from typing import Final

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from mgmtsrvr.access.ended_logins import EndedLogins
from mgmtsrvr.access.token_keys import TokenKeys
from mgmtsrvr.peers import OK, Peers
from verdigris.errors import BadRequest
from verdigris.link.periodic import steadily
from verdigris.tokens import PublicKey
from verdigris.wire import AskPeer, PeerAnswer


log = Logger()

EVERY: Final = 10.0
"""Seconds between rounds: a key signs only minutes after it was made, so that one may be missed."""

PATH: Final = "/shared-logins"
"""Of the question; an older management server says that there is no such page."""

JSON: Final = "application/json"


class KnownKey(msgspec.Struct, frozen=True):
    """A public key of tokens; see `PublicKey`."""

    server: str
    public: str
    since: int
    until: int


class SharedLogins(msgspec.Struct, frozen=True):
    """What one management server tells another.

    Attributes:
        keys: all that it knows.
        ended: logins that were ended, with the ends of their time.
        everything: whether it wants to be told all ended logins, since it may have missed some.
    """

    keys: tuple[KnownKey, ...] = ()
    ended: dict[str, int] = {}
    everything: bool = False


class LoginSharing:
    """Tells the other management servers, and hears them.

    Args:
        peers: the others.
        keys: of tokens.
        ended: logins that were ended.
        clock: for the rounds.
    """

    def __init__(
        self, peers: Peers, keys: TokenKeys, ended: EndedLogins, clock: IReactorTime
    ) -> None:
        self._peers = peers
        self._keys = keys
        self._ended = ended
        self._told: dict[str, tuple[str, int]] = {}
        self._sharing = False
        self._loop = steadily(self._round, "telling other management servers of logins", clock)

    def __repr__(self) -> str:
        return f"<LoginSharing with {self._peers!r}>"

    def start(self) -> None:
        """Begin, with a round at once."""
        self._loop.start(EVERY)

    def stop(self) -> None:
        """Tell nobody any more."""
        if self._loop.running:
            self._loop.stop()

    async def share(self) -> list[str]:
        """Tell and hear all others; returns the names of those that did not answer."""
        last = self._ended.last
        heard = await self._peers.ask_each(self._question, "logins")
        silent = [it.name for it in heard if it.answer is None]
        for one in heard:
            if one.answer is None or one.answer.status != OK:
                self._told.pop(one.name, None)
                continue
            try:
                await self._take(_read(one.answer.body))
            except BadRequest:
                continue
            self._told[one.name] = one.boot, last
        return silent

    async def answer(self, question: AskPeer) -> PeerAnswer:
        """The answer to another management server.

        Raises:
            BadRequest: what it tells cannot be read.
        """
        said = _read(question.body)
        own = self._ended.after(0 if said.everything else self._ended.last)
        await self._take(said)
        return PeerAnswer(OK, JSON, msgspec.json.encode(SharedLogins(self._public(), own)))

    def _round(self) -> None:
        if not self._sharing and self._peers.servers:
            self._sharing = True
            Deferred.fromCoroutine(self.share()).addErrback(_log).addBoth(self._shared)

    def _shared(self, _: object) -> None:
        self._sharing = False

    def _question(self, name: str, boot: str) -> AskPeer:
        known, number = self._told.get(name, ("", 0))
        fresh = known != boot
        told = SharedLogins(self._public(), self._ended.after(0 if fresh else number), fresh)
        return AskPeer(PATH, body=msgspec.json.encode(told))

    def _public(self) -> tuple[KnownKey, ...]:
        known = self._keys.public.values()
        return tuple(KnownKey(it.server, it.raw.hex(), it.since, it.until) for it in known)

    async def _take(self, said: SharedLogins) -> None:
        try:
            self._keys.learn(
                PublicKey(it.server, bytes.fromhex(it.public), it.since, it.until)
                for it in said.keys
            )
        except ValueError:
            raise BadRequest(problem="a key of tokens is none") from None
        if self._ended.add(said.ended):
            await self._ended.keep()


def _read(body: bytes) -> SharedLogins:
    try:
        return msgspec.json.decode(body, type=SharedLogins)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise BadRequest(problem=f"what it tells of logins cannot be read: {problem}") from None


def _log(caught: Failure) -> None:
    log.failure("telling other management servers of logins failed", caught)
