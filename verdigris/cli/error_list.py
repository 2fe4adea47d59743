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
    2: "Known from VHI",
    3: "Known from VHI",
    90: "Verdigris itself",
    91: "The request: the caller has to change something",
    92: "The service: servers, domains, sessions, time",
    93: "The host and the terminal",
    94: "The model, and what the host shows it",
    95: "Files people edit",
}
"""First digits of a number to the family it belongs to."""


@click.command()
@click.argument("code", type=int, required=False)
@click.option("--markdown", is_flag=True, help="Print docs/reference/errors.md.")
@json_option
def errors(*, code: int | None, markdown: bool, as_json: bool) -> None:
    """Show every error by number, or what is known about one CODE."""
    if markdown:
        click.echo(page(), nl=False)
        return
    if code is not None and code not in CODES:
        raise click.UsageError(f"There is no error {code}; `verdigris errors` lists all.")
    chosen = [CODES[code]] if code is not None else [CODES[number] for number in sorted(CODES)]
    people = _one(chosen[0]) if code is not None else _all(chosen)
    show(lambda: Shown(people, [_data(error) for error in chosen]), as_json=as_json)


def _all(chosen: list[type[VerdigrisError]]) -> RenderableType:
    columns = ("code#", "name", "HTTP#", "turn", "sentence")
    return table(columns, ((it.code, it.__name__, it.http, it.blame, it.text) for it in chosen))


def _one(error: type[VerdigrisError]) -> RenderableType:
    retry = "The same call may succeed a little later." if error.retry else ""
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
        "retry": error.retry,
    }


def _doc(error: type[VerdigrisError]) -> str:
    return " ".join((error.__doc__ or "").split())


def _turn(error: type[VerdigrisError]) -> str:
    whose = "the caller's" if error.blame == "client" else "the operator's"
    return f"HTTP status {error.http}; SOAP fault code {error.blame}: {whose} turn."


def page() -> str:
    """docs/reference/errors.md, made from the registry."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Errors"
    yield ""
    yield "Made from the registry by `verdigris errors --markdown`; do not edit it by hand."
    yield ""
    yield "Every error has a number that never changes its meaning, a sentence, and advice. The"
    yield "same ones appear in SOAP faults, HTTP problem documents (RFC 9457), logs, the"
    yield "administration API and the command line. `client` means that the request has to change,"
    yield "`server` that it was right. `verdigris errors NUMBER` shows one in a terminal."
    numbers = sorted(CODES)
    for family, members in groupby(numbers, lambda number: FAMILIES.get(_family(number), "Others")):
        yield ""
        yield f"## {family}"
        for number in members:
            yield from _entry(CODES[number])


def _family(code: int) -> int:
    return code // 100 if code >= 9000 else code // 1000  # noqa: PLR2004 - our own numbers begin there


def _entry(error: type[VerdigrisError]) -> Iterator[str]:
    retry = " The same call may succeed a little later." if error.retry else ""
    yield ""
    yield f"### {error.code} {error.__name__}"
    yield ""
    yield f"> {error.text}"
    yield ""
    yield f"{_doc(error)} HTTP {error.http}, `{error.blame}`.{retry}"
    yield ""
    yield f"**What to do:** {error.advice}"
