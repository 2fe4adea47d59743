"""A contract as an OpenAPI 3.1 document: the REST counterpart of the WSDL.

Law (tests/wsdl/test_openapi.py): the same contract gives the same bytes. Operations, parameters,
types, optionality and descriptions are those of the WSDL. Names of schemas and operations differ
even when case is ignored (tests/field/soap/test_published_names.py).
"""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from wsdl.contract import BLOCKS, ENVIRONMENT, STATEMENTS, Contract, Operation
from wsdl.jsonschema import Schema, block, closed, nullable, returned, sent, setting_schema
from wsdl.names import xml_text
from wsdl.openapi_names import DocumentNames
from wsdl.schema import STATEMENT_MEANINGS
from wsdl.session_paths import session_paths, session_schemas


JSON: Final = "application/json"
CSV: Final = "text/csv"
JSON_LINES: Final = "application/x-ndjson"
PROBLEM: Final = "application/problem+json"

HEADER: Final = "X-Verdigris-"
"""The prefix of a setting's name in a header of the environment."""

REST_OWN: Final = {
    "getModelVariables": "getModelVariables",
    "rsResourceCreate": "wsResourceCreate",
    "rsResourceDestroy": "wsResourceDestroy",
    "executeSQLStatement": "executeSQLStatement",
    "processString": "processString",
}
"""The operations every service has: from REST's names (product facts 7.5) to the contract's."""

SAFE_OWN: Final = ("getModelVariables",)
"""The operations of every service that may be called by GET."""

_MEANINGS: Final = {
    "getModelVariables": "Current values of the model variables.",
    "rsResourceCreate": "Take a session and keep it: the reply's SessionID goes into the "
    "environment of each further request, until rsResourceDestroy.",
    "rsResourceDestroy": "End the session named in SessionID.",
    **STATEMENT_MEANINGS,
}

SQL: Final = "executeSQLStatement"
"""The operation whose columns are known only when it is called."""

_LINES: Final[Schema] = {
    CSV: {"schema": {"type": "string"}},
    JSON_LINES: {"schema": {"type": "string"}},
}

_KEYED: Final = (
    "A unique name that you choose for this request. If the request is sent again with the same key "
    "and body within the gateway's idempotency time, it is not performed again: the same answer is "
    "returned."
)


_SUMMARIES: Final = {
    "getModelVariables": "Read model variables",
    "rsResourceCreate": "Take a session",
    "rsResourceDestroy": "End a session",
    "executeSQLStatement": "Perform an SQL statement",
    "processString": "Pass a text to the model",
}

_BASIC: Final[Schema] = {
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A user of the gateway (RFC 7617). Username and Password of the environment "
        "do the same, and count before it.",
    }
}

_BEARER: Final[Schema] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `verdigris login`, or of an OpenID Connect issuer of the installation (RFC 6750).",
    }
}


def openapi(
    contract: Contract,
    address: str,
    *,
    authenticated: bool = False,
    bearer: bool = False,
    sessions: bool = False,
) -> bytes:
    """The OpenAPI document of a service.

    Args:
        contract: the service's contract.
        address: the service's URL, such as `https://host:9681/vhi-rs/model/BankDemo`.
        authenticated: whether credentials are required and not only accepted.
        bearer: whether tokens are accepted.
        sessions: whether session calls are offered.
    """
    document = _document(contract, address, authenticated=authenticated, bearer=bearer)
    if sessions:
        document["paths"] |= session_paths(_ENVIRONMENT, _blocks(), _ref("responses", "Problem"))
        document["components"]["schemas"] |= session_schemas()
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def takes_get(operation: Operation) -> bool:
    """Whether it can be called by GET: it returns rows, and no secret would be in the URL."""
    secret = any(member.column.secret for member in operation.filters)
    return operation.returns_rows and not secret


