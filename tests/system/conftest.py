"""Fixtures of whole systems: towns, the host in this process, packages.

Every process is gone when its module is over, whatever happened; the logs of all parts are attached to a failure.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.threads import blockingCallFromThread

from hostemul.testing import start_bank
from sesssrvr.cli.model_files import built
from tests.support import fleet
from tests.support.fleet import (
    EXAMPLE,
    LATELY,
    MODEL,
    NAMESPACE,
    RUNNING,
    TAIL,
    Town,
    chosen_domain,
    pool_setting,
    quick,
)
from verdigris.values import Endpoint
from verdigris_command.demo.fleet import SEED_DOMAIN, Fleet, Member


@pytest.fixture(scope="session")
def package() -> Callable[..., bytes]:
    """An example as a package: `package()`, `package({"model/...": (old, new)})`."""
    return fleet.package


@pytest.fixture(scope="session", autouse=True)
def _ended_on_sigterm() -> Iterator[None]:
    """A test run that is told to end ends its towns too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


# ---- towns ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bank_here(_reactor_thread: Any) -> Iterator[Callable[..., Any]]:
    """Start demo banks in this process: their control can be looked at and turned at any time."""
    reactor, banks = _reactor_thread, []

    def make(**options: Any) -> Any:
        def start_it() -> Any:
            return start_bank(reactor, **{"motd_rate": 0, **options})

        bank = blockingCallFromThread(reactor, start_it)
        banks.append(bank)
        return SimpleNamespace(address=bank.address, control=bank.control, reactor=reactor)

    yield make
    for bank in banks:
        blockingCallFromThread(reactor, bank.stop)


@pytest.fixture(scope="module")
def start(
    tmp_path_factory: pytest.TempPathFactory, package: Callable[..., bytes]
) -> Iterator[Callable[..., Town]]:
    """Start towns; they are gone when the module is over.

    `start(changes=..., bank=..., ready=True, **attributes of the fleet)`
    """
    towns: list[Town] = []

    def make(
        changes: dict[str, Any] | None = None, *, bank: Any = None, ready: bool = True, **more: Any
    ) -> Town:
        folder = tmp_path_factory.mktemp("town")
        if bank is not None:
            ports = {"host": bank.address[1], **more.get("ports", {})}
            more |= {"host": (), "ports": ports}
        town = Town(Fleet(folder, package(changes), **more))
        towns.append(town)
        town.host = bank
        town.fleet.start()
        if ready:
            town.ready()
        return town

    yield make
    for town in towns:
        town.close()


@pytest.fixture(scope="module")
def start_example(
    tmp_path_factory: pytest.TempPathFactory, package: Callable[..., bytes]
) -> Iterator[Callable[..., Town]]:
    """Start towns with another example, of one session server by default; gone when the module is over.

    `start_example("Calendar", "CalendarPool", changes=..., **attributes of the fleet)`
    """
    towns: list[Town] = []

    def make(example: str, pool: str, changes: dict[str, Any] | None = None, **more: Any) -> Town:
        data, name = package(changes, example), Path(example).name
        more = {"members": SEED_DOMAIN[:1], **more}
        town = Town(Fleet(tmp_path_factory.mktemp(name), data, model=name, **more))
        town.model, town.pool = name, pool
        town.namespace = NAMESPACE.replace(MODEL, name)
        towns.append(town)
        town.fleet.start()
        town.ready()
        return town

    yield make
    for town in towns:
        town.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, package: Callable[..., bytes]) -> Iterator[Town]:
    """VHI's documented example with two gateways, for tests that leave it as they found it."""
    found = Town(Fleet(tmp_path_factory.mktemp("town"), package(), gateways=2))
    try:
        found.fleet.start()
        found.ready()
        yield found
    finally:
        found.close()


@pytest.fixture
def plugin_restored(town: Town) -> Iterator[None]:
    """plugin-cfg.xml as it was, in force again."""
    yield
    town.plugin()
    town.until(
        lambda: all("broken" not in town.get("/ready", g)[1] for g in ("gateway", "gateway2")),
        "plugin-cfg.xml is good again",
    )
    domain = town.fleet.domain
    town.until(
        lambda: chosen_domain(town, "gateway") == chosen_domain(town, "gateway2") == domain,
        "plugin-cfg.xml is in force again",
    )


@pytest.fixture(scope="session")
def command() -> SimpleNamespace:
    """The command line, and the environment to run it in."""
    return SimpleNamespace(verdigris=Town.verdigris, environment=dict(os.environ))


@pytest.fixture(scope="session")
def names() -> SimpleNamespace:
    """Helpers of tests.support.fleet and names of the demo fleet."""
    return SimpleNamespace(
        SEED_DOMAIN=SEED_DOMAIN, Member=Member, Endpoint=Endpoint, built=built, EXAMPLE=EXAMPLE,
        pool_setting=pool_setting, quick=quick, chosen=chosen_domain,
    )  # fmt: skip


# ---- failures show the logs ----------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if report.failed:
        for town in [*RUNNING, *LATELY]:
            for name, text in town.logs().items():
                tail = "\n".join(text.splitlines()[-TAIL:])
                report.sections.append((f"{town.fleet.folder.name}/{name}", tail))
    LATELY.clear()
    return report
