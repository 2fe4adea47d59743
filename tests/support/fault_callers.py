"""Clients of a fault rig: one write or read by REST, SOAP or the connector, and what they are told.

Law: a caller ends in bounded time; what was told is judged, never what was meant.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from lxml import etree

from tests.support.fault_hosts import HostKind, Values
from tests.support.fleet import Town
from verdigris.connector import Target
from verdigris.connector.blocking import Connector
from verdigris.errors import VerdigrisError


LOOK = "The procedure may have been performed. Check on the host"
"""How the advice begins where a write may have been performed: docs/behaviour/failed-writes.md."""

CONNECT = 3
"""Seconds a session is waited for."""

UNANSWERED = 90.0
"""Seconds after which a client that got no answer at all is a problem of its own."""


@dataclass(frozen=True)
class Told:
    """What a caller was told.

    Attributes:
        done: the call succeeded; `rows` of it.
        retry: it may be sent again.
        effect: "none" or "unknown" of a failure; "" where there was no answer.
        problem: what no caller may meet, whatever fails.
        code: the number of the error.
        text: its sentence.
        server: where it ran.
    """

    done: bool = False
    rows: int = 0
    retry: bool = False
    effect: str = ""
    problem: str = ""
    code: int = 0
    text: str = ""
    server: str = ""


NOBODY = Told()
"""There was no answer."""


class Caller(Protocol):
    """A way to call."""

    def write(self, reference: str, key: str = "") -> Told:
        """Book a reference."""

    def read(self) -> Told:
        """Read what never changes."""


class RestCaller:
    """By REST; the only one that knows keys.

    Args:
        town: with the gateway.
        kind: what is called.
        gateway: by which gateway.
        connect: seconds a session is waited for.
    """

    def __init__(
        self, town: Town, kind: HostKind, gateway: str = "gateway", connect: float = CONNECT
    ) -> None:
        self._town, self._kind = town, kind
        self._gateway, self._connect = gateway, connect

    def write(self, reference: str, key: str = "") -> Told:
        name, filters, data = self._kind.write
        body: dict[str, object] = {"data": {**data, self._kind.reference: reference}}
        body |= {"filters": filters} if filters else {}
        return self._send("POST", name, json.dumps(body), {"Idempotency-Key": key} if key else {})

    def read(self) -> Told:
        name, filters = self._kind.read
        return self._send("GET", f"{name}?{urlencode(filters)}", None, {})

    def _send(self, method: str, path: str, body: str | None, more: Mapping[str, str]) -> Told:
        headers = {
            "Content-Type": "application/json",
            "X-Verdigris-ConnectionTimeout": f"{self._connect:g}",
        }
        port = self._town.fleet.port(self._gateway)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=UNANSWERED)
        try:
            line.request(
                method, f"/vhi-rs/session/{self._kind.pool}/{path}", body, {**headers, **more}
            )
            answer = line.getresponse()
            said = json.loads(answer.read())
        except TimeoutError:
            return Told(problem=f"no answer in {UNANSWERED:g} seconds: {method} {path} {body}")
        except (OSError, http.client.HTTPException):
            return NOBODY
        finally:
            line.close()
        server = answer.headers.get("X-Verdigris-Server", "")
        if answer.status == 200:
            return Told(done=True, rows=len(said.get("rows", ())), server=server)
        retry = bool(said.get("retry") or answer.headers["Retry-After"])
        return Told(
            retry=retry, effect=said.get("effect", ""), code=said["code"], text=said["detail"],
            server=server,
        )  # fmt: skip


class SoapCaller:
    """By SOAP: whether a call may be repeated is told by the advice alone.

    Args:
        town: with the gateway.
        kind: what is called.
        gateway: by which gateway.
        connect: seconds a session is waited for.
        session: the id of a session that was taken before, in which all is performed.
    """

    def __init__(
        self, town: Town, kind: HostKind, gateway: str = "gateway", connect: float = CONNECT,
        session: str = "",
    ) -> None:  # fmt: skip
        self._town, self._kind = town, kind
        self._gateway = gateway
        self._environment: dict[str, object] = {"ConnectionTimeout": f"{connect:g}"}
        if session:
            self._environment = {"SessionID": session}

    def write(self, reference: str, key: str = "") -> Told:
        assert not key, "SOAP has no keys"
        name, filters, data = self._kind.write
        values = dict(data)
        values[self._kind.reference] = reference
        return self._call(name, filters, values)

    def read(self) -> Told:
        return self._call(*self._kind.read, None)

    def _call(self, name: str, filters: Values, data: Values | None) -> Told:
        try:
            answer = self._town.call(
                name, filters or None, data=data, environment=self._environment,
                gateway=self._gateway,
            )  # fmt: skip
        except TimeoutError:
            return Told(problem=f"no answer to {name} {data}")
        except etree.XMLSyntaxError as problem:
            return Told(problem=f"an answer that is no XML: {problem}")
        except (OSError, http.client.HTTPException):
            return NOBODY
        if answer.ok:
            rows = len(answer.all(self._kind.column))
            return Told(done=True, rows=rows, server=answer.server)
        looks = any(it.startswith(LOOK) for it in answer.all("advice"))
        effect = "unknown" if looks else "none"
        return Told(effect=effect, code=answer.code, text=answer.text, server=answer.server)


class ConnectorCaller:
    """By the connector, without a gateway."""

    def __init__(self, connector: Connector, town: Town, kind: HostKind) -> None:
        self._connector, self._kind = connector, kind
        self._target = Target.pool(kind.pool, domain=town.fleet.domain)

    def write(self, reference: str, key: str = "") -> Told:
        assert not key, "the connector has no keys"
        name, filters, data = self._kind.write
        return self._call(name, filters, {**data, self._kind.reference: reference})

    def read(self) -> Told:
        return self._call(*self._kind.read, {})

    def _call(self, name: str, filters: Values, data: Values) -> Told:
        name = name[0].upper() + name[1:]
        try:
            rows = self._connector.call(self._target, "", name, filters, data, repeatable=not data)
        except VerdigrisError as problem:
            effect = "unknown" if problem.may_have_acted else "none"
            return Told(retry=problem.retry, effect=effect)
        return Told(done=True, rows=len(rows))
