"""Problem details (RFC 9457): the errors of a request as one JSON document.

Code, sentence, advice, request id, allocation trail and masked screen are those of the SOAP fault.
"""

from typing import Any, Final

import msgspec

from gateway.http.responses import UNCACHED, Reply, error_headers
from gateway.problems import Problems, left_of, trail_of
from verdigris.problem import MEDIA_TYPE, problem_of
from verdigris.wire import Try
from wsdl.schema import ATTEMPT


RETRY_AFTER: Final = "1"
"""Seconds after which an error that may pass is worth another try: sessions become free within one."""


def problem_reply(problems: Problems, request_id: str, path: str) -> Reply:
    """The reply that holds the problem document.

    Args:
        problems: what went wrong; the first is the problem itself, all of them are in its details.
        request_id: of the request.
        path: of its URL.
    """
    first = problems.errors[0]
    first.request_id = request_id
    document = problem_of(first, path)
    details = document.details | _trail(first.details)
    if len(problems.errors) > 1:
        details["errors"] = [
            {"code": error.code, "detail": str(error), "advice": error.next_step}
            for error in problems.errors
        ]
    body = msgspec.json.encode(msgspec.structs.replace(document, details=details))
    headers = UNCACHED + error_headers(first)
    if first.retry and "retry after" not in first.details:
        headers += (("retry-after", RETRY_AFTER),)
    return Reply(first.http, MEDIA_TYPE, body, problems, headers)


def _trail(details: dict[str, object]) -> dict[str, Any]:
    """The trail with the names of a fault; on the wire it is plain lists."""
    found: dict[str, Any] = {}
    if tries := trail_of(details.get("trail")):
        found["trail"] = [_attempt(tried) for tried in tries]
    if left := left_of(details.get("left")):
        found["left"] = [
            {
                "server": member.server,
                "priority": member.priority,
                "weight": member.weight,
                "reason": member.reason,
            }
            for member in left
        ]
    return found


def _attempt(tried: Try) -> dict[str, Any]:
    made = {name: getattr(tried, name) for name, _ in ATTEMPT}
    made["candidates"] = [{"server": name, "weight": weight} for name, weight in tried.candidates]
    return made
