"""What a 5250 keyboard says when it refuses a key, by the numbers operators know.

Every refusal has a number and words; none holds what was typed. SC30-3533, "Operator error
codes": the words are ours.
"""

from collections.abc import Mapping
from typing import Final

from verdigris.errors import OperatorError


PROBLEMS: Final[Mapping[int, str]] = {
    4: "the keyboard cannot enter data in the field",
    5: "the cursor is in a protected area",
    7: "a mandatory field is empty",
    8: "the field takes letters, comma, period, hyphen and blank",
    9: "the field takes digits, plus, comma, period, hyphen and blank",
    10: "the field takes digits only",
    11: "the last place of the field is its sign: leave it with a field exit key",
    12: "there is no room to insert",
    14: "the field has to be filled",
    15: "the check digit is wrong",
    16: "Field Minus is not valid in this field",
    18: "the field is full: leave it with a field exit key",
    19: "Dup and Field Mark are not permitted in this field",
    20: "the field has to be left with a field exit key first",
    21: "the mandatory entry field has to be typed into before it is left with a field exit key",
    60: "the field holds wide characters: others are typed at its start",
    61: "the field holds no wide characters: they are typed at its start",
}


def refused(code: int, where: str = "") -> OperatorError:
    """The error of this number; `where` is a place in words."""
    problem = f"{code:04d} {PROBLEMS[code]}"
    return OperatorError(problem=f"{problem}, {where}" if where else problem)
