"""What REST keeps for one service: readers by operation, and its documents.

Law: made when first asked for, and gone with the service. Only a client's address is put into a
document at request time.
"""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from gateway.rest.reading import Reader
from verdigris.wire import Kind
from wsdl import Contract, Tool, metadata_json, openapi, tools
from wsdl.openapi import REST_OWN, SAFE_OWN, takes_get
from wsdl.tools import path_of


_PLACE: Final = "http://address.invalid/of-this-service"


class Offered:
    """One service, as REST offers it."""

    def __init__(self, kind: Kind, contract: Contract) -> None:
        self._kind = kind
        self._contract = contract
        self._readers: dict[str, Reader] = {}
        self._templates: dict[str, bytes] = {}
        self._tools: tuple[Tool, ...] | None = None

    def __repr__(self) -> str:
        return f"<Offered {self._contract!r}>"

    def reader(self, name: str) -> Reader | None:
        """The reader of an operation; its first letter in either case, as in SOAP."""
        found = self._readers.get(name)
        if found is None and (found := self._made(name)) is not None:
            self._readers[name] = found
        return found

    def by_get(self, reader: Reader) -> bool:
        """Whether it may be called by GET."""
        operation = reader.operation
        return reader.name in SAFE_OWN if operation is None else takes_get(operation)

    def openapi(self, address: str) -> bytes:
        """The OpenAPI document with this address."""
        return self._addressed("openapi", address, lambda: openapi(self._contract, _PLACE))

    def metadata(self, address: str) -> bytes:
        """What `?json` answers, with this address."""
        return self._addressed(
            "json", address, lambda: metadata_json(self._contract, self._kind, _PLACE)
        )

    def tools(self, allowed: Sequence[str], *, read_only: bool) -> tuple[Tool, ...]:
        """The tools that are allowed.

        Args:
            allowed: patterns over `model/NAME/OPERATION` and `session/NAME/OPERATION`.
            read_only: only procedures the modeller marked read-only.
        """
        if not allowed:
            return ()
        if self._tools is None:
            self._tools = tools(self._contract, self._kind)
        return tuple(
            tool
            for tool in self._tools
            if (tool.read_only or not read_only)
            and any(
                fnmatchcase(path_of(self._contract, self._kind, tool.operation), pattern)
                for pattern in allowed
            )
        )

    def _made(self, name: str) -> Reader | None:
        if name in REST_OWN:
            return Reader(self._contract, None, name)
        operation = self._contract.called().get(name)
        return Reader(self._contract, operation, operation.name) if operation else None

    def _addressed(self, what: str, address: str, make: Callable[[], bytes]) -> bytes:
        if what not in self._templates:
            self._templates[what] = make()
        safe = msgspec.json.encode(address)[1:-1]
        return self._templates[what].replace(_PLACE.encode(), safe)
