"""Whether files can be kept in a folder: asked when a part starts, not when something has to be kept.

Law: neither question raises; a folder that cannot be used is a sentence for the log.
"""

import os
import secrets
from pathlib import Path


def why_not_writable(folder: Path) -> str:
    """Why this process cannot keep files in a folder, tried by writing one; "" if it can.

    The folder is made if it is not there.
    """
    probe = folder / f".{secrets.token_hex(8)}.probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(folder) as entries:
            next(entries, None)
        probe.write_bytes(b"\n")
        probe.unlink()
    except OSError as problem:
        return _words(problem)
    return ""


def why_denied(folder: Path) -> str:
    """Why this user could not keep files in a folder, by its permissions; "" if it could.

    Nothing is made: of a folder that is not there its nearest parent is asked.
    """
    try:
        there = next(at for at in (folder, *folder.absolute().parents) if at.exists())
    except (OSError, StopIteration) as problem:
        return _words(problem) if isinstance(problem, OSError) else "No such file or directory"
    if not there.is_dir():
        return f"{there} is not a folder"
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        return f"no permission to write to {there}"
    return ""


def _words(problem: OSError) -> str:
    return problem.strerror or str(problem)
