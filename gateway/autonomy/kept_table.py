"""The allocation table on the gateway's disk: a gateway that starts while no management server answers has it.

Law (tests/gateway/autonomy/test_kept_table.py): what is read is a whole table or nothing; nothing that
is wrong with the file or the disk keeps the gateway from starting or serving.
"""

from pathlib import Path
from typing import Final

import msgspec
from twisted.logger import Logger

from verdigris.config.atomic import write_file
from verdigris.errors import CannotWrite
from verdigris.wire import AllocationTable


log = Logger()

FILE: Final = "allocation-table.msgpack"
"""In the gateway's data folder."""


class KeptTable(msgspec.Struct, frozen=True):
    """A table, and when a management server last said that it is right.

    Attributes:
        confirmed: seconds since 1970.
        table: the table.
    """

    confirmed: float
    table: AllocationTable


def read(path: Path) -> KeptTable | None:
    """The table of a file; None if there is none that can be used."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        log.warn("the allocation table cannot be read: {problem}", problem=str(problem))
        return None
    try:
        return msgspec.msgpack.decode(data, type=KeptTable)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        log.warn(
            "{file} is not an allocation table and is ignored: {problem}",
            file=str(path),
            problem=str(problem),
        )
        return None


def write(path: Path, kept: KeptTable) -> str:
    """Keep a table; returns why it cannot be kept, "" if it is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(path, msgspec.msgpack.encode(kept))
    except (OSError, CannotWrite) as problem:
        return str(problem)
    return ""
