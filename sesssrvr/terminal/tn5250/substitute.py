"""Substitutes of passwords for automatic sign-on, so that none crosses the network in clear.

Pure; the client's random seed is an argument. A password or user that the algorithm cannot
take is refused before anything is sent: a wrong substitute is a failed sign-on, and a few of them
disable the profile. RFC 4777 section 5; draft-garvey-networking-rfc4777bis-02 section 5.3 for level 4.
"""

import re
from hashlib import pbkdf2_hmac, sha1, sha256, sha512
from typing import Final

from sesssrvr.terminal.tn5250 import des


SEED: Final = 8  # bytes, of either side
MAX_NAME: Final = 10  # characters of a user, and of a DES password
MAX_PASSWORD: Final = 128  # characters, from password level 2 on
SEQUENCE: Final = (1).to_bytes(SEED)  # always the first sign-on of its session
_HALF: Final = 8
_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_NAME: Final = re.compile(r"[A-Z0-9$#@_]+")
# Level 4: the salt is made of the user and so many last characters of the password.
_SALTED: Final = 4
_ITERATIONS: Final = 10_022


def by_des(user: str, password: str, server_seed: bytes, client_seed: bytes) -> bytes:
    """The substitute for hosts at password levels 0 and 1 (RFC 4777 section 5.1).

    The host knows a password that begins with a digit by a Q before it (IBM/JTOpen).

    Raises:
        ValueError: the user or password is empty, longer than 10 characters, or has characters that
            user profiles at these levels do not have.
    """
    known = f"Q{password}" if password[:1].isdecimal() else password
    name, word = _ebcdic(user), _ebcdic(known)
    token = _token(name, word)
    received = (_number(server_seed) + 1 & _MASK).to_bytes(_HALF)
    padded = name.ljust(2 * _HALF, b"\x40")
    mixed = _xor(padded[:_HALF], received) + _xor(padded[_HALF:], received)
    return des.chain(token, received + client_seed + mixed + SEQUENCE)


def by_sha1(user: str, password: str, server_seed: bytes, client_seed: bytes) -> bytes:
    """The substitute for hosts at password levels 2 and 3 (RFC 4777 section 5.2).

    Blanks at the end of the password do not count at these levels; it is not changed otherwise.

    Raises:
        ValueError: the user or password is empty or too long, or the password begins with an asterisk,
            which marks special values.
    """
    word = password.rstrip("\0 \u3000")
    if word.startswith("*"):
        raise ValueError("a password that begins with an asterisk")
    name = unicode_name(user, word)
    token = sha1(name + word.encode("utf-16-be"), usedforsecurity=False).digest()
    whole = token + server_seed + client_seed + name + SEQUENCE
    return sha1(whole, usedforsecurity=False).digest()


def by_pbkdf2(user: str, password: str, server_seed: bytes, client_seed: bytes) -> bytes:
    """The substitute for hosts at password level 4 (draft-garvey-networking-rfc4777bis-02, 5.3).

    The key is derived from the password as it is, in UTF-8 (IBM/JTOpen).

    Raises:
        ValueError: the user or password is empty or too long.
    """
    name = unicode_name(user, password)
    end = password[-_SALTED:].ljust(_SALTED).encode("utf-16-be")
    salt = sha256(name + end).digest()
    token = pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return sha512(token + server_seed + client_seed + name + SEQUENCE).digest()


def _ebcdic(text: str) -> bytes:
    """A name as user profiles have it.

    Raises:
        ValueError: it is not one.
    """
    name = text.upper()
    if not 0 < len(name) <= MAX_NAME:
        raise ValueError(f"a user or password of {len(name)} characters")
    if _NAME.fullmatch(name) is None:
        raise ValueError("a user or password with characters other than A-Z, 0-9, $, #, @ and _")
    return name.encode("cp037")


def unicode_name(user: str, password: str) -> bytes:
    """The user of 10 characters in UTF-16.

    Raises:
        ValueError: the user or the password has too many characters, or none.
    """
    if not 0 < len(user) <= MAX_NAME:
        raise ValueError(f"a user of {len(user)} characters")
    if not 0 < len(password) <= MAX_PASSWORD:
        raise ValueError(f"a password of {len(password)} characters")
    return user.upper().ljust(MAX_NAME).encode("utf-16-be")


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
