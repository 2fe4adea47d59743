"""`verdigris call --list`: models, pools, and how each procedure is called."""

import json
from collections.abc import Iterable, Iterator

import click

from verdigris.connector.blocking import Connector
from verdigris.errors import NotOffered, VerdigrisError
from verdigris.metadata import Model, Parameter, Procedure, Table
from verdigris.values import NOBODY, Credentials
from verdigris.wire import Offer, Offers


def listing(
    connector: Connector,
    offers: Offers,
    service: str | None,
    server: str,
    *,
    as_json: bool,
    credentials: Credentials = NOBODY,
) -> None:
    """Print every model with its pools and procedures, or one model or pool.

    Raises:
        NotOffered: the model or pool is not deployed.
    """
    known = [offer for offer, _ in offers.offers]
    wanted = [it for it in known if service is None or it.name.lower() == service.lower()]
    if service is not None and not wanted:
        raise NotOffered(kind="model or pool", name=service, where=server or "this installation")
    found = []
    for offer in wanted:
        if service is None and offer.kind == "pool" and not as_json:
            continue
        try:
            model = connector.describe(
                offer.kind, offer.name, server=server, credentials=credentials
            )
        except VerdigrisError as problem:
            click.echo(f"{offer.kind} {offer.name}: {problem}", err=True)
            continue
        found.append({"kind": offer.kind, "name": offer.name, "procedures": _data(model)})
        if not as_json:
            click.echo("\n".join(_lines(offer, model, known)))
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _lines(offer: Offer, model: Model, known: Iterable[Offer]) -> Iterator[str]:
    pools = [_pool(it) for it in known if it.kind == "pool" and it.model == offer.model]
    if offer.kind == "pool":
        yield click.style(f"{_pool(offer)}, a session pool of {offer.model}", bold=True)
    else:
        also = f"; pools {', '.join(pools)}" if pools else ""
        yield click.style(f"{offer.name}, a model{also}", bold=True)
    for owner, it in _procedures(model):
        filters = [_parameter(owner, parameter) for parameter in it.filters]
        data = [f"--data {_parameter(owner, parameter)}" for parameter in it.data]
        yield "  " + " ".join([f"{owner.name}.{it.name}", *filters, *data])
        if it.description:
            yield f"      {it.description}"
        if it.outputs:
            yield f"      returns {', '.join(it.outputs)}"


def _pool(offer: Offer) -> str:
    return offer.name + ("" if offer.started else " (stopped)")


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
