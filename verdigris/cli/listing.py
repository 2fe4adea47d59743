"""`verdigris call --list`: models, pools, and how each procedure is called."""

import json

import click
from rich.console import Console

from verdigris.cli.output import console, table
from verdigris.connector.blocking import Connector
from verdigris.errors import NotOffered, VerdigrisError
from verdigris.metadata import Model, Parameter, Procedure, Table
from verdigris.wire import Offers


def listing(
    connector: Connector, offers: Offers, service: str | None, server: str, *, as_json: bool
) -> None:
    """Print every model and pool with its procedures, or one of them."""
    wanted = [
        offer
        for offer, _ in offers.offers
        if service is None or offer.name.lower() == service.lower()
    ]
    if service is not None and not wanted:
        raise NotOffered(kind="model or pool", name=service, where=server or "this installation")
    out, found = console(), []
    for offer in wanted:
        try:
            model = connector.describe(offer.kind, offer.name, server=server)
        except VerdigrisError as problem:
            click.echo(f"{offer.kind} {offer.name}: {problem}", err=True)
            continue
        found.append({"kind": offer.kind, "name": offer.name, "procedures": _data(model)})
        if not as_json:
            title = f"{offer.kind} {offer.name}" + ("" if offer.started else " (stopped)")
            _print(out, title, model)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _print(out: Console, title: str, model: Model) -> None:
    rows = [
        (
            f"{owner.name}.{it.name}",
            it.kind,
            " ".join(_parameter(owner, parameter) for parameter in it.filters),
            " ".join(_parameter(owner, parameter) for parameter in it.data),
            ", ".join(it.outputs),
            it.description,
        )
        for owner, it in _procedures(model)
    ]
    columns = ("procedure", "kind", "filters", "--data", "gives", "description")
    out.print(table(columns, rows, title=title, empty=f"{title}: no procedures"))


def _procedures(model: Model) -> list[tuple[Table, Procedure]]:
    return [(owner, it) for owner in model.tables for it in owner.procedures]


def _parameter(owner: Table, parameter: Parameter) -> str:
    """NAME=type, in brackets if it can be left out."""
    kind = "-" if owner.column(parameter.column).secret else owner.column(parameter.column).type
    text = f"{parameter.column}={kind}"
    return text if parameter.required else f"[{text}]"


def _data(model: Model) -> list[dict[str, object]]:
    return [
        {
            "table": owner.name,
            "procedure": it.name,
            "kind": it.kind,
            "filters": [_column(owner, parameter) for parameter in it.filters],
            "data": [_column(owner, parameter) for parameter in it.data],
            "outputs": list(it.outputs),
            "description": it.description,
        }
        for owner, it in _procedures(model)
    ]


def _column(owner: Table, parameter: Parameter) -> dict[str, object]:
    column = owner.column(parameter.column)
    return {"name": column.name, "type": column.type, "required": parameter.required}
