"""`verdigris user` and `verdigris group`: users and groups at a management server, or in the users file."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from mgmtsrvr.cli.users_place import UsersPlace
from verdigris.cli.api import Api
from verdigris.cli.options import api_option
from verdigris.cli.output import Shown, json_option, show, table
from verdigris.config.users import Users
from verdigris.config.users_edit import Kind, UsersDocument
from verdigris.errors import UnknownUser
from verdigris.passwords import PasswordHash, generated, hashed, problem_of
from verdigris.rights import ADMIN, Principal, Profile


F = TypeVar("F", bound=Callable[..., Any])

PROFILES = click.Choice([it.value for it in Profile], case_sensitive=False)


def place_option(function: F) -> F:
    """Add `--api` and `--file`, and hand the command the place that they name."""

    @wraps(function)
    def command(*, api: Api, path: Path | None, **given: Any) -> Any:
        return function(place=UsersPlace(api, path), **given)

    file = click.option(
        "--file",
        "path",
        type=click.Path(path_type=Path),
        envvar="VERDIGRIS_USERS",
        show_envvar=True,
        metavar="PATH",
        help="The users file on this machine, instead of a management server.",
    )
    return cast("F", api_option(file(command)))


def principal(text: str) -> Principal:
    """A user or group as the command line names it: NAME, or NAME@DIRECTORY."""
    name, at, directory = text.rpartition("@")
    return Principal(name, directory) if at and name else Principal(text)


@click.group()
def user() -> None:
    """Add, remove and list users, and set their passwords."""


@user.command("list")
@place_option
@json_option
def list_users(*, place: UsersPlace, as_json: bool) -> None:
    """List the native users with their profiles and groups."""

    def seen() -> Shown:
        users = place.look()
        rows = [_row(users, name) for name in users.users if name != ADMIN.name]
        columns = ("user", "profiles", "groups", "state")
        shown = [
            (row["user"], *map(", ".join, (row["profiles"], row["groups"])), row["state"])
            for row in rows
        ]
        return Shown(table(columns, shown, empty="There are no users but admin."), rows)

    show(seen, as_json=as_json)


@user.command("add")
@click.argument("name")
@click.option("--profile", "profiles", type=PROFILES, multiple=True, help="May be repeated.")
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="May be repeated.")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
@place_option
def add_user(
    *,
    name: str,
    profiles: tuple[str, ...],
    groups: tuple[str, ...],
    generate: bool,
    place: UsersPlace,
) -> None:
    """Add user NAME. The password is asked for; from a pipe, it is the first line."""
    secret = _new_password(name, generate=generate)

    def change(document: UsersDocument) -> None:
        document.add_user(name, secret)
        for profile in profiles:
            document.add_to_profile(Profile(profile), "user", Principal(name))
        for group in groups:
            document.add_member(group, "user", Principal(name))

    place.edit(change)
    click.echo(f"user {name} is added")


@user.command("remove")
@click.argument("name")
@place_option
def remove_user(*, name: str, place: UsersPlace) -> None:
    """Remove user NAME, also from groups, profiles and grants."""
    place.edit(lambda document: document.remove_user(name))
    click.echo(f"user {name} is removed")


@user.command("password")
@click.argument("name")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
@place_option
def set_password(*, name: str, generate: bool, place: UsersPlace) -> None:
    """Set the password of user NAME, or of admin. From a pipe, it is the first line."""
    if name not in place.look().users:
        raise UnknownUser(user=name)
    secret = _new_password(name, generate=generate)
    place.edit(lambda document: document.set_password(name, secret))
    click.echo(f"the password of {name} is set")


@user.command("lock")
@click.argument("name")
@click.option("--off", is_flag=True, help="Let the user log in again.")
@place_option
def lock_user(*, name: str, off: bool, place: UsersPlace) -> None:
    """Keep user NAME from logging in."""
    place.edit(lambda document: document.set_locked(name, locked=not off))
    click.echo(f"user {name} can log in again" if off else f"user {name} is locked")


@click.group()
def group() -> None:
    """Add, remove and list groups and their members."""


@group.command("list")
@place_option
@json_option
def list_groups(*, place: UsersPlace, as_json: bool) -> None:
    """List the native groups with their members."""

    def seen() -> Shown:
        rows = [
            {
                "group": str(it),
                "users": sorted(map(str, members.users)),
                "groups": sorted(map(str, members.groups)),
            }
            for it, members in place.look().rights.groups.items()
        ]
        shown = [(it["group"], ", ".join(it["users"]), ", ".join(it["groups"])) for it in rows]
        return Shown(table(("group", "users", "groups"), shown, empty="There are no groups."), rows)

    show(seen, as_json=as_json)


@group.command("add")
@click.argument("name")
@click.option("--profile", "profiles", type=PROFILES, multiple=True, help="May be repeated.")
@place_option
def add_group(*, name: str, profiles: tuple[str, ...], place: UsersPlace) -> None:
    """Add group NAME."""

    def change(document: UsersDocument) -> None:
        document.add_group(name)
        for profile in profiles:
            document.add_to_profile(Profile(profile), "group", Principal(name))

    place.edit(change)
    click.echo(f"group {name} is added")


@group.command("remove")
@click.argument("name")
@place_option
def remove_group(*, name: str, place: UsersPlace) -> None:
    """Remove group NAME, also from groups, profiles and grants."""
    place.edit(lambda document: document.remove_group(name))
    click.echo(f"group {name} is removed")


@group.command("include")
@click.argument("name")
@click.argument("member")
@click.option("--as-group", is_flag=True, help="MEMBER is a group.")
@click.option("--off", is_flag=True, help="Take it out instead.")
@place_option
def include(*, name: str, member: str, as_group: bool, off: bool, place: UsersPlace) -> None:
    """Put MEMBER into group NAME. One of another directory is MEMBER@DIRECTORY."""
    kind: Kind = "group" if as_group else "user"

    def change(document: UsersDocument) -> None:
        if off:
            document.remove_member(name, kind, principal(member))
        else:
            document.add_member(name, kind, principal(member))

    place.edit(change)
    click.echo(f"{kind} {member} is {'no longer' if off else 'now'} in group {name}")


def _row(users: Users, name: str) -> dict[str, Any]:
    me, rights = Principal(name), users.rights
    return {
        "user": name,
        "profiles": [it.value for it, members in rights.profiles.items() if me in members.users],
        "groups": [str(it) for it, members in rights.groups.items() if me in members.users],
        "state": "locked" if users.users[name].locked else "",
    }


def _new_password(name: str, *, generate: bool) -> PasswordHash:
    if generate:
        password = generated()
        click.echo(password)
    elif sys.stdin.isatty():
        password = click.prompt(
            f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if problem := problem_of(password):
        raise click.UsageError(f"{problem[0].upper()}{problem[1:]}.")
    return hashed(password)
