"""Client of the gateway for tools: which tools there are, and what a call of one returns.

A tool that is not in the current list of the gateway is not called. Of a row only the columns that
the schema of the tool names are kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx2
import msgspec

from wsdl import Tool
from wsdl.names import UniqueNames
from wsdl.tools import MAX_NAME, MAX_ROWS


ADVICE: Final = "Correct the arguments; the tool's input schema says what each of them takes."
"""What to do where the advice of the gateway sends people to the WSDL, which no agent sees."""

FRESH: Final = 2.0
"""Seconds a list of tools is used: an edit of plugin-cfg.xml takes effect within them."""


class _Service(msgspec.Struct, frozen=True):
    kind: str
    name: str
    tools: tuple[Tool, ...]


class _Listed(msgspec.Struct, frozen=True):
    services: tuple[_Service, ...]


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool under the name that agents know, and where it is called.

    Attributes:
        name: unique among all tools.
        path: of the procedure's URL.
    """

    name: str
    tool: Tool
    path: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a call.

    Attributes:
        result: by the output schema of the tool; None if the call failed.
        problem: what went wrong and what to do; "" if the call succeeded.
    """

    result: dict[str, Any] | None = None
    problem: str = ""

    def __repr__(self) -> str:
        return f"<Outcome {'failed' if self.problem else 'good'}>"


class GatewayTools:
    """The tools of one gateway.

    Args:
        http: a client whose base URL is the gateway's.
        now: a clock in seconds.
        domain: to go through, instead of the gateway's own; None leaves it to the gateway.
    """

    def __init__(
        self, http: httpx2.AsyncClient, now: Callable[[], float], domain: str | None = None
    ) -> None:
        self._http = http
        self._now = now
        self._domain = domain
        self._offers: dict[str, OfferedTool] = {}
        self._until = float("-inf")

    def __repr__(self) -> str:
        return f"<GatewayTools [{len(self._offers)} tools]>"

    async def offers(self) -> dict[str, OfferedTool]:
        """The tools by name.

        Raises:
            GatewayAway: the gateway gave no list.
        """
        if self._now() < self._until:
            return self._offers
        try:
            found = await self._http.get("/vhi-rs/tools.json")
        except httpx2.HTTPError as problem:
            raise GatewayAway(
                f"The gateway cannot be reached ({type(problem).__name__})."
            ) from None
        if found.status_code != 200:  # noqa: PLR2004 - HTTP's OK
            raise GatewayAway(f"The gateway gave no list of tools (HTTP {found.status_code}).")
        self._offers = named(msgspec.json.decode(found.content, type=_Listed))
        self._until = self._now() + FRESH
        return self._offers

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Outcome:
        """Call a tool.

        Raises:
            NoSuchTool: none has this name.
        """
        try:
            offer = (await self.offers()).get(name)
            if offer is None:
                raise NoSuchTool(f"There is no tool {name!r:.80}, or it is not allowed now.")
            return await self._perform(offer, arguments)
        except GatewayAway as problem:
            return Outcome(problem=str(problem))

    async def _perform(self, offer: OfferedTool, arguments: Mapping[str, Any]) -> Outcome:
        taken = list(offer.tool.input_schema["properties"])
        for name in arguments:
            if name not in taken:
                known = ", ".join(taken) or "none"
                return Outcome(problem=f"This tool has no argument {name!r:.80}; it takes {known}.")
        body = {name: it for name, it in arguments.items() if name != "maxRows"}
        environment: dict[str, Any] = {} if self._domain is None else {"DomainName": self._domain}
        rows = _whole(arguments.get("maxRows", MAX_ROWS))
        if offer.tool.outputs:
            if not 0 < rows <= 10_000:  # noqa: PLR2004 - as its schema says
                return Outcome(problem="maxRows is a whole number from 1 to 10000.")
            environment["MaxRows"] = rows + 1
        try:
            found = await self._http.post(offer.path, json=body | {"environment": environment})
        except httpx2.ConnectError as problem:
            raise GatewayAway(
                f"The gateway cannot be reached ({type(problem).__name__}); nothing was performed."
            ) from None
        except httpx2.HTTPError as problem:
            raise GatewayAway(
                f"The gateway went away ({type(problem).__name__}); whether the procedure was "
                "performed is not known."
            ) from None
        if found.status_code != 200:  # noqa: PLR2004 - HTTP's OK
            return Outcome(problem=error_text(found.content, found.status_code))
        return Outcome(result=_shown(offer.tool, msgspec.json.decode(found.content), rows))


def _whole(number: object) -> int:
    """A whole number; 2.0 is one too (JSON Schema 2020-12 validation, 6.1.1). 0 for all else."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return 0
    return int(number) if number == number // 1 else 0


class NoSuchTool(Exception):
    """No tool has this name; the text says so."""


class GatewayAway(Exception):
    """The gateway does not answer; the text says so."""


def named(listed: _Listed) -> dict[str, OfferedTool]:
    """Every tool under a name of its own: a model and a pool may have one name."""
    made: dict[str, OfferedTool] = {}
    names = UniqueNames()
    for service in listed.services:
        for tool in service.tools:
            name = tool.name
            if name in names:
                ending = f"_{service.kind}"
                name = name[: MAX_NAME - len(ending)] + ending
            name = names.take(name, MAX_NAME)
            path = f"/vhi-rs/{service.kind}/{quote(service.name, '')}/{quote(tool.operation, '')}"
            made[name] = OfferedTool(name, tool, path)
    return made


def error_text(body: bytes, status: int) -> str:
    """A problem document in words: what happened, what to do, and the number for the log."""
    try:
        found = msgspec.json.decode(body, type=_Problem)
    except msgspec.MsgspecError:
        return f"The gateway answered HTTP {status}."
    more = [error.detail for error in found.details.errors[1:]]
    again = "Nothing was done; the same call may succeed a little later." if found.retry else ""
    number = f"(error {found.code}, request {found.request_id})"
    known = found.effect != "unknown" and "WSDL" in found.advice
    advice = ADVICE if known else found.advice
    return " ".join(filter(None, (found.detail, *more, advice, again, number)))


class _Mistake(msgspec.Struct, frozen=True):
    detail: str = ""


class _Details(msgspec.Struct, frozen=True):
    errors: tuple[_Mistake, ...] = ()


class _Problem(msgspec.Struct, frozen=True):
    detail: str
    code: int
    advice: str = ""
    retry: bool = False
    effect: str = ""
    request_id: str = ""
    details: _Details = _Details()


def _shown(tool: Tool, answer: dict[str, Any], most: int) -> dict[str, Any]:
    if "rows" not in answer:
        return {"affected": answer.get("affected", 0)}
    rows = [{name: row.get(name) for name in tool.outputs} for row in answer["rows"][:most]]
    return {"rows": rows, "more": len(answer["rows"]) > most}
