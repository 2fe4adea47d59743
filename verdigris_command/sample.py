"""`verdigris sample`: files to start from, so that an installation needs no checkout."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from sesssrvr.cli.skeleton import skeleton
from verdigris.cli.command_group import CommandGroup
from verdigris.suggestion import did_you_mean
from verdigris_command.package_data import example, examples, units


MODEL: Final = "model"
"""The name of the skeleton of a model."""

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
"""A model's name (`Name` of model.xsd)."""


@click.command()
@click.argument("name", required=False)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.pass_context
def sample(ctx: click.Context, name: str | None, folder: Path | None) -> None:
    """Print a commented configuration file or systemd unit, or write a model to start from.

    \b
    verdigris sample                          lists what there is
    verdigris sample plugin-cfg.xml           prints a file
    verdigris sample model MyModel            writes a new model into the folder MyModel
    verdigris sample BankDemo MyBank          copies an example model into the folder MyBank
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    root = ctx.find_root().command
    assert isinstance(root, CommandGroup)  # noqa: S101 - the only group this command is in
    files: dict[str, Callable[[], str]] = {it.file: it.sample for it in root.checks.documents}
    files |= {path.name: path.read_text for path in units()}
    models = (MODEL, *examples())
    if name is None:
        for one in files:
            click.echo(one)
        for one in models:
            click.echo(f"{one} FOLDER")
    elif name in files:
        click.echo(files[name](), nl=False)
    elif name in models:
        _write(name, folder)
    else:
        hint = did_you_mean(name, [*files, *models])
        raise click.UsageError(
            f"There is no sample {name}{hint or '; without a name, all are listed'}."
        )


def _write(name: str, folder: Path | None) -> None:
    if folder is None:
        raise click.UsageError(
            f"Name the folder to write the model to: verdigris sample {name} FOLDER"
        )
    if folder.exists():
        raise click.ClickException(f"{folder} already exists; nothing has been written.")
    if name != MODEL:
        shutil.copytree(example(name), folder)
    elif NAME.fullmatch(folder.name):
        for path, text in skeleton(folder.name).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    else:
        raise click.UsageError(
            "The folder's name becomes the model's: a letter, then letters, digits, underscores and hyphens."
        )
    click.echo(f"{folder}: verdigris check {folder}")
