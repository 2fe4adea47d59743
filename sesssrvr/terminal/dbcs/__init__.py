"""Tables of the double-byte EBCDIC pages, made by scripts/codepages from ICU's.

A table is read when its page is first used, and is then shared by all sessions.
"""

import zlib
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple


SINGLES: Final = 256
NONE: Final = "\0"


class Numbers(NamedTuple):
    """What a page is called in IBM's registry: character set and code page, of singles and pairs."""

    single: bytes
    double: bytes


def _numbers(single: str, double: str) -> Numbers:
    return Numbers(bytes.fromhex(single), bytes.fromhex(double))


PAGES: Final = {
    "930": _numbers("04940122", "0172012c"),  # Japanese, katakana
    "933": _numbers("04950341", "03a60342"),  # Korean
    "935": _numbers("04960344", "04380345"),  # simplified Chinese
    "937": _numbers("04970025", "03a70343"),  # traditional Chinese
    "939": _numbers("04940403", "0172012c"),  # Japanese, Latin
    "1364": _numbers("04950341", "03a60342"),  # Korean with the Euro and all syllables
    "1371": _numbers("ffff0487", "03a70343"),  # traditional Chinese with the Euro
    "1388": _numbers("04960344", "03a90345"),  # simplified Chinese, GB 18030
    "1390": _numbers("04940122", "03e9012c"),  # 930 with the Euro and JIS X 0213
    "1399": _numbers("04940403", "03e9012c"),  # 939 with the same
}


@cache
def table(number: str) -> str:
    """All characters: 256 of single bytes, then 65,536 of pairs; `NONE` where there is none."""
    packed = files(__name__).joinpath(f"cp{number}.z").read_bytes()
    return zlib.decompress(packed).decode("utf-32-le")
