"""Pages of the explorer, made from contracts.

Every text is escaped. What the script needs to know of a contract is in the page as JSON; labels,
types, units and explanations are in the page itself and can be read without a script.
"""

from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from gateway.explorer.inputs import member_field, setting_field, variable_field
from gateway.http.address import service_path
from gateway.services.service import Service
from wsdl import ENVIRONMENT, Contract, Member, Operation


WORDS = {
    "select": "returns rows",
    "insert": "writes",
    "update": "writes",
    "delete": "deletes",
}


def services_page(services: Sequence[Service], *, known: bool) -> str:
    """The page that lists the services."""
    cards = []
    for service in services:
        contract = service.contract
        count = len(contract.operations)
        path = service_path("explorer", service.kind, contract.name)
        what = "Model" if service.kind == "model" else f"Session pool of {contract.model}"
        cards.append(
            f'<a class="card" href="{path}">'
            f"<b>{escape(contract.name)}</b><span>{escape(what)}, "
            f"{count} procedure{'' if count == 1 else 's'}</span>"
            f"<p>{escape(contract.description)}</p></a>"
        )
    if not known:
        cards = ['<p class="note">No server has reported yet what is deployed.</p>']
    elif not cards:
        cards = ['<p class="note">No model is deployed.</p>']
    body = f'<main class="list"><h1>Explorer</h1>{"".join(cards)}</main>'
    return _page("Explorer", body, script=False)


def service_page(service: Service, *, base: str, rest: bool, online: bool) -> str:
    """The page of one service, with a form for each procedure.

    Args:
        service: to be tried.
        base: scheme, host and port that its client reaches us by.
        rest: it is offered as REST too.
        online: a session server that has it is online.
    """
    contract = service.contract
    path = service_path("vhi-ws", service.kind, contract.name)
    known = _known(contract, base + path, rest=rest)
    offline = "" if online else '<p class="note">No session server that has it is online.</p>'
    links = (
        f'<a href="{path}">Service</a> <a href="{path}?wsdl">WSDL</a> <a href="{path}?xsd">XSD</a>'
    )
    if rest:
        rest_path = service_path("vhi-rs", service.kind, contract.name)
        links += f' <a href="{rest_path}/openapi.json">OpenAPI</a>'
        links += f' <a href="{rest_path}?json">JSON</a>'
    head = (
        f'<header><p><a href="/explorer">Explorer</a></p><h1>{escape(contract.name)}</h1>'
        f'<p class="soft">{escape(contract.description)}</p>'
        f'<p class="links">{links} <code>{escape(contract.namespace)}</code></p>{offline}</header>'
    )
    if not contract.operations:
        head += '<p class="note">It has no procedure that can be published.</p>'
    body = (
        f'{head}<div class="columns">{_list(contract.operations)}<main>'
        f"{''.join(_section(operation) for operation in contract.operations)}"
        f"{_common(contract, rest=rest)}</main></div>"
        f'<script type="application/json" id="contract">{known}</script>'
    )
    return _page(contract.name, body, script=True)


def _known(contract: Contract, url: str, *, rest: bool) -> str:
    """What the script needs, safe inside a script element."""
    found = {
        "service": contract.name,
        "namespace": contract.namespace,
        "url": url,
        "rest": rest,
        "operations": {
            operation.name: {
                "filters": [member.column.name for member in operation.filters],
                "data": [member.column.name for member in operation.data],
                "row": operation.row if operation.returns_rows else "",
                "columns": [column.name for column in operation.outputs],
            }
            for operation in contract.operations
        },
    }
    text = msgspec.json.encode(found).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _list(operations: Iterable[Operation]) -> str:
    lines = "".join(
        f'<li><a href="#{escape(operation.name)}"><span>{escape(operation.name)}</span>'
        f'<i class="{operation.kind}">{operation.kind}</i></a></li>'
        for operation in operations
    )
    return (
        '<nav aria-label="Procedures"><input id="find" type="search" placeholder="Find a procedure" '
        f'aria-label="Find a procedure" autocomplete="off"><ul>{lines}</ul></nav>'
    )


def _section(operation: Operation) -> str:
    tags = [WORDS[operation.kind]] + ["read only"] * operation.read_only
    shown = "".join(f'<span class="tag">{tag}</span>' for tag in tags)
    outputs = "".join(
        f"<li><code>{escape(column.name)}</code> <span>{column.type}{_unit(column.unit)}</span> "
        f"{escape(column.description)}</li>"
        for column in operation.outputs
    )
    returns = f"<details><summary>Returns</summary><ul>{outputs}</ul></details>" if outputs else ""
    fields = _block("filters", "Filters", operation.filters)
    fields += _block("data", "Data", operation.data)
    return (
        f'<section id="{escape(operation.name)}" class="operation">'
        f"<h2>{escape(operation.name)} {shown}</h2><p>{escape(operation.description)}</p>"
        f'<p class="soft">Procedure <code>{escape(operation.procedure)}</code> of table '
        f"<code>{escape(operation.table)}</code></p>"
        f"<form>{fields or '<p class=soft>It takes nothing.</p>'}</form>{returns}</section>"
    )


def _unit(unit: str) -> str:
    return f", {escape(unit)}" if unit else ""


def _block(name: str, title: str, members: Sequence[Member]) -> str:
    if not members:
        return ""
    fields = "".join(member_field(name, member) for member in members)
    return f'<fieldset><legend>{title}</legend><div class="fields">{fields}</div></fieldset>'


def _common(contract: Contract, *, rest: bool) -> str:
    """What all procedures share: environment, variables, the button and the answer."""
    settings = "".join(setting_field(setting) for setting in ENVIRONMENT)
    variables = "".join(
        variable_field(variable) for variable in contract.variables if variable.writable
    )
    more = (
        f'<details><summary>Model variables</summary><div class="fields">{variables}</div></details>'
        if variables
        else ""
    )
    options = '<option value="1.1">SOAP 1.1</option><option value="1.2">SOAP 1.2</option>'
    options += '<option value="rest">REST</option>' if rest else ""
    return (
        '<div id="call" hidden><form id="common"><details><summary>Environment</summary>'
        f'<div class="fields">{settings}</div></details>{more}</form>'
        '<div class="run"><button id="run" type="button">Run</button>'
        f'<label>over <select id="over">{options}</select></label>'
        '<label><input type="checkbox" id="watch" checked> show the screens passed</label></div>'
        '<div id="answer" hidden aria-live="polite"><p id="status"></p><div id="errors"></div>'
        '<div class="tabs" role="tablist">'
        + "".join(
            f'<button type="button" role="tab" aria-controls="{it}" data-tab="{it}">{title}</button>'
            for it, title in TABS
        )
        + "</div>"
        + "".join(f'<div class="tab" role="tabpanel" id="{it}" hidden></div>' for it, _ in TABS)
        + "</div></div>"
    )


TABS = (
    ("rows", "Result"),
    ("screens", "Screens"),
    ("trail", "Allocation"),
    ("response", "Response"),
    ("request", "Request"),
    ("copy", "Copy as"),
)


def _page(title: str, body: str, *, script: bool) -> str:
    loads = '<script type="module" src="/explorer/files/explorer.js"></script>' if script else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} - Verdigris explorer</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="/explorer/files/explorer.css">{loads}</head>'
        f"<body>{body}</body></html>"
    )
