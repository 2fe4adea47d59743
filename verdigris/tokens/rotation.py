"""When a management server makes a new key, signs with it, and forgets old ones.

Law (tests/verdigris/tokens/test_rotation.py): a key signs only after everybody has had `SPREAD` to
learn of it, unless there is no other; what it signs can be read until it expires; at every moment
there is a key to sign with or one is to be made.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from verdigris.tokens.keys import PublicKey


PERIOD: Final = 30 * 86_400
"""Seconds after which a key is followed by a new one."""

LIFETIME: Final = PERIOD + 3 * 86_400
"""Seconds a key counts: longer than it signs, by the longest login and two days of a server that is off."""

SPREAD: Final = 300
"""Seconds in which all servers learn of a new key; a watched document takes one."""

LONGEST_TOKEN: Final = 86_400
"""Seconds of the longest login (users.xsd)."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What is to be done.

    Attributes:
        sign_with: the id of the key to sign with; "" while there is none.
        make: make a new key and make it known.
        forget: ids of keys that count no longer.
    """

    sign_with: str
    make: bool
    forget: frozenset[str] = frozenset()


def rotation(
    keys: Iterable[PublicKey], server: str, private: Collection[str], now: float
) -> Rotation:
    """What a management server does about the keys that are known.

    Args:
        keys: all that are known.
        server: whose rotation it is.
        private: the ids of the keys whose private halves it has.
        now: seconds since 1970.
    """
    known = [*keys]
    own = sorted(
        (it for it in known
         if it.server == server and it.id in private and now + LONGEST_TOKEN <= it.until),
        key=lambda it: (it.since, it.id),
    )  # fmt: skip
    spread = [it for it in own if it.since + SPREAD <= now]
    chosen = spread[-1] if spread else own[0] if own else None
    young = any(now < it.since + PERIOD for it in own)
    return Rotation(
        chosen.id if chosen else "",
        not young,
        frozenset(it.id for it in known if it.until + LONGEST_TOKEN < now),
    )
