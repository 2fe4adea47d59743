"""Which entity a screen is.

Pure. An entity is recognised when all patterns of its signature match; of several the most
specific one (most patterns), then the first in the model. A screen of a terminal that is not
connected is none. When none is recognised, the nearest one and what differs can be said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sesssrvr.model.entity import Entity
from sesssrvr.model.patterns import TextAt
from sesssrvr.terminal.screen import TAIL, Screen


@dataclass(frozen=True, slots=True)
class Nearest:
    """The entity a screen comes nearest to, and what differs."""

    entity: str
    difference: str
    nearness: float = 0.0


def matching(entities: Sequence[Entity], screen: Screen) -> list[Entity]:
    """All entities whose signature the screen shows."""
    if not screen.connected:
        return []
    found = []
    for entity in entities:
        for pattern in entity.signature:
            if not pattern.matches(screen):
                break
        else:
            if entity.signature:
                found.append(entity)
    return found


def recognise(entities: Sequence[Entity], screen: Screen) -> Entity | None:
    """The entity the screen is, or None."""
    found = matching(entities, screen)
    if len(found) < 2:  # noqa: PLR2004 - nothing to choose
        return found[0] if found else None
    return max(found, key=lambda entity: len(entity.signature))


class Recogniser:
    """Recognises as `recognise` does, looking only at entities that may be it.

    Most applications write the name of the screen at one place; entities with such a text are
    found by what stands there, however many there are.

    Args:
        entities: of one model.
    """

    __slots__ = ("_entities", "_others", "_places")

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._entities = entities
        self._places: dict[tuple[int, int, int], dict[str, list[int]]] = {}
        self._others: list[int] = []
        for number, entity in enumerate(entities):
            at = next((one for one in entity.signature if _is_plain(one)), None)
            if isinstance(at, TextAt):
                texts = self._places.setdefault((at.row, at.column, len(at.text)), {})
                texts.setdefault(at.text, []).append(number)
            else:
                self._others.append(number)

    def __repr__(self) -> str:
        return f"<Recogniser of {len(self._entities)} entities at {len(self._places)} places>"

    def __call__(self, screen: Screen) -> Entity | None:
        """The entity the screen is, or None."""
        if TAIL in screen.characters:  # a text is not found by its cells there
            return recognise(self._entities, screen)
        entities = self._entities
        return recognise([entities[number] for number in sorted(self._possible(screen))], screen)

    def _possible(self, screen: Screen) -> Iterator[int]:
        yield from self._others
        cells, columns = screen.characters, screen.columns
        for (row, column, length), texts in self._places.items():
            start = (row - 1) * columns + column - 1
            if column <= columns:
                yield from texts.get(cells[start : start + length], ())


def _is_plain(pattern: object) -> bool:
    return isinstance(pattern, TextAt) and not pattern.ignore_case and pattern.text != ""


def nearest(entities: Sequence[Entity], screen: Screen) -> Nearest:
    """The nearest entity of a screen that is none, with its first difference in words."""
    if not screen.connected:
        return Nearest("none", "the terminal is not connected")
    if not screen.characters.strip():
        return Nearest("none", "the screen is empty")
    scored = [(_nearness(entity, screen), entity) for entity in entities if entity.signature]
    if not scored:
        return Nearest("none", "the model has no entities")
    score, entity = max(scored, key=lambda pair: pair[0])
    return Nearest(entity.name, difference(entity, screen), score)


def nearest_entity(entities: Sequence[Entity], screen: Screen, least: float) -> Entity | None:
    """The entity a screen comes nearest to, if at least this part of its signature shows."""
    scored = [(_nearness(one, screen), one) for one in entities if one.signature]
    score, entity = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return entity if score >= least else None


def difference(entity: Entity, screen: Screen) -> str:
    """The first thing in which a screen differs from an entity; "" when it is the entity."""
    for pattern in entity.signature:
        if not pattern.matches(screen):
            return pattern.difference(screen)
    return ""


def _nearness(entity: Entity, screen: Screen) -> float:
    return sum(one.nearness(screen) for one in entity.signature) / len(entity.signature)
