"""Reader of REST requests: body, query and headers of an operation as an invocation.

A REST request may say what a SOAP request may say, and nothing else. Everything wrong with it is
reported at once, and no error repeats a value. A member of the body's environment counts before the
header of the same name.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from gateway.call import Invocation
from gateway.environment import environment_of
from gateway.problems import ErrorList, Problems
from gateway.rest.values import Unwritable, from_json, from_text
from verdigris.errors import (
    BadRequest,
    BadValue,
    MissingValue,
    UnknownColumn,
    UnknownVariable,
)
from verdigris.json_members import repeated_member
from verdigris.metadata import Column, Value
from verdigris.wire import Values
from wsdl import BLOCKS, ENVIRONMENT, Contract, Member, Operation, expected
from wsdl.contract import STATEMENTS, Setting
from wsdl.openapi import HEADER, REST_OWN, SAFE_OWN, SQL, takes_get


SETTINGS: Final = {setting.name: setting for setting in ENVIRONMENT}

HEADERS: Final = {f"{HEADER}{name}".lower(): name for name in SETTINGS}
"""Name of a header in lower case -> the setting it carries."""

STRANGE: Final = 1_000
"""Members and texts of a body beyond those that its operation takes: enough to be told about mistakes."""

VALUES: Final = 4_000
"""Commas of a body for each member that its operation takes: more than the characters of a screen."""

WINDOW: Final = 64 * 1024
"""Bytes of a body that are looked at at once."""

_BODY: Final = msgspec.json.Decoder(float_hook=Decimal)


class OperationReader:
    """Reader of the requests for one operation.

    Args:
        contract: of the service.
        operation: the procedure; None for an operation that every service has.
        name: of the operation in REST.

    Attributes:
        by_get: it may be called by GET.
        returns_rows: its result is rows.
        writes: it may change something at the host.
    """

    def __init__(self, contract: Contract, operation: Operation | None, name: str) -> None:
        self.operation = operation
        self.name = name
        if operation is None:
            self.by_get = name in SAFE_OWN
            self.returns_rows = name == SQL
            self.writes = name in STATEMENTS
        else:
            self.by_get = takes_get(operation)
            self.returns_rows = operation.returns_rows
            self.writes = not operation.read_only
        self._called = REST_OWN.get(name, name) if operation is None else operation.name
        self._model = contract.model
        self._variables = {v.name for v in contract.variables if v.writable}
        self._filters = _by_name(operation.filters if operation else ())
        self._data = _by_name(operation.data if operation else ())
        self._blocks = [
            *(["filters"] * bool(self._filters)),
            *(["data"] * bool(self._data)),
            *BLOCKS,
        ]
        self._text = STATEMENTS.get(name, "") if operation is None else ""
        self._takes = len(self._variables) + len(self._filters) + len(self._data) + len(SETTINGS)

    def __repr__(self) -> str:
        return f"<OperationReader of {self.name}>"

    def body(self, data: bytes, headers: Mapping[str, str]) -> Invocation:
        """The invocation that a JSON body stands for; an empty body sets nothing.

        Args:
            data: the body.
            headers: the settings of the environment that came as headers.

        Raises:
            Problems: everything wrong with it.
        """
        findings = _Findings(self.name)
        self._bounded(data)
        given = _object(data)
        for name in given:
            if not name or (name not in self._blocks and name != self._text):
                known = ", ".join((*self._blocks, *([self._text] * bool(self._text))))
                findings.add(
                    BadRequest(problem=f"the body has no member {name!r:.80}; it takes {known}")
                )
        blocks = {name: findings.block(given, name) for name in self._blocks}
        found = Invocation(
            operation=self._called,
            environment=environment_of(
                _headers(findings, headers) | _settings(findings, blocks[BLOCKS[0]])
            ),
            variables=self._values(findings, blocks[BLOCKS[1]]),
            filters=self._columns(findings, blocks.get("filters", {}), self._filters, "filter"),
            data=self._statement(findings, given)
            if self._text
            else self._columns(findings, blocks.get("data", {}), self._data, "data"),
        )
        return self._judged(findings, found)

    def _bounded(self, data: bytes) -> None:
        """Refuse a body with far more in it than the operation takes, before it is decoded.

        A member's name opens with a quote that no backslash precedes, and a comma comes before each
        further member or value, so that counting bytes is enough.

        Raises:
            Problems: there is more.
        """
        quotes = 4 * (self._takes + len(BLOCKS) + STRANGE)
        commas = VALUES * (self._takes + 1)
        if len(data) <= quotes:
            return
        for start in range(0, len(data), WINDOW):  # most of what is refused is refused by the first
            end = start + WINDOW
            quotes -= data.count(b'"', start, end)
            quotes += data.count(b'\\"', max(0, start - 1), end)
            commas -= data.count(b",", start, end)
            if quotes < 0 or commas < 0:
                problem = f"the body has far more members or values than {self.name} takes"
                raise Problems.of(BadRequest(problem=problem))

    def query(self, pairs: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> Invocation:
        """The invocation that the query of a URL stands for: filters by column.

        Raises:
            Problems: everything wrong with it.
        """
        findings = _Findings(self.name)
        filters: Values = {}
        seen: set[str] = set()
        for name, text in pairs:
            member = self._filters.get(name)
            if member is None:
                findings.add(UnknownColumn(procedure=self.name, column=name[:80], role="filter"))
            elif name in seen:
                findings.add(BadRequest(problem=f"parameter {name} comes twice"))
            elif text.strip(" \t\r\n") or member.column.type == "text":
                findings.value(filters, member.column, from_text, text)
            seen.add(name)
        self._missing(findings, self._filters, seen & (filters.keys() | findings.misfits))
        environment = environment_of(_headers(findings, headers))
        return self._judged(findings, Invocation(self._called, environment, filters=filters))

    def _judged(self, findings: "_Findings", found: Invocation) -> Invocation:
        if self.name == "rsResourceDestroy" and not found.environment.session:
            findings.add(BadRequest(problem=f"{self.name} needs a SessionID in its environment"))
        if self.name == "rsResourceCreate" and found.environment.session:
            findings.add(
                BadRequest(problem=f"{self.name} does not accept a SessionID: it makes one")
            )
        findings.refuse()
        return found

    def _statement(self, findings: "_Findings", given: Mapping[str, Any]) -> Values:
        """The text of an operation that takes one: a value with an empty name, as in SOAP."""
        found: Values = {}
        if given.get(self._text) is None:
            findings.add(MissingValue(procedure=self.name, column=self._text))
        else:
            findings.value(found, Column(name=self._text), from_json, given[self._text])
        return {"": found.get(self._text)}

    def _columns(
        self,
        findings: "_Findings",
        block: Mapping[str, Any],
        members: Mapping[str, Member],
        role: str,
    ) -> Values:
        found: Values = {}
        given: set[str] = set()
        for name, raw in block.items():
            member = members.get(name)
            if member is None:
                findings.add(UnknownColumn(procedure=self.name, column=name[:80], role=role))
            elif raw is None:
                # In data null blanks the field at the host; in filters it is the same as absent.
                if role == "data":
                    found[name] = None
                    given.add(name)
            else:
                given.add(name)
                findings.value(found, member.column, from_json, raw)
        self._missing(findings, members, given)
        return found

    def _missing(
        self, findings: "_Findings", members: Mapping[str, Member], given: set[str]
    ) -> None:
        for name, member in members.items():
            if member.required and name not in given:
                findings.add(MissingValue(procedure=self.name, column=name))

    def _values(self, findings: "_Findings", block: Mapping[str, Any]) -> Values:
        found: Values = {}
        for name, raw in block.items():
            if name not in self._variables:
                findings.add(UnknownVariable(model=self._model, variable=name[:80], action="write"))
            elif raw is not None:
                findings.value(found, Column(name=name), from_json, raw)
        return found


class _Findings(ErrorList):
    """What is wrong so far with a request that is being read."""

    __slots__ = ("misfits", "name")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.misfits: set[str] = set()

    def block(self, given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        block = given.get(name, {})
        if isinstance(block, dict):
            return block
        self.add(BadRequest(problem=f"member {name} is not an object"))
        return {}

    def value(
        self, into: Values, column: Column, convert: Callable[[Column, Any], Value], raw: Any
    ) -> None:
        try:
            into[column.name] = convert(column, raw)
        except Unwritable as problem:
            self.misfits.add(column.name)
            self.add(BadValue(column=column.name, problem=str(problem)))
        except (ValueError, ArithmeticError):
            self.misfits.add(column.name)
            self.add(BadValue(column=column.name, problem=expected(column)))


def _by_name(members: Sequence[Member]) -> dict[str, Member]:
    return {member.column.name: member for member in members}


def _object(data: bytes) -> dict[str, Any]:
    if not data.strip(b" \t\r\n"):
        return {}
    try:
        found = _BODY.decode(data)
        repeated = repeated_member(data, found)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Problems.of(BadRequest(problem=_not_json(data, problem))) from None
    except (RecursionError, ValueError, ArithmeticError):
        raise Problems.of(
            BadRequest(problem="the body is nested too deeply or a number in it is too long")
        ) from None
    if not isinstance(found, dict):
        raise Problems.of(BadRequest(problem="the body is not a JSON object"))
    if repeated is not None:
        # Which of the two was meant would be a guess (RFC 8259, section 4; RFC 7493, 2.3).
        raise Problems.of(BadRequest(problem=f"member {repeated!r:.80} comes twice"))
    return found


def _not_json(data: bytes, problem: Exception) -> str:
    """Why a body is not JSON of characters."""
    if isinstance(problem, UnicodeDecodeError):
        return "the body is not JSON: it is not UTF-8"
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return f"the body is not JSON: {problem}"
    # The one thing that Python's own decoder takes and this one does not (RFC 8259, 8.2).
    return "the body has half of a surrogate pair, such as \\ud800, which is not a character"


# ---- environment -----------------------------------------------------------------------------


def _headers(findings: _Findings, headers: Mapping[str, str]) -> Values:
    found: Values = {}
    for name, text in headers.items():
        setting = SETTINGS[name]
        whole = setting.minimum is not None and text.isascii() and text.isdigit()
        _setting(findings, found, setting, int(text[:20]) if whole else text)
    return found


def _settings(findings: _Findings, block: Mapping[str, Any]) -> Values:
    found: Values = {}
    for name, raw in block.items():
        setting = SETTINGS.get(name)
        if setting is None:
            known = ", ".join(SETTINGS)
            findings.add(
                BadRequest(problem=f"environment has no member {name!r:.80}; it takes {known}")
            )
        elif raw is not None:
            _setting(findings, found, setting, raw)
    return found


def _setting(findings: _Findings, found: Values, setting: Setting, raw: Any) -> None:
    """Take a setting; an empty one is ignored, but an empty DomainName means no domain."""
    low, high = setting.minimum, setting.maximum
    column = Column(name=setting.name)
    if low is not None:
        column = Column(name=setting.name, type="integer", minimum=str(low), maximum=str(high))
    findings.value(found, column, from_json, raw)
