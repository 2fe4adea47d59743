"""`verdigris check` on sesssrvr.xml: the file, the folders it names, and the files of its hosts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verdigris.config.sesssrvr import FILE_OPTIONS, SessionServerConfig, parse
from verdigris.config.writable import why_denied
from verdigris.errors import ConfigurationError, Problem


@dataclass(frozen=True, slots=True)
class CheckedSettings:
    """Settings that can be used, and what should be mended."""

    config: SessionServerConfig
    warnings: tuple[Problem, ...]


def load(data: bytes, file: str) -> CheckedSettings:
    """The settings, judged with what they name.

    What the user who checks may not read or write is a warning: the server may run as another.

    Args:
        data: of sesssrvr.xml.
        file: its path; other paths are relative to its folder.

    Raises:
        ConfigurationError: with every problem found.
    """
    config = parse(data, file)
    found = [Problem(file, 0, said, severity) for said, severity in _found(config)]
    if any(problem.severity == "error" for problem in found):
        raise ConfigurationError.of(file, found)
    return CheckedSettings(config, tuple(found))


def _found(config: SessionServerConfig) -> Iterator[tuple[str, str]]:
    if reason := why_denied(config.data):
        yield f"packages cannot be kept in the data folder {config.data}: {reason}", "warning"
    deploy = config.deploy
    if deploy is not None and deploy.exists() and not deploy.is_dir():
        yield f"the deploy folder {deploy} is not a folder", "error"
    elif deploy is not None and deploy.exists() and not os.access(deploy, os.R_OK | os.X_OK):
        yield f"the deploy folder {deploy} cannot be read", "warning"
    for model, host in config.hosts.items():
        for option, value in host.options:
            if option in FILE_OPTIONS:
                yield from _file(f"{option} of the host of {model}", Path(value))


def _file(what: str, path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        yield f"{what}: there is no file {path}", "error"
    elif not os.access(path, os.R_OK):
        yield f"{what}: {path} cannot be read", "warning"
