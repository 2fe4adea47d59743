"""A contract as plain JSON, the answer to `?json`: VHI's counterpart of the WSDL (product facts 8)."""

from typing import Any

import msgspec

from verdigris.metadata import Column, Variable
from verdigris.wire import Kind
from wsdl.contract import ENVIRONMENT, Contract, Member, Operation
from wsdl.names import PATH_SEGMENTS
from wsdl.openapi import REST_OWN, takes_get


def metadata_json(contract: Contract, kind: Kind, address: str) -> bytes:
    """The metadata of a service.

    Args:
        contract: the service's contract.
        kind: whether it is the service of a model or of a pool.
        address: the service's URL.
    """
    return msgspec.json.encode(
        {
            "name": contract.name,
            "kind": PATH_SEGMENTS[kind],
            "model": contract.model,
            "version": contract.version,
            "description": contract.description,
            "url": address,
            "openapi": f"{address}/openapi.json",
            "operations": [_operation(one, address) for one in contract.operations],
            "serviceOperations": list(REST_OWN),
            "modelVariables": [_variable(one) for one in contract.variables],
            "environment": [
                {"name": one.name, "type": one.type, "meaning": one.meaning} for one in ENVIRONMENT
            ],
            "refused": [{"name": one.name, "reason": one.reason} for one in contract.refused],
        }
    )


def _operation(operation: Operation, address: str) -> dict[str, Any]:
    return {
        "name": operation.name,
        "url": f"{address}/{operation.name}",
        "methods": ["GET", "POST"] if takes_get(operation) else ["POST"],
        "procedure": operation.procedure,
        "table": operation.table,
        "kind": operation.kind,
        "readOnly": operation.read_only,
        "description": operation.description,
        "filters": [_member(one) for one in operation.filters],
        "data": [_member(one) for one in operation.data],
        "outputs": [_column(one) for one in operation.outputs],
    }


def _member(member: Member) -> dict[str, Any]:
    return {**_column(member.column), "required": member.required}


def _column(column: Column) -> dict[str, Any]:
    """Everything the model says about a column; what it does not say is left out."""
    found: dict[str, Any] = msgspec.to_builtins(column)
    return {"type": column.type, **found}


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "description": variable.description,
        "readable": variable.readable,
        "writable": variable.writable,
        "secret": variable.secret,
    }
