"""The `verdigris` command. Exit statuses: `verdigris.cli.failures.EXIT`.

Law: a command is loaded when it is called, so that `verdigris errors` does not pay for the rest;
whatever goes wrong is told in a sentence (`told`), never as a traceback.
"""

import importlib
import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import click

from verdigris.cli.failures import EXIT, Told, surprise
from verdigris.errors import VerdigrisError


COMMANDS: Final = {
    "demo": "verdigris.demo.demo",
    "check": "verdigris.cli.check",
    "look": "sesssrvr.cli.look",
    "package": "sesssrvr.cli.deploy",
    "deploy": "sesssrvr.cli.deploy",
    "undeploy": "sesssrvr.cli.deploy",
    "domains": "verdigris.cli.domains",
    "servers": "verdigris.cli.servers",
    "drain": "verdigris.cli.servers",
    "resume": "verdigris.cli.servers",
    "maintenance": "verdigris.cli.servers",
    "pools": "verdigris.cli.pools",
    "sessions": "verdigris.cli.sessions",
    "trace": "verdigris.cli.traces",
    "traces": "verdigris.cli.traces",
    "call": "verdigris.cli.call",
    "explain": "verdigris.cli.explain",
    "host-key": "sesssrvr.cli.host_key",
    "errors": "verdigris.cli.error_list",
    "completion": "verdigris.cli.completion",
}
"""Command to the module that has it, in the order of the help; an application's command lives there."""


class Commands(click.Group):
    """The commands, loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands whose module is there."""
        del ctx
        return [name for name, module in COMMANDS.items() if _find(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        module = COMMANDS.get(cmd_name)
        if module is None or not _find(module):
            return None
        name = cmd_name.replace("-", "_")
        found = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            near = _near(name, self.list_commands(ctx))
            hint = f" Did you mean {near}?" if near else ""
            raise click.UsageError(f"Unknown command {name!r}.{hint}", ctx)
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

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Exit statuses, after the commands."""
        del ctx
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status), said) for status, said in EXIT.items()])


def _version() -> str:
    """The installed version; "0" when run from a checkout that is not installed."""
    try:
        return version("verdigris")
    except PackageNotFoundError:
        return "0"


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(_version(), "--version", prog_name="verdigris")
def main() -> None:
    """Operate Verdigris: session servers, domains and models; call procedures from the shell."""


def _find(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _near(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only when somebody mistyped

    return next(iter(get_close_matches(name, known, 1, 0.6)), "")
