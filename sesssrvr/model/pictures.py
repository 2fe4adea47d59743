"""Number pictures: `#,##0.00`, `#.##0,00-`, `0.00CR`, `00000000`.

A picture says how an amount is written; reading is generous about what hosts do anyway:
signs before or after, CR, DB, brackets, thousands separators present or absent. A text read is
exact: `-?d+(.d+)?` with every digit the host showed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


_PICTURE: Final = re.compile(r"(?P<body>[#0.,' ]*[#0])(?P<sign>-|CR|DB)?\Z")
_NEGATIVE: Final = re.compile(
    r"-\s*(?P<a>[^-]+)|(?P<b>[^-]+?)\s*(?:-|CR|DB)|\((?P<c>[^()]+)\)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Picture:
    """How numbers of one place look.

    Attributes:
        group, point: separators; "" is none.
        written_group: write the group separator.
        decimals: digits after the point; -1 as many as the value has.
        digits: at least so many before the point.
        sign: what follows a negative number; "" puts a minus before it.
    """

    group: str = ","
    point: str = "."
    written_group: bool = False
    decimals: int = -1
    digits: int = 1
    sign: str = ""

    def read(self, text: str) -> str | None:
        """The exact number in a text, or None when it is not a number."""
        body = text.strip()
        negative = False
        if found := _NEGATIVE.fullmatch(body):
            negative = True
            body = next(part for part in found.groups() if part is not None).strip()
        exact = self._exact(body.removeprefix("+"))
        if exact is None or not negative or not exact.strip("0."):
            return exact
        return f"-{exact}"

    def _exact(self, body: str) -> str | None:
        found = _exact(self.group, self.point).fullmatch(body)
        if found is None or not any(found.groups()):
            return None
        digits = (found[1] or "0").replace(self.group, "") if self.group else found[1] or "0"
        part = found[2] if self.point and found.lastindex == 2 else ""  # noqa: PLR2004 - second group
        return (digits.lstrip("0") or "0") + (f".{part}" if part else "")

    def write(self, exact: str) -> str | None:
        """A number as the picture writes it, or None when it has more decimals than the picture."""
        negative, bare = exact.startswith("-"), exact.lstrip("-")
        whole, _, part = bare.partition(".")
        if self.decimals >= 0:
            if part[self.decimals :].strip("0"):
                return None
            part = part[: self.decimals].ljust(self.decimals, "0")
        whole = whole.rjust(self.digits, "0")
        if self.written_group:
            whole = f"{int(whole):,}".replace(",", self.group)
        text = whole + (f"{self.point}{part}" if part else "")
        if not negative:
            return text
        return f"{text}{self.sign}" if self.sign else f"-{text}"


@lru_cache(maxsize=64)
def _exact(group: str, point: str) -> re.Pattern[str]:
    """What a number without a sign looks like with these separators."""
    whole = rf"(\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+)" if group else r"(\d+)"
    pattern = rf"{whole}?(?:{re.escape(point)}(\d*))?" if point else rf"{whole}?"
    return re.compile(pattern, re.ASCII)


@lru_cache(maxsize=1024)
def picture(text: str) -> Picture | None:
    """Read a picture, or None when the text is none."""
    found = _PICTURE.fullmatch(text.strip())
    if found is None:
        return None
    body = found["body"]
    marks = re.findall(r"[.,' ]", body)
    point = _point(body, marks)
    groups = set(marks[:-1] if point else marks)
    whole, _, part = body.partition(point) if point else (body, "", "")
    if len(groups) > 1 or point in groups or not _thousands(whole, groups):
        return None
    return Picture(
        group=next(iter(groups), "." if point == "," else ","),
        point=point,
        written_group=bool(groups),
        decimals=len(part),
        digits=1 if groups else max(1, whole.count("0")),
        sign=found["sign"] or "",
    )


def _point(body: str, marks: list[str]) -> str:
    """The last separator is the decimal point, unless `#` or a further one after it makes it thousands."""
    if not marks or marks.count(marks[-1]) > 1 or body[body.rindex(marks[-1]) + 1] == "#":
        return ""
    return marks[-1]


def _thousands(whole: str, groups: set[str]) -> bool:
    """Whether separators, if there are any, part off three digits each."""
    first, *rest = whole.split(next(iter(groups))) if groups else [whole]
    return len(first) > 0 and all(len(part) == 3 for part in rest)  # noqa: PLR2004 - thousands
