"""One-byte code pages of character hosts that are not ISO 2022: of DOS, Windows, Unix and Macintosh.

X'00' to X'7F' are ASCII and its controls. Above, a byte is the page's character: X'80' to X'9F' are
letters where the page has letters there (DOS, Windows, KOI8, Macintosh), and C1 controls where it has
controls (ISO 8859). Character sets designated to G2 and G3 have no effect on such a host; line
drawing in G0 and G1 has. The tables are those of Python's codecs.

Tested in `tests/field/terminals/test_charsets_vt.py`.
"""

from codecs import charmap_decode
from collections.abc import Mapping
from functools import cache
from typing import Final


_ASCII_END: Final = 0x80
_CSI: Final = 0x9B
_DOS: Final = (
    437, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 1125,
)  # fmt: skip
_ISO: Final = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)
_OTHERS: Final = (
    "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154", "tis-620", "hp-roman8", "cp1006", "palmos",
    "mac-roman", "mac-latin2", "mac-greek", "mac-cyrillic", "mac-turkish", "mac-iceland", "mac-croatian",
    "mac-romanian", "mac-arabic", "mac-farsi",
)  # fmt: skip

PAGES: Final[Mapping[str, str]] = {
    **{f"cp{number}": f"cp{number}" for number in _DOS},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in _ISO},
    **{f"cp{number}": f"cp{number}" for number in range(1250, 1259)},
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
    **{name: name for name in _OTHERS},
}
"""The pages by the names that option `charset` takes, and Python's names of them."""


class HostPage:
    """One page.

    Attributes:
        characters: of all 256 bytes, U+FFFD where there is none.
        controls: X'80' to X'9F' are C1 controls.
    """

    __slots__ = ("_codes", "characters", "controls")

    def __init__(self, codec: str) -> None:
        upper = (bytes((code,)).decode(codec, "replace") for code in range(_ASCII_END, 0x100))
        self.characters = "".join(map(chr, range(_ASCII_END))) + "".join(upper)
        self.controls = self.characters[_CSI] == chr(_CSI)
        self._codes = {char: code for code, char in enumerate(self.characters) if char != "\ufffd"}

    def decode(self, data: bytes) -> str:
        """One character for each byte."""
        return charmap_decode(data, "strict", self.characters)[0]

    def encode(self, text: str) -> bytes:
        """The bytes of a text.

        Raises:
            KeyError: the page lacks a character.
        """
        return bytes(self._codes[char] for char in text)


@cache
def host_page(name: str) -> HostPage | None:
    """The page of this name of `PAGES`; None for a coding that is none of them."""
    codec = PAGES.get(name)
    return None if codec is None else HostPage(codec)
