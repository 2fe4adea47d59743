"""`verdigris demo`: the main job on real processes, shown from outside.

It starts a demo bank, a management server, three session servers (80 and 20 at priority 1, one
standby at priority 2) and a gateway; calls it with a SOAP client nobody here wrote; counts where
200 calls go, while all is well and while servers are killed; and keeps running.
"""

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from sesssrvr.cli.model_files import built
from verdigris.config import ports
from verdigris.values import Endpoint
from verdigris_command.demo.fleet import SEED_DOMAIN, Fleet
from verdigris_command.demo.soap_caller import Outcome, SoapCaller, tally
from verdigris_command.package_data import example


CALLS: Final = 200
"""Calls of each round: enough that 80/20 shows, few enough to wait for."""

AT_ONCE: Final = 8
"""Clients calling at the same time."""

PORTS: Final = {
    "gateway": ports.GATEWAY_HTTP,
    "gateway-https": ports.GATEWAY_HTTPS,
    "mgmtsrvr": ports.MANAGEMENT_SERVER,
    "api": ports.ADMINISTRATION,
    "vs1": ports.SESSION_SERVER,
    "vs2": 9624,
    "vs3": 9625,
    "host": 3270,
}
"""VHI's ports where it has them (product facts 1.3); free ones are taken where they are in use."""

POOL: Final = "BankPool"
"""Its sessions are signed on in advance, each with a teller of its own."""

EXAMPLE: Final = example("BankDemo")