def _document(contract: Contract, address: str, *, authenticated: bool, bearer: bool) -> Schema:
    schemes = _BASIC | _BEARER if bearer else _BASIC
    names = DocumentNames(contract, REST_OWN, _FIXED)
    paths = {f"/{quote(one.name)}": _path(one, names) for one in contract.operations}
    paths |= {f"/{name}": _own(name, names) for name in REST_OWN}
    about = xml_text(contract.description.strip())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": contract.name,
            "version": contract.version or "1",
            **({"description": about} if about else {}),
        },
        "servers": [{"url": address}],
        "security": [*([] if authenticated else [{}]), *({name: []} for name in schemes)],
        "paths": paths,
        "components": {
            "securitySchemes": schemes,
            "schemas": _schemas(contract, names),
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "responses": {"Problem": _PROBLEM_RESPONSE},
        },
    }


# ---- paths -----------------------------------------------------------------------------------


def _path(operation: Operation, names: DocumentNames) -> Schema:
    methods: Schema = {"parameters": _ENVIRONMENT, "post": _post(operation, names)}
    if takes_get(operation):
        methods["get"] = _get(operation, names)
    return methods


def _post(operation: Operation, names: DocumentNames) -> Schema:
    needed = any(member.required for member in (*operation.filters, *operation.data))
    keyed = {"parameters": [_ref("parameters", "Idempotency-Key")]}
    return {
        "operationId": names.id(operation.name),
        "summary": operation.procedure,
        **_words(operation.description),
        **({} if operation.read_only else keyed),
        "requestBody": {
            "required": needed,
            "content": {JSON: {"schema": names.ref(f"{operation.name}Request")}},
        },
        "responses": _responses(operation, names),
    }


def _get(operation: Operation, names: DocumentNames) -> Schema:
    columns = [
        {
            "name": member.column.name,
            "in": "query",
            "required": member.required,
            **({} if member.column.type == "text" else {"allowEmptyValue": True}),
            "schema": _in_url(sent(member.column)),
        }
        for member in operation.filters
    ]
    return {
        "operationId": names.id(operation.name, by_query=True),
        "summary": operation.procedure,
        **_words(operation.description),
        **({"parameters": columns} if columns else {}),
        "responses": _responses(operation, names),
    }


def _in_url(schema: Schema) -> Schema:
    """The schema of a value in a URL, where a decimal is always text."""
    if "anyOf" not in schema:
        return schema
    notes = {name: value for name, value in schema.items() if name != "anyOf"}
    text: Schema = schema["anyOf"][0]
    return text | notes


def _own(name: str, names: DocumentNames) -> Schema:
    reply = {
        "getModelVariables": "getModelVariablesResponse",
        "rsResourceCreate": "rsResourceCreateResponse",
        "rsResourceDestroy": "Nothing",
        "executeSQLStatement": "executeSQLStatementResponse",
        "processString": "processStringResponse",
    }[name]
    common: Schema = {
        "summary": _SUMMARIES[name],
        **_words(_MEANINGS[name]),
        "responses": _answered(
            "Done.",
            {JSON: {"schema": names.ref(reply)}} | (_LINES if name == SQL else {}),
        ),
    }
    text = name in STATEMENTS
    content = {JSON: {"schema": names.ref(f"{name}Request" if text else "OwnRequest")}}
    body: Schema = {"requestBody": {"required": text, "content": content}}
    methods: Schema = {
        "parameters": _ENVIRONMENT,
        "post": {"operationId": names.id(name), **common, **body},
    }
    if name in SAFE_OWN:
        methods["get"] = {"operationId": names.id(name, by_query=True), **common}
    return methods


def _responses(operation: Operation, names: DocumentNames) -> Schema:
    content: Schema = {JSON: {"schema": names.ref(operation.response)}}
    if operation.returns_rows:
        content |= _LINES
    return _answered("Rows." if operation.returns_rows else "Done.", content)


def _answered(words: str, content: Schema) -> Schema:
    headers = {name: _ref("headers", name) for name in _HEADERS}
    return {
        "200": {"description": words, "headers": headers, "content": content},
        "default": _ref("responses", "Problem"),
    }


def _words(description: str) -> Schema:
    text = xml_text(description.strip())
    return {"description": text} if text else {}


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


# ---- components ------------------------------------------------------------------------------


_FIXED: Final = (
    "RequestEnvironment", "ModelVariables", "ModelVariableValues", "OwnRequest", "Nothing", "Problem",
    "getModelVariablesResponse", "rsResourceCreateResponse", "processStringResponse", f"{SQL}Response",
    *(f"{name}Request" for name in STATEMENTS),
)  # fmt: skip
"""The schemas of every document."""


