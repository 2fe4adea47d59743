"""A host's screens for readers: drawings, and tables of what stands where.

Law: a page is renewed behind its mark and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hostemul.drawing import ScreenItem


AnyItem = TypeVar("AnyItem", bound=ScreenItem)


@dataclass(frozen=True, slots=True)
class Shown(Generic[AnyItem]):
    """One screen of a page: its id and title, its parts, and how it looks."""

    name: str
    title: str
    items: Sequence[AnyItem]
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class GuidePage(Generic[AnyItem]):
    """The generated part of a page.

    Attributes:
        mark: the line behind which it begins.
        screens: what is shown.
        kind: what an entry takes, or another word on an item; "" is nothing to say.
    """

    mark: str
    screens: Callable[[], Iterable[Shown[AnyItem]]]
    kind: Callable[[AnyItem], str]

    def text(self) -> str:
        """The generated part."""
        return "\n".join(line for shown in self.screens() for line in self._screen(shown)) + "\n"

    def renewed(self, document: str) -> str:
        """The document with everything behind the mark drawn anew."""
        return f"{document.partition(self.mark)[0]}{self.mark}\n{self.text()}"

    def _screen(self, shown: Shown[AnyItem]) -> Iterator[str]:
        yield from ("", f"### {shown.name} {shown.title.lower()}", "", "```text")
        yield "   " + "".join(f"{n:>10}" for n in range(10, len(shown.lines[0]) + 1, 10))
        yield from (f"{row:2} {line}".rstrip() for row, line in enumerate(shown.lines, 1))
        yield "```"
        yield from ("", "| name | kind | row | column | length | |", "|---|---|---|---|---|---|")
        stems = [_stem(item.name) for item in shown.items]
        for item in shown.items:
            stem = _stem(item.name)
            many = bool(item.needs) or stems.count(stem) > 1
            if item.kind == "text" or (many and item.name[len(stem) :] not in ("", "1")):
                continue  # further lines of a list stand one row below each other
            rows = f"{item.row}-{item.row + stems.count(stem) - 1}" if many else f"{item.row}"
            name = f"`{item.name}`" + (" ..." if many else "")
            cells = (name, item.kind, rows, item.column, item.length, self._notes(item))
            yield f"| {' | '.join(map(str, cells))} |"

    def _notes(self, item: AnyItem) -> str:
        notes = {
            self.kind(item): True,
            "non-display": item.hidden,
            "set right": item.right,
            "only on lines in use": bool(item.needs),
        }
        return ", ".join(note for note, holds in notes.items() if note and holds)


def _stem(name: str) -> str:
    """The name of all lines of a list."""
    return name.rstrip("0123456789")
