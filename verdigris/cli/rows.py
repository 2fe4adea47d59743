"""The rows of a call, printed: as a table, JSON or CSV; where they came from goes to stderr."""

import csv
import json
import sys

import click

from verdigris.cli.output import console, table
from verdigris.connector import ResultSet


NUMBERS = frozenset({"integer", "decimal"})


def print_rows(found: ResultSet, form: str | None) -> None:
    """Print a result.

    Args:
        found: the rows.
        form: "json", "csv", or None for a table.
    """
    names = [column.name for column in found.columns]
    match form:
        case "json":
            rows = [dict(zip(names, values, strict=True)) for values in found.raw]
            click.echo(json.dumps(_facts(found) | {"rows": rows}, indent=2, ensure_ascii=False))
            return
        case "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(names)
            writer.writerows([["" if it is None else it for it in row] for row in found.raw])
        case _ if names:
            heads = [c.name + ("#" if c.type in NUMBERS else "") for c in found.columns]
            console().print(table(heads, found.raw, empty="No rows."))
        case _:
            click.echo(_count(found))
    click.echo(_origin(found), err=True)


def _facts(found: ResultSet) -> dict[str, object]:
    report = found.report
    return {
        "server": report.server,
        "request": report.request_id,
        "milliseconds": round(report.milliseconds, 3),
        "path": list(report.path),
        "affected": found.affected,
    }


def _origin(found: ResultSet) -> str:
    report = found.report
    path = f" via {' > '.join(report.path)}" if report.path else ""
    return f"{_count(found)} from {report.server} in {report.milliseconds:.0f} ms{path}; request {report.request_id}"


def _count(found: ResultSet) -> str:
    """How many rows there are, or records were written."""
    count = len(found) if found.columns else found.affected
    what = "row" if found.columns else "record"
    return f"{count} {what if count == 1 else f'{what}s'}{'' if found.columns else ' written'}"
