"""Bodies, queries and headers -> invocations: one table of columns per operation.

Law: what a SOAP request may say, a REST request may say, and nothing else; everything wrong with it
is reported at once, and no error says a value. An element of the body's environment wins over the
header of the same name.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from gateway.call import Invocation
from gateway.environment import environment_of
from gateway.problems import Problems
from gateway.rest.values import from_json, from_text
from verdigris.errors import (
    BadRequest,
    BadValue,
    MissingValue,
    UnknownColumn,
    UnknownVariable,
    VerdigrisError,
)
from verdigris.metadata import Column, Value
from verdigris.wire import Values
from wsdl import BLOCKS, ENVIRONMENT, Contract, Member, Operation, expected
from wsdl.contract import STATEMENTS, Setting
from wsdl.openapi import HEADER, REST_OWN


SETTINGS: Final = {setting.name: setting for setting in ENVIRONMENT}

HEADERS: Final = {f"{HEADER}{name}".lower(): name for name in SETTINGS}
"""Header -> setting."""

MAX_ERRORS: Final = 100
"""Errors told at most: a request can hold more mistakes than anybody reads."""

_BODY: Final = msgspec.json.Decoder(float_hook=Decimal)


class Reader:
    """Reads requests for one operation.

    Args:
        contract: of the service.
        operation: the procedure, or None for an operation every service has.
        name: REST's name of the operation.
    """

    def __init__(self, contract: Contract, operation: Operation | None, name: str) -> None:
        self.operation = operation
        self.name = name
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

    def __repr__(self) -> str:
        return f"<Reader of {self.name}>"

    def body(self, data: bytes, headers: Mapping[str, str]) -> Invocation:
        """The invocation of a JSON body; an empty one says nothing.

        Args:
            data: the body.
            headers: those of the environment: setting -> text.

        Raises:
            Problems: everything wrong with it.
        """
        reading = _Reading(self.name)
        given = _object(data)
        for name in given:
            if not name or (name not in self._blocks and name != self._text):
                known = ", ".join((*self._blocks, *([self._text] * bool(self._text))))
                reading.wrong(
                    BadRequest(problem=f"the body has no member {name!r:.80}; it takes {known}")
                )
        blocks = {name: reading.block(given, name) for name in self._blocks}
        found = Invocation(
            operation=self._called,
            environment=environment_of(
                _headers(reading, headers) | _settings(reading, blocks[BLOCKS[0]])
            ),
            variables=self._values(reading, blocks[BLOCKS[1]]),
            filters=self._columns(reading, blocks.get("filters", {}), self._filters, "filter"),
            data=self._statement(reading, given)
            if self._text
            else self._columns(reading, blocks.get("data", {}), self._data, "data"),
        )
        return self._judged(reading, found)

    def query(self, pairs: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> Invocation:
        """The invocation of a URL's query: filters by column.

        Raises:
            Problems: everything wrong with it.
        """
        reading = _Reading(self.name)
        filters: Values = {}
        seen: set[str] = set()
        for name, text in pairs:
            member = self._filters.get(name)
            if member is None:
                reading.wrong(UnknownColumn(procedure=self.name, column=name[:80], role="filter"))
            elif name in seen:
                reading.wrong(BadRequest(problem=f"parameter {name} comes twice"))
            elif text.strip(" \t\r\n") or member.column.type == "text":
                reading.value(filters, member.column, from_text, text)
            seen.add(name)
        self._missing(reading, self._filters, seen & (filters.keys() | reading.misfits))
        environment = environment_of(_headers(reading, headers))
        return self._judged(reading, Invocation(self._called, environment, filters=filters))

    def _judged(self, reading: "_Reading", found: Invocation) -> Invocation:
        if self.name == "rsResourceDestroy" and not found.environment.session:
            reading.wrong(BadRequest(problem=f"{self.name} needs a SessionID in its environment"))
        if self.name == "rsResourceCreate" and found.environment.session:
            reading.wrong(BadRequest(problem=f"{self.name} takes no SessionID: it makes one"))
        if reading.errors:
            raise Problems(reading.errors[:MAX_ERRORS])
        return found

    def _statement(self, reading: "_Reading", given: Mapping[str, Any]) -> Values:
        """The text of an operation that takes one: a value without a name, as in SOAP."""
        found: Values = {}
        if given.get(self._text) is None:
            reading.wrong(MissingValue(procedure=self.name, column=self._text))
        else:
            reading.value(found, Column(name=self._text), from_json, given[self._text])
        return {"": found.get(self._text)}

    def _columns(
        self,
        reading: "_Reading",
        block: Mapping[str, Any],
        members: Mapping[str, Member],
        role: str,
    ) -> Values:
        found: Values = {}
        given: set[str] = set()
        for name, raw in block.items():
            member = members.get(name)
            if member is None:
                reading.wrong(UnknownColumn(procedure=self.name, column=name[:80], role=role))
            elif raw is None:
                # In data null blanks the field; in filters it is no value.
                if role == "data":
                    found[name] = None
                    given.add(name)
            else:
                given.add(name)
                reading.value(found, member.column, from_json, raw)
        self._missing(reading, members, given)
        return found

    def _missing(self, reading: "_Reading", members: Mapping[str, Member], given: set[str]) -> None:
        for name, member in members.items():
            if member.required and name not in given:
                reading.wrong(MissingValue(procedure=self.name, column=name))

    def _values(self, reading: "_Reading", block: Mapping[str, Any]) -> Values:
        found: Values = {}
        for name, raw in block.items():
            if name not in self._variables:
                reading.wrong(
                    UnknownVariable(model=self._model, variable=name[:80], action="write")
                )
            elif raw is not None:
                reading.value(found, Column(name=name), from_json, raw)
        return found


class _Reading:
    """One request being read: what is wrong with it so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.errors: list[VerdigrisError] = []
        self.misfits: set[str] = set()

    def wrong(self, error: VerdigrisError) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(error)

    def block(self, given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        block = given.get(name, {})
        if isinstance(block, dict):
            return block
        self.wrong(BadRequest(problem=f"member {name} is no object"))
        return {}

    def value(
        self, into: Values, column: Column, convert: Callable[[Column, Any], Value], raw: Any
    ) -> None:
        try:
            into[column.name] = convert(column, raw)
        except (ValueError, ArithmeticError):
            self.misfits.add(column.name)
            self.wrong(BadValue(column=column.name, problem=expected(column)))


def _by_name(members: Sequence[Member]) -> dict[str, Member]:
    return {member.column.name: member for member in members}


def _object(data: bytes) -> dict[str, Any]:
    if not data.strip(b" \t\r\n"):
        return {}
    try:
        found = _BODY.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        said = "it is not UTF-8" if isinstance(problem, UnicodeDecodeError) else str(problem)
        raise Problems.of(BadRequest(problem=f"the body is no JSON: {said}")) from None
    except (RecursionError, ValueError, ArithmeticError):
        raise Problems.of(BadRequest(problem="the body is nested or long beyond use")) from None
    if not isinstance(found, dict):
        raise Problems.of(BadRequest(problem="the body is no JSON object"))
    return found


# ---- environment -----------------------------------------------------------------------------


def _headers(reading: _Reading, headers: Mapping[str, str]) -> Values:
    found: Values = {}
    for name, text in headers.items():
        setting = SETTINGS[name]
        whole = setting.minimum is not None and text.isascii() and text.isdigit()
        _setting(reading, found, setting, int(text[:20]) if whole else text)
    return found


def _settings(reading: _Reading, block: Mapping[str, Any]) -> Values:
    found: Values = {}
    for name, raw in block.items():
        setting = SETTINGS.get(name)
        if setting is None:
            known = ", ".join(SETTINGS)
            reading.wrong(
                BadRequest(problem=f"environment has no member {name!r:.80}; it takes {known}")
            )
        elif raw is not None:
            _setting(reading, found, setting, raw)
    return found


def _setting(reading: _Reading, found: Values, setting: Setting, raw: Any) -> None:
    """Take a setting; an empty one says nothing, but an empty DomainName means no domain."""
    low, high = setting.minimum, setting.maximum
    column = Column(name=setting.name)
    if low is not None:
        column = Column(name=setting.name, type="integer", minimum=str(low), maximum=str(high))
    reading.value(found, column, from_json, raw)
