"""Errors as REST tells them: one problem document (RFC 9457) with everything that was found.

Law: code, sentence, advice, request id, trail and masked screen are those of the SOAP fault.
"""

from typing import Any, Final

import msgspec

from gateway.problems import Problems
from gateway.soap.endpoint import Reply
from gateway.soap.faults import left_of, trail_of
from verdigris.problem import MEDIA_TYPE, problem_of
from verdigris.wire import Try
from wsdl.schema import ATTEMPT


RETRY_AFTER: Final = "1"
"""Seconds: sessions come free within one."""


def refusal(problems: Problems, request_id: str, path: str) -> Reply:
    """The reply that says what went wrong.

    Args:
        problems: the first is the document's own, all of them are in its details.
        request_id: of the request.
        path: of its URL.
    """
    first = problems.errors[0]
    first.request_id = request_id
    document = problem_of(first, path)
    details = document.details | _trail(first.details)
    if len(problems.errors) > 1:
        details["errors"] = [
            {"code": error.code, "detail": str(error), "advice": error.advice}
            for error in problems.errors
        ]
    body = msgspec.json.encode(msgspec.structs.replace(document, details=details))
    headers = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
    if first.retry or "retry after" in first.details:
        headers.append(("retry-after", str(first.details.get("retry after", RETRY_AFTER))))
    return Reply(first.http, MEDIA_TYPE, body, problems, tuple(headers))


def _trail(details: dict[str, object]) -> dict[str, Any]:
    """The trail with names, as in a fault: on the wire it is lists."""
    found: dict[str, Any] = {}
    if tries := trail_of(details.get("trail")):
        found["trail"] = [_attempt(tried) for tried in tries]
    if left := left_of(details.get("left")):
        found["left"] = [
            {"server": it.server, "priority": it.priority, "weight": it.weight, "reason": it.reason}
            for it in left
        ]
    return found


def _attempt(tried: Try) -> dict[str, Any]:
    made = {name: getattr(tried, name) for name, _ in ATTEMPT}
    made["candidates"] = [{"server": name, "weight": weight} for name, weight in tried.candidates]
    return made
