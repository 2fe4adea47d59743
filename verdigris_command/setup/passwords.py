"""Passwords and tokens given to commands, without an echo and never as an argument."""

import os
from pathlib import Path
from typing import Final


VARIABLE: Final = "VERDIGRIS_PASSWORD"


def said_password(file: Path | None) -> str | None:
    """The first line of a file, or the environment's; None if there is neither."""
    if file is not None:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    return os.environ.get(VARIABLE)
