"""`verdigris start`: the part that a folder was set up for, run."""

from pathlib import Path

import click

from verdigris_command.setup.part_process import run
from verdigris_command.setup.settings_files import settings_of


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def start(*, folder: Path) -> None:
    """Run the part in FOLDER, which `verdigris init` or `verdigris join` has set up."""
    found = settings_of(folder)
    if found is None:
        raise click.UsageError(
            f"{folder} holds no part: `verdigris init` or `verdigris join` sets one up."
        )
    run(*found)
