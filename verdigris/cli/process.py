"""Commands that become a server process, such as `verdigris gateway`."""

import os
import sys

import click


def process_command(name: str, module: str, summary: str) -> click.Command:
    """A command that becomes the process `python -m MODULE`, with the arguments it is given.

    Unlike `python -m`, it never finds a folder of the working directory that has the module's name:
    the interpreter is told (-P, and PYTHONSAFEPATH for the processes it starts) not to look there.

    Args:
        name: of the command.
        module: whose `__main__` is run.
        summary: the help text in the list of commands; `--help` is the module's own.
    """

    @click.command(
        name=name,
        help=summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def become(arguments: tuple[str, ...]) -> None:
        environment = os.environ | {"PYTHONSAFEPATH": "1"}
        command = [sys.executable, "-P", "-m", module, *arguments]
        os.execve(sys.executable, command, environment)  # noqa: S606 - our own module, no shell

    return become
