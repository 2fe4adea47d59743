"""The OpenAPI 3.1 document of a table of routes.

Law (tests/mgmtsrvr/test_api.py): everything in it comes from the routes and from the types they
return; no part is written by hand.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec

from mgmtsrvr.api.caller import COOKIE
from mgmtsrvr.api.list_options import OPTIONS
from mgmtsrvr.api.route import Needs, Route
from verdigris.errors import (
    CsrfTokenWrong,
    LoginRequired,
    NotPermitted,
    TokenRefused,
    VerdigrisError,
)
from verdigris.problem import MEDIA_TYPE, ProblemDocument
from verdigris.rights import Permission


Json = dict[str, Any]

SCHEMES: Final[Json] = {
    "bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The token of POST /login, or one of an OpenID Connect issuer that users.xml names.",
    },
    "cookie": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "The cookie of POST /login?cookie=true; changes also need X-CSRF-Token.",
    },
}  # fmt: skip


def describe(routes: Sequence[Route], *, secured: bool = False) -> Json:
    """The OpenAPI document of the routes.

    Args:
        routes: all of them.
        secured: whether there are logins.
    """
    types = [route.returns for route in routes if route.returns is not None]
    schemas, components = msgspec.json.schema_components(
        [ProblemDocument, *types], ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(str, [ProblemDocument, *types]), schemas, strict=True))
    paths: Json = {}
    for route in routes:
        operation = _operation(route, schema_of)
        if secured and route.needs is not Needs.NOTHING:
            _secure(operation, route, schema_of)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Verdigris administration API",
            "version": product_version(),
            "description": "Health probes are answered by the status code alone.",
        },
        "servers": [{"url": "/"}],
        "security": [],  # each operation names its own
        "paths": paths,
        "components": {"schemas": components, **({"securitySchemes": SCHEMES} if secured else {})},
    }


def _secure(operation: Json, route: Route, schema_of: Json) -> None:
    """Say what a login has to have for an operation."""
    operation["security"] = [{"bearer": []}, {"cookie": []}]
    errors: tuple[type[VerdigrisError], ...] = (LoginRequired, TokenRefused)
    if isinstance(route.needs, Permission):
        operation["description"] = f"Needs the permission {route.needs.value}."
        operation["x-permission"] = route.needs.value
        errors = (*errors, NotPermitted)
    if route.method != "GET":
        errors = (*errors, CsrfTokenWrong)
    operation["responses"] |= {
        status: it
        for status, it in _responses(replace(route, errors=errors), schema_of).items()
        if status not in operation["responses"]
    }


def listing(routes: Sequence[Route]) -> str:
    """The routes as a Markdown table, for docs/reference/administration-api.md."""
    rows = ["| request | needs | parameters | answer | errors |", "| --- | --- | --- | --- | --- |"]
    for route in routes:
        parameters = "; ".join(f"`{name}`: {meaning}" for name, meaning in route.query.items())
        errors = ", ".join(str(error.code) for error in route.errors)
        rows.append(
            f"| `{route.method} {route.path}` | {_needs(route)} | {parameters} | {route.summary} | {errors} |"
        )
    return "\n".join(rows) + "\n"


def _needs(route: Route) -> str:
    if isinstance(route.needs, Permission):
        return f"`{route.needs.value}`"
    return "" if route.needs is Needs.NOTHING else route.needs.value


def product_version() -> str:
    """The installed version."""
    try:
        return version("verdigris")
    except PackageNotFoundError:
        return "0"


def _operation(route: Route, schema_of: Json) -> Json:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.parameters
    ]
    parameters += [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in {**route.query, **(OPTIONS if route.is_list else {})}.items()
    ]
    operation: Json = {
        "operationId": route.id,
        "summary": route.summary,
        "responses": _responses(route, schema_of),
    }
    if parameters:
        operation["parameters"] = parameters
    if route.takes:
        schema = {"type": "string", "contentMediaType": route.takes}
        operation["requestBody"] = {"required": True, "content": {route.takes: {"schema": schema}}}
    return operation


def _responses(route: Route, schema_of: Json) -> Json:
    body = {} if route.returns is None else {"schema": schema_of[str(route.returns)]}
    found: Json = {"200": {"description": "Done.", "content": {route.gives: body}}}
    for status, meaning in route.statuses.items():
        found[str(status)] = {"description": meaning, "content": {route.gives: body}}
    problem = {MEDIA_TYPE: {"schema": schema_of[str(ProblemDocument)]}}
    for status in sorted({error.http for error in route.errors}):
        text = " ".join(_description(error) for error in route.errors if error.http == status)
        found.setdefault(str(status), {"description": text, "content": {}})
        found[str(status)]["content"].update(problem)
    return found


def _description(error: type[VerdigrisError]) -> str:
    first = (error.__doc__ or "").strip().splitlines()[0]
    return f"{error.code}: {first}"
