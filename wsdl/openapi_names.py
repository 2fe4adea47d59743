"""The names of one OpenAPI document: keys of its schemas, and ids of its operations.

Law (tests/field/soap/test_published_names.py): they differ even when case is ignored, because code
generators make classes, functions and files of them. A name of every service stays as it is; one of
a procedure that collides gets a number.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from wsdl.contract import Contract, Operation
from wsdl.names import UniqueNames


QUERY: Final = "ByQuery"
"""The ending of the id of an operation that is called by GET."""


class DocumentNames:
    """The names of one document.

    Args:
        contract: of the service.
        own: the operations every service has.
        fixed: the schemas of every document.
    """

    def __init__(self, contract: Contract, own: Iterable[str], fixed: Iterable[str]) -> None:
        schemas, ids = UniqueNames(), UniqueNames()
        self._schemas = {name: schemas.take(name) for name in fixed}
        for operation in contract.operations:
            for name in _schema_names(operation):
                self._schemas[name] = schemas.take(_key(name))
        names = [*own, *(operation.name for operation in contract.operations)]
        self._ids = {name: ids.take(name) for name in names}
        self._ids |= {f"{name} {QUERY}": ids.take(f"{name}{QUERY}") for name in names}

    def __repr__(self) -> str:
        return f"<DocumentNames [{len(self._schemas)} schemas, {len(self._ids)} operations]>"

    def schema(self, name: str) -> str:
        """The key of a schema."""
        return self._schemas[name]

    def ref(self, name: str) -> dict[str, Any]:
        """A reference to a schema."""
        return {"$ref": f"#/components/schemas/{self._schemas[name]}"}

    def id(self, name: str, *, by_query: bool = False) -> str:
        """The id of an operation."""
        return self._ids[f"{name} {QUERY}" if by_query else name]


def _schema_names(operation: Operation) -> list[str]:
    return [f"{operation.name}Request", *operation.names[1:]]


def _key(name: str) -> str:
    """The name as a key of components: ASCII letters, digits, `. - _` (OpenAPI 3.1, 4.8.7)."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda found: f"_u{ord(found[0]):04x}_", name)