@click.command()
@click.option("--once", is_flag=True, help="End after the show instead of staying up.")
@click.option("--calls", default=CALLS, show_default=True, help="Calls in each round.")
@click.option(
    "--model",
    "source",
    type=click.Path(path_type=Path, exists=True),
    default=EXAMPLE,
    help="Folder of the BankDemo model.",
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Keep configuration and logs in this folder."
)
def demo(once: bool, calls: int, source: Path, keep: Path | None) -> None:  # noqa: FBT001 - click's way
    """Start a whole installation here and show what it does."""
    if find_spec("zeep") is None:
        raise click.ClickException(
            "The demo calls with the SOAP client zeep, which is not installed: pip install 'verdigris[demo]'"
        )
    console = Console(highlight=False)
    folder = keep or Path(tempfile.mkdtemp(prefix="verdigris-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # a shell's `&` would have it ignored
    fleet = Fleet(folder, built(source)[0], secure=True)
    for name, wanted in PORTS.items():
        fleet.port(name, wanted)
    try:
        with fleet:
            show(console, fleet, calls)
            if not once:
                stay(console)
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def show(console: Console, fleet: Fleet, calls: int) -> None:
    """All rounds, one after the other."""
    start(console, fleet)
    first_call(console, fleet)
    caller = SoapCaller(Endpoint("127.0.0.1", fleet.port("gateway")), fleet.model, POOL)
    rounds = Rounds(console, fleet, caller, calls)
    rounds.all_well()
    rounds.one_killed()
    rounds.back_again()
    rounds.standby()
    rounds.nobody()
    addresses(console, fleet)


def start(console: Console, fleet: Fleet) -> None:
    """Start the parts, saying which; wait until the domain can serve."""
    with console.status("Starting") as status:
        for name in fleet.names():
            status.update(f"Starting {name}")
            fleet.start_part(name)
        status.update("Waiting for sessions on the host")
        until(lambda: ready(fleet), 60, "the domain can serve")
    console.print(f"[bold]{len(fleet.processes)} processes are up.[/] Logs: {fleet.folder}\n")


def ready(fleet: Fleet) -> bool:
    """Whether every session server is online and offers the model, and the gateway knows it."""
    caller = SoapCaller(Endpoint("127.0.0.1", fleet.port("gateway")), fleet.model, POOL)
    return (
        caller.servers_online(fleet.administration, POOL) == len(fleet.members)
        and caller.published()
    )


def first_call(console: Console, fleet: Fleet) -> None:
    """One call with zeep, in full."""
    import requests  # noqa: PLC0415 - likewise
    import zeep  # noqa: PLC0415 - a foreign client, needed here only

    wsdl = fleet.secure_wsdl("session", POOL)
    console.rule("One call with zeep, over HTTPS")
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would be trusted instead
    session.verify = str(fleet.trust)
    client = zeep.Client(wsdl, transport=zeep.Transport(session=session))  # type: ignore[no-untyped-call] # zeep is not annotated
    console.print(f"WSDL: {wsdl}")
    console.print(f"Trusted authority: {fleet.trust}")
    request = {"customerSearchFilters": {"LastName": "SMITH"}, "environment": {"MaxRows": 3}}
    console.print(f"customerSearch({request})")
    with client.settings(raw_response=True):
        answer = client.service.customerSearch(**request)
    where = answer.headers.get("X-Verdigris-Server", "?")
    rows(console, client.service.customerSearch(**request))
    console.print(f"It ran on session server [bold]{where}[/], chosen by domain {fleet.domain}.\n")


def rows(console: Console, found: Any) -> None:
    """Typed rows as a table."""
    listed = [dict(row.__values__) for row in (found or [])]
    table = Table(*(listed[0] if listed else ["no rows"]))
    for row in listed:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


class Rounds:
    """The rounds of calls, with what happens to the servers meanwhile."""

    def __init__(self, console: Console, fleet: Fleet, caller: SoapCaller, calls: int) -> None:
        self._console = console
        self._fleet = fleet
        self._caller = caller
        self._calls = calls
        self.lost: list[Outcome] = []

    def all_well(self) -> None:
        """80 to 20."""
        with self._round("All session servers online") as report:
            report(self._many(), {"vs1": 0.8, "vs2": 0.2})

    def one_killed(self) -> None:
        """vs1 dies by kill -9 in the middle of the calls."""
        with self._round("vs1 is killed with kill -9 after a quarter of the calls") as report:
            found = self._many(lambda done: done == self._calls // 4, self._fleet["vs1"].kill)
            report(found, None)

    def back_again(self) -> None:
        """vs1 comes back, and gets its share again."""
        self._fleet.start_part("vs1")
        until(lambda: ready(self._fleet), 60, "vs1 is back")
        with self._round("vs1 is started again") as report:
            report(self._many(), {"vs1": 0.8, "vs2": 0.2})

    def standby(self) -> None:
        """Both of priority 1 are gone."""
        for name in ("vs1", "vs2"):
            self._fleet[name].kill()
        with self._round("vs1 and vs2 are killed: priority 2 takes over") as report:
            report(self._many(), {"vs3": 1.0})

    def nobody(self) -> None:
        """All are gone: error 2643."""
        self._fleet["vs3"].kill()
        with self._round("vs3 is killed too"):
            refused = self._caller.call(timeout=1)
            self._console.print(f"fault {refused.code}: {refused.text}\n")
        for member in SEED_DOMAIN:
            self._fleet.start_part(member.name)
        until(lambda: ready(self._fleet), 60, "all are back")

    @contextmanager
    def _round(
        self, title: str
    ) -> Iterator[Callable[[list[Outcome], dict[str, float] | None], None]]:
        self._console.rule(title)
        began = time.monotonic()

        def report(found: list[Outcome], expected: dict[str, float] | None) -> None:
            self._report(found, expected, time.monotonic() - began)

        yield report

    def _many(
        self, when: Callable[[int], bool] | None = None, then: Callable[[], None] | None = None
    ) -> list[Outcome]:
        with self._console.status("Calling"):
            return self._caller.many(self._calls, AT_ONCE, when, then)

    def _report(
        self, found: list[Outcome], expected: dict[str, float] | None, seconds: float
    ) -> None:
        counted = tally(found)
        table = Table("session server", "weight", "priority", "calls", "share", "expected")
        for member in self._fleet.members:
            calls = counted.get(member.name, 0)
            share = f"{calls / max(1, len(found)):.0%}"
            wanted = "" if expected is None else f"{expected.get(member.name, 0):.0%}"
            table.add_row(
                member.name, str(member.weight), str(member.priority), str(calls), share, wanted
            )
        self._console.print(table)
        failed = [outcome for outcome in found if not outcome.server]
        started = [outcome for outcome in failed if outcome.code == 9206]  # noqa: PLR2004 - ConnectionLost
        self._console.print(
            f"{len(found) - len(failed)} of {len(found)} calls answered in {seconds:.1f} s; "
            f"{len(started)} lost that had been started on a killed server; "
            f"{len(failed) - len(started)} lost otherwise."
        )
        for outcome in failed[:5]:
            self._console.print(f"  fault {outcome.code}: {outcome.text}")
        self._console.print()


def addresses(console: Console, fleet: Fleet) -> None:
    """Where everything is, and one command to paste."""
    console.rule("Try it")
    console.print(f"Services         {fleet.url()}")
    console.print(f"WSDL             {fleet.wsdl('gateway', 'session', POOL)}")
    console.print(f"The same, HTTPS  {fleet.secure_wsdl('session', POOL)}")
    console.print(f"Authority        {fleet.trust}")
    console.print(f"In a browser     {fleet.url().removesuffix('vhi-ws')}explorer")
    console.print(f"Console          {fleet.api}/console, as user admin with {fleet.password}")
    console.print(f"Administration   {fleet.api}/openapi.json, as the same user")
    console.print(
        f"                 verdigris login --api {fleet.api} --trust {fleet.trust}", soft_wrap=True
    )
    console.print(f"Files and logs   {fleet.folder}")
    console.print("A 3270 terminal  s3270 or c3270 to 127.0.0.1:" + str(fleet.port("host")))
    console.print("\nA call to paste:\n")
    console.print(
        SoapCaller(Endpoint("127.0.0.1", fleet.port("gateway")), fleet.model, POOL).curl(),
        soft_wrap=True,
        markup=False,
    )


def stay(console: Console) -> None:
    """Stay up until Ctrl-C."""
    console.print("\nRunning. Ctrl-C ends everything.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Ending.")


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll a condition until it holds.

    Raises:
        click.ClickException: it does not within the time.
    """
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise click.ClickException(f"waited {seconds:g} seconds in vain until {what}")
        time.sleep(0.05)
