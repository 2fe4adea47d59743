"""Session calls in an OpenAPI document: the batch, the screen, and a schema for each call.

Made from the table of session calls (`verdigris.wire.session_calls.CALLS`), the same for every service.
"""

import inspect
from functools import lru_cache
from typing import Any, Final

import msgspec

from verdigris.wire import session_calls as calls
from wsdl.jsonschema import Schema


PREFIX: Final = "session."
"""Before the names of the schemas: no name of a procedure has a dot there."""
_REF: Final = f"#/components/schemas/{PREFIX}{{name}}"


@lru_cache(1)
def session_schemas() -> Schema:
    """The schemas of all calls and of what is in their results."""
    kinds = [row.kind for row in calls.CALLS]
    results = [row.result for row in calls.CALLS]
    _, found = msgspec.json.schema_components([*kinds, *results], ref_template=_REF)
    made = {f"{PREFIX}{name}": schema for name, schema in found.items()}
    made[f"{PREFIX}Call"] = {
        "oneOf": [{"$ref": _REF.format(name=row.name)} for row in calls.CALLS],
        "discriminator": {"propertyName": "call"},
    }
    return made


def session_paths(environment: Any, blocks: Schema, problem: Schema) -> Schema:
    """The paths of session calls.

    Args:
        environment: parameters that carry the environment.
        blocks: properties of a request that do the same.
        problem: the response of an error.
    """
    return {
        "/sessionCalls": {
            "parameters": environment,
            "post": {
                "operationId": "sessionCalls",
                "summary": "Perform session calls",
                "description": "In the session that SessionID names, or in one for this request alone: in "
                "order, up to the first that fails. Its problem holds the results before it.",
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["calls"], "additionalProperties": False,
                    "properties": blocks | {"calls": {
                        "type": "array", "items": {"$ref": _REF.format(name="Call")},
                    }},
                }}}},
                "responses": {
                    "200": {"description": "The result of each call.", "content": {
                        "application/json": {"schema": {
                            "type": "object", "required": ["results"],
                            "properties": {"results": {"type": "array", "items": {}}},
                        }},
                    }},
                    "default": problem,
                },
            },
        },
        "/sessionScreen": {
            "parameters": environment,
            "get": {
                "operationId": "sessionScreen",
                "summary": "Look at the screen of a session",
                "description": inspect.cleandoc(calls.GetScreen.__doc__ or "").partition("\n")[0],
                "responses": {
                    "200": {"description": "The screen.", "content": {
                        "application/json": {"schema": {"$ref": _REF.format(name="TerminalScreen")}},
                        "text/plain": {"schema": {"type": "string"}},
                    }},
                    "default": problem,
                },
            },
        },
    }  # fmt: skip
