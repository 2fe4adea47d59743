"""Session server security as the management servers say it is to be, remembered over a restart.

Law (tests/sesssrvr/admission/test_security_in_force.py): users are checked while one management server
that is connected says so; while none is, as it was said last, also after a restart. A part of a secured
installation checks users until it is told otherwise: nobody is let in because nobody can be asked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite
from verdigris.tokens import PublicKey
from verdigris.wire import SessionSecurity, TokenKey


log = Logger()

FILE: Final = "session-security"
"""In the data folder: "on" or "off"."""


class SecurityInForce:
    """What this session server was told.

    Args:
        data: the data folder.
        untold: whether users are checked as long as no management server has ever said anything.
    """

    def __init__(self, data: Path, *, untold: bool = False) -> None:
        self._file = data / FILE
        self._told: dict[str, SessionSecurity] = {}
        self._keys: Mapping[str, PublicKey] = {}
        self.checks_users = _remembered(self._file, untold=untold)

    def __repr__(self) -> str:
        state = "on" if self.checks_users else "off"
        return f"<SecurityInForce {state} [{len(self._keys)} keys]>"

    @property
    def keys(self) -> Mapping[str, PublicKey]:
        """The keys that rights to sessions are signed with, by their ids."""
        return self._keys

    def take(self, management: str, said: SessionSecurity) -> None:
        """Take what a management server says.

        Args:
            management: its name.
            said: what it says.
        """
        self._told[management] = said
        self._use()

    def keep(self, management: frozenset[str]) -> None:
        """Forget what all but these management servers said: they were removed."""
        self._told = {name: said for name, said in self._told.items() if name in management}
        if self._told:
            self._use()

    def _use(self) -> None:
        found = [_public(name, key) for name, said in self._told.items() for key in said.token_keys]
        self._keys = {key.id: key for key in found if key is not None}
        checks = any(said.checks_users for said in self._told.values())
        if checks == self.checks_users and self._file.exists():
            return
        if checks != self.checks_users:
            log.info("session server security is {state}", state="on" if checks else "off")
        self.checks_users = checks
        try:
            write_file(self._file, b"on\n" if checks else b"off\n")
        except (OSError, CannotWrite) as problem:
            log.warn("session server security is not remembered: {problem}", problem=str(problem))


def _public(management: str, key: TokenKey) -> PublicKey | None:
    """The key; None for bytes that are none."""
    try:
        return PublicKey(management, key.public, 0, key.until)
    except ValueError:
        log.warn("management server {name} names a key of tokens that is none", name=management)
        return None


def _remembered(file: Path, *, untold: bool) -> bool:
    """What was said last. A file that is there and is not understood is "on"."""
    try:
        return file.read_text("ascii").strip() != "off"
    except FileNotFoundError:
        return untold
    except (OSError, ValueError):
        return True
