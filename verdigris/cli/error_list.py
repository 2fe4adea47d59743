"""`verdigris errors`: the coded registry, for people and as docs/reference/errors.md."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import click
from rich.console import Group, RenderableType
from rich.text import Text

from verdigris.cli.output import Shown, json_option, show, table
from verdigris.errors import CODES, VerdigrisError


FAMILIES: Final = {
    2: "Errors with VHI's numbers",
    3: "Errors with VHI's numbers",
    90: "Internal errors",
    91: "Requests: the caller has to change something",
    92: "The service: servers, domains, sessions, timeouts",
    93: "The host and the terminal",
    94: "The model and the host's screens",
    95: "Configuration files and model packages",
}
"""First digits of a number to the family it belongs to."""


REPEAT: Final = "The cause may pass by itself: a call that has done nothing may be repeated."
"""What is said of errors whose cause is transient; each occurrence says what the call may have done."""


@click.command()
@click.argument("code", type=int, required=False)
@click.option("--markdown", is_flag=True, help="Print docs/reference/errors.md.")
@json_option
def errors(*, code: int | None, markdown: bool, as_json: bool) -> None:
    """List all errors by number, or explain the error CODE."""
    if markdown:
        click.echo(page(), nl=False)
        return
    if code is not None and code not in CODES:
        raise click.UsageError(f"Error {code} does not exist; `verdigris errors` lists all errors.")
    chosen = [CODES[code]] if code is not None else [CODES[number] for number in sorted(CODES)]
    people = _one(chosen[0]) if code is not None else _all(chosen)
    show(lambda: Shown(people, [_data(error) for error in chosen]), as_json=as_json)


def _all(chosen: list[type[VerdigrisError]]) -> RenderableType:
    columns = ("code#", "name", "HTTP#", "blame", "message")
    return table(columns, ((it.code, it.__name__, it.http, it.blame, it.text) for it in chosen))


def _one(error: type[VerdigrisError]) -> RenderableType:
    retry = REPEAT if error.transient else ""
    said = [_doc(error), error.text, error.advice, _turn(error), retry]
    return Group(
        Text(f"{error.code} {error.__name__}", style="bold"), *(Text(line) for line in said if line)
    )


def _data(error: type[VerdigrisError]) -> dict[str, object]:
    return {
        "code": error.code,
        "name": error.__name__,
        "meaning": _doc(error),
        "text": error.text,
        "advice": error.advice,
        "http": error.http,
        "blame": error.blame,
        "transient": error.transient,
    }


def _doc(error: type[VerdigrisError]) -> str:
    return " ".join((error.__doc__ or "").split())


def _turn(error: type[VerdigrisError]) -> str:
    who = "the caller" if error.blame == "client" else "the operator"
    return f"HTTP status {error.http}; SOAP fault code {error.blame}: {who} has to act."


def page() -> str:
    """docs/reference/errors.md, made from the registry."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Errors"
    yield ""
    yield "Generated from the registry by `verdigris errors --markdown`; do not edit this page by hand."
    yield ""
    yield "Every error has a number that never changes its meaning, a message, and advice. SOAP faults,"
    yield "HTTP problem documents (RFC 9457), logs, the administration API and the command line use the"
    yield "same numbers and messages. `client` means that the request has to change, `server` that the"
    yield "request was valid. `verdigris errors NUMBER` shows one error in a terminal. Whether a call that"
    yield "failed may be repeated depends on what it may have done at the host:"
    yield "[what is said of a write that failed](../behaviour/failed-writes.md)."
    numbers = sorted(CODES)
    for family, members in groupby(numbers, lambda number: FAMILIES.get(_family(number), "Others")):
        yield ""
        yield f"## {family}"
        for number in members:
            yield from _entry(CODES[number])


def _family(code: int) -> int:
    return code // 100 if code >= 9000 else code // 1000  # noqa: PLR2004 - our own numbers begin there


def _entry(error: type[VerdigrisError]) -> Iterator[str]:
    retry = f" {REPEAT}" if error.transient else ""
    yield ""
    yield f"### {error.code} {error.__name__}"
    yield ""
    yield f"> {error.text}"
    yield ""
    yield f"{_doc(error)} HTTP {error.http}, `{error.blame}`.{retry}"
    yield ""
    yield f"**What to do:** {error.advice}"
