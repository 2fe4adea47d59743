"""`verdigris audit`: the audit logs of the management servers, listed, exported, and their chains checked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from verdigris.audit_record import AuditRecord, breaks, line_of, read_line
from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table
from verdigris.errors import CannotRead, PeerSilent


@click.group()
def audit() -> None:
    """List and export who did what, and check that nothing was changed afterwards.

    Each management server has an audit log of its own; any one is asked for all of them.
    """


@audit.command("list")
@click.option(
    "--last",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many records.",
)
@click.option("--user", metavar="NAME", help="Of this user.")
@click.option("--act", metavar="NAME", help="Of this operation, such as drain or login.")
@api_option
@json_option
def list_audit(*, last: int, user: str | None, act: str | None, api: Api, as_json: bool) -> None:
    """List the last records of all management servers, newest first."""

    def look() -> Shown:
        query = {
            "last": str(last),
            **({"who": user} if user else {}),
            **({"act": act} if act else {}),
        }
        found = api.get("audit", query=query)
        return Shown(table(COLUMNS, map(_row, found), empty="There are no records."), found)

    show(look, as_json=as_json)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
@api_option
@click.pass_context
def export(ctx: click.Context, *, file: Path, api: Api) -> None:
    """Write all records of all management servers to FILE, a line of JSON each, and check their chains.

    What a management server that does not answer has recorded is missing; the exit status is 1 then.
    """
    chains, silent = _all(api)
    file.write_bytes(b"".join(line_of(it) for chain in chains.values() for it in chain))
    click.echo(f"{file}: {sum(map(len, chains.values()))} records")
    sound = _judge(chains)
    ctx.exit(0 if sound and not silent else 1)


@audit.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--digest", default="", help="Of a record noted earlier: a chain has to contain it.")
@api_option
@click.pass_context
def verify(ctx: click.Context, *, files: tuple[Path, ...], digest: str, api: Api) -> None:
    """Check the chains of records: of exported FILES in their order, or of all management servers."""
    if files:
        chains, silent = _by_server(it for file in files for it in _read(file)), False
    else:
        chains, silent = _all(api)
    sound = _judge(chains)
    if digest and digest not in {it.digest for chain in chains.values() for it in chain}:
        click.echo("no chain contains the digest: records were cut off or replaced")
        sound = False
    ctx.exit(0 if sound and not silent else 1)


COLUMNS = ("server", "number#", "time", "who", "from", "act", "about", "outcome")


def _row(record: Json) -> tuple[object, ...]:
    names = ("server", "number", "time", "who", "address", "act", "about", "outcome")
    return tuple(record[name] for name in names)


Chains = Mapping[str, list[AuditRecord]]
"""Records by their management server, in the order of their chain."""


def _all(api: Api) -> tuple[Chains, bool]:
    """The records of all management servers, and whether some are missing."""
    chains: dict[str, list[AuditRecord]] = {}
    silent = False
    for server in (str(it["name"]) for it in api.get("management-servers")):
        try:
            chains[server] = [*_chain(api, server)]
        except PeerSilent as problem:
            click.echo(f"{problem} Its records are missing.", err=True)
            silent = True
    return chains, silent


def _chain(api: Api, server: str) -> Iterator[AuditRecord]:
    after = 0
    while True:
        query = {"server": server, "after": str(after)}
        lines = api.data("audit", "export", query=query).splitlines()
        for line in lines:
            record = read_line(line)
            after = record.number
            yield record
        if not lines:
            return


def _by_server(records: Iterable[AuditRecord]) -> Chains:
    chains: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in records:
        chains[record.server].append(record)
    return chains


def _judge(chains: Chains) -> bool:
    """Say of each chain whether it is whole; whether all are."""
    problems = {server: [*breaks(chain)] for server, chain in chains.items()}
    for server, chain in chains.items():
        for said in problems[server] or (_verdict(chain),):
            click.echo(f"{server}: {said}")
    if not chains:
        click.echo("There are no records.")
    return not any(problems.values())


def _read(file: Path) -> Iterator[AuditRecord]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            yield read_line(line)
        except ValueError:
            raise CannotRead(file=file, reason=f"line {number} is not an audit record") from None


def _verdict(records: list[AuditRecord]) -> str:
    if not records:
        return "there are no records"
    return f"{len(records)} records, none changed; the last is {records[-1].number}, digest {records[-1].digest}"
