"""Key exchange with fixed groups and SHA-2 (RFC 8268), which Conch does not have (as of 2026-12-01).

A patch kept small: the groups are entered into Conch's own table, and go once it has them. The primes
are made from the formula that RFC 3526 gives for each group; a test compares that of group 14 with
Conch's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Any, Final

from twisted.conch.ssh import _kex
from zope.interface import implementer


@implementer(_kex._IFixedGroupKexAlgorithm)  # noqa: SLF001 - the only way to enter a group
@dataclass(frozen=True, slots=True)
class FixedGroup:
    """A key exchange with a fixed group.

    Attributes:
        prime, generator: the group.
        hashProcessor: the hash.
        preference: unused: the order is the settings'.
    """

    prime: int
    hashProcessor: Callable[..., Any]
    generator: int = 2
    preference: int = 9


def prime(bits: int, addend: int) -> int:
    """A prime of RFC 3526: 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + addend)."""
    high: int = (1 << bits) - (1 << (bits - 64)) - 1
    return high + (1 << 64) * (_pi(bits - 130) + addend)


def _pi(bits: int) -> int:
    """2^bits * pi, cut off (Machin's formula, with 64 bits to spare)."""
    one = 1 << (bits + 64)
    return (16 * _arctan(5, one) - 4 * _arctan(239, one)) >> 64


def _arctan(inverse: int, one: int) -> int:
    """arctan(1 / inverse), in parts of `one`."""
    power = total = one // inverse
    divisor, sign = 1, 1
    while power:
        power //= inverse * inverse
        divisor, sign = divisor + 2, -sign
        total += sign * (power // divisor)
    return total


GROUPS: Final = {
    b"diffie-hellman-group14-sha256": FixedGroup(prime(2048, 124476), sha256),
    b"diffie-hellman-group16-sha512": FixedGroup(prime(4096, 240904), sha512),
}


def enter() -> None:
    """Have Conch know the groups; what it knows itself stays."""
    for name, group in GROUPS.items():
        _kex._kexAlgorithms.setdefault(name, group)  # noqa: SLF001 - there is no other table
