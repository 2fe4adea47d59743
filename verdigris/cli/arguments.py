"""NAME=VALUE of the command line as values of a procedure's columns.

Law: a secret is never taken from the screen: a value "-" is asked for without echo.
"""

import getpass
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from verdigris.cli.files import read_file
from verdigris.errors import UnknownColumn, UnknownProcedure
from verdigris.metadata import Column, Model, Value
from verdigris.suggestion import did_you_mean
from verdigris.values import NOBODY, Credentials


TRUE: Final = frozenset({"true", "yes", "1"})
FALSE: Final = frozenset({"false", "no", "0"})


def procedure_of(model: Model, said: str) -> tuple[str, str]:
    """Table and procedure of `[TABLE.]PROCEDURE`, as the model spells them."""
    owner, _, name = said.rpartition(".")
    try:
        table, procedure = model.find(name, owner)
    except KeyError:
        raise UnknownProcedure(model=model.name, procedure=name, table=owner or "(any)") from None
    return table.name, procedure.name


def values_of(
    model: Model, table: str, procedure: str, texts: Iterable[str], role: str
) -> dict[str, Value]:
    """NAME=VALUE as values of the model's columns.

    Raises:
        UnknownColumn: the procedure takes no such column, or takes it in the other role, which the
            detail `hint` says.
    """
    owner, known = model.find(procedure, table)
    filters = {it.column.lower(): it.column for it in known.filters}
    data = {it.column.lower(): it.column for it in known.data}
    taken, other = (filters, data) if role == "filter" else (data, filters)
    found: dict[str, Value] = {}
    for name, text in pairs(texts):
        if name.lower() not in taken:
            hint = _hint(role, name, taken, other)
            raise UnknownColumn({"hint": hint}, procedure=procedure, column=name, role=role)
        column = owner.column(name)
        found[column.name] = _typed(column, asked(name, text))
    return found


def _hint(role: str, name: str, taken: Mapping[str, str], other: Mapping[str, str]) -> str:
    """How a column that is refused is written instead."""
    if column := other.get(name.lower()):
        if role == "filter":
            return f"{column} is a data column of this procedure; write -d {column}=..."
        return f"{column} is a filter of this procedure; write {column}=... without -d"
    what = "filters" if role == "filter" else "data columns"
    return f"{what}: {', '.join(taken.values()) or 'none'}{did_you_mean(name, taken.values())}"


def pairs(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """NAME=VALUE taken apart.

    Raises:
        click.UsageError: it is something else, or a name comes twice, in any case.
    """
    seen: set[str] = set()
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is not NAME=VALUE.")
        if name.casefold() in seen:
            raise click.UsageError(f"{name} comes twice.")
        seen.add(name.casefold())
        yield name, value


def asked(name: str, text: str) -> str:
    """A value, asked for without echo if it is "-"."""
    if text != "-":
        return text
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(f"{name}: ")


def _typed(column: Column, text: str) -> Value:
    """The value of a column; decimals and dates travel as text and are checked by the server."""
    if text == "":
        return None
    if column.type == "integer":
        try:
            return int(text)
        except ValueError:
            raise click.UsageError(f"{column.name} must be a whole number.") from None
    if column.type == "boolean":
        if text.lower() not in TRUE | FALSE:
            raise click.UsageError(f"{column.name} must be true or false.")
        return text.lower() in TRUE
    return text


def credentials_of(
    user: str | None,
    password_file: Path | None = None,
    token: str = "",
    environment: Mapping[str, str] = os.environ,
) -> Credentials:
    """The credentials of `--user`; without one, those of a token.

    Args:
        user: who; the password is that of the file or the environment, or it is asked for.
        password_file: its first line is the password.
        token: of the login that is kept; "" for none.
        environment: of the process.
    """
    if not user:
        return Credentials(token=token) if token else NOBODY
    return Credentials(user, password_of(user, password_file, environment))


def password_of(user: str, file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """A password: of a file, of the environment, or asked for."""
    if file is not None:
        return read_file(file).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    said = environment.get("VERDIGRIS_PASSWORD")
    return said if said is not None else asked(f"Password of {user}", "-")
