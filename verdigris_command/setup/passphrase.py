"""The passphrase of a backup: from a file, the environment, or typed."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from verdigris.cli.files import read_file
from verdigris.passwords import problem_of


VARIABLE: Final = "VERDIGRIS_PASSPHRASE"

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def given_passphrase(file: Path | None, *, new: bool) -> str:
    """The passphrase; a new one is typed twice.

    Raises:
        click.UsageError: there is none, or it is too short.
    """
    text = _said(file)
    if text is None and sys.stdin.isatty():
        text = click.prompt("Passphrase of the backup", hide_input=True, err=True)
        if new and text != click.prompt("The same again", hide_input=True, err=True):
            raise click.UsageError("The two passphrases differ.")
    if not text:
        raise click.UsageError(
            f"A passphrase is needed: --passphrase-file, {VARIABLE}, or type it."
        )
    if new and problem_of(text):
        raise click.UsageError("The passphrase has fewer than 8 characters, or far too many.")
    return text


def _said(file: Path | None) -> str | None:
    if file is not None:
        return read_file(file).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    return os.environ.get(VARIABLE)
