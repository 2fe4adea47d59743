"""`verdigris plan`, `apply`, `versions`: the installation's next version, and its earlier ones."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Group, RenderableType
from rich.text import Text

from verdigris.cli.api import Api, Json
from verdigris.cli.files import read_file
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, console, json_option, show, table


XML: Final = {"Content-Type": "application/xml"}
SHOWN: Final = 12
"""Characters of a revision in tables; the API takes six and more."""
SIGNS: Final = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

force_option = click.option(
    "--force", is_flag=True, help="Allow removing more than half of the session servers."
)
comment_option = click.option("--comment", default="", help="Kept with the version.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
text_option = click.option("--text", is_flag=True, help="Show the difference of the texts as well.")


@click.command()
@click.argument("file", type=FILE)
@api_option
@json_option
@force_option
@text_option
def plan(*, file: Path, api: Api, as_json: bool, force: bool, text: bool) -> None:
    """Show what FILE would change if it replaced the installation; nothing is changed."""
    found = _plan(api, read_file(file), force=force)
    show(lambda: Shown(_planned(found, text=text), found), as_json=as_json)


@click.command()
@click.argument("file", type=FILE)
@api_option
@json_option
@force_option
@comment_option
@yes_option
def apply(*, file: Path, api: Api, as_json: bool, force: bool, comment: str, yes: bool) -> None:
    """Replace the installation by FILE, on every management server.

    The plan is shown first. If another version was published in the meantime, nothing is replaced
    (error 9113).
    """
    data = read_file(file)
    found = _plan(api, data, force=force)
    if found["from_revision"] == found["to_revision"]:
        show(lambda: Shown("The installation is the same already.", found), as_json=as_json)
        return
    _confirm(found, yes=yes, as_json=as_json)
    done = api.put(
        "installation",
        body=data,
        query=_query(force=force, comment=comment),
        headers={**XML, "If-Match": f'"{found["from_revision"]}"'},
    )
    _replaced(done, as_json=as_json)


@click.group(invoke_without_command=True)
@api_option
@json_option
@click.pass_context
def versions(ctx: click.Context, /, *, api: Api, as_json: bool) -> None:
    """List the versions of the installation; `show`, `compare` or `restore` one.

    A version is named by the first characters of its revision, six or more.
    """
    ctx.obj = api
    if ctx.invoked_subcommand is None:
        found = api.get("installation", "versions")
        show(lambda: Shown(_versions(found), found), as_json=as_json)


@versions.command("show")
@click.argument("version")
@click.pass_obj
def show_version(api: Api, /, *, version: str) -> None:
    """Print VERSION as XML."""
    click.echo(api.text("installation", "versions", version), nl=False)


@versions.command("compare")
@click.argument("older")
@click.argument("newer", required=False)
@json_option
@text_option
@click.pass_obj
def compare_versions(
    api: Api, /, *, older: str, newer: str | None, as_json: bool, text: bool
) -> None:
    """Show what changed from the version OLDER to NEWER, or to the one in force."""
    found = _comparison(api, older, newer)
    show(lambda: Shown(_planned(found, text=text), found), as_json=as_json)


@versions.command("restore")
@click.argument("version")
@json_option
@force_option
@comment_option
@yes_option
@click.pass_obj
def restore_version(
    api: Api, /, *, version: str, as_json: bool, force: bool, comment: str, yes: bool
) -> None:
    """Put VERSION into force again; it becomes the newest one."""
    back = api.get("installation", "compare", query={"to": version})
    _confirm(back, yes=yes, as_json=as_json)
    done = api.post(
        "installation",
        "versions",
        back["to_revision"],
        "restore",
        query=_query(force=force, comment=comment),
        headers={"If-Match": f'"{back["from_revision"]}"'},
    )
    _replaced(done, as_json=as_json)


@click.command()
@api_option
@json_option
@click.option("--force", is_flag=True, help="Also while the present primary answers.")
def promote(*, api: Api, as_json: bool, force: bool) -> None:
    """Make the management server at --api, which keeps a replica, the primary.

    The former primary becomes a replica as soon as it reaches this one; changes that only it had
    are kept there as conflict-TIME.xml.
    """
    done = api.post("promote", query=_query(force=force))
    show(lambda: Shown("This management server is the primary now.", done), as_json=as_json)


# ---- inside ----------------------------------------------------------------------------------


def _plan(api: Api, data: bytes, *, force: bool) -> Json:
    return api.post("installation", "plan", body=data, query=_query(force=force), headers=XML)


def _comparison(api: Api, older: str, newer: str | None) -> Json:
    query = {"from": older, **({"to": newer} if newer else {})}
    return api.get("installation", "compare", query=query)


def _query(*, force: bool, comment: str = "") -> dict[str, str]:
    return {**({"force": "true"} if force else {}), **({"comment": comment} if comment else {})}


def _confirm(found: Json, *, yes: bool, as_json: bool) -> None:
    """Show what is about to happen, and ask.

    Raises:
        click.UsageError: nobody is there to ask.
    """
    if not as_json:
        console().print(_planned(found, text=False))
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise click.UsageError("Nothing was changed: without a terminal to ask, use --yes.")
    click.confirm("Replace the installation?", abort=True)


def _replaced(done: Json, *, as_json: bool) -> None:
    sentence = f"The installation is replaced; its revision is {done['revision'][:SHOWN]}."
    show(lambda: Shown(sentence, done), as_json=as_json)


def _planned(found: Json, *, text: bool) -> RenderableType:
    return Group(*_parts(found, text=text))


def _parts(found: Json, *, text: bool) -> Iterator[RenderableType]:
    for change in found["changes"]:
        sign, colour = SIGNS[change["change"]]
        yield Text(f"{sign} {change['text']}", colour)
    if not found["changes"]:
        same = found["from_revision"] == found["to_revision"]
        yield Text("The same." if same else "Only comments, order or layout change.")
    if found["shares"]:
        columns = ("domain", "priority#", "server", "share before#", "share after#")
        yield Text("")
        yield table(columns, map(_share, found["shares"]))
    for warning in found["warnings"]:
        yield Text(warning, "yellow")
    if text and found["text"]:
        yield Text("")
        yield Text(found["text"].rstrip("\n"))


def _share(it: Json) -> tuple[Any, ...]:
    percents = ("" if it[name] is None else f"{it[name]:g} %" for name in ("before", "after"))
    return (it["domain"], it["priority"], it["server"], *percents)


def _versions(found: Json) -> RenderableType:
    rows = [
        (
            it["revision"][:SHOWN],
            it["time"],
            it["author"],
            it["comment"],
            "in force" if it["in_force"] else "",
        )
        for it in found
    ]
    return table(("version", "time", "author", "comment", ""), rows, empty="No versions are kept.")
