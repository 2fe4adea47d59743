"""`verdigris trace` and `traces`: what was said between a host and a session that failed."""

from pathlib import Path
from typing import Final

import click

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, server_names
from verdigris.cli.output import Shown, json_option, show, table, watch_options
from verdigris.config.atomic import write_file
from verdigris.errors import ServerUnreachable, UnknownTrace


COLUMNS: Final = ("server", "time", "request", "error", "name")


@click.command()
@click.argument("server", required=False, shell_complete=server_names)
@api_option
@json_option
@watch_options
def traces(*, server: str | None, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """List the traces kept by all session servers that are online, or only by SERVER."""

    def look() -> Shown:
        found = [it for name in _asked(api, server) for it in _of(api, name, must=bool(server))]
        rows = [tuple(it[name] for name in ("server", "time", "request_id", "error", "name")) for it in found]  # fmt: skip
        return Shown(table(COLUMNS, rows, empty="No traces are kept."), found)

    show(look, as_json=as_json, watch=watch, every=every)


@click.command()
@click.argument("trace", required=False)
@click.option(
    "--session", type=click.IntRange(min=1), help="Number of a live session, instead of TRACE."
)
@click.option("--server", shell_complete=server_names, help="Ask only this session server.")
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), help="Write the trace to this file."
)
@api_option
def trace(
    *, trace: str | None, session: int | None, server: str | None, into: Path | None, api: Api
) -> None:
    """Print the traffic between a host and a session, with secrets masked.

    TRACE is the request id named in the fault of a call, or the name of a trace. The host emulator
    can replay it: `python -m hostemul replay FILE`.
    """
    if (trace is None) == (session is None):
        raise click.UsageError("Name a TRACE, or a live session with --session and --server.")
    if session is not None and server is None:
        raise click.UsageError("--session requires --server: each server numbers its own sessions.")
    if session is not None:
        text = api.text("servers", str(server), "sessions", str(session), "trace")
    else:
        text = _found(api, str(trace), server)
    if into is None:
        click.echo(text, nl=False)
    else:
        write_file(into, text.encode(), mode=0o666)


def _found(api: Api, wanted: str, server: str | None) -> str:
    """The trace, from the first server that has it.

    Raises:
        UnknownTrace: none has it.
    """
    asked = _asked(api, server)
    for name in asked:
        try:
            return api.text("servers", name, "traces", wanted)
        except UnknownTrace:
            continue
        except ServerUnreachable:
            if server is not None:
                raise
    raise UnknownTrace(server=", ".join(asked) or "(none is online)", what=wanted)


def _asked(api: Api, server: str | None) -> list[str]:
    if server is not None:
        return [server]
    return [it["name"] for it in api.get("servers") if it["state"] not in {"offline", "held"}]


def _of(api: Api, server: str, *, must: bool) -> list[Json]:
    """The traces of a server; one that went away meanwhile has none, unless it was asked for."""
    try:
        found: list[Json] = api.get("servers", server, "traces")
    except ServerUnreachable:
        if must:
            raise
        return []
    return found
