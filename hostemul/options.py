"""Options that several commands of `hostemul` share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from hostemul.faults import Faults


F = TypeVar("F", bound=Callable[..., Any])

SHARE: Final = click.FloatRange(0, 1)
COUNT: Final = click.IntRange(min=0)
SECONDS: Final = click.FloatRange(min=0)
FAULTS: Final = {  # option name -> member of Faults
    "delay": "delay",
    "jitter": "jitter",
    "drop_rate": "drop_rate",
    "drop_after": "drop_after",
    "garble_rate": "garble_rate",
    "garble_record": "garble_record",
    "stall_after": "stall_after",
    "unknown_screen_after": "unknown_after",
}


def listening(command: F) -> F:
    """The options of every command that listens."""
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=3270,
        help="Port to listen on; 0 selects a free one.",
    )
    interface = click.option("--interface", default="127.0.0.1", help="Address to listen on.")
    return port(interface(command))


def failing(command: F) -> F:
    """The options of every command whose host may go wrong on purpose."""
    unknown = click.option(
        "--unknown-screen-after",
        type=COUNT,
        help="After this many screens, show one that no model knows.",
    )
    return disturbing(unknown(command))


def disturbing(command: F) -> F:
    """The options for what may go wrong with any host."""
    for option in (
        click.option("--stall-after", type=COUNT, help="Stop sending after this many screens."),
        click.option(
            "--garble-record",
            type=COUNT,
            help="Send this screen of each session as an invalid record.",
        ),
        click.option(
            "--garble-rate",
            type=SHARE,
            default=0.0,
            help="Share of screens sent as invalid records, at random.",
        ),
        click.option(
            "--drop-after", type=COUNT, help="Drop each connection after this many screens."
        ),
        click.option(
            "--drop-rate",
            type=SHARE,
            default=0.0,
            help="Share of screens replaced by dropping the connection, at random.",
        ),
        click.option(
            "--jitter",
            type=SECONDS,
            default=0.0,
            help="Random extra delay of up to this many seconds.",
        ),
        click.option("--delay", type=SECONDS, default=0.0, help="Seconds before each screen."),
    ):
        command = option(command)
    return command


def tls_from_the_first_byte(command: F) -> F:
    """The options of every command that speaks TLS."""
    file = click.Path(path_type=Path, dir_okay=False, exists=True)
    pair = click.option(
        "--tls", type=file, nargs=2, metavar="CERTIFICATE KEY", help="Use TLS with this certificate and key (PEM).",
    )  # fmt: skip
    clients = click.option(
        "--tls-clients", type=file, help="Request client certificates issued by this authority (PEM).",
    )  # fmt: skip
    return pair(clients(command))


def faults_of(options: dict[str, Any]) -> Faults:
    """The faults of these options, which are taken out of them."""
    chosen = {member: options.pop(name) for name, member in FAULTS.items() if name in options}
    return Faults(**chosen, seed=options["seed"])
