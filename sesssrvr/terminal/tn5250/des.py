"""One block of the Data Encryption Standard, for the password substitutes of older hosts.

This protects nothing; it is here because RFC 4777 section 5.1 asks for it. FIPS 46-3: the
tables are the standard's, bits counted from 1 at the left.
"""

from collections.abc import Iterator, Sequence
from typing import Final


BLOCK: Final = 8  # bytes
_INITIAL: Final = tuple(
    start - 8 * column for start in (58, 60, 62, 64, 57, 59, 61, 63) for column in range(8)
)
_EXPANSION: Final = tuple(
    (4 * row + column - 1) % 32 + 1 for row in range(8) for column in range(6)
)
_ROUND: Final = (
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
    2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
)  # fmt: skip
_KEY_HALVES: Final = (
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
)  # fmt: skip
_ROUND_KEY: Final = (
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
)  # fmt: skip
_SHIFTS: Final = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
# Each box: four rows of sixteen, a hexadecimal digit each.
_BOXES: Final = tuple(
    bytes(int(digit, 16) for digit in box)
    for box in (
        "E4D12FB83A6C59070F74E2D1A6CB953841E8D62BFC973A50FC8249175B3EA06D",
        "F18E6B34972DC05A3D47F28EC01A69B50E7BA4D158C6932FD8A13F42B67C05E9",
        "A09E63F51DC7B428D709346A285ECBF1D6498F30B12C5AE71AD069874FE3B52C",
        "7DE3069A1285BC4FD8B56F03472C1AE9A690CB7DF13E52843F06A1D8945BC72E",
        "2C417AB6853FD0E9EB2C47D150FA3986421BAD78F9C5630EB8C71E2D6F09A453",
        "C1AF92680D34E75BAF427C9561DE0B389EF528C3704A1DB6432C95FABE17608D",
        "4B2EF08D3C975A61D0B7491AE35C2F8614BDC37EAF6805926BD814A7950FE23C",
        "D2846FB1A93E50C71FD8A374C56B0E927B419CE206ADF35821E74A8DFC90356B",
    )
)


def encrypt(key: bytes, block: bytes) -> bytes:
    """One block of eight bytes under a key of eight bytes (its parity bits do not matter)."""
    bits = _permuted(_bits(block), _INITIAL)
    left, right = bits[:32], bits[32:]
    for round_key in _round_keys(key):
        left, right = right, _xor(left, _mixed(right, round_key))
    final = right + left
    out = [0] * 64
    for source, place in zip(final, _INITIAL, strict=True):
        out[place - 1] = source
    return int("".join(map(str, out)), 2).to_bytes(BLOCK)


def chain(key: bytes, data: bytes) -> bytes:
    """The last block of cipher block chaining over whole blocks, from a block of zeros."""
    found = bytes(BLOCK)
    for at in range(0, len(data), BLOCK):
        found = encrypt(key, bytes(_xor(found, data[at : at + BLOCK])))
    return found


def _bits(data: bytes) -> list[int]:
    return [byte >> shift & 1 for byte in data for shift in range(7, -1, -1)]


def _permuted(bits: Sequence[int], table: Sequence[int]) -> list[int]:
    return [bits[place - 1] for place in table]


def _xor(left: Sequence[int], right: Sequence[int]) -> list[int]:
    return [a ^ b for a, b in zip(left, right, strict=True)]


def _round_keys(key: bytes) -> Iterator[list[int]]:
    halves = _permuted(_bits(key), _KEY_HALVES)
    left, right = halves[:28], halves[28:]
    for shift in _SHIFTS:
        left, right = left[shift:] + left[:shift], right[shift:] + right[:shift]
        yield _permuted(left + right, _ROUND_KEY)


def _mixed(right: Sequence[int], round_key: Sequence[int]) -> list[int]:
    mixed = _xor(_permuted(right, _EXPANSION), round_key)
    out: list[int] = []
    for number, box in enumerate(_BOXES):
        a, b, c, d, e, f = mixed[6 * number : 6 * number + 6]
        found = box[(2 * a + f) * 16 + 8 * b + 4 * c + 2 * d + e]
        out += [found >> shift & 1 for shift in (3, 2, 1, 0)]
    return _permuted(out, _ROUND)
