"""SSH settings of a host.

Everything is there before a connection is tried, and what cannot be is refused in words.
Passwords, keys and passphrases come from variables; files are the session server's.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from sesssrvr.hosts.ssh import knownhosts, loginkey
from sesssrvr.hosts.ssh.algorithms import MODERN, Algorithms
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable, LoginKeyUnusable


WORDS: Final = {"true": True, "1": True, "false": False, "0": False}
FILES: Final = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
"""Where known hosts are looked for if nothing else is said: where `ssh` does."""
KEEPALIVE: Final = 30.0
"""Seconds of silence after which a host is asked for a sign of life; after as many more it is lost."""


def is_ssh(host: HostSettings) -> bool:
    """The host is to be reached by SSH."""
    return host.option("protocol") == "ssh"


@dataclass(frozen=True, slots=True)
class SshSettings:
    """How one host is reached by SSH.

    Attributes:
        address: of the host, as people know it.
        user, password: of the sign-on.
        key: text of the private key, or "".
        key_file: file of the private key, or "".
        passphrase: of the key, or "".
        public: the public key it has to be of, or "".
        known: what is known of the host's keys; None trusts any key.
        algorithms: offered to the host.
        keepalive: seconds of silence before the host is asked for a sign of life; 0 never asks.
    """

    address: str
    user: str
    password: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    key_file: str = ""
    passphrase: str = field(default="", repr=False)
    public: str = field(default="", repr=False)
    known: knownhosts.KnownKeys | None = field(default_factory=knownhosts.KnownKeys, repr=False)
    algorithms: Algorithms = field(default=MODERN, repr=False)
    keepalive: float = KEEPALIVE

    @classmethod
    def of(cls, host: HostSettings, files: Iterable[str] = FILES) -> Self:
        """What the settings say.

        Args:
            host: the settings, with the session's variables in them.
            files: known hosts, if the settings name no file.

        Raises:
            HostUnreachable: an option has a value it cannot have, or a file cannot be read.
        """
        address = f"{host.host}:{host.port}"
        try:
            return cls._of(host, address, files)
        except OSError as problem:
            why = f"{problem.filename}: {problem.strerror}"
        except ValueError as problem:
            why = str(problem)
        raise HostUnreachable(host=address, reason=f"its SSH settings cannot be used: {why}")

    @classmethod
    def _of(cls, host: HostSettings, address: str, files: Iterable[str]) -> Self:
        user = host.user or host.option("ssh-user")
        if not user:
            raise ValueError("there is no user: no variable has the setting host-user")
        verify = host.option("ssh-verify") or "true"
        if verify not in WORDS:
            raise ValueError(f"option ssh-verify is {verify!r}, not true or false")
        known = _known(host, files) if WORDS[verify] else None
        algorithms = MODERN.with_old(host.option("ssh-algorithms").split())
        return cls(
            address,
            user,
            host.password,
            host.private_key,
            "" if host.private_key else host.option("ssh-key"),
            host.passphrase or _line(host.option("ssh-passphrase")),
            host.public_key,
            known,
            algorithms.preferring(known.kinds if known else ()),
            _seconds(host.option("ssh-keepalive")),
        )

    def login_key(self) -> tuple[str, bool]:
        """The text of the private key, "" if there is none, and whether reading it takes a while.

        Raises:
            LoginKeyUnusable: its file cannot be read.
        """
        text = self.key
        if self.key_file:
            try:
                text = _path(self.key_file).read_text("utf-8", "replace")
            except OSError as problem:
                why = f"{self.key_file}: {problem.strerror}"
                raise LoginKeyUnusable(host=self.address, reason=why) from None
        return text, loginkey.is_locked(text)

    def read_key(self, text: str) -> loginkey.LoginKey | None:
        """The private key.

        Args:
            text: as `login_key` gave it.

        Raises:
            LoginKeyUnusable: it is none, or the passphrase is wrong.
        """
        if not text:
            return None
        try:
            return loginkey.read(text, self.passphrase, self.public)
        except ValueError as problem:
            why = f"{self.key_file}: {problem}" if self.key_file else str(problem)
            raise LoginKeyUnusable(host=self.address, reason=why) from None


def _line(file: str) -> str:
    """What a file holds, without the end of its line; raises OSError."""
    return _path(file).read_text("utf-8", "replace").rstrip("\r\n") if file else ""


def _path(file: str) -> Path:
    """A file, its ~ expanded; an account without a home, as in some containers, has none."""
    try:
        return Path(file).expanduser()
    except RuntimeError:
        return Path(file)


def _seconds(text: str) -> float:
    try:
        found = float(text) if text else KEEPALIVE
    except ValueError:
        raise ValueError(f"option ssh-keepalive is {text!r}, not a number of seconds") from None
    if not 0 <= found <= 86_400:  # noqa: PLR2004 - a day
        raise ValueError(f"option ssh-keepalive is {text}, not 0 to 86400 seconds")
    return found


def _known(host: HostSettings, files: Iterable[str]) -> knownhosts.KnownKeys:
    """What is known of the host.

    Raises:
        ValueError: a word of ssh-host-key is not a key.
        OSError: the file of ssh-known-hosts cannot be read.
    """
    name = host.option("ssh-name") or host.host
    given = knownhosts.pins(host.option("ssh-host-key").split())
    named = host.option("ssh-known-hosts")
    paths = [_path(one) for one in ([named] if named else files)]
    if not named:
        paths = [one for one in paths if os.access(one, os.R_OK)]
    lines = [entry for path in paths for entry in _entries(str(path), path.stat().st_mtime_ns)]
    looked = ", ".join(map(str, paths)) or "there is no file of known hosts"
    return knownhosts.known(name, host.port, lines, looked, given)


@lru_cache(maxsize=64)
def _entries(file: str, _stamp: int) -> tuple[knownhosts.KnownHostLine, ...]:
    """The lines of a file, read again when it has changed."""
    return knownhosts.entries(Path(file).read_text("utf-8", "replace"), file)
