"""Composition root of the `verdigris` command: which application brings which commands and files.

This is the only module that knows all applications. They are imported here for their lists alone;
a command's own module is imported when the command is called (decision 0251).
"""

from typing import Final

import click

import gateway.cli
import mgmtsrvr.cli
import sesssrvr.cli
import verdigris.cli
from verdigris.cli.command_group import CommandGroup, installed_version
from verdigris.cli.registry import Checks, Command


COMMANDS: Final = (
    Command("demo", "verdigris_command.demo.demo:demo"),
    Command("init", "verdigris_command.setup.init:init"),
    Command("join", "verdigris_command.setup.join:join"),
    Command("start", "verdigris_command.setup.start:start"),
    Command("token", "verdigris_command.setup.token:token"),
    Command("authority", "verdigris_command.setup.authority:authority"),
    Command("backup", "verdigris_command.setup.backup:backup"),
    Command("restore", "verdigris_command.setup.restore:restore"),
    Command("fill-store", "verdigris_command.setup.fill_store:fill_store"),
    Command("leave", "verdigris_command.setup.leave:leave"),
    Command("sample", "verdigris_command.sample:sample"),
    *sesssrvr.cli.COMMANDS,
    *verdigris.cli.COMMANDS,
    *gateway.cli.COMMANDS,
    *mgmtsrvr.cli.COMMANDS,
    *sesssrvr.cli.SERVERS,
    Command("host-emulator", "verdigris_command.host_emulator:host_emulator"),
)
"""All commands, in the order of the help."""

CHECKS: Final = Checks(
    documents=(*gateway.cli.DOCUMENTS, *mgmtsrvr.cli.DOCUMENTS, *sesssrvr.cli.DOCUMENTS),
    models=sesssrvr.cli.MODELS,
)
"""The files that `verdigris check` knows."""


@click.group(
    cls=CommandGroup,
    commands=COMMANDS,
    checks=CHECKS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(installed_version(), "--version", prog_name="verdigris")
def main() -> None:
    """Operate Verdigris: session servers, domains and models; call procedures from the shell."""
