"""`verdigris deployments`, and what `deploy --to` and `undeploy --to` do through the installation."""

import time
from collections.abc import Sequence
from typing import Final

import click
from rich.console import Group, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from verdigris.cli.api import DEPLOYING, Api, Json
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, console, json_option, show, table, watch_options
from verdigris.errors import ApiUnreachable


EVERY: Final = 0.3
"""Seconds between looks at a rollout."""
AWAY: Final = 10.0
"""Seconds a management server may not answer while a rollout is watched: another one goes on with it."""
STILL: Final = 10.0
"""Seconds a rollout is watched in which nothing is waiting or under way: a management server that has
just started waits for its session servers."""
SHOWN: Final = 12
"""Characters of a package's SHA-256."""

Terms = dict[str, str]
"""Parameters of a deployment."""


@click.command()
@api_option
@json_option
@watch_options
def deployments(*, api: Api, as_json: bool, watch: bool, every: float) -> None:
    """Show the packages that the installation names, and which session servers have them."""

    def look() -> Shown:
        found = api.get("deployments")
        return Shown(_tables(found), found)

    show(look, as_json=as_json, watch=watch, every=every)


def terms(to: Sequence[str], at_a_time: int = 1, *, stop_on_error: bool = True) -> Terms:
    """The parameters of a deployment."""
    found = {"to": ",".join(to)} if to else {}
    if at_a_time != 1:
        found["at-a-time"] = str(at_a_time)
    if not stop_on_error:
        found["keep-going"] = "true"
    return found


def deploy_to(api: Api, model: str, package: bytes, query: Terms) -> Json:
    """Name a package in the installation.

    Raises:
        VerdigrisError: what the API answered.
    """
    return api.post("deployments", model, body=package, seconds=DEPLOYING, query=query)


def deploy_back(api: Api, model: str, query: Terms) -> Json:
    """Name the package before again.

    Raises:
        VerdigrisError: what the API answered.
    """
    return api.post("deployments", model, "back", seconds=DEPLOYING, query=query)


def undeploy_from(api: Api, model: str, query: Terms) -> Json:
    """Name a model no longer.

    Raises:
        VerdigrisError: what the API answered.
    """
    return api.delete("deployments", model, query=query)


def watch_rollout(api: Api, named: Json, seconds: float) -> list[Json]:
    """Show how far a rollout is, until it is over, has stopped, or the time is up; what there is then."""
    model, package = named["model"], named["package"]
    until = time.monotonic() + seconds
    heard = moved = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    found: list[Json] = []
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Deploying {model}")
        while True:
            try:
                listed = api.get("deployments")
                heard = time.monotonic()
            except ApiUnreachable:
                if time.monotonic() > heard + AWAY:
                    raise
            else:
                found = [it for it in listed if (it["model"], it["package"]) == (model, package)]
                progress.update(task, description=f"Deploying {model}: {_so_far(found)}")
                if any(map(_moves, found)):
                    moved = time.monotonic()
                if all(it["rollout"] != "going" for it in found):
                    return found
            if time.monotonic() > min(until, moved + STILL):
                return found
            time.sleep(EVERY)


def told(named: Json, found: list[Json]) -> Shown:
    """The outcome of a rollout."""
    return Shown(_tables(found), {**named, "deployments": found})


def finish(found: list[Json]) -> None:
    """End with an exit status that says whether all session servers have the package.

    Raises:
        SystemExit: they have not.
    """
    for one in found:
        if one["rollout"] == "stopped":
            click.echo(
                f"The rollout of model {one['model']} has stopped: {one['problem']}\n"
                f"Session servers that have not been changed go on with the package before. Go back with\n"
                f"`verdigris deploy {one['model']} --back`, or deploy again to go on.",
                err=True,
            )
        elif one["rollout"] == "going":
            click.echo(
                "The rollout goes on; `verdigris deployments` shows how far it is.", err=True
            )
    if any(one["rollout"] != "over" for one in found):
        raise SystemExit(1)


def _moves(one: Json) -> bool:
    """Whether there is something to wait for."""
    return not {it["state"] for it in one["servers"]} <= {"failed", "offline", "unable"}


def _so_far(found: list[Json]) -> str:
    servers = [it for one in found for it in one["servers"]]
    good = sum(it["state"] == "in force" for it in servers)
    now = ", ".join(it["server"] for it in servers if it["state"] == "under way")
    return f"{good} of {len(servers)} session servers have it{f', now {now}' if now else ''}"


def _tables(found: list[Json]) -> RenderableType:
    if not found:
        return Text("The installation names no packages.")
    parts: list[RenderableType] = []
    for one in found:
        before = f", before {one['previous'][:SHOWN]}" if one["previous"] else ""
        rollout = "" if one["rollout"] == "over" else f"; rollout {one['rollout']}"
        where = ", ".join(it.replace(":", " ") for it in one["to"])
        parts.append(
            Text(f"{one['model']}: package {one['package'][:SHOWN]}{before}, to {where}{rollout}")
        )
        rows = [
            (it["server"], it["package"][:SHOWN], it["state"], it["problem"])
            for it in one["servers"]
        ]
        parts.append(table(("server", "package", "state", "problem"), rows))
    return Group(*parts)
