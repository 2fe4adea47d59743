"""The keys of tokens: this server's private ones on its disk, the public ones of all in a document of the store.

Law (tests/mgmtsrvr/access/test_token_keys.py): a private key is written once, readable by its owner
alone, and nothing but its public half leaves the machine. When the document cannot be written, the
keys at hand go on, and those of other management servers are known from these. The keys of a server
that was removed count no longer.
"""

import secrets
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.store import Document, Note, Store
from verdigris.config.atomic import write_file
from verdigris.config.token_keys import document, parse
from verdigris.errors import Conflict, NoSigningKey, VerdigrisError
from verdigris.link.periodic import steadily
from verdigris.tokens import PublicKey, SigningKey, rotation
from verdigris.tokens.keys import KEY_BYTES
from verdigris.tokens.rotation import LIFETIME


log = Logger()

LOOK: Final = 60.0
"""Seconds between looks at the age of the keys."""

TRIES: Final = 5
"""Attempts to write the document while other management servers write it."""

Refused = Callable[[PublicKey], bool]
"""Whether a key counts no longer, whatever its dates are."""


class TokenKeys:
    """The keys of one management server.

    Args:
        server: its name.
        folder: of its private keys.
        clock: for looking at their age.
        wall: seconds since 1970.
        refused: whether a key is that of a management server that was removed since.

    Attributes:
        followers: called when other keys count.
    """

    def __init__(
        self,
        server: str,
        folder: Path,
        clock: IReactorTime,
        wall: Callable[[], float],
        refused: Refused = lambda _: False,
    ) -> None:
        self._server = server
        self._refused = refused
        self._folder = folder
        self._wall = wall
        self._store: Store | None = None
        self._private: dict[str, SigningKey] = {}
        self._loop = steadily(self._look, "looking at the keys of tokens", clock)
        self._looking = False
        self._published: dict[str, PublicKey] = {}
        self._unpublished: dict[str, PublicKey] = {}
        self.followers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<TokenKeys [{len(self._private)} own, {len(self._published)} known]>"

    def check(self, data: bytes) -> object:
        """Read a document; the check of the store."""
        return parse(data)

    async def start(self, store: Store) -> None:
        """Read the keys, make one if there is none, and follow the document.

        Raises:
            ConfigurationError: the document cannot be used.
        """
        self._store = store
        self._private = _read(self._folder)
        self.changed(await store.load())
        store.watch(self)
        await self._rotate()
        self._loop.start(LOOK, now=False)

    def stop(self) -> None:
        """Look no longer."""
        if self._loop.running:
            self._loop.stop()

    def changed(self, found: Document) -> None:
        """Take another document; called by the store."""
        self._published = parse(found.data)
        for id_, key in self._published.items():
            if id_ in self._unpublished and self._unpublished[id_].until <= key.until:
                del self._unpublished[id_]
        self._tell()

    def broken(self, problem: VerdigrisError) -> None:
        """Do nothing: the store has logged it, and the keys at hand go on."""

    @property
    def public(self) -> dict[str, PublicKey]:
        """The keys that count in this installation, those of all management servers, by their ids."""
        return {id_: key for id_, key in self._known.items() if not self._refused(key)}

    @property
    def _known(self) -> dict[str, PublicKey]:
        return self._published | self._unpublished

    def learn(self, keys: Iterable[PublicKey]) -> None:
        """Take keys that another management server knows, and publish them."""
        now, known = self._wall(), self._known
        new = {
            it.id: it
            for it in keys
            if it.until > now
            and not self._refused(it)
            and (it.id not in known or known[it.id].until < it.until)
        }
        if new:
            self._unpublished |= new
            self.look_again()

    def look_again(self) -> None:
        """Look which keys count now: others are known, or a management server was removed."""
        self._tell()
        self._look()

    def _tell(self) -> None:
        for follower in tuple(self.followers):
            follower()

    @property
    def signing(self) -> SigningKey:
        """The key to sign with.

        Raises:
            NoSigningKey: there is none, since none could be written to the disk.
        """
        decided = rotation(self.public.values(), self._server, self._private, self._wall())
        if not decided.sign_with:
            raise NoSigningKey
        return self._private[decided.sign_with]

    def _look(self) -> None:
        if not self._looking:
            self._looking = True
            Deferred.fromCoroutine(self._rotate()).addBoth(self._looked)

    def _looked(self, _: object) -> None:
        self._looking = False

    async def _rotate(self) -> None:
        """Make a new key if it is time, forget those that count no longer, make known what is not yet."""
        now, known = self._wall(), self._known
        public = self.public
        decided = rotation(public.values(), self._server, self._private, now)
        forget = decided.forget | (known.keys() - public.keys())
        try:
            if decided.make:
                made = self._made(known)
                self._unpublished[made.id] = made
                self._tell()
            if self._unpublished or forget:
                await self._publish(forget)
        except (VerdigrisError, OSError) as problem:
            log.warn("the keys of tokens cannot be renewed now: {problem}", problem=str(problem))

    def _made(self, known: dict[str, PublicKey]) -> PublicKey:
        """A new key, kept on the disk before anybody learns of it.

        One that could not be made known before is taken again.
        """
        unknown = [key for id_, key in self._private.items() if id_ not in known]
        key = unknown[0] if unknown else self._new()
        now = int(self._wall())
        return PublicKey(self._server, key.public, now, now + LIFETIME)

    def _new(self) -> SigningKey:
        key = SigningKey(secrets.token_bytes(KEY_BYTES))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_file(self._folder / f"{key.id}.pem", pem, mode=0o600)
        self._private[key.id] = key
        return key

    async def _publish(self, forget: AbstractSet[str]) -> None:
        """Make known what is not yet, and forget; nothing is written if nothing changes.

        Raises:
            VerdigrisError: of the store.
        """
        assert self._store is not None  # noqa: S101 - `start` set it
        for id_ in forget & self._unpublished.keys():
            del self._unpublished[id_]
        for turn in range(TRIES):
            stored = await self._store.load()
            before = parse(stored.data)
            keys = {
                id_: it for id_, it in (before | self._unpublished).items() if id_ not in forget
            }
            try:
                if keys != before:
                    note = Note("", f"keys of management server {self._server}")
                    await self._store.publish(document(keys.values()), stored.revision, note)
            except Conflict:
                if turn == TRIES - 1:
                    raise
                continue
            break
        for id_ in forget & self._private.keys():
            del self._private[id_]
            (self._folder / f"{id_}.pem").unlink(missing_ok=True)


def _read(folder: Path) -> dict[str, SigningKey]:
    """The private keys of a folder; what is none is left alone, and said."""
    found: dict[str, SigningKey] = {}
    for file in sorted(folder.glob("*.pem")):
        try:
            key = load_pem_private_key(file.read_bytes(), None)
        except (OSError, ValueError, TypeError) as problem:
            log.warn(
                "{file} does not hold a key that can be used: {problem}",
                file=str(file),
                problem=str(problem),
            )
            continue
        if isinstance(key, Ed25519PrivateKey):
            signing = SigningKey(key.private_bytes_raw())
            found[signing.id] = signing
    return found
