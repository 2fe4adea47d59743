"""The algorithms of SSH: what is offered to a host, and the one both sides have.

Law: what today's hosts offer suffices, and nothing that is known to be weak is offered to a host
unless its settings name it. Names are those of RFC 4253, 5656, 8268, 8332, 8709 and 8731, and
OpenSSH's; what is not in `OLD` or `MODERN` is not built. What Conch has itself comes first.
Tested in `tests/sesssrvr/hosts/ssh/test_algorithms.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Names by what they do, best first.

    Attributes:
        exchanges: agree on a secret.
        keys: of hosts and users, as signature algorithms.
        ciphers: encrypt, in both directions.
        macs: prove that nothing was changed, in both directions.
    """

    exchanges: tuple[str, ...]
    keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]

    def with_old(self, words: Iterable[str]) -> Self:
        """These and, after them, named old ones; "old" is all of them.

        Raises:
            ValueError: there is no such algorithm.
        """
        wanted = set(words)
        everything = [
            name for kind in KINDS for name in (*getattr(MODERN, kind), *getattr(OLD, kind))
        ]
        if unknown := sorted(wanted - {"old", *everything}):
            raise ValueError(
                f"there is no algorithm {unknown[0]}; old ones are {', '.join(_old())}"
            )
        more = {
            kind: tuple(one for one in getattr(OLD, kind) if "old" in wanted or one in wanted)
            for kind in KINDS
        }
        return type(self)(*(getattr(self, kind) + more[kind] for kind in KINDS))

    def preferring(self, kinds: Sequence[str]) -> Self:
        """The same, with those host keys first that are of a known kind ("ssh-rsa").

        A host has several keys, and shows the one asked for: it has to be the one that is known.
        """
        known = [name for name in self.keys if kind_of(name) in kinds]
        others = [name for name in self.keys if kind_of(name) not in kinds]
        return type(self)(self.exchanges, (*known, *others), self.ciphers, self.macs)


_HOST_KEY: Final = "kind of host key"
NO_KEY: Final = f"no {_HOST_KEY} in common"
"""What `missing` says of a host without such a key."""
KINDS: Final = ("exchanges", "keys", "ciphers", "macs")
MODERN: Final = Algorithms(
    (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
    ),
    (
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ),
    (
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
    ),
    (
        "hmac-sha2-512",
        "hmac-sha2-256",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256-etm@openssh.com",
    ),
)
OLD: Final = Algorithms(
    ("diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1"),
    ("ssh-rsa", "ssh-dss"),
    ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"),
    ("hmac-sha1", "hmac-md5"),
)
"""For hosts that have nothing better; SHA-1, DSA, CBC and MD5 are weak."""


def _old() -> list[str]:
    return [name for kind in KINDS for name in getattr(OLD, kind)]


def kind_of(algorithm: str) -> str:
    """The kind of key a signature algorithm needs: RSA keys sign in three ways (RFC 8332)."""
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm


def missing(ours: Algorithms, theirs: Sequence[Sequence[str]]) -> str:
    """What the two sides do not have in common, in words; "" is nothing.

    Args:
        ours: what we offer.
        theirs: the first six lists of the host's KEXINIT (RFC 4253, section 7.1).
    """
    wanted = (
        ("key exchange", ours.exchanges),
        (_HOST_KEY, ours.keys),
        ("cipher", ours.ciphers),
        ("cipher", ours.ciphers),
        ("MAC", ours.macs),
        ("MAC", ours.macs),
    )
    for (what, mine), offered in zip(wanted, theirs, strict=False):
        if not set(mine) & set(offered):
            return f"no {what} in common; the host offers {', '.join(offered) or 'none'}"
    return ""


def signature(kind: str, allowed: Sequence[str], taken: Sequence[str] | None) -> str:
    """The algorithm a user's key signs with; "" if there is none the host takes.

    Only RSA keys have several; for the others hosts are asked whatever they say, as some name only
    the kinds of their own keys.

    Args:
        kind: of key.
        allowed: ours, best first.
        taken: what the host says it takes (RFC 8308, server-sig-algs); None if it says nothing,
            as hosts do that are too old for SHA-2 with RSA, and some others.
    """
    mine = [name for name in allowed if kind_of(name) == kind]
    if kind == "ssh-rsa" and taken is not None:
        return next((name for name in mine if name in taken), "")
    if "ssh-rsa" in mine:
        return "ssh-rsa"
    return mine[0] if mine else ""
