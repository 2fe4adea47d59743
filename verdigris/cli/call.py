"""`verdigris call`: run a procedure from the shell, or list what can be called."""

import getpass
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Final

import click

from verdigris.cli.api import Api
from verdigris.cli.listing import listing
from verdigris.cli.options import api_option, domain_names, service_names
from verdigris.cli.output import console
from verdigris.cli.rows import print_rows
from verdigris.connector import Target
from verdigris.connector.blocking import Connector
from verdigris.errors import UnknownColumn, UnknownProcedure
from verdigris.metadata import Column, Model, Value
from verdigris.values import NOBODY, Credentials
from verdigris.wire import Kind, Offers


MANAGEMENT: Final = "127.0.0.1:9641"
"""A management server on this machine (product facts 1.3)."""

TRUE: Final = frozenset({"true", "yes", "1"})
FALSE: Final = frozenset({"false", "no", "0"})


@click.command(name="call")
@click.argument("service", required=False, shell_complete=service_names, metavar="MODEL|POOL")
@click.argument("procedure", required=False, metavar="[TABLE.]PROCEDURE")
@click.argument("filters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--data", "-d", multiple=True, metavar="NAME=VALUE", help="A value to write.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A model variable.")
@click.option("--domain", metavar="DOMAIN", shell_complete=domain_names, help="Via this domain.")
@click.option("--server", metavar="HOST:PORT", help="Directly from this session server.")
@click.option(
    "--management", "-m", multiple=True, envvar="VERDIGRIS_MANAGEMENT", show_envvar=True,
    metavar="HOST:PORT", help=f"Management server; may be repeated.  [default: {MANAGEMENT}]",
)  # fmt: skip
@click.option("--pool", "kind", flag_value="pool", help="The name is a session pool's.")
@click.option("--model", "kind", flag_value="model", help="The name is a model's.")
@click.option("--list", "listed", is_flag=True, help="List procedures instead of calling one.")
@click.option("--columns", metavar="A,B", default="", help="Only these output columns.")
@click.option("--max-rows", type=click.IntRange(0), default=0, help="At most so many rows.")
@click.option("--ignore-case", is_flag=True, help="Filters compare without case.")
@click.option("--user", metavar="NAME", help="Verdigris user; password from VERDIGRIS_PASSWORD.")
@click.option(
    "--connection-timeout", type=click.FloatRange(0), default=30.0, show_default=True,
    metavar="SECONDS", help="How long to keep trying for a session; 0 is one try.",
)  # fmt: skip
@click.option(
    "--method-timeout", type=click.FloatRange(0.001), default=30.0, show_default=True,
    metavar="SECONDS", help="How long the procedure may take.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@api_option
def call(
    *,
    service: str | None,
    procedure: str | None,
    filters: tuple[str, ...],
    data: tuple[str, ...],
    variables: tuple[str, ...],
    domain: str | None,
    server: str | None,
    management: tuple[str, ...],
    kind: Kind | None,
    listed: bool,
    columns: str,
    max_rows: int,
    ignore_case: bool,
    user: str | None,
    connection_timeout: float,
    method_timeout: float,
    form: str | None,
    api: Api,
) -> None:
    """Call a procedure, or list what can be called.

    \b
    verdigris call --list
    verdigris call BankDemo SearchCustomers Name=SMITH
    verdigris call BankDemo OpenAccount --data Customer=1001 --data Kind=SAVINGS

    A value "-" is asked for, unseen, so that passwords stay out of the shell's history. Without
    --domain or --server the installation's only domain is used.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    if domain is not None and server is not None:
        raise click.UsageError("Give --domain or --server, not both.")
    if not listed and (service is None or procedure is None):
        raise click.UsageError("Say what to call: MODEL|POOL and PROCEDURE, or --list.")
    with (
        Connector(
            management_servers=management or (MANAGEMENT,),
            connection_timeout=connection_timeout,
            method_timeout=method_timeout,
            name="verdigris call",
        ) as connector,
        console(stderr=True).status("") as status,
    ):
        status.update("Looking up what is deployed ...")
        offers = connector.offers(server=server or "")
        if listed:
            listing(connector, offers, service, server or "", as_json=form == "json")
            return
        assert service is not None  # noqa: S101 - checked above
        assert procedure is not None  # noqa: S101 - checked above
        target = _target(*_named(offers, service, kind), domain, server, api)
        model = connector.describe(target.kind, target.name, server=server or "")
        table, procedure = _procedure(model, procedure)
        status.stop()
        given = _values(model, table, procedure, filters, "filter")
        written = _values(model, table, procedure, data, "data")
        set_first = {name: _asked(name, text) for name, text in _pairs(variables)}
        credentials = _credentials(user)
        status.start()
        status.update(f"{procedure}: {target} ...")
        found = connector.call(
            target, table, procedure, given, written,
            [name.strip() for name in columns.split(",") if name.strip()],
            max_rows, not ignore_case,
            credentials=credentials, model_variables=set_first,
        )  # fmt: skip
        status.stop()
        print_rows(found, form)


def _target(kind: Kind, service: str, domain: str | None, server: str | None, api: Api) -> Target:
    """The way to a service; without one given, the installation's only domain."""
    if server is not None:
        return Target(kind, service, server=server)
    if domain is None:
        names = [it["name"] for it in api.get("domains")]
        if len(names) != 1:
            known = f"The installation has {', '.join(names)}." if names else "There is no domain."
            raise click.UsageError(f"Say --domain or --server. {known}")
        domain = names[0]
    return Target(kind, service, domain)


def _named(offers: Offers, service: str, said: Kind | None) -> tuple[Kind, str]:
    """Kind and name of a service as it is deployed; a name of both is taken as the model."""
    found = {
        offer.kind: offer.name
        for offer, _ in offers.offers
        if offer.name.lower() == service.lower()
    }
    kind: Kind = said or ("pool" if set(found) == {"pool"} else "model")
    if said is None and len(found) > 1:
        click.echo(f"{service} is a model and a pool; --pool means the pool.", err=True)
    return kind, found.get(kind, service)


def _procedure(model: Model, said: str) -> tuple[str, str]:
    """Table and procedure of `[TABLE.]PROCEDURE`, as the model spells them."""
    owner, _, name = said.rpartition(".")
    try:
        table, procedure = model.find(name, owner)
    except KeyError:
        raise UnknownProcedure(model=model.name, procedure=name, table=owner or "(any)") from None
    return table.name, procedure.name


def _values(
    model: Model, table: str, procedure: str, pairs: Iterable[str], role: str
) -> dict[str, Value]:
    """NAME=VALUE as values of the model's columns.

    Raises:
        UnknownColumn: the procedure takes no such column.
    """
    owner, known = model.find(procedure, table)
    taken = {it.column.lower() for it in (known.filters if role == "filter" else known.data)}
    found: dict[str, Value] = {}
    for name, text in _pairs(pairs):
        if name.lower() not in taken:
            raise UnknownColumn(procedure=procedure, column=name, role=role)
        column = owner.column(name)
        found[column.name] = _typed(column, _asked(name, text))
    return found


def _pairs(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is not NAME=VALUE.")
        yield name, value


def _asked(name: str, text: str) -> str:
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
            raise click.UsageError(f"{column.name} is a whole number.") from None
    if column.type == "boolean":
        if text.lower() not in TRUE | FALSE:
            raise click.UsageError(f"{column.name} is true or false.")
        return text.lower() in TRUE
    return text


def _credentials(user: str | None, environment: Mapping[str, str] = os.environ) -> Credentials:
    if not user:
        return NOBODY
    password = environment.get("VERDIGRIS_PASSWORD")
    return Credentials(user, _asked(f"Password of {user}", "-") if password is None else password)
