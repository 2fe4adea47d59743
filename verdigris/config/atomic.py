"""Atomic file writes: a reader sees the old content or the new one, also after a crash.

Law: whatever interrupts a write, the old content is intact and no temporary file is left by an
error (tests/verdigris/config/test_atomic.py); an acknowledged write is on the disk. A symbolic link
stays: the file it names is replaced.
"""

import os
import secrets
import stat
from pathlib import Path

from verdigris.errors import CannotWrite


def write_file(path: Path, data: bytes, *, mode: int = 0o600, replace: bool = True) -> None:
    """Write a whole file: temporary file beside it, fsync, rename, fsync of the folder.

    Args:
        path: the file, or a symbolic link to it.
        data: its whole content.
        mode: permissions of a new file, reduced by the umask; a file that exists keeps its own.
        replace: False refuses a file that exists.

    Raises:
        CannotWrite: and the old content is intact.
        FileExistsError: `replace` is False, and the file exists.
    """
    try:
        _write(_target(path), data, mode, replace=replace)
    except FileExistsError:
        if not replace:
            raise
        raise CannotWrite(file=path, reason="its name is taken by something else") from None
    except OSError as problem:
        raise CannotWrite(file=path, reason=problem.strerror or str(problem)) from None


def _target(path: Path) -> Path:
    """The file to replace: renaming onto a link would replace the link (field: managed files)."""
    if not path.is_symlink():
        return path
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        return Path(os.path.realpath(path))  # a link whose file is still to be made


def _write(path: Path, data: bytes, mode: int, *, replace: bool) -> None:
    old = _mode(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            part.chmod(old)
        if replace:
            part.replace(path)
        else:
            os.link(part, path)  # a rename would replace; a link fails where the name is taken
            part.unlink()
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int | None:
    """The permissions of the file that is there; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is not a regular file")
    return stat.S_IMODE(found.st_mode)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open folders; its rename is journalled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
