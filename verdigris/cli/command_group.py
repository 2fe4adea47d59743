"""A group of commands loaded by name, in which whatever goes wrong becomes a message.

A command is imported when it is called; an error is printed as message, advice and code
(`verdigris.cli.failures`), never as a traceback.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from verdigris.cli.failures import EXIT, Told, surprise
from verdigris.cli.registry import Checks, Command
from verdigris.errors import VerdigrisError
from verdigris.suggestion import did_you_mean


class CommandGroup(click.Group):
    """The commands of the applications, loaded by name.

    Args:
        commands: what is registered, in the order of the help.
        checks: the files that `check` knows.
    """

    def __init__(self, *, commands: Sequence[Command], checks: Checks, **settings: Any) -> None:
        super().__init__(**settings)
        self.checks = checks
        self._registered = {it.name: it for it in commands}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands."""
        return list(self._registered)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load a command."""
        found = self._registered.get(cmd_name)
        return found.load() if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self._registered:
            hint = did_you_mean(name, self._registered)
            raise click.UsageError(f"Unknown command {name!r}{hint or '.'}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever goes wrong becomes a sentence."""
        try:
            return super().invoke(ctx)
        except VerdigrisError as problem:
            raise Told(problem) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as problem:  # noqa: BLE001 - the last place where it can be told in words
            raise surprise(problem) from None

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Exit statuses, after the commands."""
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status), said) for status, said in EXIT.items()])


def installed_version() -> str:
    """The installed version; "0" when run from a checkout that is not installed."""
    try:
        return version("verdigris")
    except PackageNotFoundError:
        return "0"
