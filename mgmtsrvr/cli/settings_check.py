"""`verdigris check` on mgmtsrvr.xml: the file, and whether the installation it names can be changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verdigris.config.mgmtsrvr import ManagementConfig, parse
from verdigris.config.writable import why_denied
from verdigris.errors import Problem


@dataclass(frozen=True, slots=True)
class CheckedSettings:
    """Settings that can be used, and what should be mended."""

    config: ManagementConfig
    warnings: tuple[Problem, ...]


def load(data: bytes, file: str) -> CheckedSettings:
    """The settings, judged with what they name.

    Args:
        data: of mgmtsrvr.xml.
        file: its path; the installation file is relative to its folder.

    Raises:
        ConfigurationError: with every problem found.
    """
    config = parse(data, file)
    return CheckedSettings(
        config, tuple(Problem(file, 0, said, "warning") for said in _found(config.installation))
    )


def _found(installation: Path) -> Iterator[str]:
    if not installation.exists():
        yield f"there is no installation file {installation}: the management server does not start"
    elif reason := why_denied(installation.parent):
        yield f"{installation} could not be changed by the administration API: {reason}"
