"""Draw the floors of docs/architecture.md from the real imports.

    python scripts/floors.py            prints them
    python scripts/floors.py --write    puts them between the marks of docs/architecture.md

A room is a folder of a package, or a file at its top. A room's floor is one above the highest floor it imports from;
rooms that import each other share a box, joined by +.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import grimp


PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN = "<!-- drawn by: python scripts/floors.py --write -->"
END = "<!-- end of the drawing -->"
with (Path(__file__).parents[1] / "pyproject.toml").open("rb") as _file:
    PACKAGES = tuple(tomllib.load(_file)["tool"]["importlinter"]["root_packages"])
WHOLE = tuple(name for name in PACKAGES if name != "verdigris")
"""Packages that are one box in the picture of the house; their rooms have a table each."""

Arrows = Mapping[str, frozenset[str]]


def imports() -> dict[str, frozenset[str]]:
    """Module -> modules it imports, of all packages, those under TYPE_CHECKING too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    return {
        name: frozenset(graph.find_modules_directly_imported_by(name)) for name in graph.modules
    }


def squashed(modules: Arrows, room_of: Mapping[str, str]) -> Arrows:
    """The same arrows between rooms."""
    found: dict[str, set[str]] = {room: set() for room in room_of.values()}
    for name, targets in modules.items():
        if name in room_of:
            found[room_of[name]] |= {room_of[t] for t in targets if t in room_of} - {room_of[name]}
    return {room: frozenset(targets) for room, targets in found.items()}


def reached(arrows: Arrows) -> dict[str, frozenset[str]]:
    """Room -> every room it reaches by one arrow or more."""
    found = {}
    for room in arrows:
        seen: set[str] = set()
        left = list(arrows[room])
        while left:
            if (at := left.pop()) not in seen:
                seen.add(at)
                left += arrows[at]
        found[room] = frozenset(seen)
    return found


def boxed(arrows: Arrows) -> dict[str, str]:
    """Room -> its box: rooms that import each other, directly or by others, are in one."""
    far = reached(arrows)
    return {
        room: " + ".join(sorted({room, *(it for it in far[room] if room in far[it])}))
        for room in arrows
    }


def floors(arrows: Arrows) -> dict[str, int]:
    """Room -> its floor, from 0; without circles."""
    found: dict[str, int] = {}
    while len(found) < len(arrows):
        ready = [r for r, targets in arrows.items() if r not in found and targets <= found.keys()]
        found |= {r: 1 + max((found[t] for t in arrows[r]), default=-1) for r in ready}
    return found


def needed(arrows: Arrows) -> Iterator[tuple[str, str]]:
    """The arrows that no other way replaces."""
    far = reached(arrows)
    for room, targets in sorted(arrows.items()):
        for target in sorted(targets):
            if not any(target in far[other] for other in targets - {target}):
                yield room, target


def rooms_of(modules: Iterable[str]) -> dict[str, str]:
    """Module -> its room: its folder in its package; a file at a package's top is a room of its own.

    Entry points (`__main__`) are above everything and left out, as are a package's own names.
    """
    names = list(modules)
    folders = {".".join(name.split(".")[:2]) for name in names if name.count(".") > 1}
    return {
        name: ".".join(name.split(".")[:2])
        for name in names
        if "." in name and not (name.endswith(".__main__") and name.count(".") == 1)
    } | {name: name for name in folders}


def house(modules: Arrows) -> str:
    """The picture of all packages, in Mermaid's language: an arrow is an import, the needless ones left out."""
    rooms = {
        name: name.split(".")[0] if name.split(".")[0] in WHOLE else its
        for name, its in rooms_of(modules).items()
    }
    raw = squashed(modules, rooms)
    box = boxed(raw)
    arrows = squashed(raw, box)
    levels = floors(arrows)
    ids = {name: f"r{number}" for number, name in enumerate(sorted(arrows))}
    lines = ["```mermaid", "flowchart TD"]
    for level in range(max(levels.values()), -1, -1):
        lines.append(f'  subgraph f{level}["floor {level}"]')
        lines += [f'    {ids[name]}["{name}"]' for name in sorted(arrows) if levels[name] == level]
        lines.append("  end")
    lines += [f"  {ids[one]} --> {ids[other]}" for one, other in needed(arrows)]
    return "\n".join([*lines, "```"])


def table(modules: Arrows, package: str) -> str:
    """The rooms of one package by floor, the highest first."""
    own = {name: targets for name, targets in modules.items() if name.startswith(f"{package}.")}
    raw = squashed(own, rooms_of(own))
    box = boxed(raw)
    levels = floors(squashed(raw, box))
    lines = [f"| floor | rooms of `{package}` |", "| --- | --- |"]
    for level in range(max(levels.values()), -1, -1):
        here = sorted(name.replace(f"{package}.", "") for name in levels if levels[name] == level)
        lines.append(f"| {level} | {', '.join(f'`{name}`' for name in here)} |")
    return "\n".join(lines)


def drawing() -> str:
    """All that stands between the marks."""
    modules = imports()
    tables = [
        table(modules, package) for package in ("gateway", "mgmtsrvr", "sesssrvr", "hostemul")
    ]
    return "\n\n".join([house(modules), *tables])


def page(text: str, drawn: str) -> str:
    """The page with a new drawing between its marks."""
    before, found, rest = text.partition(BEGIN)
    if not found or END not in rest:
        sys.exit(f"{PAGE.name} has no marks {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{drawn}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), drawing()), encoding="utf-8")
    else:
        print(drawing())
