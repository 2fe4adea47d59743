"""A relay between a client and a gateway that keeps what the client sent.

With it a test can tell that the WSDL was read, which SOAP version was spoken, and what was in a message,
whatever the client says.
"""

import re
import select
import socket
import socketserver
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


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


# ---- an installation -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Protected:
    """A gateway that asks everybody who they are: its HTTPS URL and its own certificate."""

    url: str
    certificate: Path
    user: str = "ops"
    password: str = "s3cret <&> ü"
