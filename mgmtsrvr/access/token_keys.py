"""The keys of tokens: this server's private ones on its disk, the public ones of all in a document of the store.

Law (tests/mgmtsrvr/access/test_token_keys.py): a private key is written once, readable by its owner
alone, and nothing but its public half leaves the machine. When the document cannot be written, the
keys at hand go on; a server without any signs with one that it alone knows, until it can be written.
"""

import secrets
from collections.abc import Callable
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


class TokenKeys:
    """The keys of one management server.

    Args:
        server: its name.
        folder: of its private keys.
        clock: for looking at their age.
        wall: seconds since 1970.
    """

    def __init__(
        self, server: str, folder: Path, clock: IReactorTime, wall: Callable[[], float]
    ) -> None:
        self._server = server
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
        for id_ in self._published:
            self._unpublished.pop(id_, None)
        for follower in tuple(self.followers):
            follower()

    def broken(self, problem: VerdigrisError) -> None:
        """Do nothing: the store has logged it, and the keys at hand go on."""

    @property
    def public(self) -> dict[str, PublicKey]:
        """The keys that count here, by their ids."""
        return self._unpublished | self._published

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
        """Make a new key if it is time, and forget those that count no longer."""
        decided = rotation(self._published.values(), self._server, self._private, self._wall())
        if not decided.make and not decided.forget:
            return
        made: PublicKey | None = None
        try:
            made = self._made() if decided.make else None
            await self._publish(made, decided.forget)
        except (VerdigrisError, OSError) as problem:
            if made is not None:
                self._unpublished[made.id] = made
            log.warn("the keys of tokens cannot be renewed now: {problem}", problem=str(problem))

    def _made(self) -> PublicKey:
        """A new key, kept on the disk before anybody learns of it.

        One that could not be made known before is taken again.
        """
        unknown = [key for id_, key in self._private.items() if id_ not in self._published]
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

    async def _publish(self, made: PublicKey | None, forget: frozenset[str]) -> None:
        assert self._store is not None  # noqa: S101 - `start` set it
        for turn in range(TRIES):
            stored = await self._store.load()
            keys = {id_: key for id_, key in parse(stored.data).items() if id_ not in forget}
            if made is not None:
                keys[made.id] = made
            try:
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
