"""`verdigris call`: run a procedure from the shell, or list what can be called.

Standard output holds the rows, standard error everything else; nothing is called before every
argument has been checked against the procedure's columns.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from cryptography.x509 import load_pem_x509_certificates
from rich.status import Status

from verdigris.cli.api import TOKEN, Api
from verdigris.cli.arguments import asked, credentials_of, pairs, procedure_of, values_of
from verdigris.cli.listing import listing
from verdigris.cli.options import api_option, domain_names, service_names, trust_option
from verdigris.cli.output import console
from verdigris.cli.rows import print_rows
from verdigris.config import ports
from verdigris.connector import ResultSet, Target
from verdigris.connector.blocking import Connector
from verdigris.identity import Security
from verdigris.metadata import Model
from verdigris.values import Credentials
from verdigris.wire import Kind, Offers


MANAGEMENT: Final = f"127.0.0.1:{ports.MANAGEMENT_SERVER}"
"""A management server on this machine (product facts 1.3)."""


@click.command(name="call")
@click.argument("service", required=False, shell_complete=service_names, metavar="MODEL|POOL")
@click.argument("procedure", required=False, metavar="[TABLE.]PROCEDURE")
@click.argument("filters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--data", "-d", multiple=True, metavar="NAME=VALUE", help="A value to write; may be repeated."
)
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="A model variable; may be repeated.",
)
@click.option(
    "--domain",
    metavar="DOMAIN",
    shell_complete=domain_names,
    help="Allocate the session through this domain.",
)
@click.option("--server", metavar="HOST:PORT", help="Connect directly to this session server.")
@click.option(
    "--management", "-m", multiple=True, envvar="VERDIGRIS_MANAGEMENT", show_envvar=True,
    metavar="HOST:PORT", help=f"Management server; may be repeated.  [default: {MANAGEMENT}]",
)  # fmt: skip
@click.option("--pool", "kind", flag_value="pool", help="The name is that of a session pool.")
@click.option("--model", "kind", flag_value="model", help="The name is that of a model.")
@click.option("--list", "listed", is_flag=True, help="List the procedures instead of calling one.")
@click.option("--columns", metavar="A,B", default="", help="Only these output columns.")
@click.option(
    "--max-rows", type=click.IntRange(0), default=0, help="Maximum number of rows; 0 is all."
)
@click.option("--ignore-case", is_flag=True, help="Compare filters without regard to case.")
@click.option(
    "--user",
    metavar="NAME",
    help="Verdigris user. Otherwise VERDIGRIS_TOKEN or the login that `verdigris login` kept is used, over TLS.",
)
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A file whose first line is the password; otherwise VERDIGRIS_PASSWORD, or it is asked for.",
)  # fmt: skip
@click.option(
    "--connection-timeout", type=click.FloatRange(0), default=30.0, show_default=True,
    metavar="SECONDS", help="How long to keep trying to get a session; 0 tries once.",
)  # fmt: skip
@click.option(
    "--method-timeout", type=click.FloatRange(0.001), default=30.0, show_default=True,
    metavar="SECONDS", help="How long the procedure may take.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@trust_option
@api_option
def call(**said: Any) -> None:
    """Call a procedure, or list what can be called.

    \b
    verdigris call --list
    verdigris call BankPool CustomerSearch LastName=SMITH
    verdigris call BankPool Transfer FromAccount=40002988 -d ToAccount=40002989 -d Amount=1.00

    The value "-" prompts for the value without echo, which keeps passwords out of the shell's
    history. Without --domain or --server, the installation's only domain is used.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    CallCommand(**said).run()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallCommand:
    """The command line of one call; the options of `verdigris call` by their names."""

    service: str | None
    procedure: str | None
    filters: tuple[str, ...]
    data: tuple[str, ...]
    variables: tuple[str, ...]
    domain: str | None
    server: str | None
    management: tuple[str, ...]
    kind: Kind | None
    listed: bool
    columns: str
    max_rows: int
    ignore_case: bool
    user: str | None
    password_file: Path | None
    connection_timeout: float
    method_timeout: float
    form: str | None
    security: Security | None
    api: Api

    def run(self) -> None:
        """List or call.

        Raises:
            click.UsageError: the options do not fit together.
            VerdigrisError: what the servers answered.
        """
        if self.domain is not None and self.server is not None:
            raise click.UsageError("Use either --domain or --server, not both.")
        if not self.listed and (self.service is None or self.procedure is None):
            raise click.UsageError("Name a MODEL or POOL and a PROCEDURE, or use --list.")
        who = self._credentials()
        with (
            Connector(
                management_servers=self.management or (MANAGEMENT,),
                connection_timeout=self.connection_timeout,
                method_timeout=self.method_timeout,
                name="verdigris call",
                security=self.security,
            ) as connector,
            console(stderr=True).status("Looking up what is deployed ...") as status,
        ):
            offers = connector.offers(server=self.server or "", credentials=who)
            if self.listed:
                json = self.form == "json"
                place = self.server or ""
                listing(connector, offers, self.service, place, as_json=json, credentials=who)
                return
            target = self._target(*_named(offers, self.service or "", self.kind))
            model = connector.describe(
                target.kind, target.name, server=self.server or "", credentials=who
            )
            found = self._call(connector, target, model, status, who)
        print_rows(found, self.form)

    def _credentials(self) -> Credentials:
        """Those of `--user`, or a token, which is sent over TLS alone.

        A kept token goes to the installation that gave it: to servers that its authorities prove.
        """
        token = ""
        if self.security is not None:
            pem = self.api.authorities.encode()
            kept = load_pem_x509_certificates(pem) if pem else []
            is_home = not set(kept).isdisjoint(self.security.material.authorities)
            token = self.api.token if is_home or os.environ.get(TOKEN) else ""
        return credentials_of(self.user, self.password_file, token)

    def _call(
        self,
        connector: Connector,
        target: Target,
        model: Model,
        status: Status,
        credentials: Credentials,
    ) -> ResultSet:
        status.stop()  # while values are asked for
        table, procedure = procedure_of(model, self.procedure or "")
        filters = values_of(model, table, procedure, self.filters, "filter")
        data = values_of(model, table, procedure, self.data, "data")
        variables = {name: asked(name, text) for name, text in pairs(self.variables)}
        status.start()
        status.update(f"{procedure}: {target} ...")
        return connector.call(
            target, table, procedure, filters, data,
            [name.strip() for name in self.columns.split(",") if name.strip()],
            self.max_rows, not self.ignore_case,
            credentials=credentials, model_variables=variables,
        )  # fmt: skip

    def _target(self, kind: Kind, service: str) -> Target:
        """The way to a service; without one given, the installation's only domain."""
        if self.server is not None:
            return Target(kind, service, server=self.server)
        if self.domain is not None:
            return Target(kind, service, self.domain)
        names = [it["name"] for it in self.api.get("domains")]
        if len(names) != 1:
            known = (
                f"The installation has {', '.join(names)}."
                if names
                else "The installation has no domains."
            )
            raise click.UsageError(f"Use --domain or --server. {known}")
        return Target(kind, service, names[0])


def _named(offers: Offers, service: str, said: Kind | None) -> tuple[Kind, str]:
    """Kind and name of a service as it is deployed; a name of both is taken as the model."""
    found = {
        offer.kind: offer.name
        for offer, _ in offers.offers
        if offer.name.lower() == service.lower()
    }
    kind: Kind = said or ("pool" if set(found) == {"pool"} else "model")
    if said is None and len(found) > 1:
        click.echo(
            f"{service} names both a model and a pool; the model is used. Use --pool for the pool.",
            err=True,
        )
    return kind, found.get(kind, service)
