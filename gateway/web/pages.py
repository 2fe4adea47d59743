"""HTML pages: the list of services, and what one of them offers.

Every text is escaped. A page loads nothing, so that it works without a network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from gateway.http.address import service_path
from gateway.services.service import Service
from verdigris.errors import ConfigurationError
from wsdl.contract import OWN


POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""Content-Security-Policy: the style within the page and nothing else."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2b2a; --soft: #5b6d6a; --line: #d5dfdc; --back: #fbfcfb;
  --card: #ffffff; --accent: #1f7a6b; --warn: #8a4b00; --warnback: #fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3ebe9; --soft: #9bb0ab; --line: #2f3e3b;
  --back: #121918; --card: #19221f; --accent: #6fd0bd; --warn: #ffc98a; --warnback: #33260f; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem }
p { margin: .3rem 0 } .soft { color: var(--soft) } a { color: var(--accent) }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .9rem 1.1rem; margin: .6rem 0 }
.card b { font-size: 1.05rem } .links { display: flex; flex-wrap: wrap; gap: 0 1rem }
main { overflow-wrap: anywhere }
.warn { background: var(--warnback); color: var(--warn); border-radius: 10px; padding: .8rem 1.1rem;
  margin: 1rem 0 } .tag { font-size: .8rem; color: var(--soft); border: 1px solid var(--line);
  border-radius: 99px; padding: .05rem .6rem; margin-left: .4rem; white-space: nowrap }
"""


@dataclass(frozen=True, slots=True)
class Links:
    """Which further links a page shows to its client.

    Attributes:
        rest: services are offered as REST.
        explorer: the client may use the explorer.
    """

    rest: bool = False
    explorer: bool = False


@dataclass(frozen=True, slots=True)
class UnservedModel:
    """A model or pool that is deployed and cannot be served."""

    kind: str
    name: str
    reason: str


def service_list(
    services: Sequence[tuple[Service, bool]],
    unserved: Iterable[UnservedModel],
    problem: ConfigurationError | None,
    *,
    known: bool,
    fingerprint: str = "",
    alone: str = "",
    links: Links = Links(),
) -> str:
    """The list of services.

    Args:
        services: each service, and whether a session server that has it is online.
        unserved: what is deployed and cannot be served.
        problem: a broken edit of the configuration.
        known: whether it is known what is deployed.
        fingerprint: SHA-256 of the HTTPS certificate, if there is one.
        alone: about the allocation table, if it may be used.
        links: further links to show.
    """
    parts = ["<h1>Web services</h1>", _broken(problem)]
    if not known:
        parts.append('<p class="warn">No server has reported yet what is deployed.</p>')
    elif not services:
        parts.append('<p class="soft">No model is deployed.</p>')
    for title, kind in (("Models", "model"), ("Session pools", "pool")):
        cards = [
            _card(service, online, links) for service, online in services if service.kind == kind
        ]
        if cards:
            parts += [f"<h2>{title}</h2>", *cards]
    parts += [
        f'<p class="warn">{escape(t.kind)} {escape(t.name)} is not served: {escape(t.reason)}</p>'
        for t in unserved
    ]
    if fingerprint:
        parts.append(
            f'<p class="soft">HTTPS certificate, SHA-256 <code>{escape(fingerprint)}</code></p>'
        )
    if alone:
        parts.append(f'<p class="soft">{escape(alone[0].upper() + alone[1:])}</p>')
    return _page("Web services", parts)


def service_page(service: Service, *, online: bool, links: Links = Links()) -> str:
    """The page of one service: its operations, and what could not be published."""
    contract = service.contract
    parts = [
        '<p class="links"><a href="/vhi-ws">All services</a></p>',
        f"<h1>{escape(contract.name)}{_tag(service, online)}</h1>",
        f"<p>{escape(contract.description)}</p>",
        _links(service, links),
        f'<p class="soft">Namespace <code>{escape(contract.namespace)}</code></p>',
        "<h2>Operations</h2>",
    ]
    for operation in contract.operations:
        kind = f'<span class="tag">{escape(operation.kind)}</span>'
        taken = ", ".join(
            escape(m.column.name) + ("" if m.required else "?")
            for m in (*operation.filters, *operation.data)
        )
        given = ", ".join(escape(column.name) for column in operation.outputs) or "affected"
        parts.append(
            f'<div class="card"><b>{escape(operation.name)}</b>{kind}'
            f"<p>{escape(operation.description)}</p>"
            f'<p class="soft"><code>{taken or "nothing"}</code> &rarr; <code>{given}</code></p></div>'
        )
    parts.append(f'<p class="soft">And, as every service: {", ".join(OWN)}.</p>')
    parts += [
        f'<p class="warn">{escape(r.name)} is not published: {escape(r.reason)}</p>'
        for r in contract.refused
    ]
    return _page(contract.name, parts)


def _card(service: Service, online: bool, links: Links) -> str:  # noqa: FBT001 - a column of the list
    contract = service.contract
    count = len(contract.operations)
    name = escape(contract.name)
    path = service_path("vhi-ws", service.kind, contract.name)
    return (
        f'<div class="card"><b><a href="{path}">{name}</a></b>'
        f"{_tag(service, online)}"
        f'<p class="soft">{count} operation{"" if count == 1 else "s"} '
        f"<code>{escape(contract.namespace)}</code></p>{_links(service, links)}</div>"
    )


def _tag(service: Service, online: bool) -> str:  # noqa: FBT001 - as above
    tags = [f"model {service.contract.model}"] if service.kind == "pool" else []
    tags += [] if online else ["no session server online"]
    return "".join(f'<span class="tag">{escape(tag)}</span>' for tag in tags)


def _links(service: Service, wanted: Links) -> str:
    path = service_path("vhi-ws", service.kind, service.contract.name)
    links = [
        (f"{path}?wsdl", "WSDL"),
        (f"{path}?wsdl&amp;soap=1.1", "WSDL, SOAP 1.1 only"),
        (f"{path}?xsd", "XSD"),
    ]
    if wanted.rest:
        rest = service_path("vhi-rs", service.kind, service.contract.name)
        links += [(f"{rest}/openapi.json", "OpenAPI"), (f"{rest}?json", "JSON")]
    if wanted.explorer:
        explorer = service_path("explorer", service.kind, service.contract.name)
        links.append((explorer, "Try it"))
    shown = "".join(f'<a href="{where}">{title}</a>' for where, title in links)
    return f'<p class="links">{shown}</p>'


def _broken(problem: ConfigurationError | None) -> str:
    if problem is None:
        return ""
    lines = "".join(f"<br>{escape(str(found))}" for found in problem.problems)
    return (
        '<p class="warn">The last edit of the configuration cannot be used; '
        f"the one before it stays in use.{lines}</p>"
    )


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - Verdigris</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
