"""`verdigris package`, `deploy`, `undeploy`: models from their folder to the session servers."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sesssrvr.cli.model_files import built, is_model_folder
from sesssrvr.model.package import Package, read_package
from verdigris.cli.api import DEPLOYING, Api, Json
from verdigris.cli.deployments import (
    deploy_back,
    deploy_to,
    finish,
    terms,
    told,
    undeploy_from,
    watch_rollout,
)
from verdigris.cli.direct import tell
from verdigris.cli.failures import Told
from verdigris.cli.files import read_file
from verdigris.cli.options import api_option, chosen, model_names, one_or_all
from verdigris.cli.output import Shown, console, json_option, show
from verdigris.config.atomic import write_file
from verdigris.errors import ProtocolError, VerdigrisError
from verdigris.values import Endpoint
from verdigris.wire import Deploy, Deployed, Done, Undeploy


UNDEPLOYING: Final = 15.0
"""Seconds a session server has to take a model away; running sessions finish afterwards."""


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The package; MODEL.zip here by default.",
)  # fmt: skip
@json_option
def package(*, folder: Path, output: Path | None, as_json: bool) -> None:
    """Build a model package from FOLDER, after checking everything in it.

    FOLDER holds model/ (model.xml, entities, tables, screens) and deploy/ (descriptors).
    """
    if not is_model_folder(folder):
        raise click.UsageError(f"{folder} is not a model folder: it has no model/model.xml.")
    data, found = built(folder)
    target = output or Path(f"{found.name}.zip")
    write_file(target, data, mode=0o666)
    _warn([str(problem) for problem in found.warnings])
    said = f"{target}: model {found.name}, {len(data):,} bytes, digest {found.digest[:12]}"
    facts = {"file": str(target), "model": found.name, "bytes": len(data), "digest": found.digest}
    show(lambda: Shown(said, facts), as_json=as_json)


to_option = click.option(
    "--to",
    multiple=True,
    metavar="NAME",
    help="Domain or session server that the installation is to name; may be repeated.",
)


@click.command()
@click.argument("source", metavar="PACKAGE")
@to_option
@click.option(
    "--at-a-time", type=click.IntRange(1, 1000), default=1, show_default=True, metavar="N",
    help="With --to: how many session servers are changed at once.",
)  # fmt: skip
@click.option(
    "--stop-on-error/--keep-going", default=True, show_default=True,
    help="With --to: whether the first session server that cannot use the package ends the rollout.",
)  # fmt: skip
@click.option("--back", is_flag=True, help="PACKAGE is a model: go back to its package before.")
@click.option(
    "--wait", type=click.FloatRange(0), default=600.0, show_default=True, metavar="SECONDS",
    help="With --to and --back: how long the rollout is watched.",
)  # fmt: skip
@one_or_all
@click.option("--target", metavar="NAME", help="A deployment target of the package's descriptor.")
@api_option
@json_option
def deploy(
    *,
    source: str,
    to: tuple[str, ...],
    at_a_time: int,
    stop_on_error: bool,
    back: bool,
    wait: float,
    servers: tuple[str, ...],
    everywhere: bool,
    target: str | None,
    api: Api,
    as_json: bool,
) -> None:
    """Deploy PACKAGE (a .zip, or a model folder), replacing what is deployed.

    With --to, the installation names it from now on: it is brought to the session servers, a few at
    a time, and to those that come later. With --server or --all it is deployed by hand, once.
    --server takes a name of the installation, or HOST:PORT to reach a session server without a
    management server.
    """
    if to or back:
        if servers or everywhere or target:
            raise click.UsageError("--to and --back do not go with --server, --all or --target.")
        query = terms(to, at_a_time, stop_on_error=stop_on_error)
        if back:
            named = deploy_back(api, source, query)
        else:
            data, found = _package(source)
            named = deploy_to(api, found.name, data, query)
        _warn(named["warnings"])
        rollout = watch_rollout(api, named, wait)
        show(lambda: told(named, rollout), as_json=as_json)
        finish(rollout)
        return
    _deploy_by_hand(api, source, servers, target, everywhere=everywhere, as_json=as_json)


def _deploy_by_hand(
    api: Api,
    source: str,
    servers: tuple[str, ...],
    target: str | None,
    *,
    everywhere: bool,
    as_json: bool,
) -> None:
    """Deploy a package on session servers, once."""
    data, found = _package(source)
    if target:
        named = dict(found.deployment.targets if found.deployment else ())
        if target not in named:
            raise click.UsageError(
                f"The package has no target {target}: {', '.join(named) or 'none'}."
            )
        servers = (*servers, named[target])
    where = chosen(api, servers, everywhere=everywhere)

    done = _each(
        f"Deploying {found.name}", where, lambda server: _deploy(api, server, data, found.name)
    )
    for one in done:
        _warn(one["warnings"])
    said = "\n".join(f"{one['server']}: {one['model']} {one['version']}" for one in done)
    show(lambda: Shown(said, done), as_json=as_json)


@click.command()
@click.argument("model", shell_complete=model_names)
@to_option
@one_or_all
@api_option
@json_option
def undeploy(
    *,
    model: str,
    to: tuple[str, ...],
    servers: tuple[str, ...],
    everywhere: bool,
    api: Api,
    as_json: bool,
) -> None:
    """Take MODEL and its pools from session servers; running sessions finish first.

    With --to, the installation names it no longer for these domains or session servers.
    """
    if to:
        if servers or everywhere:
            raise click.UsageError("--to does not go with --server or --all.")
        gone = undeploy_from(api, model, terms(to))
        said = f"Model {model} is not named for {', '.join(to)} any more."
        show(
            lambda: Shown(said, gone),
            as_json=as_json,
        )
        return
    where = chosen(api, servers, everywhere=everywhere)

    def one(server: str) -> Json:
        address = _address(server)
        if address is None:
            return api.delete("servers", server, "models", model)
        answer = tell(address, Undeploy(model), UNDEPLOYING)
        if not isinstance(answer, Done):
            raise ProtocolError(peer=server, problem=f"{answer!r} in answer to an undeployment")
        return {"server": server, "done": f"model {model} is undeployed"}

    done = _each(f"Undeploying {model}", where, one)
    said = "\n".join(f"{one['server']}: {one['done']}" for one in done)
    show(lambda: Shown(said, done), as_json=as_json)


def _package(source: str) -> tuple[bytes, Package]:
    """A package, from its file or made from a model folder."""
    path = Path(source)
    if not path.exists():
        raise click.UsageError(f"Path {source!r} does not exist.")
    if path.is_dir():
        return built(path)
    data = read_file(path)
    return data, read_package(data, str(path))


def _deploy(api: Api, server: str, data: bytes, model: str) -> Json:
    """Deploy on one server, by its name or at its address."""
    address = _address(server)
    if address is None:
        query = {"model": model}
        return api.post("servers", server, "deploy", body=data, seconds=DEPLOYING, query=query)
    answer = tell(address, Deploy(data), DEPLOYING)
    if not isinstance(answer, Deployed):
        raise ProtocolError(peer=server, problem=f"{answer!r} in answer to a deployment")
    told = {"server": server, "model": answer.model, "version": answer.version}
    return told | {"warnings": list(answer.warnings)}


def _address(server: str) -> Endpoint | None:
    """A session server given as HOST:PORT; None for a name."""
    if ":" not in server:
        return None
    try:
        return Endpoint.parse(server)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _each(what: str, servers: list[str], order: Callable[[str], Json]) -> list[Json]:
    """Give an order to each server in turn, telling how far it is; all are tried.

    Raises:
        VerdigrisError: the last server's that failed, after the others' were told.
    """
    done: list[Json] = []
    failed: list[tuple[str, VerdigrisError]] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=len(servers))
        for number, server in enumerate(servers, 1):
            progress.update(task, description=f"{what} on {server} ({number} of {len(servers)})")
            try:
                done.append(order(server))
            except VerdigrisError as problem:
                failed.append((server, problem))
            progress.advance(task)
    for server, error in failed[:-1]:
        click.echo(f"{server}:", err=True)
        Told(error).show()
    if failed:
        server, error = failed[-1]
        click.echo("\n".join([*(f"{one['server']}: done" for one in done), f"{server}:"]), err=True)
        raise error
    return done


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        # What `check` found in a file says so itself: FILE:LINE: warning: ...
        click.echo(warning if ": warning: " in warning else f"warning: {warning}", err=True)
