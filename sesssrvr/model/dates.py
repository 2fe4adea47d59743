"""Date patterns: YYYY-MM-DD, DD/MM/YYYY, D MMM YY.

A pattern reads and writes the same dates; a date is `YYYY-MM-DD` text everywhere else.
Two-digit years 00 to 49 are 2000 to 2049, 50 to 99 are 1950 to 1999 (the window of most hosts).
"""

import re
from datetime import date
from typing import Final


MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TOKEN: Final = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
_READ: Final = {
    "YYYY": r"(?P<y>\d{4})",
    "YY": r"(?P<yy>\d{2})",
    "MMM": r"(?P<mmm>[A-Za-z]{3})",
    "MM": r"(?P<m>\d{2})",
    "M": r"(?P<m>\d{1,2})",
    "DD": r"(?P<d>\d{2})",
    "D": r"(?P<d>\d{1,2})",
}
_PIVOT: Final = 50


def is_pattern(text: str) -> bool:
    """Whether the text names a year, a month and a day, once each."""
    kinds = [token[0] for token in _TOKEN.findall(text)]
    return sorted(kinds) == ["D", "M", "Y"]


def read(text: str, pattern: str) -> str | None:
    """The date in a text as `YYYY-MM-DD`, or None when it is not such a date."""
    parts = _TOKEN.split(pattern)
    tokens = _TOKEN.findall(pattern)
    shape = re.escape(parts[0]) + "".join(
        _READ[token] + re.escape(rest) for token, rest in zip(tokens, parts[1:], strict=True)
    )
    found = re.fullmatch(shape, text.strip(), re.ASCII)
    if found is None:
        return None
    try:
        return date(*_numbers(found.groupdict())).isoformat()
    except ValueError:
        return None


def _numbers(found: dict[str, str]) -> tuple[int, int, int]:
    year = int(found["y"]) if "y" in found else _window(int(found["yy"]))
    month = int(found["m"]) if "m" in found else MONTHS.index(found["mmm"].upper()) + 1
    return year, month, int(found["d"])


def _window(short: int) -> int:
    return short + (2000 if short < _PIVOT else 1900)


def write(iso: str, pattern: str) -> str:
    """A date as the pattern writes it."""
    day = date.fromisoformat(iso)
    shown = {
        "YYYY": f"{day.year:04}",
        "YY": f"{day.year % 100:02}",
        "MMM": MONTHS[day.month - 1],
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "DD": f"{day.day:02}",
        "D": str(day.day),
    }
    return _TOKEN.sub(lambda found: shown[found[0]], pattern)
