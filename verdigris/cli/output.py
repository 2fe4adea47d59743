"""What commands print: tables for people, JSON for programs, and both again and again with --watch.

Law: standard output holds the result and nothing else; a table that does not go to a terminal has
no colours and is never cut to a width.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from verdigris.errors import VerdigrisError


PIPE_WIDTH: Final = 500
"""Columns of a table that is piped: wide enough for a line of any of our tables."""

STYLES: Final = {
    "online": "green",
    "granted": "green",
    "yes": "green",
    "idle": "green",
    "active": "cyan",
    "busy": "yellow",
    "draining": "yellow",
    "maintenance": "yellow",
    "suspect": "yellow",
    "held": "yellow",
    "pending": "yellow",
    "warming": "yellow",
    "quarantined": "red",
    "offline": "red",
    "refused": "red",
    "no": "red",
    "error": "red",
    "warning": "yellow",
}
"""Colours of states; a reader without colours misses nothing, the word is there."""

F = TypeVar("F", bound=Callable[..., Any])
Rows = Iterable[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One state of the world: as people see it, and as programs do."""

    people: RenderableType
    data: Any


def with_complaints(shown: RenderableType, complaints: Iterable[str]) -> RenderableType:
    """The same with what is wrong with the configuration below it."""
    said = [
        Text(f"{it.rstrip('.')}; the last valid version stays in use", STYLES["error"])
        for it in complaints
    ]
    return Group(shown, *said) if said else shown


def console(*, stderr: bool = False) -> Console:
    """A console for the stream as it is now (tests and pipes replace it)."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=width is not None)


def table(
    columns: Sequence[str], rows: Rows, *, title: str = "", empty: str = ""
) -> RenderableType:
    """A table; a column whose name ends in `#` holds numbers and is set to the right.

    Args:
        columns: their headings.
        rows: their values; None is shown as nothing.
        title: stands above.
        empty: said instead of a table without rows.
    """
    found = [[_cell(value) for value in row] for row in rows]
    if not found and empty:
        return Text(empty)
    made = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title=title or None,
        title_justify="left",
    )  # fmt: skip
    for column in columns:
        made.add_column(
            column.rstrip("#"), justify="right" if column.endswith("#") else "left", overflow="fold"
        )
    for row in found:
        made.add_row(*row)
    return made


def _cell(value: object) -> Text:
    text = "" if value is None else str(value)
    return Text(text, style=STYLES.get(text, ""))


def json_option(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def watch_options(function: F) -> F:
    """Add `--watch` and `--every`."""
    every = click.option(
        "--every",
        type=click.FloatRange(0.2, 3600),
        default=2.0,
        show_default=True,
        metavar="SECONDS",
        help="Interval of --watch.",
    )
    watch = click.option("--watch", is_flag=True, help="Repeat until interrupted with Ctrl-C.")
    return watch(every(function))


def show(
    look: Callable[[], Shown], *, as_json: bool, watch: bool = False, every: float = 2.0
) -> None:
    """Print what `look` sees, once or until Ctrl-C."""
    if not watch:
        _print(look(), as_json=as_json)
    elif as_json or not sys.stdout.isatty():
        _repeat(lambda: _print(look(), as_json=as_json, line=True), every)
    else:
        _live(look, every)


def _print(shown: Shown, *, as_json: bool, line: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(shown.data, indent=None if line else 2, ensure_ascii=False))
    elif isinstance(shown.people, str):
        click.echo(shown.people)
    else:
        console().print(shown.people)


def _live(look: Callable[[], Shown], every: float) -> None:
    """Refresh one picture in place; a look that fails shows its sentence and is repeated."""
    with Live(console=console(), auto_refresh=False, screen=False) as live:
        _repeat(lambda: live.update(_seen(look), refresh=True), every)


def _seen(look: Callable[[], Shown]) -> RenderableType:
    clock = Text(time.strftime("%H:%M:%S  Ctrl-C to stop"), style="dim")
    try:
        return Group(look().people, clock)
    except VerdigrisError as problem:
        return Group(Text(f"{problem.code}: {problem}", style="red"), clock)


def _repeat(job: Callable[[], None], every: float) -> None:
    try:
        while True:
            job()
            time.sleep(every)
    except KeyboardInterrupt:
        return
