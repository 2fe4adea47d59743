"""Code page 310: the characters of GE and of the APL character set, shown and typed.

One character a byte, blank where the page has none. The underscored letters of APL, for which
Unicode has no characters, are shown as the letters they are, and their cells as underlined
(`UNDERSCORED`), as x3270 does since 4.2. The rows are X'4x' to X'Fx'. IBM code page 310; but for the
underscored letters and the tilde and bar below, what is drawn is what s3270 draws, and tests hold
the two together.

X'80' and X'BF' are tilde and vertical bar: national pages that lack them get them by GE, so a
reader looks for `~` and `|`, not for the operators of the same look (pmattes/x3270#114).
"""

from collections.abc import Mapping
from typing import Final


_ROWS: Final = (
    " ABCDEFGHI      ",
    " JKLMNOPQR      ",
    "  STUVWXYZ      ",
    "⋄∧¨⌻⍸⍷⊢⊣∨       ",  # noqa: RUF001 - APL's own signs
    "~  ⎸⎹│    ↑↓≤⌈⌊→",
    "⎕▌▐▀▄■    ⊃⊂¤○±←",
    "¯°─•      ∩∪⊥[≥∘",  # noqa: RUF001 - APL's own signs
    "⍺∊⍳⍴⍵ ×\\÷ ∇∆⊤]≠|",  # noqa: RUF001 - APL's own signs
    "{⁼+∎└┌├┴§ ⍲⍱⌷⌽⍂⍉",
    "}⁾-┼┘┐┤┬¶ ⌶!⍒⍋⍞⍝",
    "≡₁ʂʃ⍤⍥⍪€  ⌿⍀∵⊖⌹⍕",
    "⁰¹²³⁴⁵⁶⁷⁸⁹ ⍫⍙⍟⍎ ",
)
APL: Final = " " * 0x40 + "".join(_ROWS)
_SIGNS: Final = 0x70
"""Codes below are the underscored letters, which nobody types as such: a letter is the page's own."""

UNDERSCORED: Final = bytes(code for code in range(0x40, _SIGNS) if APL[code] != " ")
"""The codes of the underscored letters."""

_ALSO: Final = {"\u223c": 0x80, "\u2223": 0xBF}  # the operators of the same look
TYPED: Final[Mapping[str, int]] = {
    **_ALSO,
    **{APL[code]: code for code in range(0xFF, _SIGNS - 1, -1) if APL[code] != " "},
}
"""The code of a typed character; the first one, where two look the same."""
