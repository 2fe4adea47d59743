"""Collecting what is wrong, so that all of it is said at once."""

from collections.abc import Iterable

from sesssrvr.model.names import Named, Origin
from verdigris.errors import Problem


class Findings:
    """Problems with their places, in the order they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __repr__(self) -> str:
        return f"<Findings {len(self.problems)}>"

    def error(self, origin: Origin, message: str, where: str = "") -> None:
        """Something that stops the model from being used."""
        self.problems.append(Problem(origin.file, origin.line, message, "error", where))

    def warn(self, origin: Origin, message: str, where: str = "") -> None:
        """Something worth a look."""
        self.problems.append(Problem(origin.file, origin.line, message, "warning", where))

    def once(self, kind: str, items: Iterable[tuple[Named, Origin]], where: str = "") -> None:
        """Names that are used twice, in any case."""
        seen: dict[str, Origin] = {}
        for item, origin in items:
            first = seen.setdefault(item.name.casefold(), origin)
            if first is not origin and item.name:
                there = f"line {first.line}" if first.file == origin.file else str(first.file)
                self.error(origin, f"{kind} {item.name} already exists ({there})", where)
