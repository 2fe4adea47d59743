"""`verdigris check`: every file, every problem, before anything is started with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import click

from verdigris.cli.command_group import CommandGroup
from verdigris.cli.files import read_file
from verdigris.cli.output import console, json_option
from verdigris.cli.registry import Checks, DocumentKind
from verdigris.errors import CannotRead, ConfigurationError, Problem


SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Folders never looked into, beside hidden ones."""

MODELS: Final = frozenset({"model", "model package"})
"""What is said of models."""

HEAD: Final = 64 * 1024
"""Bytes looked at to find a root element: comments may stand before it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file or folder."""

    path: str
    what: str
    problems: tuple[Problem, ...]
    readings: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many problems keep it from being used."""
        return sum(problem.severity == "error" for problem in self.problems)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.option(
    "-v", "--verbose", is_flag=True,
    help="Also print what each attribute and the first records of a model read from its captured screens.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.pass_context
def check(
    ctx: click.Context, *, paths: tuple[Path, ...], as_json: bool, strict: bool, verbose: bool
) -> None:
    """Check files and folders, and report every problem with its line.

    Known are plugin-cfg.xml, installation.xml, mgmtsrvr.xml, sesssrvr.xml, model folders and
    model packages (.zip). In other folders, every known file is checked. The exit status is 1 if
    there are errors.
    """
    root = ctx.find_root().command
    assert isinstance(root, CommandGroup)  # noqa: S101 - the only group this command is in
    checker = Checker(root.checks, verbose=verbose)
    results = checker.compared([result for path in paths for result in checker.look(path)])
    if as_json:
        _json(results)
    else:
        _say(results)
    wrong = sum(len(it.problems) if strict else it.errors for it in results)
    ctx.exit(1 if wrong or not results else 0)


class Checker:
    """Checks paths with what the applications registered.

    Args:
        checks: the kinds of files that are known.
        verbose: also collect what models read from their captured screens.
    """

    def __init__(self, checks: Checks, *, verbose: bool = False) -> None:
        self._checks = checks
        self._verbose = verbose
        self._models = checks.model_files()

    def look(self, path: Path) -> Iterator[Checked]:
        """Check one path: a file, a model folder, or everything known in another folder."""
        if not path.exists():
            yield _one(path, "missing", [Problem(str(path), 0, "no such file or folder")])
        elif not path.is_dir():
            yield self._file(path)
        elif self._models.is_model_folder(path):
            yield self._model(path)
        else:
            found = list(self._inside(path))
            nothing = "the folder contains neither configuration files nor models"
            yield from found or [_one(path, "folder", [Problem(str(path), 0, nothing)])]

    def compared(self, results: Sequence[Checked]) -> list[Checked]:
        """The results, with a warning for accounts that the lists of two models have at one host."""
        models = [it for it in results if it.what in MODELS and not it.errors]
        if len(models) < 2:  # noqa: PLR2004 - two models
            return list(results)
        earlier: list[tuple[str, Mapping[tuple[str, str], str]]] = []
        more: dict[str, list[Problem]] = {}
        for model in models:
            name, accounts = self._models.accounts(Path(model.path))
            for other, theirs in earlier:
                both = sorted(accounts[key] for key in accounts.keys() & theirs.keys())
                if both and other != name:
                    others = f" and {len(both) - 1} more" if len(both) > 1 else ""
                    said = f"its variable lists have accounts of model {other} at the same host ({both[0]}{others}): sessions of both sign on as the same user"
                    problem = Problem(model.path, 0, said, "warning")
                    more.setdefault(model.path, []).append(problem)
            earlier.append((name, accounts))
        return [replace(it, problems=(*it.problems, *more.get(it.path, ()))) for it in results]

    def _inside(self, folder: Path) -> Iterator[Checked]:
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.name in SKIPPED or path.is_symlink():
                continue
            if path.suffix == ".versions":  # older versions that a program keeps beside a file
                continue
            if path.is_dir():
                if self._models.is_model_folder(path):
                    yield self._model(path)
                else:
                    yield from self._inside(path)
            elif path.suffix == ".zip" or (path.suffix == ".xml" and self._kind(path) is not None):
                yield self._file(path)

    def _file(self, path: Path) -> Checked:
        if path.suffix == ".zip":
            return self._read(_one(path, "model package", self._models.package_problems(path)))
        owner = path.absolute().parent.parent
        if self._models.is_model_folder(owner) and path.parent.name == "model":
            return self._model(owner)
        kind = self._kind(path)
        if kind is None:
            known = ", ".join(it.pattern for it in self._checks.documents)
            message = f"unknown kind of file; known are {known}, model folders and packages"
            return _one(path, "unknown", [Problem(str(path), 0, message)])
        return _one(path, kind.what, _document(path, kind))

    def _model(self, folder: Path) -> Checked:
        return self._read(_one(folder, "model", self._models.folder_problems(folder)))

    def _read(self, model: Checked) -> Checked:
        if not self._verbose:
            return model
        return replace(model, readings=tuple(self._models.readings(Path(model.path))))

    def _kind(self, path: Path) -> DocumentKind | None:
        """The kind of a file: by its root element, or by its name if it has none."""
        root = _root(path)
        for kind in self._checks.documents:
            if kind.root == root:
                return kind
        named = (it for it in self._checks.documents if fnmatch(path.name.lower(), it.pattern))
        return next(named, None)


def _document(path: Path, kind: DocumentKind) -> Sequence[Problem]:
    try:
        found = kind.load()(read_file(path), str(path))
    except ConfigurationError as problem:
        return problem.problems or (Problem(str(path), 0, str(problem)),)
    except CannotRead as problem:
        return (Problem(str(path), 0, problem.facts["reason"]),)
    warnings: tuple[Problem, ...] = getattr(found, "warnings", ())
    return warnings


def _root(path: Path) -> str:
    """The name of a document's root element, "" if none is found."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return ""
    text = re.sub(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>", "", head.decode("utf-8", "replace"), flags=re.DOTALL)  # fmt: skip
    root = re.search(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)", text)
    return root[1] if root else ""


def _one(path: Path, what: str, problems: Iterable[Problem]) -> Checked:
    return Checked(str(path), what, tuple(sorted(problems)))


def _json(results: Sequence[Checked]) -> None:
    import json  # noqa: PLC0415 - for programs only

    found = [
        {
            "path": it.path,
            "what": it.what,
            "errors": it.errors,
            **({"readings": list(it.readings)} if it.readings else {}),
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
        for line in it.readings:
            out.print(line, markup=False, soft_wrap=True)
        if not it.problems:
            out.print(f"{it.path}: {it.what}, good", markup=False)
    errors = sum(it.errors for it in results)
    warnings = sum(len(it.problems) for it in results) - errors
    out.print(
        f"{_count(len(results), 'file')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
