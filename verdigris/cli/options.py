"""Options and arguments that several commands share, with names completed from the live API."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from verdigris.cli.api import COMPLETING, DEFAULT, Api
from verdigris.cli.saved_logins import read_logins
from verdigris.errors import VerdigrisError
from verdigris.identity import Security


F = TypeVar("F", bound=Callable[..., Any])
Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class ApiUrl(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5 only
    """Turns a URL into an `Api`."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Api:  # noqa: ARG002 - click's signature
        """The API at a URL."""
        return value if isinstance(value, Api) else Api(str(value))


def default_url() -> str:
    """The API of the latest login, or that of this machine."""
    return read_logins().latest or DEFAULT


def api_option(function: F) -> F:
    """Add `--api URL`."""
    return click.option(
        "--api",
        type=ApiUrl(),
        envvar="VERDIGRIS_API",
        default=default_url,
        show_default=f"that of the latest login, or {DEFAULT}",
        show_envvar=True,
        metavar="URL",
        help="Administration API of a management server.",
    )(function)


class Trust(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5 only
    """Turns a file of trusted authorities into a `Security`."""

    name = "file"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - likewise
    ) -> Security:
        """The authorities of a file."""
        return value if isinstance(value, Security) else Security.of_client(Path(str(value)))


def trust_option(function: F) -> F:
    """Add `--trust FILE`."""
    return click.option(
        "--trust",
        "security",
        type=Trust(),
        envvar="VERDIGRIS_TRUST",
        show_envvar=True,
        metavar="FILE",
        help="Authorities of the installation (authorities.pem): connect with TLS and check its servers.",
    )(function)


def _names(names: Callable[[Api], Iterable[str]]) -> Completion:
    """Complete with names the API gives; nothing if it does not answer at once."""

    def complete(
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG001 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        try:
            api = ctx.params.get("api") or Api(_said_api(ctx))
            found = sorted(set(names(api)))
        except (VerdigrisError, click.ClickException, KeyError, TypeError):
            return []
        return [
            CompletionItem(name) for name in found if name.lower().startswith(incomplete.lower())
        ]

    return complete


def _said_api(ctx: click.Context) -> str:
    option = next(param for param in ctx.command.params if param.name == "api")
    value = option.value_from_envvar(ctx) or default_url()
    return str(value)


def _servers(api: Api) -> list[str]:
    return [server["name"] for server in api.get("servers", seconds=COMPLETING)]


def _offers(api: Api, kind: str) -> list[str]:
    return [
        offer["name"]
        for server in api.get("servers", seconds=COMPLETING)
        for offer in server["offers"]
        if offer["kind"] == kind
    ]


server_names = _names(_servers)
model_names = _names(lambda api: _offers(api, "model"))
pool_names = _names(lambda api: _offers(api, "pool"))
service_names = _names(lambda api: [*_offers(api, "model"), *_offers(api, "pool")])
domain_names = _names(lambda api: [it["name"] for it in api.get("domains", seconds=COMPLETING)])
request_ids = _names(
    lambda api: [it["request_id"] for it in api.get("allocations", seconds=COMPLETING)]
)


def one_or_all(function: F) -> F:
    """Add `--server NAME` and `--all`."""
    everywhere = click.option(
        "--all", "everywhere", is_flag=True, help="All session servers that are online."
    )
    server = click.option(
        "--server",
        "servers",
        multiple=True,
        metavar="NAME",
        shell_complete=server_names,
        help="Session server; may be repeated.",
    )
    return server(everywhere(function))


def chosen(api: Api, servers: tuple[str, ...], *, everywhere: bool) -> list[str]:
    """The session servers that `--server` or `--all` mean.

    Raises:
        click.UsageError: neither or both were given.
        VerdigrisError: the API cannot say.
    """
    if everywhere == bool(servers):
        raise click.UsageError("Use --server NAME, or --all for every server that is online.")
    if servers:
        return list(servers)
    online = [it["name"] for it in api.get("servers") if it["state"] not in {"offline", "held"}]
    if not online:
        raise click.UsageError("No session server is online.")
    return online
