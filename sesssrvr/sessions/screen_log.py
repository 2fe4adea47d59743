"""The screens a procedure passes, for whoever watches it.

Law: a screen is kept as the picture people may see (hidden fields blank), and only if it was asked
for; the same screen twice in a row is one. At most `MOST` are kept: the first ones and the last.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReactorTime

from sesssrvr.terminal.screen import Screen
from verdigris.wire import Passed, ScreenWatch


MOST: Final = 50
"""A list of 1,000 pages passes 1,000 screens: 2 MB of pictures nobody looks at."""


class ScreenLog:
    """Collects them.

    Args:
        watch: "times" or "screens".
        entity: tells what a screen is.
        picture: makes the text of a screen for people, secrets masked.
        clock: for the moments.
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

    def seen(self, screen: Screen) -> None:
        """A screen is there."""
        if screen == self._latest:
            return
        self._latest = screen
        if len(self._passed) == MOST:
            del self._passed[MOST // 2]
        milliseconds = round((self._clock.seconds() - self._began) * 1000, 3)
        self._passed.append(Passed(self._entity(screen), milliseconds, self._picture(screen)))

    def told(self) -> tuple[Passed, ...]:
        """Those passed, in their order."""
        return tuple(self._passed)
