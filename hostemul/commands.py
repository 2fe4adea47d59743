"""Arguments of the `hostemul` command."""

from pathlib import Path

import click

from hostemul import guide


@click.group()
def main() -> None:
    """Hosts to try terminals on: a demo bank, and recordings played back."""


@main.command()
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Document to bring up to date.",
)
def screens(into: Path | None) -> None:
    """Draw every screen of the bank with the places of its fields, as Markdown."""
    drawn = "\n".join(guide.pages()) + "\n"
    if into is None:
        click.echo(drawn)
        return
    kept = into.read_text(encoding="utf-8").split(guide.MARK)[0]
    into.write_text(f"{kept}{guide.MARK}\n{drawn}", encoding="utf-8")
