"""A fake administration API, with the very types the real one answers with."""

from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from mgmtsrvr.api.schemas import (
    Changed,
    DeployedView,
    DomainView,
    MemberView,
    OfferView,
    PoolView,
    ServerView,
    SessionView,
)
from mgmtsrvr.decision_log import Decision, Skipped, Step
from verdigris.errors import NoSuchPage, UnknownServer, VerdigrisError
from verdigris.problem import problem_json


def pool(server: str, **changes: Any) -> PoolView:
    facts = {
        "server": server, "name": "Pool-1", "model": "BankDemo", "started": True, "idle": 2,
        "active": 1, "pending": 0, "suspended": 0, "quarantined": 0, "reserved": 0, "maximum": 5,
    } | changes  # fmt: skip
    return PoolView(**facts)


def server(name: str, **changes: Any) -> ServerView:
    facts = {
        "name": name, "state": "online", "reason": "", "admin_state": "up", "configured": True,
        "registered_address": "127.0.0.1:9623", "configured_address": "", "last_seen": 0.1,
        "since": 12.0, "boot": "b", "active": 3, "idle": 2, "pending": 0, "suspended": 0,
        "quarantined": 0, "reserved": 0, "maximum": 10, "domains": ["retail"],
        "offers": [
            OfferView(kind="model", name="BankDemo", model="BankDemo", digest="d", started=True),
            OfferView(kind="pool", name="Pool-1", model="BankDemo", digest="d", started=False),
        ],
        "pools": [pool(name)],
    } | changes  # fmt: skip
    return ServerView(**facts)


DOMAIN = DomainView(
    name="retail",
    spill_on_busy=True,
    members=[
        MemberView(server="vs3", weight=100, priority=2, percent=100.0, state="offline", reason="never registered"),
        MemberView(server="vs1", weight=80, priority=1, percent=80.0, state="online", active=3, maximum=10),
    ],
)  # fmt: skip

SESSION = SessionView(
    id=7, kind="pool", name="Pool-1", model="BankDemo", state="active", since=75.0, user="ops",
    entity="MainMenu", request_id="r-1", problem="", screen="",
)  # fmt: skip

REFUSED = Decision(
    request_id="r-1", attempt=1, time="2026-11-22T10:00:00.000Z", domain="retail", kind="model",
    name="BankDemo", user="ops", location="pc7", outcome="refused", reason="busy or offline",
    milliseconds=2.5,
    trail=[
        Step(priority=1, candidates=[("vs1", 80), ("vs2", 20)], total=100, draw=93, server="vs2",
             answer="busy", reason="the server limit of 10", milliseconds=1.2),
        Step(priority=1, candidates=[("vs1", 80)], total=80, draw=5, server="vs1",
             answer="offline", reason="connection refused", milliseconds=0.4),
    ],
    left=[Skipped(server="vs3", priority=2, weight=0, reason="weight 0")],
)  # fmt: skip

GRANTED = msgspec.structs.replace(
    REFUSED, request_id="r-1.2", outcome="granted", server="vs1", reason="", left=[],
    trail=[Step(priority=1, candidates=[("vs1", 80)], total=80, draw=80, server="vs1",
                answer="granted", reason="", milliseconds=0.9)],
)  # fmt: skip


class FakeApi:
    """Answers from a table; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: dict[tuple[str, str], Any] = {
            ("GET", "/domains"): [DOMAIN],
            ("GET", "/domains/retail"): DOMAIN,
            ("GET", "/servers"): [server("vs1"), server("vs3", state="offline", reason="gone")],
            ("GET", "/servers/vs1"): server("vs1"),
            ("GET", "/servers/vs1/sessions"): [SESSION],
            ("GET", "/pools"): [pool("vs1"), pool("vs9")],
            ("GET", "/allocations"): [GRANTED, REFUSED],
            ("GET", "/allocations/r-1"): [REFUSED],
            ("GET", "/allocations/r-1.2"): [GRANTED],
        }
        for order in ("drain", "resume", "maintenance"):
            self.answers["POST", f"/servers/vs1/{order}"] = Changed(
                server="vs1", done=order, revision="x"
            )
        self.answers["POST", "/servers/vs1/deploy"] = DeployedView(
            server="vs1", model="BankDemo", version="v7", warnings=["list too short"]
        )
        self.answers["DELETE", "/servers/vs1/models/BankDemo"] = Changed(
            server="vs1", done="model BankDemo is undeployed"
        )
        for order in ("start", "stop"):
            self.answers["POST", f"/servers/vs1/pools/Pool-1/{order}"] = Changed(
                server="vs1", done=f"pool Pool-1 {order}"
            )

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        path = unquote(parts.path)
        self.asked.append((method, path, dict(parse_qsl(parts.query)), body))
        found = self.answers.get((method, path))
        if callable(found):
            found = found()
        if found is None:
            found = (
                UnknownServer(server=path.split("/")[2])
                if path.startswith("/servers/")
                else NoSuchPage(path=path)
            )
        if isinstance(found, bytes):
            return 200, found
        if isinstance(found, VerdigrisError):
            return found.http, problem_json(found, path)
        return 200, msgspec.json.encode(found)


class ApiHandler(BaseHTTPRequestHandler):
    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.fake.headers.append(dict(self.headers))
        status, data = self.server.fake.answer(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the standard library's names

    def log_message(self, *args: Any) -> None:
        pass
