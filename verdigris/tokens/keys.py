"""Keys that sign tokens, and their public halves that read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


KEY_BYTES: Final = 32
"""Of an Ed25519 key, public or private (RFC 8032, 5.1.5)."""


def key_id(public: bytes) -> str:
    """The name of a public key: so that one name is never two keys, it is made of the key."""
    return sha256(public).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key of a management server.

    Attributes:
        server: the management server that signs with it.
        raw: 32 bytes.
        since: seconds since 1970 at which it was made known.
        until: seconds since 1970 after which it counts no longer.

    Raises:
        ValueError: the bytes are not an Ed25519 key.
    """

    server: str
    raw: bytes
    since: int
    until: int

    def __post_init__(self) -> None:
        Ed25519PublicKey.from_public_bytes(self.raw)

    @property
    def id(self) -> str:
        """See `key_id`."""
        return key_id(self.raw)

    @property
    def key(self) -> Ed25519PublicKey:
        """To verify with."""
        return Ed25519PublicKey.from_public_bytes(self.raw)


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key; printing it shows its id alone.

    Attributes:
        raw: 32 bytes.
    """

    raw: bytes

    def __repr__(self) -> str:
        return f"<SigningKey {self.id}>"

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """To sign with."""
        return Ed25519PrivateKey.from_private_bytes(self.raw)

    @cached_property
    def public(self) -> bytes:
        """The raw public half."""
        return self.key.public_key().public_bytes_raw()

    @cached_property
    def id(self) -> str:
        """See `key_id`."""
        return key_id(self.public)


Keys = Mapping[str, PublicKey]
"""Public keys by their ids."""
