"""`verdigris host-key`: the keys of an SSH host, to be compared and kept."""

import base64
from pathlib import Path
from typing import Any

import click
from rich.console import Group
from rich.text import Text
from twisted.internet.defer import Deferred

from sesssrvr.hosts.endpoints import plain_endpoint
from sesssrvr.hosts.ssh.knownhosts import PORT, entries, fingerprint, kind, name_of
from sesssrvr.hosts.ssh.scan import host_keys
from verdigris.cli.output import Shown, json_option, show, table
from verdigris.connector._thread import in_thread
from verdigris.errors import CannotWrite
from verdigris.values import Endpoint


@click.command("host-key")
@click.argument("host")
@click.option("--add", type=click.Path(path_type=Path), metavar="FILE", help="Add them to a file of known hosts.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Add without asking.")
@click.option("--old", is_flag=True, help="Include the key types and algorithms of old hosts.")
@click.option("--timeout", default=10.0, show_default=True, help="Seconds for each connection.")
@json_option
def host_key(
    *, host: str, add: Path | None, yes: bool, old: bool, timeout: float, as_json: bool
) -> None:
    """Show the keys of the SSH server at HOST (name or name:port, 22 by default).

    Compare the fingerprints with the host's own, on its console:
    ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub. Only then add them: any server that answers at the
    moment is believed from then on.
    """
    try:
        address = Endpoint.parse(host, PORT)
    except ValueError as problem:
        raise click.UsageError(f"{host}: {problem}") from None
    found = _ask(address, timeout, old=old)
    if not found:
        raise click.ClickException(f"{address} has only keys of old kinds (--old shows them).")
    show(lambda: Shown(_people(found), [_data(address, blob) for blob in found]), as_json=as_json)
    if add is not None:
        if not yes:
            click.confirm(f"Are these the keys of {address}?", abort=True, err=True)
        _add(add, address, found)


def _ask(address: Endpoint, seconds: float, *, old: bool) -> list[bytes]:
    thread = in_thread()

    async def job() -> list[bytes]:
        plain = plain_endpoint(thread.reactor, address.host, address.port, seconds)
        return await host_keys(plain, str(address), seconds, thread.reactor, old=old)

    found: list[bytes] = thread.wait(lambda: Deferred.fromCoroutine(job()))
    return found


def _line(address: Endpoint, blob: bytes) -> str:
    name = name_of(address.host, address.port)
    return f"{name} {kind(blob)} {base64.b64encode(blob).decode()}"


def _data(address: Endpoint, blob: bytes) -> dict[str, Any]:
    return {"kind": kind(blob), "fingerprint": fingerprint(blob), "line": _line(address, blob)}


def _people(found: list[bytes]) -> Group:
    rows = [(kind(blob), fingerprint(blob)) for blob in found]
    hint = "Compare them with the host's own keys before you trust them."
    return Group(table(("kind", "fingerprint"), rows), Text(hint))


def _add(file: Path, address: Endpoint, found: list[bytes]) -> None:
    """Add what is not there yet.

    Raises:
        CannotWrite: the file cannot be read or written.
    """
    name = name_of(address.host, address.port)
    try:
        text = file.read_text("utf-8", "replace") if file.exists() else ""
        there = [one.blob for one in entries(text, str(file)) if one.names(name)]
        lines = [_line(address, blob) for blob in found if blob not in there]
        gap = "\n" if text and not text.endswith("\n") else ""
        with file.open("a", encoding="utf-8") as out:
            out.write(gap + "".join(f"{line}\n" for line in lines))
    except OSError as problem:
        raise CannotWrite(file=file, reason=problem.strerror or problem) from None
    click.echo(f"{len(lines)} added to {file}.", err=True)
