"""Known host keys, and the check of the one a host presents.

Law: a key is good if it is known of this host and not revoked; a host of which no key is known is
not trusted, and one that shows another key than the known ones even less. Nothing is learned by
connecting. Files are those of OpenSSH (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), hashed names,
patterns, ports and @revoked included; lines with @cert-authority vouch for certificates, which no
host is asked for. Options are words: `SHA256:...` as tools print it, or the key itself.
Tested in `tests/sesssrvr/hosts/ssh/test_knownhosts.py`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from sesssrvr.hosts.ssh.packets import MalformedPacket, PacketReader
from verdigris.errors import HostKeyChanged, HostKeyUnknown


PORT: Final = 22
_DIGEST: Final = "SHA256:"


def fingerprint(blob: bytes) -> str:
    """A key's fingerprint as ssh-keygen and ssh print it."""
    return _DIGEST + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def kind(blob: bytes) -> str:
    """The kind of a public key, such as "ssh-ed25519"; "" if it is none."""
    try:
        return PacketReader(blob).text()
    except MalformedPacket:
        return ""


def name_of(host: str, port: int) -> str:
    """A host as files of known hosts name it."""
    return host if port == PORT else f"[{host}]:{port}"


@dataclass(frozen=True, slots=True)
class KnownHostLine:
    """A line of a file of known hosts.

    Attributes:
        place: file and line, for people.
        hosts: patterns of names, or one hashed name.
        blob: the public key.
        revoked: the key must not be trusted.
    """

    place: str
    hosts: str
    blob: bytes
    revoked: bool = False

    def names(self, name: str) -> bool:
        """Whether the line is about this host."""
        if self.hosts.startswith("|1|"):
            return _hashed(self.hosts, name)
        patterns = self.hosts.lower().split(",")
        name = name.lower()
        refused = (one[1:] for one in patterns if one.startswith("!"))
        if any(_fits(name, one) for one in refused):
            return False
        return any(_fits(name, one) for one in patterns if not one.startswith("!"))

    def __str__(self) -> str:
        return f"{kind(self.blob)} {fingerprint(self.blob)} ({self.place})"


def _fits(name: str, pattern: str) -> bool:
    """Only * and ? are special; brackets enclose names with ports."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _hashed(hosts: str, name: str) -> bool:
    _, _, salt, digest = (*hosts.split("|"), "", "")[:4]
    try:
        made = hmac.digest(base64.b64decode(salt), name.lower().encode(), "sha1")
        return hmac.compare_digest(made, base64.b64decode(digest))
    except (binascii.Error, ValueError):
        return False


def entries(text: str, file: str) -> tuple[KnownHostLine, ...]:
    """The lines of a file; those that cannot be understood are left out, as OpenSSH does.

    Args:
        text: of the file.
        file: its name, for people.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or marker not in ("", "@revoked"):  # noqa: PLR2004 - names, kind, key
            continue
        blob = decoded(words[2])
        if blob and kind(blob) == words[1]:
            found.append(
                KnownHostLine(f"{file} line {number}", words[0], blob, marker == "@revoked")
            )
    return tuple(found)


def decoded(word: str) -> bytes:
    """A word of base64; empty if it is none."""
    try:
        return base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """The known keys of one host.

    Attributes:
        pins: (kind, fingerprint) of the option ssh-host-key; a kind may be "". With any of
            them files do not count.
        entries: the lines about this host.
        revoked: keys that must not be trusted.
        looked: where was looked, for people.
    """

    pins: tuple[tuple[str, str], ...] = ()
    entries: tuple[KnownHostLine, ...] = ()
    revoked: tuple[KnownHostLine, ...] = ()
    looked: str = "nowhere"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of key known of it."""
        if self.pins:
            return tuple(kind for kind, _ in self.pins if kind)
        return tuple(dict.fromkeys(kind(one.blob) for one in self.entries))

    def judge(self, host: str, blob: bytes) -> None:
        """Check that a key is the host's.

        Args:
            host: for the error.
            blob: the public key it showed.

        Raises:
            HostKeyUnknown: nothing is known of the host.
            HostKeyChanged: something else is known of it, or the key is revoked.
        """
        shown = fingerprint(blob)
        facts = {"host": host, "kind": kind(blob) or "unreadable", "fingerprint": shown}
        for one in self.revoked:
            if one.blob == blob:
                raise HostKeyChanged(**facts, known=f"it is revoked in {one.place}")
        if self.pins:
            if not any(shown == pin for _, pin in self.pins):
                pins = " or ".join(pin for _, pin in self.pins)
                raise HostKeyChanged(**facts, known=f"{pins} (option ssh-host-key)")
        elif not self.entries:
            raise HostKeyUnknown(**facts, looked=self.looked)
        elif not any(one.blob == blob for one in self.entries):
            raise HostKeyChanged(**facts, known=" or ".join(map(str, self.entries)))


def pins(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The keys of the option ssh-host-key: fingerprints, or keys as files have them.

    Raises:
        ValueError: a word is neither.
    """
    found, before = [], ""
    for word in words:
        if word.startswith(_DIGEST):
            found.append((before, word.rstrip("=")))
            before = ""
        elif word.startswith("AAAA"):
            blob = decoded(word)
            if not kind(blob):
                raise ValueError("a key that is cut short")
            found.append((kind(blob), fingerprint(blob)))
            before = ""
        elif word.startswith(("ssh-", "ecdsa-")):
            before = word
        else:
            raise ValueError(f"{word} is neither SHA256:... nor a key")
    if before or (words and not found):
        raise ValueError(f"no key follows {before}")
    return tuple(found)


def known(
    name: str,
    port: int,
    lines: Iterable[KnownHostLine],
    looked: str,
    given: tuple[tuple[str, str], ...] = (),
) -> KnownKeys:
    """What is known of a host.

    A port of its own has keys of its own; if it has none, those of the name count, as with OpenSSH.

    Args:
        name: under which its key is known.
        port: of the host.
        lines: of all files.
        looked: the files, for people.
        given: the pins of the option.
    """
    every = tuple(lines)
    mine = tuple(one for one in every if one.names(name_of(name, port)))
    if not any(not one.revoked for one in mine):
        mine += tuple(one for one in every if one.names(name) and one not in mine)
    good = tuple(one for one in mine if not one.revoked)
    return KnownKeys(given, good, tuple(one for one in every if one.revoked), looked)
