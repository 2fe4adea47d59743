"""Logins that were ended before their time, here or at another management server.

Law (tests/mgmtsrvr/access/test_ended_logins.py): an ended login stays ended until it expires, over a
restart too. Each gets a number, so that others can be told what they do not know yet.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.config.watch import Elsewhere
from verdigris.errors import CannotWrite


log = Logger()

MOST: Final = 100_000
"""Logins that are remembered, 100 bytes each; logins are paced, so that this is a day of many thousand users."""

LEEWAY: Final = 60
"""Seconds a token counts beyond its end, since clocks differ."""


class EndedLogins:
    """The logins that are refused.

    Args:
        file: keeps them; only its owner can read it.
        elsewhere: runs what writes the file.
        wall: seconds since 1970.
    """

    def __init__(self, file: Path, elsewhere: Elsewhere, wall: Callable[[], float]) -> None:
        self._file = file
        self._elsewhere = elsewhere
        self._wall = wall
        self._ended: dict[str, tuple[int, int]] = {}
        self._last = 0
        self.add(_read(file))

    def __repr__(self) -> str:
        return f"<EndedLogins [{len(self._ended)}]>"

    def __contains__(self, login: object) -> bool:
        return login in self._ended

    def __len__(self) -> int:
        return len(self._ended)

    @property
    def last(self) -> int:
        """The number of the newest."""
        return self._last

    def after(self, number: int) -> dict[str, int]:
        """Those with greater numbers: the ends of their time, seconds since 1970, by their ids."""
        return {id_: until for id_, (until, at) in self._ended.items() if at > number}

    def add(self, logins: Mapping[str, int]) -> bool:
        """Refuse logins from now on; whether one of them is new.

        Args:
            logins: the ends of their time, seconds since 1970, by their ids.
        """
        now = self._wall() - LEEWAY
        new = {it: end for it, end in logins.items() if it not in self._ended and end > now}
        if not new:
            return False
        self._ended = {it: said for it, said in self._ended.items() if said[0] > now}
        for id_, until in new.items():
            if len(self._ended) < MOST:
                self._last += 1
                self._ended[id_] = until, self._last
        return True

    async def keep(self) -> None:
        """Write them to the disk; a failure is logged, and they are refused until a restart."""
        data = msgspec.json.encode(self.after(0))
        try:
            await self._elsewhere(lambda: write_file(self._file, data, mode=0o600))
        except CannotWrite as problem:
            log.warn("ended logins are not kept over a restart: {problem}", problem=str(problem))


def _read(file: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as problem:
        log.warn(
            "{file}: ended logins cannot be read: {problem}", file=str(file), problem=str(problem)
        )
        return {}
