"""Code page 310: the characters of GE and of the APL character set.

One character a byte, blank where the page has none or where no single character shows
it (the underlined letters). The rows are X'4x' to X'Fx'. IBM code page 310; what is drawn is what
s3270 draws, and tests hold the two together.
"""

from typing import Final


_ROWS: Final = (
    "                ",
    "                ",
    "                ",
    "⋄∧¨⌻⍸⍷⊢⊣∨       ",  # noqa: RUF001 - APL's own signs
    "∼  ⎸⎹│    ↑↓≤⌈⌊→",  # noqa: RUF001 - APL's own signs
    "⎕▌▐▀▄■    ⊃⊂¤○±←",
    "¯°─•      ∩∪⊥[≥∘",  # noqa: RUF001 - APL's own signs
    "⍺∊⍳⍴⍵ ×\\÷ ∇∆⊤]≠∣",  # noqa: RUF001 - APL's own signs
    "{⁼+∎└┌├┴§ ⍲⍱⌷⌽⍂⍉",
    "}⁾-┼┘┐┤┬¶ ⌶!⍒⍋⍞⍝",
    "≡₁ʂʃ⍤⍥⍪€  ⌿⍀∵⊖⌹⍕",
    "⁰¹²³⁴⁵⁶⁷⁸⁹ ⍫⍙⍟⍎ ",
)
APL: Final = " " * 0x40 + "".join(_ROWS)
