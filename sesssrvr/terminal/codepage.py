"""EBCDIC code pages: what a buffer byte looks like, and which byte a typed character is.

Law: a page that is not known is an error, never a silent fall back to another one; a byte below
X'40' or X'FF' is a control, never a letter: a reader sees a blank, or what a terminal draws for it
(DUP as `*`, field mark as `;`).
Tested in `tests/sesssrvr/terminal/test_codepage.py`.
"""

import json
import re
from codecs import charmap_decode, lookup
from functools import cache
from importlib.resources import files
from typing import Final

import ebcdic  # noqa: F401 - importing it registers the pages the standard library lacks

from sesssrvr.terminal import dbcs
from sesssrvr.terminal.apl import APL, TYPED
from sesssrvr.terminal.screen import TAIL
from verdigris.errors import UnknownCodePage


SHIFT_OUT, SHIFT_IN = 0x0E, 0x0F  # around pairs of a double-byte page
GRAPHIC_ESCAPE: Final = 0x08  # before a character of code page 310 (GA23-0059, "Graphic Escape")
DUP: Final = 0x1C
FIELD_MARK: Final = 0x1E
SPACE: Final = 0x40
# Controls a terminal draws, as s3270 does; all others are blank.
DRAWN: Final = {DUP: "*", FIELD_MARK: ";", 0x3F: "■", 0xFF: "●"}
_BLANK_GRAPHICS: Final = "\xa0\xad"  # no-break space and soft hyphen are graphics all the same
_FIRST: Final = 0x40  # GA23-0059, "Character codes": graphics are X'40' to X'FE'
_LAST: Final = 0xFE

# Names people write, by the digits in them; the Euro pages and the two Microsoft variants by name.
_NUMBERS: Final = (
    "037 273 277 278 280 284 285 290 297 420 424 500 500ms 833 838 870 871 875 1025 1026 1047 1097 "
    "1112 1122 1123 1140 1141 1142 1143 1144 1145 1146 1147 1148 1148ms 1149"
)
# In neither library: scripts/codepages makes their table.
_SINGLES: Final = (
    "256", "274", "275", "281", "423", "803", "836", "880", "905", "918", "924", "1027", "1130", "1132", "1137",
    "1153", "1154", "1155", "1156", "1157", "1158", "1159", "1160", "1164", "1166", "4517", "4899", "4971",
    "5123", "8482", "9030", "12712", "16804",
)  # fmt: skip
_EBCDIC: Final = frozenset(
    f"cp{number}" for number in (*re.findall(r"\w+", _NUMBERS), *_SINGLES, *dbcs.PAGES)
)
_WHOLE: Final = 65535  # the set of all characters of a page (CDRA), where no number is known
# Character sets by IBM's registry (CCSIDs; its table of national keyboard types), where they are not
# 697 (Latin-1): the Euro pages, and these.
_CHARACTER_SETS: Final = {
    "290": 1172, "420": 235, "423": 218, "424": 1349, "803": 1147, "833": 1173, "836": 1174, "838": 1176,
    "870": 959, "875": 925, "880": 959, "905": 1286, "918": 1160, "924": 1353, "1025": 1150, "1026": 1152,
    "1027": 1172, "1097": 1219, "1112": 1305, "1122": 1307, "1123": 1326, "1130": 1336, "1132": 1341,
    "1137": 1342, "1153": 1375, "1154": 1381, "1155": 1378, "1156": 1393, "1157": 1391, "1158": 1388,
    "1159": _WHOLE, "1160": 1395, "1164": 1397, "1166": _WHOLE, "4517": _WHOLE, "4899": 1356, "4971": 1371,
    "5123": _WHOLE, "8482": _WHOLE, "9030": 1279, "12712": 1356, "16804": 1461,
}  # fmt: skip
# CCSIDs of a page that has grown, by the Euro for the most part, and the number of that page.
_CODE_PAGES: Final = {
    "4517": 421, "4899": 803, "4971": 875, "5123": 1027, "8482": 290, "9030": 838, "12712": 424, "16804": 420,
}  # fmt: skip
_LATIN_1, _LATIN_1_EURO = 697, 695
_EURO_PAGES: Final = range(1140, 1150)


