"""Check digits of self-check fields: modulus 10 and modulus 11.

A field without a digit is not judged. SC30-3533, "Self-check": the last digit checks the others.
"""

from typing import Final


WEIGHTS_11: Final = (2, 3, 4, 5, 6, 7)  # from the right, over and over
IMPOSSIBLE: Final = 10  # a modulus 11 remainder no digit can show


def digits_of(content: bytes) -> list[int]:
    """The digits of a field, from its EBCDIC bytes."""
    return [code & 0x0F for code in content if code & 0x0F <= 9 and code >= 0xD0]  # noqa: PLR2004 - zones D and F


def modulus_10(digits: list[int]) -> bool:
    """Every second digit from the right, but the check digit, counts twice."""
    total = 0
    for place, digit in enumerate(reversed(digits[:-1])):
        double = 2 * digit if place % 2 == 0 else digit
        total += double // 10 + double % 10
    return not digits or (10 - total % 10) % 10 == digits[-1]


def modulus_11(digits: list[int]) -> bool:
    """Digits are weighted 2 to 7 from the right."""
    total = sum(
        digit * WEIGHTS_11[place % len(WEIGHTS_11)]
        for place, digit in enumerate(reversed(digits[:-1]))
    )
    wanted = (11 - total % 11) % 11
    return not digits or (wanted != IMPOSSIBLE and wanted == digits[-1])
