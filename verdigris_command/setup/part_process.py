"""The part that was set up, run in place of the command that set it up."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from verdigris.identity import Role
from verdigris.values import NAME
from verdigris_command.setup.settings_files import MODULES


F = TypeVar("F", bound=Callable[..., Any])


def start_option(function: F) -> F:
    """Add `--start/--no-start`."""
    return click.option(
        "--start/--no-start", default=True, show_default=True, help="Run it here afterwards."
    )(function)


def run(role: Role, settings: Path) -> None:
    """Become the part: the process, its signals and its output are the part's from now on."""
    click.echo(f"Starting: {command(role, settings)}", err=True)
    sys.stdout.flush()
    # -P: a folder of the working directory that is called `gateway` is not run.
    arguments = [sys.executable, "-P", "-m", MODULES[role], "--config", str(settings)]
    os.execv(sys.executable, arguments)  # noqa: S606 - our own program


def command(role: Role, settings: Path) -> str:
    """The command that starts a part."""
    return f"verdigris {role} --config {settings}"


def machine_name() -> str:
    """This machine's name, as far as it can name a part."""
    name = socket.gethostname().partition(".")[0]
    return name if NAME.match(name) else "server"


def hosts(address: str) -> list[str]:
    """The names and addresses by which this machine is reached, for its certificate."""
    known = (address, socket.gethostname(), socket.getfqdn(), "localhost", "127.0.0.1", "::1")
    return [one for one in dict.fromkeys(known) if one]