class CodePage:
    """One EBCDIC code page.

    Attributes:
        name: its canonical name, such as "cp037".
        cgcsgid: character set and code page number, 4 bytes (GA23-0059, query reply character sets).
        double: the same of its pairs; empty on a page without any.
    """

    __slots__ = ("_codes", "_glyphs", "cgcsgid", "double", "name")

    def __init__(self, name: str, glyphs: str) -> None:
        shown = [" "] * 256
        self._codes: dict[str, int] = {}
        for code in range(_FIRST, _LAST + 1):
            glyph = glyphs[code]
            if glyph.isprintable() or glyph in _BLANK_GRAPHICS:
                shown[code] = glyph
                self._codes.setdefault(glyph, code)
        for code, glyph in DRAWN.items():
            shown[code] = glyph
        self._codes[" "] = SPACE
        self._glyphs = "".join(shown)
        self.name = name
        self.cgcsgid = _cgcsgid("".join(filter(str.isdigit, name)))
        self.double = b""

    def text(self, characters: bytes | bytearray) -> str:
        """What a reader sees of these buffer bytes: one character each."""
        return charmap_decode(bytes(characters), "strict", self._glyphs)[0]

    def code(self, character: str) -> int | None:
        """The byte of a typed character; None if the page does not have it."""
        return self._codes.get(character)

    def pair(self, character: str) -> bytes | None:  # noqa: ARG002 - pages with pairs need it
        """The pair of a typed wide character; None if the page does not have it."""
        return None

    def encoded(self, text: str) -> bytes:
        """Text as it is on the line; empty if there is no way to type a character.

        Pairs are between SO and SI; what the page lacks and code page 310 has goes by GE.
        """
        out, shifted = bytearray(), False
        for character in text:
            code, pair = self.code(character), None
            said = bytes((code,)) if code is not None else (pair := self.pair(character))
            if said is None and (graphic := graphic_code(character)) is not None:
                said = bytes((GRAPHIC_ESCAPE, graphic))
            if said is None:
                return b""
            if (pair is not None) != shifted:
                shifted = not shifted
                out.append(SHIFT_OUT if shifted else SHIFT_IN)
            out += said
        return bytes(out) + bytes((SHIFT_IN,)) * shifted

    def wide(self, pairs: bytes) -> str:
        """What a reader sees of pairs: two cells each."""
        return " " * len(pairs)

    def __repr__(self) -> str:
        return f"<CodePage {self.name}>"


class DoubleBytePage(CodePage):
    """A page with pairs: SO, pairs, SI among single bytes (GA23-0059, "Double-byte character set")."""

    __slots__ = ("_pairs", "_table")

    def __init__(self, number: str) -> None:
        table = dbcs.table(number)
        super().__init__(f"cp{number}", table[: dbcs.SINGLES])
        self._table = table[dbcs.SINGLES :]
        self._pairs: dict[str, int] = {}
        for code, character in enumerate(self._table):
            if character != dbcs.NONE:
                self._pairs.setdefault(character, code)
        self.cgcsgid, self.double = dbcs.PAGES[number]

    def pair(self, character: str) -> bytes | None:
        """See `CodePage.pair`."""
        code = self._pairs.get(character)
        return None if code is None else code.to_bytes(2)

    def wide(self, pairs: bytes) -> str:
        """See `CodePage.wide`: the character, and a cell that is its other half.

        A pair of nulls is a wide blank; one that is not on the page is two blanks.
        """
        out = []
        for at in range(0, len(pairs) - 1, 2):
            code = pairs[at] << 8 | pairs[at + 1]
            found = self._table[code] if code else _WIDE_BLANK
            out.append("  " if found == dbcs.NONE else found + TAIL)
        return "".join(out) + " " * (len(pairs) % 2)


_WIDE_BLANK: Final = "\u3000"


def _cgcsgid(number: str) -> bytes:
    usual = _LATIN_1_EURO if int(number) in _EURO_PAGES else _LATIN_1
    page = _CODE_PAGES.get(number, int(number))
    return _CHARACTER_SETS.get(number, usual).to_bytes(2) + page.to_bytes(2)


def canonical(name: str) -> str:
    """The canonical name of what people write: "37", "037", "IBM-1047", "CP1047", "cp 037", "IBM00924".

    Raises:
        UnknownCodePage: no such page is known.
    """
    plain = name.strip().lower().replace("-", "").replace("_", "").replace(" ", "")
    for prefix in ("ibm", "ebcdic", "cp"):
        plain = plain.removeprefix(prefix)
    found = f"cp{plain.lstrip('0').zfill(3)}"
    if found not in _EBCDIC:
        raise UnknownCodePage(codepage=name)
    return found


def codepage(name: str) -> CodePage:
    """The code page of this name; pages are shared, there is one of each.

    Raises:
        UnknownCodePage: no such page is known.
    """
    return _page(canonical(name))


def names() -> tuple[str, ...]:
    """All known pages, by their canonical names."""
    return tuple(sorted(_EBCDIC, key=lambda name: (int("".join(filter(str.isdigit, name))), name)))


def graphic_escape(code: int) -> str:
    """The character of code page 310, which GE and the APL character set show; blank if undefined."""
    return APL[code]


def graphic_code(character: str) -> int | None:
    """The code of a typed character in code page 310; None if it does not have it."""
    return TYPED.get(character)


@cache
def _singles() -> dict[str, str]:
    """The 192 characters from X'40' on of pages of the file; a blank is none."""
    text = files("sesssrvr.terminal").joinpath("singles.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found


@cache
def _page(name: str) -> CodePage:
    number = name.removeprefix("cp")
    if number in dbcs.PAGES:
        return DoubleBytePage(number)
    if number in _SINGLES:
        return CodePage(name, dbcs.NONE * _FIRST + _singles()[number])
    codec = lookup(name)
    glyphs = (codec.decode(bytes((code,)), "ignore")[0] for code in range(256))
    return CodePage(name, "".join(glyph or dbcs.NONE for glyph in glyphs))
