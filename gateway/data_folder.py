"""The folder of a gateway's data: Idempotency-Keys and the descriptions of its services."""

from pathlib import Path
from typing import Final


FOLDER: Final = "gateway-data"
"""Beside plugin-cfg.xml, unless that names another."""


def data_folder(named: str, settings: Path | None) -> Path:
    """The folder.

    Args:
        named: as plugin-cfg.xml names it; "" is `FOLDER` beside it.
        settings: the path of plugin-cfg.xml; without one, the working directory is the place.
    """
    beside = Path() if settings is None else settings.parent
    return Path(named) if named else beside / FOLDER
