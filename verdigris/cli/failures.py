"""Errors as the command line tells them: one sentence, advice, code. Never a traceback.

Law: the exit status says whose turn it is (`EXIT`); the sentence goes to standard error, so that
standard output holds results only.
"""

import os
import sys
from typing import IO, Any, Final

import click

from verdigris.errors import (
    ApiUnreachable,
    InternalError,
    NoManagementServer,
    ServerUnreachable,
    VerdigrisError,
)


EXIT: Final = {
    0: "done",
    1: "the service, a host or a model could not; or `check` found errors",
    2: "the command line was wrong",
    3: "nobody could be reached",
    4: "the request was refused and has to be changed",
    70: "an error of Verdigris itself",
    130: "ended by Ctrl-C",
}
"""Exit statuses and their meaning; shown by `verdigris --help`."""

_NOBODY: Final = (ApiUnreachable, NoManagementServer, ServerUnreachable)


class Told(click.ClickException):
    """A coded error on its way to the user."""

    def __init__(self, error: VerdigrisError) -> None:
        super().__init__(str(error))
        self.error = error
        self.exit_code = status_of(error)  # type: ignore[misc] # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on standard error."""
        out = file or sys.stderr
        error = self.error
        click.echo(f"{click.style('Error', fg='red')} {error.code}: {error}", file=out)
        advice = error.facts.get("advice") or error.advice.format_map(_Facts(error.facts))
        click.echo(f"  {advice}", file=out)
        if error.request_id:
            click.echo(f"  request {error.request_id}", file=out)
        for name, value in error.details.items():
            if isinstance(value, str | int | float) and value != "" and "\n" not in str(value):
                click.echo(f"  {name}: {value}", file=out)
        screen = error.details.get("screen")
        if isinstance(screen, str) and "\n" in screen:
            click.echo(f"\n{screen.rstrip()}", file=out)


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def status_of(error: VerdigrisError) -> int:
    """The exit status for an error."""
    if isinstance(error, _NOBODY):
        return 3
    if isinstance(error, InternalError):
        return 70
    return 4 if error.blame == "client" else 1


def surprise(problem: Exception) -> Told:
    """A programming error, told like any other; VERDIGRIS_TRACEBACK=1 shows where it was."""
    if os.environ.get("VERDIGRIS_TRACEBACK"):
        raise problem
    return Told(InternalError(what=f"{type(problem).__name__}: {problem}"))
