"""`verdigris check`: every file, every problem, before anything is started with it."""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import click

from verdigris.cli.output import console, json_option
from verdigris.errors import CannotRead, ConfigurationError, Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that can be checked.

    Attributes:
        what: it is, in words.
        pattern: of its usual name.
        root: its root element.
        module, function: its loader, which takes (bytes, file name).
    """

    what: str
    pattern: str
    root: str
    module: str
    function: str


KINDS: Final = (
    Kind("gateway", "plugin-cfg*.xml", "properties", "verdigris.config.plugin_cfg", "load"),
    Kind(
        "installation", "installation*.xml", "installation",
        "verdigris.config.installation", "parse",
    ),
    Kind("management server", "mgmtsrvr*.xml", "mgmtsrvr", "verdigris.config.mgmtsrvr", "parse"),
    Kind("session server", "sesssrvr*.xml", "sesssrvr", "verdigris.config.sesssrvr", "parse"),
)  # fmt: skip
"""Files that are one document each; model folders and packages are recognised beside them."""

MODELS: Final = "sesssrvr.cli.model_files"
"""The module that reads model folders and packages: part of an application, so loaded by name."""

SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Folders never looked into, beside hidden ones."""

HEAD: Final = 64 * 1024
"""Bytes looked at to find a root element: comments may stand before it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file or folder."""

    path: str
    what: str
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """How many problems keep it from being used."""
        return sum(problem.severity == "error" for problem in self.problems)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.pass_context
def check(ctx: click.Context, *, paths: tuple[Path, ...], as_json: bool, strict: bool) -> None:
    """Check files and folders, and report every problem with its line.

    Known are plugin-cfg.xml, installation.xml, mgmtsrvr.xml, sesssrvr.xml, model folders and
    model packages (.zip). In other folders, every known file is checked. The exit status is 1 if
    there are errors.
    """
    results = [result for path in paths for result in look(path)]
    if as_json:
        _json(results)
    else:
        _say(results)
    wrong = sum(len(it.problems) if strict else it.errors for it in results)
    ctx.exit(1 if wrong or not results else 0)


def look(path: Path) -> Iterator[Checked]:
    """Check one path, whatever it is."""
    if not path.exists():
        yield _one(path, "missing", [Problem(str(path), 0, "no such file or folder")])
    elif not path.is_dir():
        yield _file(path)
    elif _models().is_model_folder(path):
        yield _one(path, "model", _models().folder_problems(path))
    else:
        found = list(_inside(path))
        nothing = "the folder contains neither configuration files nor models"
        yield from found or [_one(path, "folder", [Problem(str(path), 0, nothing)])]


def _inside(folder: Path) -> Iterator[Checked]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in SKIPPED or path.is_symlink():
            continue
        if path.suffix == ".versions":  # older versions that a program keeps beside a file
            continue
        if path.is_dir():
            if _models().is_model_folder(path):
                yield _one(path, "model", _models().folder_problems(path))
            else:
                yield from _inside(path)
        elif path.suffix == ".zip" or (path.suffix == ".xml" and _kind(path) is not None):
            yield _file(path)


def _file(path: Path) -> Checked:
    if path.suffix == ".zip":
        return _one(path, "model package", _models().package_problems(path))
    if (
        _models().is_model_folder(owner := path.absolute().parent.parent)
        and path.parent.name == "model"
    ):
        return _one(owner, "model", _models().folder_problems(owner))
    kind = _kind(path)
    if kind is None:
        known = ", ".join(it.pattern for it in KINDS)
        message = f"unknown kind of file; known are {known}, model folders and packages"
        return _one(path, "unknown", [Problem(str(path), 0, message)])
    return _one(path, kind.what, _document(path, kind))


def _document(path: Path, kind: Kind) -> Sequence[Problem]:
    try:
        loader: Callable[[bytes, str], Any] = getattr(
            importlib.import_module(kind.module), kind.function
        )
        found = loader(_models().read(path), str(path))
    except ConfigurationError as problem:
        return problem.problems or (Problem(str(path), 0, str(problem)),)
    except CannotRead as problem:
        return (Problem(str(path), 0, problem.facts["reason"]),)
    warnings: tuple[Problem, ...] = getattr(found, "warnings", ())
    return warnings


def _kind(path: Path) -> Kind | None:
    """What a file is: by its root element, or by its name if it has none."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        head = b""
    text = re.sub(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>", "", head.decode("utf-8", "replace"), flags=re.DOTALL)  # fmt: skip
    root = re.search(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)", text)
    for kind in KINDS:
        if root is not None and kind.root == root[1]:
            return kind
    named = (kind for kind in KINDS if fnmatch(path.name.lower(), kind.pattern))
    return next(named, None)


def _models() -> Any:
    return importlib.import_module(MODELS)


def _one(path: Path, what: str, problems: Iterable[Problem]) -> Checked:
    return Checked(str(path), what, tuple(sorted(problems)))


def _json(results: Sequence[Checked]) -> None:
    import json  # noqa: PLC0415 - for programs only

    found = [
        {
            "path": it.path,
            "what": it.what,
            "errors": it.errors,
            "problems": [
                {name: getattr(problem, name) for name in Problem.__slots__}
                for problem in it.problems
            ],
        }
        for it in results
    ]
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _say(results: Sequence[Checked]) -> None:
    out = console()
    for it in results:
        for problem in it.problems:
            style = "red" if problem.severity == "error" else "yellow"
            out.print(str(problem), style=style, markup=False)
        if not it.problems:
            out.print(f"{it.path}: {it.what}, good", markup=False)
    errors = sum(it.errors for it in results)
    warnings = sum(len(it.problems) for it in results) - errors
    out.print(
        f"{_count(len(results), 'file')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
