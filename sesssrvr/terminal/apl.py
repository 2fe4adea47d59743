"""Code page 310, the APL and graphic-escape set: byte -> character."""

from typing import Final


APL: Final[dict[int, str]] = {}
