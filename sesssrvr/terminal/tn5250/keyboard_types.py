"""Keyboard type, code page and character set that a terminal tells an IBM i of itself.

An IBM i makes a virtual device by these three; without them it takes its system's default, and a
session with another page then shows and sends wrong letters (pmattes/x3270#97,
codefori/vscode-ibmi#1649). RFC 4777 section 6 (KBDTYPE, CODEPAGE, CHARSET); the values are those of
IBM i's table "National language keyboard types and SBCS code pages" and, for the Japanese pages, what IBM's own
client sends (asaomaro/ts5250, 20260921-device-env-1399).
"""

from collections.abc import Mapping
from typing import Final


# Page of the model: keyboard type, code page, character set. Where a page serves several countries
# it is the one that names the page: the option environment tells another one. Pages that the table lacks are not told.
_TABLE: Final = """
037 USB 37 697    273 AGB 273 697   277 DMB 277 697   278 FNB 278 697   280 ITB 280 697
281 JEB 281 697   1027 JPB 1027 1172
284 SPB 284 697   285 UKB 285 697   290 KAB 290 332   297 FAB 297 697   420 CLB 420 235
424 NCB 424 941   500 INB 500 697   833 KOB 833 1173  836 RCB 836 1174  838 THB 838 1176
870 ROB 870 959   871 ICB 871 697   875 GNB 875 925   880 CYB 880 960   1025 RUB 1025 1150
1026 TKB 1026 1152   1097 IRB 1097 1219
1140 USB 1140 695    1141 AGB 1141 695    1142 DMB 1142 695    1143 FNB 1143 695
1144 ITB 1144 695    1145 SPB 1145 695    1146 UKB 1146 695    1147 FAB 1147 695
1148 INB 1148 695    1149 ICB 1149 695
930 JKB 290 1172     939 JPB 1027 1172    1390 JKB 290 1172    1399 JPE 1027 32000
933 KOB 833 1173     1364 KOB 833 1173    935 RCB 836 1174     1388 RCB 836 1174
937 TAB 37 1175
"""
_WORDS: Final = _TABLE.split()
_BY_PAGE: Final = {
    page: (keyboard, number, characters)
    for page, keyboard, number, characters in zip(*(iter(_WORDS),) * 4, strict=True)
}


def told(page: str) -> Mapping[str, str]:
    """The variables of a code page by its name, such as "cp273"; none for a page not in the table."""
    found = _BY_PAGE.get("".join(filter(str.isdigit, page)))
    if found is None:
        return {}
    keyboard, number, characters = found
    return {"KBDTYPE": keyboard, "CODEPAGE": number, "CHARSET": characters}
