"""Hashes of passwords: argon2id, as PHC strings (RFC 9106; decision 0253).

Law (tests/verdigris/test_passwords.py): a string that costs more than `MOST` is refused before
anything is computed. A check takes about 30 ms of a core and gives up the interpreter's lock
meanwhile; it belongs into a thread.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


SHORTEST: Final = 8
"""Characters of a new password at least (NIST SP 800-63B, 5.1.1.2)."""

LONGEST: Final = 1024
"""Characters of a password at most: more is work for the server, not for a guesser."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"

_FORM: Final = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs: KiB of memory, passes over it, lanes."""

    memory: int
    passes: int
    lanes: int

    @property
    def work(self) -> int:
        """KiB that are filled."""
        return self.memory * self.passes

    def __str__(self) -> str:
        return f"m={self.memory},t={self.passes},p={self.lanes}"


COST: Final = Cost(19 * 1024, 2, 1)
"""Of new hashes: the floor that OWASP's Password Storage Cheat Sheet gives; 27 ms of a core."""

MOST: Final = Cost(256 * 1024, 10, 16)
"""Of hashes made elsewhere: a line in a file must not be able to take a server's memory or minutes."""


class PasswordHash(str):
    """A PHC string whose form and cost have been checked; its `repr` hides it."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a PHC string.

        Raises:
            ValueError: it is no argon2id hash, or a check of it would cost too much.
        """
        cost = _cost(text)
        if cost is None:
            raise ValueError("not an argon2id hash; `verdigris user password NAME` makes one")
        if cost.memory > MOST.memory or cost.passes > MOST.passes or cost.lanes > MOST.lanes:
            raise ValueError(f"a check of this argon2id hash costs more than {MOST}")
        if cost.memory < 8 * cost.lanes or not cost.passes or not cost.lanes:
            raise ValueError(f"{cost} is not valid for argon2id")
        return cls(text)

    def __repr__(self) -> str:
        return "<PasswordHash hidden>"

    @property
    def weak(self) -> bool:
        """Whether it costs a guesser less than a hash made now, and should be made anew."""
        cost = _cost(self)
        return cost is None or cost.work < COST.work


def hashed(password: str) -> PasswordHash:
    """A new hash of a password."""
    made = Argon2id(
        salt=secrets.token_bytes(16),
        length=32,
        iterations=COST.passes,
        lanes=COST.lanes,
        memory_cost=COST.memory,
    )
    return PasswordHash(made.derive_phc_encoded(_bytes(password)))


def matches(password: str, known: PasswordHash) -> bool:
    """Whether this is the password of a hash."""
    try:
        Argon2id.verify_phc_encoded(_bytes(password), str(known))
    except InvalidKey:
        return False
    return True


NOBODY: Final = PasswordHash(
    f"$argon2id$v=19${COST}$bm9ib2R5IGF0IGFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""Checked in place of unknown users, for the time it takes; no known password has it."""


def generated() -> str:
    """A new password that nobody chose: 100 bits, in letters that are not taken for each other."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def problem_of(password: str) -> str:
    """Why a new password cannot be taken; "" if it can."""
    if len(password) < SHORTEST:
        return f"the password has fewer than {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"the password has more than {LONGEST} characters"
    return ""


def _bytes(password: str) -> bytes:
    """The bytes that are hashed: one for every way to type a letter (RFC 8265, 4.2.2)."""
    return unicodedata.normalize("NFC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")


def _cost(text: str) -> Cost | None:
    found = _FORM.fullmatch(text)
    return None if found is None else Cost(int(found[1]), int(found[2]), int(found[3]))
