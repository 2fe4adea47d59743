"""`verdigris call`: run a procedure from the shell, or list what can be called."""

from typing import Any

import click

from verdigris.cli.calling import MANAGEMENT, Wanted
from verdigris.cli.options import api_option, domain_names, service_names


@click.command(name="call")
@click.argument("service", required=False, shell_complete=service_names, metavar="MODEL|POOL")
@click.argument("procedure", required=False, metavar="[TABLE.]PROCEDURE")
@click.argument("filters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--data", "-d", multiple=True, metavar="NAME=VALUE", help="A value to write; may be repeated."
)
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="A model variable; may be repeated.",
)
@click.option(
    "--domain",
    metavar="DOMAIN",
    shell_complete=domain_names,
    help="Allocate the session through this domain.",
)
@click.option("--server", metavar="HOST:PORT", help="Connect directly to this session server.")
@click.option(
    "--management", "-m", multiple=True, envvar="VERDIGRIS_MANAGEMENT", show_envvar=True,
    metavar="HOST:PORT", help=f"Management server; may be repeated.  [default: {MANAGEMENT}]",
)  # fmt: skip
@click.option("--pool", "kind", flag_value="pool", help="The name is that of a session pool.")
@click.option("--model", "kind", flag_value="model", help="The name is that of a model.")
@click.option("--list", "listed", is_flag=True, help="List the procedures instead of calling one.")
@click.option("--columns", metavar="A,B", default="", help="Only these output columns.")
@click.option(
    "--max-rows", type=click.IntRange(0), default=0, help="Maximum number of rows; 0 is all."
)
@click.option("--ignore-case", is_flag=True, help="Compare filters without regard to case.")
@click.option(
    "--user",
    metavar="NAME",
    help="Verdigris user; the password is read from VERDIGRIS_PASSWORD or prompted for.",
)
@click.option(
    "--connection-timeout", type=click.FloatRange(0), default=30.0, show_default=True,
    metavar="SECONDS", help="How long to keep trying to get a session; 0 tries once.",
)  # fmt: skip
@click.option(
    "--method-timeout", type=click.FloatRange(0.001), default=30.0, show_default=True,
    metavar="SECONDS", help="How long the procedure may take.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@api_option
def call(**said: Any) -> None:
    """Call a procedure, or list what can be called.

    \b
    verdigris call --list
    verdigris call BankPool CustomerSearch LastName=SMITH
    verdigris call BankPool Transfer FromAccount=40002988 -d ToAccount=40002989 -d Amount=1.00

    The value "-" prompts for the value without echo, which keeps passwords out of the shell's
    history. Without --domain or --server, the installation's only domain is used.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    Wanted(**said).run()
