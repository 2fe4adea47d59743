"""REST binding of one service: readers of its operations, and the documents that describe it.

Both are made when first asked for and go with the service.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import msgspec
from twisted.logger import Logger

from gateway.http.address import PLACEHOLDER, addressed
from gateway.rest.reading import OperationReader
from verdigris.wire import Kind
from wsdl import Contract, Tool, left_out, metadata_json, openapi, tools
from wsdl.openapi import REST_OWN
from wsdl.tools import path_of


log = Logger()


class RestBinding:
    """REST binding of one service.

    Args:
        kind: of the service.
        contract: of the service.
    """

    def __init__(self, kind: Kind, contract: Contract) -> None:
        self._kind = kind
        self._contract = contract
        self._readers: dict[str, OperationReader] = {}
        self._templates: dict[str, bytes] = {}
        self._tools: tuple[Tool, ...] | None = None

    def __repr__(self) -> str:
        return f"<RestBinding of {self._contract!r}>"

    def reader(self, name: str) -> OperationReader | None:
        """The reader of an operation; the first letter of its name in either case, as in SOAP."""
        reader = self._readers.get(name)
        if reader is None and (reader := self._make_reader(name)) is not None:
            self._readers[name] = reader
        return reader

    def set_version(self, version: str) -> None:
        """The version that the documents show; it changes with each deployment."""
        if version != self._contract.version:
            self._contract = replace(self._contract, version=version)
            self._templates.clear()

    def openapi(self, address: str, *, authenticated: bool, bearer: bool, sessions: bool) -> bytes:
        """The OpenAPI document with this address.

        Args:
            address: of the service.
            authenticated: whether credentials are required (setting `authnService`).
            bearer: whether tokens are accepted.
            sessions: whether session calls are allowed (setting `sessionCallsAllowed`).
        """
        return self._addressed(
            f"openapi {authenticated} {bearer} {sessions}",
            address,
            lambda: openapi(
                self._contract,
                PLACEHOLDER,
                authenticated=authenticated,
                bearer=bearer,
                sessions=sessions,
            ),
        )

    def metadata(self, address: str) -> bytes:
        """The metadata document (`?json`) with this address."""
        return self._addressed(
            "json", address, lambda: metadata_json(self._contract, self._kind, PLACEHOLDER)
        )

    def tools(self, allowed: Sequence[str], *, read_only: bool) -> tuple[Tool, ...]:
        """The tools that are allowed.

        Args:
            allowed: patterns over `model/NAME/OPERATION` and `session/NAME/OPERATION`.
            read_only: only procedures that the model marks read-only.
        """
        if not allowed:
            return ()
        if self._tools is None:
            self._tools = tools(self._contract, self._kind)
            for one in left_out(self._contract):
                log.warn("{name} is not a tool: {why}", name=one.name, why=one.reason)
        return tuple(
            tool
            for tool in self._tools
            if (tool.read_only or not read_only)
            and any(
                fnmatchcase(path_of(self._contract, self._kind, tool.operation), pattern)
                for pattern in allowed
            )
        )

    def _make_reader(self, name: str) -> OperationReader | None:
        if name in REST_OWN:
            return OperationReader(self._contract, None, name)
        operation = self._contract.called().get(name)
        if operation is None:
            return None
        return OperationReader(self._contract, operation, operation.name)

    def _addressed(self, what: str, address: str, make: Callable[[], bytes]) -> bytes:
        if what not in self._templates:
            self._templates[what] = make()
        return addressed(self._templates[what], msgspec.json.encode(address)[1:-1])
