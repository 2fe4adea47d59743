"""The pool overrides of the installation, kept on the disk of the session server.

It starts with those it was told last, since it may start while no management server runs.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite
from verdigris.wire import PoolOverride


log = Logger()

Values = Mapping[str, int]
"""Values by the names of `sesssrvr.pool.PoolNumbers`."""


class PoolOverrides:
    """The values that pools have in place of their packages', by pool.

    Args:
        file: where they are kept.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told: tuple[PoolOverride, ...] = _read(file)
        self._values = _by_pool(self._told)

    def __repr__(self) -> str:
        return f"<PoolOverrides {', '.join(self._values) or 'none'}>"

    def of(self, pool: str) -> Values:
        """The values of a pool."""
        return self._values.get(pool, {})

    def set(self, told: tuple[PoolOverride, ...]) -> bool:
        """Take others, all of them; whether that is a change. What cannot be kept holds all the same."""
        if told == self._told:
            return False
        self._told, self._values = told, _by_pool(told)
        try:
            write_file(self._file, msgspec.json.encode(told))
        except CannotWrite as problem:
            log.error("{problem}", problem=str(problem))  # noqa: TRY400 - Twisted's Logger
        return True


def _by_pool(told: Iterable[PoolOverride]) -> dict[str, Values]:
    return {one.pool: _values(one) for one in told}


def _values(one: PoolOverride) -> Values:
    named = msgspec.structs.asdict(one)
    return {name: value for name, value in named.items() if name != "pool" and value is not None}


def _read(file: Path) -> tuple[PoolOverride, ...]:
    """What is on the disk; nothing if it cannot be read: a management server says it again."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[PoolOverride, ...])
    except (OSError, msgspec.MsgspecError):
        return ()
