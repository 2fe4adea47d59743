"""The header that names the management servers which did not answer the one that was asked."""

from collections.abc import Iterable
from typing import Final


UNANSWERED: Final = "X-Verdigris-Unanswered"
"""Their names, with blanks between."""


def unanswered(silent: Iterable[str]) -> dict[str, str]:
    """The header; none if all have answered."""
    names = " ".join(silent)
    return {UNANSWERED: names} if names else {}
