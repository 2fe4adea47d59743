"""Modes of files that hold secrets: who may read them besides their owner."""

import os
import stat
from pathlib import Path


def exposed(path: Path) -> str:
    """Why a file with secrets is not well kept: every user of the machine may read it; "" if none may.

    Windows has no such modes, and a file that cannot be looked at is not judged here.
    """
    if os.name != "posix":
        return ""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    if not mode & stat.S_IROTH:
        return ""
    return f"{path} can be read by every user of this machine: chmod o-r {path}"
