"""Model folders and packages on disk, as `check`, `package` and `deploy` need them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sesssrvr.model.names import same
from sesssrvr.model.package import Package, build_package, read_package
from sesssrvr.model.readings import readings_of
from verdigris.cli.files import read_file
from verdigris.errors import CannotRead, ConfigurationError, Problem


PARTS: Final = ("model", "deploy")
"""The folders of a model that go into its package (product facts 5.4)."""


def is_model_folder(path: Path) -> bool:
    """Whether a folder holds a model."""
    return (path / "model" / "model.xml").is_file()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a model folder by their paths in the package; hidden ones are left out.

    Raises:
        CannotRead: one of them cannot be read.
    """
    return {
        path.relative_to(folder).as_posix(): read_file(path)
        for part in PARTS
        for path in sorted((folder / part).rglob("*"))
        if path.is_file() and not any(one.startswith(".") for one in path.relative_to(folder).parts)
    }


def built(folder: Path) -> tuple[bytes, Package]:
    """The package of a model folder, and what is in it.

    Raises:
        BadPackage: with every problem found; places are below the folder.
        CannotRead: a file cannot be read.
    """
    data = build_package(files_of(folder))
    return data, read_package(data, folder.name)


def folder_problems(folder: Path) -> Sequence[Problem]:
    """Everything wrong with a model folder, warnings included."""
    try:
        _, package = built(folder)
    except (ConfigurationError, CannotRead) as problem:
        return _placed(_problems(problem, folder), folder)
    return _placed(package.warnings, folder)


def package_problems(path: Path) -> Sequence[Problem]:
    """Everything wrong with a package file, warnings included."""
    try:
        package = read_package(read_file(path), str(path))
    except (ConfigurationError, CannotRead) as problem:
        return _problems(problem, path)
    return package.warnings


def readings(path: Path) -> Sequence[str]:
    """What the model of a folder or package reads from its captured screens, as lines."""
    try:
        package = built(path)[1] if path.is_dir() else read_package(read_file(path), str(path))
    except (ConfigurationError, CannotRead):
        return ()
    lines: list[str] = []
    for entity in package.model.entities:
        for capture in entity.captures:
            lines.append(f"{capture.file}: entity {entity.name}")
            lines += (f"   {one}" for one in readings_of(package.model, entity, capture.screen))
    return lines


def accounts(path: Path) -> tuple[str, Mapping[tuple[str, str], str]]:
    """The model's name, and the accounts that its pools share out, by host and case-folded user.

    Those of a model that cannot be used, and of lists that are not shared, are left out.
    """
    try:
        package = built(path)[1] if path.is_dir() else read_package(read_file(path), str(path))
    except (ConfigurationError, CannotRead):
        return "", {}
    found: dict[tuple[str, str], str] = {}
    deployment, model = package.deployment, package.model.host
    for pool in () if deployment is None else deployment.pools:
        assert deployment is not None  # noqa: S101 - it has pools
        name = pool.host or deployment.host or model.host
        host = f"{name}:{pool.port or deployment.port or model.port}"
        for one in package.variable_lists:
            used = any(same(one.name, listed) for listed in pool.variable_lists)
            for user in one.identities if used and one.shared == "installation" else ():
                found[host, user.casefold()] = user
    return package.name, {key: user for key, user in found.items() if user}


def _problems(problem: ConfigurationError | CannotRead, path: Path) -> Sequence[Problem]:
    if isinstance(problem, CannotRead):
        return (Problem(problem.facts["file"], 0, problem.facts["reason"]),)
    return problem.problems or (Problem(str(path), 0, str(problem)),)


def _placed(problems: Sequence[Problem], folder: Path) -> tuple[Problem, ...]:
    """Problems with paths that can be opened from where the user is."""
    return tuple(
        Problem(_place(one.file, folder), one.line, one.message, one.severity, one.where)
        for one in problems
    )


def _place(file: str, folder: Path) -> str:
    inside = folder / file
    return str(inside) if inside.is_file() else str(folder if file == folder.name else file)
