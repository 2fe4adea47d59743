"""What may be shown of a screen: the one function that masks secrets.

Every text of a screen that leaves the session server is made from `masked`: session lists, the
administration API, the screens header, error details, traces and the log
(`tests/sesssrvr/test_masking.py` has one test for each of these doors). Non-display fields are
blank in every `Screen` already; masked here is what a model marks `secret`, on whatever screen it
shows, and values that are known to be secret, wherever they show.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from sesssrvr.model.areas import area
from sesssrvr.model.entity import Entity
from sesssrvr.model.model import Model
from sesssrvr.model.recognise import nearest_entity
from sesssrvr.model.records import records
from sesssrvr.model.secret_areas import SecretAreas
from sesssrvr.terminal.screen import TAIL, Screen
from verdigris.errors import AttributeNotFound


MASK: Final = "*"
MIN_SECRET: Final = 3
"""Shorter secrets are masked in their own areas only: replacing "1" everywhere would leave a
screen nobody can read, and would give away where it shows."""
_LIKELY: Final = 0.5
"""How much of an entity's signature an unknown screen has to show for the entity's secret areas to
be masked on it: a new version of a screen still shows the password in its old place."""


def masked(model: Model, screen: Screen, secrets: Iterable[str] = ()) -> Screen:
    """The screen with asterisks in place of secrets.

    Args:
        model: says which attributes, record fields and columns are secret.
        screen: as the terminal shows it.
        secrets: values that are masked wherever they show, in upper and lower case.
    """
    cells = list(screen.characters)
    for at in _secret_cells(model, screen):
        if cells[at] != " ":
            cells[at] = MASK
    characters = mask_text("".join(cells), secrets)
    return screen if characters == screen.characters else replace(screen, characters=characters)


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """A text with secret values masked; those shorter than `MIN_SECRET` are left."""
    # The longest first: a secret that is part of another one would leave the rest of that readable.
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= MIN_SECRET:
            text = _pattern(value).sub(lambda found: MASK * len(found[0]), text)
    return text


def secret_texts(model: Model, screen: Screen) -> set[str]:
    """What the secret areas of a screen show: for traces, which have bytes and no areas."""
    found: set[str] = set()
    last, text = -2, ""
    for at in (*sorted(set(_secret_cells(model, screen))), -1):
        if at != last + 1:
            found.add(text.replace(TAIL, "").strip())
            text = ""
        text += screen.characters[at] if at >= 0 else ""
        last = at
    return {one for one in found if len(one) >= MIN_SECRET}


@lru_cache(maxsize=256)
def _pattern(value: str) -> re.Pattern[str]:
    """Finds a value in cells, where a wide character is followed by its second half."""
    return re.compile("".join(f"{re.escape(one)}{TAIL}*" for one in value), re.IGNORECASE)


def _secret_cells(model: Model, screen: Screen) -> Iterator[int]:
    """The offsets of a screen's secret areas, in no order; some may come twice."""
    secrets = model.secret_areas
    if not secrets:
        return
    entity = model.recognise(screen) or nearest_entity(model.entities, screen, _LIKELY)
    if entity is None:
        return
    size = len(screen.characters)
    for attribute in entity.attributes:
        if secrets.attribute(entity.name, attribute.name):
            try:
                where = area(entity, attribute, screen)
            except AttributeNotFound:
                continue  # it is not on this screen, so nothing of it shows
            start = screen.offset(where.row, where.column)
            # A field may run over the end of the screen to its beginning.
            yield from ((start + n) % size for n in range(where.length))
    yield from _record_cells(entity, screen, secrets)


def _record_cells(entity: Entity, screen: Screen, secrets: SecretAreas) -> Iterator[int]:
    for recordset in entity.recordsets:
        hidden = [
            one for one in recordset.fields if secrets.field(entity.name, recordset.name, one.name)
        ]
        for record in records(recordset, screen) if hidden else ():
            for one in hidden:
                row, column = record.top + one.line - 1, one.column + record.shift
                last = min(column + one.length - 1, screen.columns)
                if row <= min(record.bottom, screen.rows):
                    start = (row - 1) * screen.columns - 1
                    yield from range(start + column, start + last + 1)
