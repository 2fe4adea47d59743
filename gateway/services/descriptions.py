"""Descriptions of models and pools, kept on disk.

A gateway that starts while no session server is online serves what it served before (decision 0245).

Law: a description is used for the digest that it was kept under and no other; nothing that is wrong
with the disk costs a service (tests/gateway/services/test_descriptions.py).
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite
from verdigris.metadata import Model
from verdigris.wire import Kind


log = Logger()
T = TypeVar("T")

FOLDER: Final = "descriptions"
"""In the gateway's data folder."""


class Descriptions:
    """The latest description of each service.

    Args:
        folder: made when the first is kept; None keeps nothing.
        in_thread: runs the calls of the file system.
    """

    def __init__(
        self, folder: Path | None, in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]
    ) -> None:
        self._folder = folder
        self._in_thread = in_thread
        self._told = False

    def __repr__(self) -> str:
        return f"<Descriptions in {self._folder}>"

    async def keep(self, kind: Kind, name: str, model: Model) -> None:
        """Keep a description in place of an earlier one."""
        path = self._path(kind, name)
        if path is not None and model.digest:
            await self._in_thread(lambda: self._write(path, model))

    async def find(self, kind: Kind, name: str, digest: str) -> Model | None:
        """The description with this digest; None if it is not kept."""
        path = self._path(kind, name)
        if path is None or not digest:
            return None
        found: Model | None = await self._in_thread(lambda: _read(path))
        return found if found is not None and found.digest == digest else None

    async def forget(self, kind: Kind, name: str) -> None:
        """Forget the description of what is deployed no more."""
        path = self._path(kind, name)
        if path is not None:
            await self._in_thread(lambda: _remove(path))

    def _path(self, kind: Kind, name: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / f"{kind}-{quote(name, safe='')}.msgpack"

    def _write(self, path: Path, model: Model) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(path, msgspec.msgpack.encode(model))
        except (OSError, CannotWrite) as problem:
            if not self._told:
                log.warn("descriptions of services are not kept: {problem}", problem=str(problem))
            self._told = True


def _read(path: Path) -> Model | None:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Model)
    except (OSError, msgspec.MsgspecError):
        return None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        log.debug("{problem}", problem=str(problem))
