"""Fixtures of the example clients, run as a user runs them, against a whole installation."""

import os
import re
import shutil
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import zeep
from zeep.transports import Transport

from tests.support.fleet import package
from tests.support.relay import (
    PATIENCE,
    POOL,
    ROOT,
    Protected,
    Relay,
)
from verdigris_command.demo.fleet import SEED_DOMAIN, Fleet


@pytest.fixture
def relay(bank: Any) -> Iterator[Relay]:
    with Relay(bank.port("gateway")) as found:
        yield found
        found.shutdown()


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """VHI's documented example with the demo bank."""
    with Fleet(tmp_path_factory.mktemp("clients"), package()) as fleet:
        fleet.start()
        yield fleet


@pytest.fixture(scope="session")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    """One session server behind a gateway with a users file."""
    folder = tmp_path_factory.mktemp("protected")
    (folder / "users").write_text(f"{Protected.user}:clear:{Protected.password}\n")
    plugin = {"usersFile": str(folder / "users"), "authnService": "true"}
    with Fleet(folder, package(), members=SEED_DOMAIN[:1], plugin=plugin) as fleet:
        fleet.start()
        log = (folder / "gateway.log").read_text()
        port = re.search(r"HTTPS on \S+:(\d+)", log)
        assert port, log
        certificate = folder / "gateway-tls" / "certificate.pem"
        found = Protected(f"https://localhost:{port[1]}/vhi-ws/session/{POOL}", certificate)
        context = ssl.create_default_context(cafile=str(certificate))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError), urllib.request.urlopen(found.url + "?wsdl", context=context):  # noqa: S310 - ours
                break
            time.sleep(0.1)
        yield found


@pytest.fixture(scope="session")
def service(bank: Fleet) -> Iterator[Any]:
    """The pool's service, as we look at it: each test compares with it what its client says."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            client = zeep.Client(
                bank.wsdl(kind="session", name=POOL), transport=Transport(timeout=30)
            )
            client.service.customerSearch(customerSearchFilters={"LastName": "ABERNATHY"})
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            break
    yield client.service
    client.transport.session.close()


# ---- tools ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def need() -> Callable[..., None]:
    """`need(tools, slow=...)`: skip if a client cannot be had; in CI it has to be there.

    A tool is a command, or a path (below / or the repository's root). Slow clients run where
    scripts/clients has been told to install them (VERDIGRIS_CLIENTS=all).
    """

    def there(tool: str) -> bool:
        return (ROOT / tool).exists() if "/" in tool else shutil.which(tool) is not None

    def check(tools: tuple[str, ...], *, slow: bool) -> None:
        if slow and os.environ.get("VERDIGRIS_CLIENTS") != "all":
            pytest.skip("run by scripts/clients")
        missing = [tool for tool in tools if not there(tool)]
        if missing and os.environ.get("CI"):
            pytest.fail(f"{', '.join(missing)}: not installed, and CI must not skip it")
        if missing:
            pytest.skip(f"{', '.join(missing)}: not installed (scripts/clients installs it)")

    return check
