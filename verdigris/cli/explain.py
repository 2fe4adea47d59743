"""`verdigris explain`: why a request went where it went, one sentence per server asked."""

from collections.abc import Iterator

import click
from rich.console import Group, RenderableType
from rich.text import Text

from verdigris.cli.api import Api, Json
from verdigris.cli.options import api_option, request_ids
from verdigris.cli.output import Shown, json_option, show, table
from verdigris.errors import NoSuchPage


MOST = 200
"""Requests followed for one call: a connection timeout of 30 seconds makes about 65."""


@click.command()
@click.argument("request_id", required=False, shell_complete=request_ids)
@click.option(
    "--last", type=click.IntRange(1, 1000), metavar="N", help="List the last N allocations."
)
@api_option
@json_option
def explain(*, request_id: str | None, last: int | None, api: Api, as_json: bool) -> None:
    """Show how REQUEST_ID was allocated: which servers were drawn, what each answered, and why.

    A call that was refused and retried has follow-up requests REQUEST_ID.2, REQUEST_ID.3 ..., which
    are shown as well. Without an id, the last allocations are listed.
    """
    if request_id is not None and last is not None:
        raise click.UsageError("Use either a request id or --last, not both.")
    if request_id is None:
        found = api.get("allocations", query={"last": str(last or 10)})
        show(lambda: Shown(_list(found), found), as_json=as_json)
        return
    found = list(_follow(api, request_id))
    if not found:
        raise click.ClickException(
            f"No management server that answers has an allocation {request_id}. Each keeps only the"
            " most recent ones; direct calls are not allocated."
        )
    show(lambda: Shown(Group(*map(_decision, found)), found), as_json=as_json)


def _follow(api: Api, request_id: str) -> Iterator[Json]:
    """The decisions of a request and of its follow-ups."""
    found = _decisions(api, request_id)
    yield from found
    for number in range(2, MOST):
        following = _decisions(api, f"{request_id}.{number}")
        if not following and (found or number > 2):  # noqa: PLR2004 - the first follow-up may be all that is kept
            return
        yield from following


def _decisions(api: Api, request_id: str) -> list[Json]:
    try:
        found: list[Json] = api.get("allocations", request_id)
    except NoSuchPage:
        return []
    return found


def _list(found: list[Json]) -> RenderableType:
    columns = ("time", "request", "domain", "name", "user", "outcome", "server", "ms#", "reason")
    rows = [
        (
            it["time"],
            it["request_id"],
            it["domain"],
            f"{it['kind']} {it['name']}",
            it["user"],
            it["outcome"],
            it["server"],
            f"{it['milliseconds']:.1f}",
            it["reason"],
        )
        for it in found
    ]
    return table(columns, rows, empty="There are no allocations yet.")


def _decision(it: Json) -> RenderableType:
    who = " on behalf of ".join(filter(None, (it["user"], it.get("on_behalf_of"))))
    who = f"{who} at {it['location']}"
    parts: list[RenderableType] = [
        Text(f"Request {it['request_id']}, {it['time']}", style="bold"),
        Text(f"{who} asked domain {it['domain']} for a session of {it['kind']} {it['name']}."),
    ]
    if it["trail"]:
        columns = ("ask#", "priority#", "drawn from", "draw#", "server", "answer", "ms#", "reason")
        parts.append(table(columns, _steps(it["trail"])))
    if it.get("management_server"):
        parts.append(Text(f"Decided by management server {it['management_server']}."))
    parts += [Text(f"- {sentence}") for sentence in sentences(it)]
    return Group(*parts, Text(""))


def _steps(trail: list[Json]) -> Iterator[tuple[object, ...]]:
    for number, step in enumerate(trail, 1):
        yield (
            number,
            step["priority"],
            ", ".join(f"{server} {weight}" for server, weight in step["candidates"]),
            f"{step['draw']} of {step['total']}",
            step["server"],
            step["answer"],
            f"{step['milliseconds']:.1f}",
            step["reason"],
        )


def sentences(it: Json) -> Iterator[str]:
    """What happened, in words."""
    for step in it["trail"]:
        first, last = _interval(step)
        because = f" ({step['reason']})" if step["reason"] else ""
        yield (
            f"Priority {step['priority']}: the number {step['draw']} was drawn from 1 to "
            f"{step['total']}; {first} to {last} belongs to {step['server']}, which answered "
            f"{step['answer']}{because}."
        )
    for left in it["left"]:
        if left["reason"] == "not reached" and it["outcome"] == "granted":
            continue
        yield (
            f"{left['server']} (priority {left['priority']}, weight {left['weight']}) was not "
            f"asked: {left['reason']}."
        )
    yield _ended(it)


def _interval(step: Json) -> tuple[int, int]:
    """The numbers that choose the server of a step."""
    before = 0
    for server, weight in step["candidates"]:
        if server == step["server"]:
            return before + 1, before + weight
        before += weight
    return step["draw"], step["draw"]


def _ended(it: Json) -> str:
    took = f"after {it['milliseconds']:.1f} ms"
    match it["outcome"]:
        case "granted":
            return f"{it['server']} granted the session {took}."
        case "refused":
            return f"The request was refused {took}: {it['reason']} (error 2643)."
        case "warming":
            return "The management server had just started and referred the client to another one."
        case "cancelled":
            return f"The client cancelled the request {took}."
        case "late":
            return f"The client's deadline passed before a decision: {it['reason'] or 'timed out'}."
        case other:
            return f"The allocation ended as {other} {took}."
