"""The screens a procedure passes, for a caller that asked for them.

A screen is kept as a masked picture, and only if pictures were asked for; the same screen twice in
a row counts once. At most `MOST` are kept: the first half and the last.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReactorTime

from sesssrvr.terminal.screen import Screen
from verdigris.wire import Passed, ScreenWatch


MOST: Final = 50
"""A list of 1,000 pages passes 1,000 screens: 2 MB of pictures that nobody looks at."""


class ScreenLog:
    """The screens of one call.

    Args:
        watch: "times" or "screens".
        entity: names the entity of a screen.
        picture: makes the text of a screen for people, secrets masked.
        clock: dates the screens.
    """

    def __init__(
        self,
        watch: ScreenWatch,
        entity: Callable[[Screen], str],
        picture: Callable[[Screen], str],
        clock: IReactorTime,
    ) -> None:
        self._picture = picture if watch == "screens" else lambda _: ""
        self._entity = entity
        self._clock = clock
        self._began = clock.seconds()
        self._latest: Screen | None = None
        self._passed: list[Passed] = []

    def __repr__(self) -> str:
        return f"<ScreenLog [{len(self._passed)} screens]>"

    def add(self, screen: Screen) -> None:
        """Note a screen that a run waited for."""
        if screen == self._latest:
            return
        self._latest = screen
        if len(self._passed) == MOST:
            del self._passed[MOST // 2]
        milliseconds = round((self._clock.seconds() - self._began) * 1000, 3)
        self._passed.append(Passed(self._entity(screen), milliseconds, self._picture(screen)))

    @property
    def passed(self) -> tuple[Passed, ...]:
        """The screens in their order."""
        return tuple(self._passed)
