"""The example clients of examples/clients, run as a user runs them, against a whole installation.

A relay stands between client and gateway and keeps what the client sent: a test can tell that the
WSDL was read, which SOAP version was spoken, and what was in a message, whatever the client says.
"""

import io
import os
import re
import select
import shutil
import socket
import socketserver
import ssl
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zeep
from zeep.transports import Transport

from sesssrvr.cli.model_files import files_of
from verdigris.demo.fleet import SEED_DOMAIN, Fleet


ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
POOL = "BankPool"
PATIENCE = 60.0
"""Seconds an installation may take to serve, also on a busy machine."""


# ---- a relay -------------------------------------------------------------------------------------


class Relay(socketserver.ThreadingTCPServer):
    """Passes bytes on to the gateway and back, and keeps those of the client.

    Attributes:
        kept: what clients sent, one entry a connection.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, to: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.to = to
        self.kept: list[bytearray] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/vhi-ws/session/{POOL}"

    @property
    def sent(self) -> str:
        return "\n".join(bytes(it).decode("utf-8", "replace") for it in self.kept)

    @property
    def versions(self) -> set[str]:
        """SOAP versions of the envelopes sent."""
        spaces = {
            "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
            "http://www.w3.org/2003/05/soap-envelope": "1.2",
        }
        envelopes = re.findall(r"<[\w-]*:?Envelope\b[^>]*>", self.sent)
        return {
            version
            for tag in envelopes
            for space, version in spaces.items()
            if re.search(rf"""=["']{re.escape(space)}["']""", tag)
        }


class _Passing(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        kept = bytearray()
        self.server.kept.append(kept)
        with socket.create_connection(("127.0.0.1", self.server.to)) as gateway, suppress(OSError):
            while True:
                for end in select.select([self.request, gateway], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    if end is gateway:
                        self.request.sendall(data)
                    else:
                        kept += data
                        gateway.sendall(data)


@pytest.fixture
def relay(bank: Any) -> Iterator[Relay]:
    with Relay(bank.port("gateway")) as found:
        yield found
        found.shutdown()


# ---- an installation -----------------------------------------------------------------------------


def _package() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files_of(EXAMPLES / "BankDemo").items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """VHI's documented example with the demo bank."""
    with Fleet(tmp_path_factory.mktemp("clients"), _package()) as fleet:
        fleet.start()
        yield fleet


@dataclass(frozen=True)
class Protected:
    """A gateway that asks everybody who they are: its HTTPS URL and its own certificate."""

    url: str
    certificate: Path
    user: str = "ops"
    password: str = "s3cret <&> ü"


@pytest.fixture(scope="session")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    """One session server behind a gateway with a users file."""
    folder = tmp_path_factory.mktemp("protected")
    (folder / "users").write_text(f"{Protected.user}:clear:{Protected.password}\n")
    plugin = {"usersFile": str(folder / "users"), "authnService": "true"}
    with Fleet(folder, _package(), members=SEED_DOMAIN[:1], plugin=plugin) as fleet:
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