def _schemas(contract: Contract, names: DocumentNames) -> Schema:
    given = {v.name: _variable(v.description, v.secret) for v in contract.variables if v.writable}
    shown = {v.name: _variable(v.description) for v in contract.variables if v.readable}
    made: Schema = {
        "RequestEnvironment": closed(
            {setting.name: nullable(setting_schema(setting)) for setting in ENVIRONMENT}
        )
        | {
            "description": "How to run the request. An element here wins over the header of the same name."
        },
        "ModelVariables": closed(given)
        | {"description": "Model variables to set before the procedure."},
        "ModelVariableValues": {"type": "object", "properties": shown},
        "OwnRequest": closed(_blocks()),
        "getModelVariablesResponse": closed(
            {"modelVariables": _ref("schemas", "ModelVariableValues")}, ["modelVariables"]
        ),
        "rsResourceCreateResponse": closed({"SessionID": {"type": "string"}}, ["SessionID"]),
        "Nothing": closed({}),
        **{
            f"{name}Request": closed(_blocks() | {text: {"type": "string"}}, [text])
            for name, text in STATEMENTS.items()
        },
        f"{SQL}Response": closed(
            {
                "rows": {"type": "array", "items": {"type": "object"}},
                "affected": {"type": "integer", "format": "int32"},
            }
        ),
        "processStringResponse": closed({"result": {"type": "string"}}, ["result"]),
        "Problem": _PROBLEM,
    }
    for operation in contract.operations:
        made |= _operation(operation, names)
    return made


def _variable(description: str, secret: bool = False) -> Schema:  # noqa: FBT001, FBT002 - a variable's own flag
    return {
        "type": "string",
        **_words(description),
        **({"writeOnly": True} if secret else {}),
    }


def _blocks() -> Schema:
    return {
        BLOCKS[0]: _ref("schemas", "RequestEnvironment"),
        BLOCKS[1]: _ref("schemas", "ModelVariables"),
    }


def _operation(operation: Operation, names: DocumentNames) -> Schema:
    made: Schema = {}
    request = _blocks()
    required: list[str] = []
    for name, title, members in (
        ("filters", operation.filter_block, operation.filters),
        ("data", operation.data_block, operation.data),
    ):
        if not members:
            continue
        made[title] = block(members, blanks=name == "data")
        request[name] = names.ref(title)
        required += [name] * any(member.required for member in members)
    made[f"{operation.name}Request"] = closed(request, required)
    if operation.returns_rows:
        required = [column.name for column in operation.outputs]
        made[operation.row] = closed({c.name: returned(c) for c in operation.outputs}, required)
        rows = {"type": "array", "items": names.ref(operation.row)}
        made[operation.response] = closed({"rows": rows}, ["rows"])
    else:
        count = {"type": "integer", "format": "int32", "description": "Records written."}
        made[operation.response] = closed({"affected": count}, ["affected"])
    return {names.schema(name): schema for name, schema in made.items()}


_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457. `code` is the number of the error in every protocol and log.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "integer"},
        "advice": {"type": "string"},
        "retry": {"type": "boolean"},
        "effect": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "details": {"type": "object"},
    },
    "required": ["type", "title", "status", "detail", "code", "advice"],
}

_HEADERS: Final[Schema] = {
    "X-Request-Id": {
        "description": "The id of the request in every log.",
        "schema": {"type": "string"},
    },
    "X-Verdigris-Server": {
        "description": "The session server that performed it.",
        "schema": {"type": "string"},
    },
}

_PROBLEM_RESPONSE: Final[Schema] = {
    "description": "The error, and what to do next.",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def _parameter(name: str, schema: dict[str, Any]) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema}


_ENVIRONMENT: Final = [_ref("parameters", HEADER + setting.name) for setting in ENVIRONMENT]

_PARAMETERS: Final[Schema] = {
    HEADER + setting.name: _parameter(HEADER + setting.name, setting_schema(setting))
    for setting in ENVIRONMENT
} | {
    "Idempotency-Key": _parameter(
        "Idempotency-Key",
        {"type": "string", "pattern": "^[!-~]{1,128}$", "description": _KEYED},
    )
}
