"""Substitutes of passwords for automatic sign-on, so that none crosses the network in clear.

Pure; the client's random seed is an argument. A password or user that the algorithm cannot
take is refused before anything is sent. RFC 4777 section 5.
"""

from hashlib import sha1
from typing import Final

from sesssrvr.terminal.tn5250 import des


SEED: Final = 8  # bytes, of either side
MAX_NAME: Final = 10  # characters of a user, and of a DES password
SEQUENCE: Final = (1).to_bytes(SEED)  # always the first sign-on of its session
_HALF: Final = 8
_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF


def by_des(user: str, password: str, server_seed: bytes, client_seed: bytes) -> bytes:
    """The substitute for hosts at password levels 0 and 1 (RFC 4777 section 5.1).

    Raises:
        ValueError: the user or password is empty, longer than 10 characters, or not in code page 37.
    """
    name, word = _ebcdic(user), _ebcdic(password)
    token = _token(name, word)
    received = (_number(server_seed) + 1 & _MASK).to_bytes(_HALF)
    padded = name.ljust(2 * _HALF, b"\x40")
    mixed = _xor(padded[:_HALF], received) + _xor(padded[_HALF:], received)
    return des.chain(token, received + client_seed + mixed + SEQUENCE)


def by_sha1(user: str, password: str, server_seed: bytes, client_seed: bytes) -> bytes:
    """The substitute for hosts at password levels 2 and 3 (RFC 4777 section 5.2).

    Raises:
        ValueError: the user is longer than 10 characters.
    """
    if not 0 < len(user) <= MAX_NAME:
        raise ValueError(f"a user of {len(user)} characters")
    name = user.upper().ljust(MAX_NAME).encode("utf-16-be")
    token = sha1(name + password.encode("utf-16-be"), usedforsecurity=False).digest()
    whole = token + server_seed + client_seed + name + SEQUENCE
    return sha1(whole, usedforsecurity=False).digest()


def _ebcdic(text: str) -> bytes:
    found = text.upper().encode("cp037", "ignore")
    if len(found) != len(text.upper()):
        raise ValueError("a user or password with characters outside code page 037")
    if not 0 < len(found) <= MAX_NAME:
        raise ValueError(f"a user or password of {len(found)} characters")
    return found


def _token(name: bytes, word: bytes) -> bytes:
    """The password as a key for the user's name; a long password gives two, joined."""
    folded = _folded(name)
    token = _enciphered(word[:_HALF], folded)
    if len(word) > _HALF:
        token = _xor(token, _enciphered(word[_HALF:], folded))
    return token


def _enciphered(word: bytes, name: bytes) -> bytes:
    mixed = _number(_xor(word.ljust(_HALF, b"\x40"), b"\x55" * _HALF))
    return des.encrypt((mixed << 1 & _MASK).to_bytes(_HALF), name)


def _folded(name: bytes) -> bytes:
    """A name of 9 or 10 characters in 8: the bits of the last two go into the others' first bits."""
    if len(name) <= _HALF:
        return name.ljust(_HALF, b"\x40")
    last = int.from_bytes(name.ljust(MAX_NAME, b"\x40")[_HALF:])
    pairs = [last >> shift & 3 for shift in range(14, -2, -2)]
    return bytes(byte ^ pair << 6 for byte, pair in zip(name[:_HALF], pairs, strict=True))


def _number(data: bytes) -> int:
    return int.from_bytes(data)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
