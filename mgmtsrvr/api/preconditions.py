"""Documents with revisions over HTTP: the ETag of what was read, and If-Match of what is replaced (RFC 9110, 13.1)."""

from typing import Final

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.store import Document
from verdigris.errors import BadRequest


XML: Final = "application/xml"


def xml_reply(document: Document) -> ApiReply:
    """A document with its revision as ETag."""
    return ApiReply(document.data, headers={"ETag": f'"{document.revision}"'}, media_type=XML)


def expected_revision(request: ApiRequest, current: str, path: str) -> str:
    """The revision that a request wants to replace; "*" is the current one.

    Raises:
        BadRequest: it names none.
    """
    expected = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not expected:
        raise BadRequest(
            problem="the header If-Match has to name the revision to replace "
            f"(the ETag of GET {path})"
        )
    return current if expected == "*" else expected
