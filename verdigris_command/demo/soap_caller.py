"""SOAP calls by hand over plain HTTP: what the demo counts with and shows as curl."""

import http.client
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from lxml import etree

from verdigris.cli.api import Api
from verdigris.config.xmlfile import parser
from verdigris.errors import VerdigrisError
from verdigris.values import Endpoint


PATIENCE: Final = 60.0
"""Seconds the HTTP side waits: longer than any time limit of a call."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: where it ran, or the first error of its fault (9206 for a lost line)."""

    server: str = ""
    code: int = 0
    text: str = ""


class SoapCaller:
    """Calls one procedure of a pool's service.

    Args:
        gateway: where.
        model: whose namespace.
        pool: whose service.
        operation: what is called.
        filters: column names and values.
    """

    def __init__(
        self,
        gateway: Endpoint,
        model: str,
        pool: str,
        operation: str = "customerSearch",
        filters: Sequence[tuple[str, str]] = (("LastName", "ABERNATHY"),),
    ) -> None:
        self._gateway = gateway
        self._path = f"/vhi-ws/session/{pool}"
        self._namespace = f"urn:xmlns:attachmate:vhi-ws:{model}"
        self._operation = operation
        self._filters = tuple(filters)

    def envelope(self, timeout: int = 0) -> bytes:
        """The request.

        Args:
            timeout: ConnectionTimeout in seconds; 0 leaves the environment out.
        """
        block = f"<environment><ConnectionTimeout>{timeout}</ConnectionTimeout></environment>"
        filters = "".join(f"<{name}>{value}</{name}>" for name, value in self._filters)
        name = self._operation
        return (
            '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
            f'<{name} xmlns="{self._namespace}">{block if timeout else ""}'
            f"<{name}Filters>{filters}</{name}Filters></{name}></Body></Envelope>"
        ).encode()

    def curl(self) -> str:
        """The same as one command."""
        url = f"http://{self._gateway}{self._path}"
        return f"curl -s -H 'Content-Type: text/xml' -d '{self.envelope().decode()}' {url}"

    def call(self, timeout: int = 0) -> Outcome:
        """One call."""
        line = http.client.HTTPConnection(self._gateway.host, self._gateway.port, timeout=PATIENCE)
        try:
            line.request("POST", self._path, self.envelope(timeout), {"Content-Type": "text/xml"})
            answer = line.getresponse()
            return _outcome(
                answer.status, answer.getheader("X-Verdigris-Server", ""), answer.read()
            )
        except OSError as problem:
            return Outcome(code=9206, text=str(problem))
        finally:
            line.close()

    def many(
        self,
        calls: int,
        at_once: int,
        when: Callable[[int], bool] | None = None,
        then: Callable[[], None] | None = None,
    ) -> list[Outcome]:
        """Many calls.

        Args:
            calls: how many.
            at_once: how many clients.
            when: told how many are done, says whether `then` is to happen now.
            then: what happens in the middle.
        """
        done: list[Outcome] = []
        lock = threading.Lock()

        def one(_: int) -> None:
            outcome = self.call()
            with lock:
                done.append(outcome)
                if when is not None and then is not None and when(len(done)):
                    then()

        with ThreadPoolExecutor(at_once) as clients:
            list(clients.map(one, range(calls)))
        return done

    def published(self) -> bool:
        """Whether the gateway has the service."""
        try:
            with urllib.request.urlopen(
                f"http://{self._gateway}{self._path}?wsdl", timeout=5
            ) as it:
                return bool(it.status == http.client.OK)
        except OSError:
            return False

    @staticmethod
    def servers_online(administration: Callable[[], Api], pool: str) -> int:
        """How many session servers are online and offer the pool."""
        try:
            found = administration().get("servers", seconds=5)
        except VerdigrisError:
            return 0
        return sum(_serves(server, pool) for server in found)


def _serves(server: dict[str, object], pool: str) -> bool:
    offers = server.get("offers") or []
    return server.get("state") == "online" and any(
        isinstance(offer, dict) and offer.get("name") == pool
        for offer in offers  # type: ignore[attr-defined] # JSON
    )


def _outcome(status: int, server: str, body: bytes) -> Outcome:
    if status == http.client.OK:
        return Outcome(server or "?")
    root = etree.fromstring(body, parser())
    code = root.findtext(".//{*}error/{*}id") or root.findtext(".//error/id") or "0"
    text = root.findtext(".//faultstring") or root.findtext(".//{*}Text") or ""
    return Outcome(code=int(code), text=text)


def tally(found: Sequence[Outcome]) -> Counter[str]:
    """Answered calls by session server."""
    return Counter(outcome.server for outcome in found if outcome.server)
