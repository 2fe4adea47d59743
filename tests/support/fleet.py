"""Whole systems on loopback: real processes, real SOAP clients, real kill -9.

A `Town` is a fleet (verdigris_command.demo.fleet) with what tests look at it with.
"""

import http.client
import io
import json
import re
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from twisted.internet.threads import blockingCallFromThread
from zeep.transports import Transport

from sesssrvr.cli.model_files import files_of
from verdigris_command.demo.fleet import Fleet


EXAMPLE = Path(__file__).parents[2] / "examples" / "BankDemo"
MODEL, POOL = "BankDemo", "BankPool"
NAMESPACE = f"urn:xmlns:attachmate:vhi-ws:{MODEL}"
RUNNING: list["Town"] = []
LATELY: list["Town"] = []
"""Closed since the last report, such as one that did not come up."""

TAIL = 40
"""Lines of each log shown with a failure."""

LONGEST_CALL = 330.0
"""Seconds for an answer: more than the longest wait for a session that a gateway allows."""

PATIENCE = 30.0
"""Seconds a condition has to come true: far beyond what it takes, also on a busy machine."""


# ---- what a call came to -------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """An answer of the gateway: rows, or a fault with its first error's number and text.

    Attributes:
        server: where it ran.
        seconds: how long it took; `at` is when it ended.
    """

    status: int
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    seconds: float
    at: float
    text: str = ""
    codes: tuple[int, ...] = ()

    @property
    def server(self) -> str:
        return self.headers.get("x-verdigris-server", "")

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)

    def all(self, name: str) -> list[str]:
        """Texts of all elements of this name."""
        return [it.text or "" for it in self.root.iter("{*}" + name, name)]

    @property
    def code(self) -> int:
        return self.codes[0] if self.codes else 0


def _answer(found: http.client.HTTPResponse, began: float) -> Answer:
    body = found.read()
    headers = {name.lower(): value for name, value in found.getheaders()}
    at = time.monotonic()
    if found.status == 200:
        return Answer(200, body, headers, at - began, at)
    root = etree.fromstring(body)
    codes = tuple(int(it.text or 0) for it in root.iter("{*}id", "id"))
    text = root.findtext(".//faultstring") or root.findtext(".//{*}Text") or ""
    return Answer(found.status, body, headers, at - began, at, text, codes)


# ---- a town --------------------------------------------------------------------------------------


class Town:
    """A running installation and its clients."""

    model, pool, namespace = MODEL, POOL, NAMESPACE
    verdigris = str(Path(sys.executable).with_name("verdigris"))
    """The command line, as installed."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.host: Any = None
        self._clients: dict[str, Any] = {}
        RUNNING.append(self)

    def close(self) -> None:
        RUNNING.remove(self)
        LATELY.append(self)
        for client in self._clients.values():
            client.transport.session.close()
        self.fleet.close()

    # ---- looking

    def ask(self, path: str, method: str = "GET", data: bytes | None = None, **headers: str):
        """(status, JSON) of the administration API."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.fleet.api + path
        request = urllib.request.Request(url, data, names, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=20) as found:  # noqa: S310 - ours
                return found.status, json.loads(found.read() or b"null")
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, json.loads(problem.read() or b"null")

    def api(self, path: str, method: str = "GET", data: bytes | None = None, **headers: str):
        """The JSON of an answer that has to be good."""
        status, found = self.ask(path, method, data, **headers)
        assert status < 300, (path, status, found)
        return found

    def get(self, path: str, gateway: str = "gateway") -> tuple[int, str]:
        """(status, text) of a page of a gateway."""
        url = f"http://127.0.0.1:{self.fleet.port(gateway)}{path}"
        try:
            with urllib.request.urlopen(url, timeout=20) as found:
                return found.status, found.read().decode()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.read().decode()

    def servers(self) -> dict[str, Any]:
        """The session servers as the management server sees them."""
        return {it["name"]: it for it in self.api("/servers")}

    def state(self, name: str) -> str:
        with suppress(OSError):
            return self.servers()[name]["state"]
        return "nobody to ask"

    def pools(self) -> dict[str, Any]:
        """The pool on each server."""
        return {it["server"]: it for it in self.api("/pools") if it["name"] == self.pool}

    def at_host(self, do: Callable[[], Any]) -> Any:
        """Do something to a host in this process, in the reactor's thread."""
        return blockingCallFromThread(self.host.reactor, do)

    def log(self, name: str) -> str:
        path = self.fleet.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def logs(self) -> dict[str, str]:
        """Every file the processes have written that is no package."""
        return {
            str(path.relative_to(self.fleet.folder)): path.read_text(errors="replace")
            for path in sorted(self.fleet.folder.rglob("*.log"))
        }

    def until(
        self, holds: Callable[[], Any], what: str = "", seconds: float = PATIENCE,
        every: float = 0.02,
    ) -> Any:  # fmt: skip
        """Poll until it holds; gives what it gave."""
        end = time.monotonic() + seconds
        while True:
            with suppress(OSError):  # nobody there yet, or not any more
                found = holds()
                if found:
                    return found
            assert time.monotonic() < end, f"waited {seconds:g} seconds in vain: {what}"
            time.sleep(every)

    def ready(self) -> None:
        """Wait until every server is online with a session to give, and the gateways serve it."""
        names = {member.name for member in self.fleet.members}
        self.until(lambda: self.serving() == names, f"{names} can serve")
        for gateway in (name for name in self.fleet.names() if name.startswith("gateway")):
            paths = [f"/vhi-ws/model/{self.model}?wsdl", f"/vhi-ws/session/{self.pool}?wsdl"]
            for path in paths:
                self.until(lambda p=path, g=gateway: self.get(p, g)[0] == 200, f"{gateway} {path}")

    def serving(self) -> set[str]:
        """The online servers whose pool is started and has an idle session, or needs none."""
        found = self.servers()
        return {
            name
            for name, pool in self.pools().items()
            if found[name]["state"] == "online" and pool["started"] and pool["idle"]
        }

    def calls_begun(self, server: str = "vs1") -> int:
        """How many calls were given a session, by the session server's own log of level debug.

        A session that returns from the call before is active as well.
        """
        return self.log(server).count(" is lent to ")

    def idle(self, server: str = "vs1") -> None:
        """Wait until the sessions of a server are all idle, by its own word: the management server's may be old."""

        def states() -> set[str]:
            return {it["state"] for it in self.api(f"/servers/{server}/sessions")}

        self.until(lambda: states() == {"idle"}, f"all sessions of {server} are idle")

    def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until no session is in use any more, by the word of each server and the management server's."""

        def in_use(name: str) -> bool:
            status, found = self.ask(f"/servers/{name}/sessions")
            return status != 200 or bool({it["state"] for it in found} - {"idle", "quarantined"})

        def still() -> bool:
            there = {n: it for n, it in self.servers().items() if it["state"] != "offline"}
            busy = ("active", "reserved", "pending", "suspended")
            used = any(it[state] for it in there.values() for state in busy)
            return not used and not any(in_use(name) for name in there)

        self.until(still, f"no session is in use: {self.servers()}", seconds)

    # ---- calling

    def client(self, kind: str = "session", name: str = "", gateway: str = "gateway") -> Any:
        """A zeep client of a service."""
        wsdl = self.fleet.wsdl(gateway, kind, name or (self.pool if kind == "session" else MODEL))
        if wsdl not in self._clients:
            transport = Transport(timeout=30, operation_timeout=60)
            self._clients[wsdl] = zeep.Client(wsdl, transport=transport)
        return self._clients[wsdl]

    def zeep(
        self, kind: str = "session", port: str = "", name: str = "", gateway: str = "gateway"
    ) -> Any:
        """zeep's proxy of a service; port is "Soap" or "Soap12"."""
        client = self.client(kind, name, gateway)
        if not port:
            return client.service
        service = next(iter(client.wsdl.services))
        return client.bind(service, service + port)

    def envelope(
        self, operation: str, filters: Any = None, data: Any = None, environment: Any = None,
        variables: Any = None, version: str = "1.1",
    ) -> str:  # fmt: skip
        """A request, written by hand."""
        blocks = {
            "environment": environment,
            "modelVariables": variables,
            f"{operation}Filters": filters,
            f"{operation}Data": data,
        }
        inside = "".join(
            f"<{block}>{''.join(f'<{k}>{v}</{k}>' for k, v in values.items())}</{block}>"
            for block, values in blocks.items()
            if values is not None
        )
        space = {
            "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
            "1.2": "http://www.w3.org/2003/05/soap-envelope",
        }[version]
        return (
            f'<Envelope xmlns="{space}"><Body><{operation} xmlns="{self.namespace}">{inside}'
            f"</{operation}></Body></Envelope>"
        )

    def call(
        self, operation: str = "customerSearch", filters: Any = None, *, kind: str = "session",
        name: str = "", gateway: str = "gateway", version: str = "1.1", request_id: str = "",
        **blocks: Any,
    ) -> Answer:  # fmt: skip
        """One call over plain HTTP, on a connection of its own."""
        if filters is None and operation == "customerSearch":
            filters = {"LastName": "ABERNATHY"}
        body = self.envelope(operation, filters, version=version, **blocks)
        name = name or (self.pool if kind == "session" else self.model)
        return self.post(body, f"/vhi-ws/{kind}/{name}", gateway, version, request_id)

    def post(
        self, body: str | bytes, path: str, gateway: str = "gateway", version: str = "1.1",
        request_id: str = "",
    ) -> Answer:  # fmt: skip
        """Post a message by hand."""
        media = "text/xml" if version == "1.1" else "application/soap+xml"
        headers = {"Content-Type": media} | ({"X-Request-Id": request_id} if request_id else {})
        began = time.monotonic()
        port = self.fleet.port(gateway)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_CALL)
        try:
            data = body.encode() if isinstance(body, str) else body
            line.request("POST", path, data, headers)
            return _answer(line.getresponse(), began)
        finally:
            line.close()

    def many(self, calls: int, at_once: int = 8, **how: Any) -> list[Answer]:
        """Many calls by several clients."""
        with ThreadPoolExecutor(at_once) as clients:
            return list(clients.map(lambda _: self.call(**how), range(calls)))

    @contextmanager
    def load(self, clients: int = 6, *, pause: float = 0.01, **how: Any) -> Iterator[list[Answer]]:
        """Clients that call all the time; the list holds all answers when it is over.

        After each answer they wait for so many seconds: the cores are needed by other tests as well.
        """
        found: list[Answer] = []
        problems: list[BaseException] = []
        over = threading.Event()

        def go() -> None:
            try:
                while not over.wait(pause):
                    found.append(self.call(**how))
            except BaseException as problem:  # noqa: BLE001 - told to the test, in its own thread
                problems.append(problem)

        threads = [threading.Thread(target=go) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield found
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert not problems, problems

    def plugin(self, domain: str | None = None, **entries: str) -> None:
        """Write plugin-cfg.xml anew."""
        before = dict(self.fleet.plugin)
        self.fleet.plugin = before | entries
        self.write_plugin(self.fleet.plugin_text(self.fleet.domain if domain is None else domain))
        self.fleet.plugin = before

    def write_plugin(self, text: str) -> None:
        """Write these words into plugin-cfg.xml, as an editor would."""
        (self.fleet.folder / "plugin-cfg.xml").write_text(text)


def package(changes: dict[str, Any] | None = None, example: str = EXAMPLE.name) -> bytes:
    """An example as a package, BankDemo by default: `package({"model/...": (old, new)})` changes it.

    A change is a pair to replace (old has to be there), a list of pairs, new bytes, or None to leave
    the file out. `example` is a name in `examples`, or the path of another folder.
    """
    files = dict(_files(example))
    for name, change in (changes or {}).items():
        if change is None:
            del files[name]
        elif isinstance(change, bytes):
            files[name] = change
        else:
            files[name] = _replaced(name, files[name], change)
    return _zipped(files)


@cache
def _files(example: str) -> dict[str, bytes]:
    return files_of(EXAMPLE.parent / example)


def _replaced(name: str, data: bytes, change: Any) -> bytes:
    text = data.decode()
    for old, new in change if isinstance(change, list) else [change]:
        assert old in text, f"{old!r} is not in {name}"
        text = text.replace(old, new)
    return text.encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def pool_setting(name: str, value: object, example: Path = EXAMPLE) -> tuple[str, str]:
    """A change of the first pool of deploy_desc.xml."""
    text = (example / "deploy" / "deploy_desc.xml").read_text()
    old = re.search(f"<{name}>.*?</{name}>", text)
    assert old is not None, name
    return old[0], f"<{name}>{value}</{name}>"


def quick(seconds: float = 0.5, example: Path = EXAMPLE) -> dict[str, bytes]:
    """Changes that make every operation of the model give up after so many seconds."""
    found = {}
    for name, data in files_of(example).items():
        if name.startswith("model/entities/"):
            text = re.sub(r' timeout="[\d.]+"', "", data.decode())
            text = re.sub(r"<(operation|Scroll\w+)\b", rf'<\1 timeout="{seconds}"', text)
            found[name] = text.encode()
    return found


def chosen_domain(town: Town, gateway: str) -> str:
    """The domain a call without one goes through; "" for a direct one."""
    answer = town.call(gateway=gateway)
    status, found = town.ask(f"/allocations/{answer.headers['x-request-id']}")
    return found[0]["domain"] if status == 200 else ""
