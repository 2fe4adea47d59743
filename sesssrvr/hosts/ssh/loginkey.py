"""The private key of a user: read from its text, and used to sign.

Law: the key and its passphrase are in no error, no repr and no log; errors say what is
wrong in words of our own. Keys of OpenSSH and PEM keys (PKCS#1, PKCS#8, SEC 1) are read.
Tested in `tests/sesssrvr/hosts/ssh/test_loginkey.py`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_ssh_private_key,
)
from twisted.conch.ssh.keys import Key

from sesssrvr.hosts.ssh import knownhosts
from sesssrvr.hosts.ssh.algorithms import signature


_KINDS: Final = (RSAPrivateKey, DSAPrivateKey, EllipticCurvePrivateKey, Ed25519PrivateKey)
_FRAME: Final = re.compile(r"\s*(-----BEGIN [A-Z0-9 ]+-----)\s*(.*?)\s*(-----END [A-Z0-9 ]+-----)\s*", re.DOTALL)  # fmt: skip
_HEADERS: Final = re.compile(r"Proc-Type: (\S+)\s+DEK-Info: (\S+)\s+(.*)", re.DOTALL)  # RFC 1421
_PUTTY: Final = "PuTTY-User-Key-File"
_WIDTH: Final = 64


class LoginKey:
    """A private key that signs.

    Args:
        key: of the library.

    Attributes:
        kind: such as "ssh-ed25519".
        blob: the public key.
        fingerprint: of it.
    """

    __slots__ = ("_key", "blob", "fingerprint", "kind")

    def __init__(self, key: Key) -> None:
        self._key = key
        self.blob: bytes = key.public().blob()
        self.kind = knownhosts.kind(self.blob)
        self.fingerprint = knownhosts.fingerprint(self.blob)

    def __repr__(self) -> str:
        return f"<LoginKey {self.kind} {self.fingerprint}>"

    def algorithm(self, allowed: Sequence[str], taken: Sequence[str] | None) -> str:
        """The algorithm it signs with; see `algorithms.signature`."""
        return signature(self.kind, allowed, taken)

    def sign(self, data: bytes, algorithm: str) -> bytes:
        """A signature, as SSH carries it."""
        return self._key.sign(data, algorithm.encode())


def is_locked(text: str) -> bool:
    """The key needs a passphrase: reading it takes a while, as it is meant to."""
    if "BEGIN OPENSSH PRIVATE KEY" in text:
        return b"bcrypt" in _body(text)
    return "ENCRYPTED" in text


@lru_cache(maxsize=256)
def read(text: str, passphrase: str, public: str = "") -> LoginKey:
    """Read a key; what was read once is kept, as a pool wants it for each of its sessions.

    Args:
        text: of the key; newlines may have become blanks, as they do in attributes of XML.
        passphrase: "" if there is none; it does not matter to a key that needs none.
        public: the public key it has to be of; "" if that is not known.

    Raises:
        ValueError: it cannot be read; the message says why and shows nothing of it.
    """
    if text.lstrip().startswith(_PUTTY):
        raise ValueError("it is PuTTY's; `puttygen KEY -O private-openssh-new` converts it")
    if _FRAME.fullmatch(text) is None:
        raise ValueError("it is not a private key in OpenSSH or PEM format")
    locked = is_locked(text)
    if locked and not passphrase:
        raise ValueError("it needs a passphrase, and there is none")
    found = LoginKey(_loaded(text, passphrase if locked else ""))
    if public and found.blob not in _public(public):
        raise ValueError(f"it is {found.fingerprint}, not the one of the given public key")
    return found


def _loaded(text: str, passphrase: str) -> Key:
    data = _straight(text).encode()
    load = load_ssh_private_key if b"BEGIN OPENSSH" in data else load_pem_private_key
    try:
        loaded = load(data, passphrase.encode() or None)
    except UnsupportedAlgorithm:
        raise ValueError("its kind is not supported") from None
    except Exception:  # noqa: BLE001 - the library's many ways to say no could show the key
        why = "the passphrase is wrong, or the key is damaged" if passphrase else "it is damaged"
        raise ValueError(why) from None
    if not isinstance(loaded, _KINDS):
        raise ValueError("its kind is not supported")  # noqa: TRY004 - not a programming error
    return Key(loaded)


def _straight(text: str) -> str:
    """The key with its lines as they were; a key that has them is left alone."""
    found = _FRAME.fullmatch(text)
    if found is None or "\n" in found[2]:
        return text.strip() + "\n"
    begin, body, end = found.groups()
    headers = ""
    if (old := _HEADERS.fullmatch(body)) is not None:
        headers = f"Proc-Type: {old[1]}\nDEK-Info: {old[2]}\n\n"
        body = old[3]
    body = "".join(body.split())
    lines = [body[at : at + _WIDTH] for at in range(0, len(body), _WIDTH)]
    return "\n".join([begin, headers + "\n".join(lines), end, ""])


def _body(text: str) -> bytes:
    found = _FRAME.fullmatch(text)
    return knownhosts.decoded("".join(found[2].split())) if found else b""


def _public(text: str) -> list[bytes]:
    return [blob for word in text.split() if (blob := knownhosts.decoded(word))]
