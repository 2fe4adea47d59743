"""`verdigris audit`: the audit log of a management server, listed, exported, and its chain checked."""

from collections.abc import Iterator
from pathlib import Path

import click

from verdigris.audit_record import AuditRecord, breaks, line_of, read_line
from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table
from verdigris.errors import CannotRead


@click.group()
def audit() -> None:
    """List and export who did what, and check that nothing was changed afterwards.

    Each management server has an audit log of its own: name the server with --api.
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
    """List the last records, newest first."""

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
def export(*, file: Path, api: Api) -> None:
    """Write all records to FILE, a line of JSON each, and check their chain."""
    records = list(_all(api))
    file.write_bytes(b"".join(map(line_of, records)))
    click.echo(f"{file}: {_verdict(records)}")


@audit.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--digest", default="", help="Of a record noted earlier: the chain has to contain it."
)
@api_option
@click.pass_context
def verify(ctx: click.Context, *, files: tuple[Path, ...], digest: str, api: Api) -> None:
    """Check the chain of records: of exported FILES in their order, or of a management server."""
    records = [it for file in files for it in _read(file)] if files else list(_all(api))
    problems = list(breaks(records))
    if digest and digest not in {it.digest for it in records}:
        problems.append("the chain does not contain the digest: records were cut off or replaced")
    for problem in problems:
        click.echo(problem)
    click.echo(_verdict(records) if not problems else f"{len(problems)} problems")
    ctx.exit(1 if problems else 0)


COLUMNS = ("number#", "time", "who", "from", "act", "about", "outcome")


def _row(record: Json) -> tuple[object, ...]:
    names = ("number", "time", "who", "address", "act", "about", "outcome")
    return tuple(record[name] for name in names)


def _all(api: Api) -> Iterator[AuditRecord]:
    after = 0
    while True:
        lines = api.data("audit", "export", query={"after": str(after)}).splitlines()
        for line in lines:
            record = read_line(line)
            after = record.number
            yield record
        if not lines:
            return


def _read(file: Path) -> Iterator[AuditRecord]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            yield read_line(line)
        except ValueError:
            raise CannotRead(file=file, reason=f"line {number} is not an audit record") from None


def _verdict(records: list[AuditRecord]) -> str:
    if not records:
        return "there are no records"
    problems = list(breaks(records))
    if problems:
        return problems[0]
    return f"{len(records)} records, none changed; the last is {records[-1].number}, digest {records[-1].digest}"
