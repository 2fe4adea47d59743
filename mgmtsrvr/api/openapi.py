"""The OpenAPI 3.1 document of a table of routes.

Law (tests/mgmtsrvr/test_api.py): everything in it comes from the routes and from the types they
return; no part is written by hand.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from mgmtsrvr.api.route import Route
from verdigris.errors import VerdigrisError
from verdigris.problem import MEDIA_TYPE, ProblemDocument


Json = dict[str, Any]


def describe(routes: Sequence[Route]) -> Json:
    """The OpenAPI document of the routes."""
    types = [route.returns for route in routes if route.returns is not None]
    schemas, components = msgspec.json.schema_components(
        [ProblemDocument, *types], ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(str, [ProblemDocument, *types]), schemas, strict=True))
    paths: Json = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Verdigris administration API",
            "version": product_version(),
            "description": "Health probes are answered by the status code alone.",
        },
        "servers": [{"url": "/"}],
        "security": [],  # this version checks no credentials (docs/reference/administration-api.md)
        "paths": paths,
        "components": {"schemas": components},
    }


def listing(routes: Sequence[Route]) -> str:
    """The routes as a Markdown table, for docs/reference/administration-api.md."""
    rows = ["| request | parameters | answer | errors |", "| --- | --- | --- | --- |"]
    for route in routes:
        parameters = "; ".join(f"`{name}`: {meaning}" for name, meaning in route.query.items())
        errors = ", ".join(str(error.code) for error in route.errors)
        rows.append(
            f"| `{route.method} {route.path}` | {parameters} | {route.summary} | {errors} |"
        )
    return "\n".join(rows) + "\n"


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
        for name, meaning in route.query.items()
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
