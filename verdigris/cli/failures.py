"""Error messages and exit statuses of the command line: message, advice, code; never a traceback.

The exit status says who has to act (`EXIT`); the message goes to standard error, so that standard
output holds results only.
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
    0: "success",
    1: "the service, a host or a model failed, or `check` found errors",
    2: "the command line is not valid",
    3: "a server could not be reached",
    4: "the request was refused and has to change",
    70: "an internal error of Verdigris",
    130: "interrupted with Ctrl-C",
}
"""Exit statuses and their meaning; shown by `verdigris --help`."""

_UNREACHABLE: Final = (ApiUnreachable, NoManagementServer, ServerUnreachable)


class Told(click.ClickException):
    """A coded error, printed as message, advice and details."""

    def __init__(self, error: VerdigrisError) -> None:
        super().__init__(str(error))
        self.error = error
        self.exit_code = status_of(error)  # type: ignore[misc] # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the error on standard error."""
        out = file or sys.stderr
        error = self.error
        click.echo(f"{click.style('Error', fg='red')} {error.code}: {error}", file=out)
        click.echo(f"  {error.next_step}", file=out)
        if error.request_id:
            click.echo(f"  request {error.request_id}", file=out)
        for name, value in error.details.items():
            if isinstance(value, str | int | float) and value != "" and "\n" not in str(value):
                click.echo(f"  {name}: {value}", file=out)
        screen = error.details.get("screen")
        if isinstance(screen, str) and "\n" in screen:
            click.echo(f"\n{screen.rstrip()}", file=out)


def status_of(error: VerdigrisError) -> int:
    """The exit status for an error."""
    if isinstance(error, _UNREACHABLE):
        return 3
    if isinstance(error, InternalError):
        return 70
    return 4 if error.blame == "client" else 1


def surprise(problem: Exception) -> Told:
    """A programming error, reported like any other; VERDIGRIS_TRACEBACK=1 shows its traceback."""
    if os.environ.get("VERDIGRIS_TRACEBACK"):
        raise problem
    return Told(InternalError(what=f"{type(problem).__name__}: {problem}"))
